"""P4: an answer of the hospital to domain entries, beside the parse of the same bytes, in both dialects.

The answers are those of the sandbox's hospital system, fetched over HTTP before anything is timed. Memory is
that of a whole process of its own (``bench.alone``).
"""

import gc
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from adapters.zis.record import Asked, read_part
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.soap import open_envelope
from adapters.zis.transport import SoapTransport
from adapters.zis.wire import Answer, Message
from app.clock import SystemClock
from bench.alone import ASKER, asked_for, is_whole
from bench.load import WrongAnswersError
from bench.processes import PYTHON
from bench.rounds import Rounds
from context.bsn import Bsn
from context.hospital import ConsentHelp, Contact, Environment, Hospital
from context.ports import RecordQuestion
from context.records import Section
from context.zis import Dialect, Endpoint, ZisConnection
from sandbox.patients import Persona, load_personas
from sandbox.servers import ZisServer

_PERSONA = "volume"
_TESTS = 20
_FETCH_SECONDS = 120.0
_TURN_BYTES = 1_000_000
_MUCH_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ReadingSizes:
    """:param samples: how many samples of twenty determinations each answer holds, smallest first."""

    samples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """:param entries: how many the answer must give. :param asked: what it answers."""

    dialect: Dialect
    raw: bytes
    entries: int
    asked: Asked


@dataclass(slots=True)
class ReadingFigures:
    """Median ratio of reading to parsing by dialect and size in bytes, and the memory of the largest."""

    ratios: dict[tuple[Dialect, int], float] = field(default_factory=dict)
    parse_seconds: dict[tuple[Dialect, int], float] = field(default_factory=dict)
    peak_kib: dict[tuple[Dialect, int], int] = field(default_factory=dict)


def measure_reading(folder: Path, sizes: ReadingSizes, rounds: Rounds) -> ReadingFigures:
    """:param folder: where the largest answers are put for the processes that read them.

    :raises WrongAnswersError: an answer did not give every entry.
    """
    answers = [answer for samples in sizes.samples for answer in fetch_answers(samples)]
    measured: dict[tuple[Dialect, int], list[tuple[float, float]]] = {}
    # As a worker does (app.serving.begin): the bench itself is larger than a worker.
    gc.collect()
    gc.freeze()
    for _ in rounds:
        for answer in answers:
            key = (answer.dialect, len(answer.raw))
            measured.setdefault(key, []).append(_parse_and_read(answer))
    gc.unfreeze()
    figures = ReadingFigures()
    for key, pairs in measured.items():
        ratios = sorted(read / parse for parse, read in pairs)
        figures.ratios[key] = ratios[len(ratios) // 2]
        figures.parse_seconds[key] = sorted(parse for parse, _ in pairs)[len(pairs) // 2] / _turns(key[1])
    for answer in answers[-len(Dialect) :]:
        figures.peak_kib[answer.dialect, len(answer.raw)] = _peak(folder, answer)
    return figures


def fetch_answers(samples: int) -> Iterator[SavedAnswer]:
    """The laboratory answer of that size in each dialect, from a hospital system of its own."""
    persona = load_personas()[_PERSONA]
    persona = replace(persona, laboratory={"tests": _TESTS, "samples": samples})
    with ZisServer(personas={persona.key: persona}) as zis:
        for dialect in Dialect:
            raw = _fetch(zis, persona, dialect)
            yield SavedAnswer(dialect, raw, _TESTS * samples, asked_for(dialect, raw, Bsn(persona.bsn)))


class _Recording(SoapTransport):
    """Keeps what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[bytes] = []

    async def call(self, endpoint: Endpoint, message: Message, deadline_seconds: float) -> Answer:
        answer = await super().call(endpoint, message, deadline_seconds)
        self.bodies.append(answer.body)
        return answer


def _fetch(zis: ZisServer, persona: Persona, dialect: Dialect) -> bytes:
    transport = _Recording()
    transport.start()
    try:
        source = HospitalRecordSource(transport, SystemClock(), _FETCH_SECONDS)
        question = RecordQuestion(Bsn(persona.bsn), None, ASKER)
        asked = source.fetch_section(_hospital(zis, dialect), Section.LABORATORY, question)
        asked.result(_FETCH_SECONDS)
    finally:
        transport.stop()
    return transport.bodies[0]


def _hospital(zis: ZisServer, dialect: Dialect) -> Hospital:
    url = zis.endpoint if dialect is Dialect.UV else f"{zis.url}/nl"
    return Hospital(
        slug="bench",
        name="Bench",
        base_url="http://127.0.0.1/bench",
        environment=Environment.TEST,
        ura_number="00000000",
        contact=Contact("Bench"),
        consent_help=ConsentHelp("-"),
        zis=ZisConnection(url, zis.consent_endpoint, "1.2", "1.3", "1.4", "ZIS", dialect=dialect),
    )


def _parse_and_read(answer: SavedAnswer) -> tuple[float, float]:
    """Seconds of each. A short answer takes its turn several times, and once before that: the long answers
    before it made the processor forget more than a single time takes."""
    parsing = reading = 0.0
    turns = _turns(len(answer.raw))
    if turns > 1:
        _parse(answer)
        _read(answer)
    for _ in range(turns):
        parsing += _parse(answer)
        reading += _read(answer)
    return parsing, reading


def _turns(size: int) -> int:
    return max(1, _TURN_BYTES // size)


def _tidy() -> None:
    """The C library joins the pieces of a freed tree when somebody next asks for much at once. That is work
    of who freed it, a third of a parse; nobody is timed for what came before."""
    bytearray(_MUCH_BYTES)


def _parse(answer: SavedAnswer) -> float:
    _tidy()
    begin = time.perf_counter()
    etree.fromstring(answer.raw, etree.XMLParser(huge_tree=True))
    return time.perf_counter() - begin


def _read(answer: SavedAnswer) -> float:
    _tidy()
    begin = time.perf_counter()
    part = read_part(open_envelope(answer.raw), answer.asked)
    seconds = time.perf_counter() - begin
    if not is_whole(part, answer.entries):
        raise WrongAnswersError(f"reading: {answer.entries} entries expected, {len(part.entries)} read")
    return seconds


def _peak(folder: Path, answer: SavedAnswer) -> int:
    file = folder / f"{answer.dialect}-{len(answer.raw)}.xml"
    file.write_bytes(answer.raw)
    command = [PYTHON, "-m", "bench.alone", answer.dialect, str(answer.entries), str(file)]
    done = subprocess.run(
        command, input=answer.asked.question.bsn.reveal(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise WrongAnswersError(f"reading in a process of its own: {done.stderr.strip()[-200:]}")
    return int(done.stdout)
