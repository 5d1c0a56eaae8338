"""``zorgtegel demo``: the service with its sandbox around it, ready for a click on a tile."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sandbox.idp.server import IdpServer
    from sandbox.servers import HisServer

STARTING_SECONDS = 60
_STOPPING_SECONDS = 20
_LOOK_SECONDS = 0.1


class DemoError(Exception):
    """The demo cannot start or go on; the message is for the person at the terminal."""


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for database, keys and hospital files; a fresh one that is thrown away by default.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65532),
    help="The service's port; HIS portal, hospital system and identity provider take the next three.",
)
def demo(data: Path | None, port: int) -> None:
    """Run the service with a HIS portal and a hospital system full of synthetic patients."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        with ExitStack() as stack:
            folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zorgtegel-demo-")))
            _run(Demo(folder.absolute(), port), stop, stack)
    except DemoError as error:
        click.echo(f"demo: {error}", err=True)
        raise click.exceptions.Exit(1) from None


@dataclass(frozen=True, slots=True)
class Demo:
    """Where everything is. :param port: the service's."""

    folder: Path
    port: int

    @property
    def service_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """For the product's own commands; nothing of ``ZORGTEGEL_*`` outside leaks in."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("ZORGTEGEL_")}
        return outside | {
            "ZORGTEGEL_DATABASE_URL": f"sqlite:///{self.folder / 'zorgtegel.sqlite'}",
            "ZORGTEGEL_HOSPITALS_DIR": str(self.folder / "hospitals"),
            "ZORGTEGEL_SECRETS_FILE": str(self.folder / "secrets.toml"),
            "ZORGTEGEL_STRICT": "false",
        }


def _run(demo: Demo, stop: threading.Event, stack: ExitStack) -> None:
    from sandbox.hospital_files import write_local_hospitals
    from sandbox.idp.server import IdpServer
    from sandbox.servers import HisServer, ZisServer

    demo.folder.mkdir(parents=True, exist_ok=True)
    zis_url = f"http://127.0.0.1:{demo.port + 2}"
    local = write_local_hospitals(demo.folder / "hospitals", demo.service_url, zis_url)
    number_roots = {each.receiver: each.number_root for each in local}
    stack.enter_context(ZisServer(demo.port + 2, number_roots=number_roots))
    hospitals, keys = [each.hospital for each in local], demo.folder / "his" / "keys"
    idp = stack.enter_context(IdpServer(demo.port + 3, hospitals=hospitals, data=keys / "idp"))
    his = stack.enter_context(HisServer(demo.port + 1, hospitals=hospitals, data=keys, idp_url=idp.url))
    _prepare(demo, his, idp)
    if stop.is_set():
        return
    service = stack.enter_context(_service(demo))
    _wait_until_healthy(demo, service, stop)
    if not stop.is_set():
        click.echo(f"ready: {his.url}/")
    while not stop.wait(_LOOK_SECONDS):
        if service.poll() is not None:
            raise DemoError(f"the service ended by itself with exit code {service.returncode}")


def _prepare(demo: Demo, his: "HisServer", idp: "IdpServer") -> None:
    """Secrets, database and trust, by the product's own commands. An existing folder is used again."""
    secrets_file = demo.folder / "secrets.toml"
    if not secrets_file.exists():
        _product(demo, "secrets", "new", str(secrets_file))
    _product(demo, "db", "upgrade")
    folder = demo.folder / "his" / "registrations"
    registrations = his.write_registrations(folder) + idp.write_registrations(folder / "idp")
    _product(demo, "trust", "add", *map(str, registrations))


def _console_script() -> str:
    beside = Path(sys.executable).with_name("zorgtegel")
    found = str(beside) if beside.exists() else shutil.which("zorgtegel")
    if found is None:
        raise DemoError("the command zorgtegel is not installed")
    return found


def _product(demo: Demo, *arguments: str) -> None:
    """:raises DemoError: the command failed; with its own words."""
    command = [_console_script(), *arguments]
    # Our own console script with arguments made here.
    done = subprocess.run(  # noqa: S603
        command,
        env=demo.environment,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip()
        raise DemoError(f"zorgtegel {' '.join(arguments[:2])} failed:\n{words}")


@contextmanager
def _service(demo: Demo) -> Iterator[subprocess.Popen[bytes]]:
    """The service as a child in a session of its own, so that Ctrl-C reaches this process only."""
    command = [_console_script(), "serve", "--bind", f"127.0.0.1:{demo.port}"]
    service = subprocess.Popen(  # noqa: S603  # our own console script
        command, env=demo.environment, stdout=sys.stderr, start_new_session=True
    )
    try:
        yield service
    finally:
        service.terminate()
        try:
            service.wait(_STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


def _wait_until_healthy(demo: Demo, service: subprocess.Popen[bytes], stop: threading.Event) -> None:
    """Returns at the first good ``/healthz``, or at a stop.

    :raises DemoError: the service ended, or takes too long.
    """
    for _ in range(int(STARTING_SECONDS / _LOOK_SECONDS)):
        if service.poll() is not None:
            raise DemoError(f"the service did not start (exit code {service.returncode})")
        if _is_healthy(demo.port) or stop.wait(_LOOK_SECONDS):
            return
    raise DemoError(f"the service did not answer within {STARTING_SECONDS} seconds")


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
