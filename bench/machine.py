"""What the figures were measured on: they mean little without it."""

import os
import platform
import resource
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.load import percentile
from bench.processes import Cores

_PACKAGES = (
    "flask",
    "gunicorn",
    "sqlalchemy",
    "joserfc",
    "signxml",
    "lxml",
    "aiohttp",
    "uvloop",
    "jinja2",
)
_APPENDS = 50
_RECORD = bytes(512)


@dataclass(frozen=True, slots=True)
class Machine:
    """:ivar busy: tasks that wanted a core in the last minute (load average) when the run began.
    :ivar append_seconds: the median of appending 512 bytes to a file durably, where the database is.
    """

    at: datetime
    cores: Cores
    busy: float
    append_seconds: float

    @classmethod
    def look(cls, folder: Path, cores: Cores, now: datetime) -> "Machine":
        """:param folder: where the database will be."""
        return cls(now, cores, os.getloadavg()[0], _durable_append(folder))

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{self.at:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({_processor()}): "
            f"servers on core {self.cores.server}, load and hospital on core {self.cores.load}; "
            f"load average at the start {self.busy:.1f}"
        )
        yield (
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
            + ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
        )
        yield f"a durable append of {len(_RECORD)} bytes takes {self.append_seconds * 1000:.2f} ms here"


class Neighbours:
    """How much of the machine other work took since this was made; known once our servers have ended."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._busy = _busy_seconds()
        self._own = _own_seconds()

    def share(self) -> float:
        """0 to 1, of all cores together."""
        possible = (time.perf_counter() - self._started) * (os.cpu_count() or 1)
        others = _busy_seconds() - self._busy - (_own_seconds() - self._own)
        return min(1.0, max(0.0, others / possible))


def _busy_seconds() -> float:
    """Time that the cores did not idle, other guests of the same hardware included (proc(5), stat)."""
    line = Path("/proc/stat").read_text("ascii").partition("\n")[0]
    user, nice, system, _idle, _waiting, *interrupts_and_steal = map(int, line.split()[1:9])
    return (user + nice + system + sum(interrupts_and_steal)) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """Time that this process and those that it has waited for were on a core."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _durable_append(folder: Path) -> float:
    taken = []
    with (folder / "append").open("ab", buffering=0) as file:
        for _ in range(_APPENDS):
            started = time.perf_counter()
            file.write(_RECORD)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    return percentile(taken, 50)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
