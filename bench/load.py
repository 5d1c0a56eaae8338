"""A closed-loop load: so many connections, each sending its next request when the last was answered."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

_READ_LIMIT = 1 << 20


class WrongAnswersError(Exception):
    """An answer was not the expected one, so a figure would be about something else than it says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """:ivar seconds: from the first byte sent to the last byte received."""

    status: int
    headers: dict[str, list[str]]
    body: bytes
    seconds: float


@dataclass(slots=True)
class Load:
    """What one load gave. :ivar seconds: wall time of the whole."""

    seconds: float = 0.0
    answers: list[Answer] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds


class Ledger:
    """Counts every answer by what was asked and its status."""

    def __init__(self) -> None:
        self.counted: dict[str, Counter[int]] = {}

    def check(self, what: str, load: Load, status: int, marks: Iterable[bytes] = ()) -> Load:
        """The same load, once all of it is right.

        :param what: name of the request in the count.
        :param marks: what each body must hold; a page can be wrong under a good status.
        :raises WrongAnswersError: another status, or a body without one of the marks.
        """
        statuses = Counter(answer.status for answer in load.answers)
        self.counted.setdefault(what, Counter()).update(statuses)
        if set(statuses) - {status}:
            raise WrongAnswersError(f"{what}: expected only status {status}, got {dict(statuses)}")
        for mark in marks:
            without = [answer.seconds for answer in load.answers if mark not in answer.body]
            if without:
                raise WrongAnswersError(
                    f"{what}: {len(without)} of {len(load.answers)} lack {mark.decode('utf-8')!r}, "
                    f"after {min(without):.1f} to {max(without):.1f} s"
                )
        return load


def percentile(seconds: Sequence[float], percent: int) -> float:
    """:param seconds: at least one. :param percent: 1 to 99."""
    if len(seconds) == 1:
        return seconds[0]
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def run_load(port: int, requests: Iterable[bytes], connections: int) -> Load:
    """Send every request once, over ``connections`` kept-alive connections to 127.0.0.1.

    :param requests: whole HTTP/1.1 requests as bytes.
    :raises OSError, asyncio.IncompleteReadError: the server went away, or closed without an answer.
    """
    # In a thread of its own: a caller may run in a thread that has a loop already.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _run(port, iter(requests), connections)).result()


async def _run(port: int, requests: Iterator[bytes], connections: int) -> Load:
    load = Load()
    started = time.perf_counter()
    await asyncio.gather(*(_one_connection(port, requests, load) for _ in range(connections)))
    load.seconds = time.perf_counter() - started
    return load


async def _one_connection(port: int, requests: Iterator[bytes], load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_READ_LIMIT)
    try:
        for request in requests:
            started = time.perf_counter()
            writer.write(request)
            status, headers, body = await _read_answer(reader)
            load.answers.append(Answer(status, headers, body, time.perf_counter() - started))
            if "close" in headers.get("connection", []):
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_READ_LIMIT)
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, list[str]], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in head[1:]:
        if line:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    if "chunked" in headers.get("transfer-encoding", []):
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", ["0"])[0]))
    return int(head[0].split(" ")[1]), headers, body


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        chunk = await reader.readexactly(size)
        await reader.readexactly(2)
        if not size:
            return body
        body += chunk
