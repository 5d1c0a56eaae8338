"""A closed-loop load: so many connections, each sending its next request when the last was answered."""

import asyncio
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_READ_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
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

    def percentile(self, percent: int) -> float:
        """Seconds. :param percent: 1 to 99."""
        times = sorted(answer.seconds for answer in self.answers)
        if len(times) == 1:
            return times[0]
        return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]

    def statuses(self) -> dict[int, int]:
        counted: dict[int, int] = {}
        for answer in self.answers:
            counted[answer.status] = counted.get(answer.status, 0) + 1
        return counted


def run_load(port: int, requests: Iterable[bytes], connections: int) -> Load:
    """Send every request once, over ``connections`` kept-alive connections to 127.0.0.1.

    :param requests: whole HTTP/1.1 requests as bytes.
    """
    return asyncio.run(_run(port, iter(requests), connections))


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
