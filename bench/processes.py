"""The servers of a run: each a process of its own, on a core of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
ZORGTEGEL = str(Path(sys.executable).with_name("zorgtegel"))
_LOOK_SECONDS = 0.1
_STARTING_LOOKS = 600
_STOPPING_SECONDS = 20


class ServerError(Exception):
    """A server did not start, or a command of the product failed."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Where things run. One and the same on a machine with a single core."""

    server: int
    load: int

    @classmethod
    def choose(cls) -> "Cores":
        """The first and the last core that this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[-1])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def run_product(environment: Mapping[str, str], *arguments: str) -> None:
    """One command of ``zorgtegel``. :raises ServerError: it failed; with its own words."""
    done = subprocess.run(
        [ZORGTEGEL, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerError(f"zorgtegel {arguments[0]} failed: {(done.stderr or done.stdout).strip()}")


@contextmanager
def serving(command: Sequence[str], port: int, core: int, environment: Mapping[str, str]) -> Iterator[None]:
    """A server on one core until the end of the block; begins when its port answers.

    :param command: what makes it listen on ``port``; its standard error is ours.
    :raises ServerError: it ended, or did not listen in time.
    """
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        os.sched_setaffinity(process.pid, {core})  # its threads and workers come later and inherit it
        _wait_until_listening(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(_STARTING_LOOKS):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            code = process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        raise ServerError(f"a server ended at its start with exit code {code}")
    raise ServerError("a server did not listen in time")
