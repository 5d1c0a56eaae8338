"""P3: the first page and a later page of an open context, beside the slowest call to the hospital."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle, islice
from uuid import uuid4

from lxml import etree

from adapters.zis.envelopes import Envelopes
from adapters.zis.interactions import FETCH_RECORD, FIND_PATIENT
from adapters.zis.requests import write_fetch_record, write_find_patient
from adapters.zis.sections.table import SECTIONS
from adapters.zis.wire import Message
from adapters.zis.writing import Stamp
from bench.load import Ledger, Load, percentile, run_load
from bench.rounds import Rounds
from bench.stage import PATIENT, Stage, cookies_of, get_page, post_soap
from context.bsn import Bsn
from context.launch import Asker, Practice, User
from context.records import Section
from sandbox.his.vendors import His
from sandbox.laboratory import AMSTERDAM
from sandbox.servers import real_time
from views import url_words

USERS = 20
_NOBODY = Asker(User("bench", "", "01.015", "bench"), Practice("00000000"))
"""Unsigned messages by SOAP 1.2 do not name the asker."""


class Page(StrEnum):
    """What is asked of the service."""

    FIRST = "first page"
    LATER = "later page"


@dataclass(frozen=True, slots=True)
class PageSizes:
    """Requests of one round. :param calls: to the hospital, of each kind."""

    calls: int
    one: dict[Page, int]
    many: dict[Page, int]

    def number(self, page: Page, users: int) -> int:
        return (self.one if users == 1 else self.many)[page]


@dataclass(slots=True)
class PageFigures:
    """Seconds of every page and every call, all rounds together.

    :ivar calls: by kind of call, asked one at a time.
    :ivar calls_at_once: the kind with the longest answer, asked by ``USERS`` at once.
    :ivar bytes: body of a page, or of an answer of the hospital.
    """

    pages: dict[tuple[Page, int], list[float]] = field(default_factory=dict)
    calls: dict[str, list[float]] = field(default_factory=dict)
    calls_at_once: list[float] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)

    @property
    def slowest_call(self) -> float:
        """Seconds: the p50 of the slowest kind."""
        return max(percentile(seconds, 50) for seconds in self.calls.values())

    def p50(self, page: Page, users: int) -> float:
        return percentile(self.pages[page, users], 50)

    def p99(self, page: Page, users: int) -> float:
        return percentile(self.pages[page, users], 99)


class _Questions:
    """What the service asks the hospital, in its own words."""

    def __init__(self, stage: Stage) -> None:
        self._hospital = stage.hospital
        self._envelopes = Envelopes()
        self.kinds = {
            "patient": b"PRPA_IN201306UV02",
            "allergies": b"QUPC_IN043200UV01",
            "laboratory": b"QUPC_IN043200UV01",
        }

    def posts(self, kind: str, number: int) -> Iterator[bytes]:
        return (self._post(kind) for _ in range(number))

    def _post(self, kind: str) -> bytes:
        stamp = Stamp(uuid4(), uuid4(), real_time())
        bsn, endpoint = Bsn(PATIENT.bsn), self._hospital.zis.endpoint
        if kind == "patient":
            operation = FIND_PATIENT.operation
            payload = write_find_patient(self._hospital, bsn, stamp)
        else:
            operation = FETCH_RECORD.operation
            category = SECTIONS[Section(kind)].uv.category or ""
            payload = write_fetch_record(self._hospital, category, bsn, stamp)
        message = Message(operation, stamp.message_id, payload, bsn, _NOBODY)
        return post_soap(endpoint, etree.tostring(self._envelopes.fill(message, endpoint)))


def measure_pages(stage: Stage, sizes: PageSizes, rounds: Rounds, ledger: Ledger) -> PageFigures:
    """Alternate calls and pages, for one user and for many, round by round, after a few of each.

    :raises WrongAnswersError: a page or an answer of the hospital was not the right one.
    """
    few = {page: min(USERS, number) for page, number in sizes.many.items()}
    _one_round(stage, PageSizes(1, dict.fromkeys(Page, 1), few), PageFigures(), ledger)
    figures = PageFigures()
    for _ in rounds:
        _one_round(stage, sizes, figures, ledger)
    return figures


def _one_round(stage: Stage, sizes: PageSizes, figures: PageFigures, ledger: Ledger) -> None:
    _call(stage, sizes, figures, ledger)
    for users in (1, USERS):
        contexts = _launched(stage, sizes.number(Page.FIRST, users), ledger)
        first = [get_page(url, cookies) for url, cookies in contexts]
        _turn(stage, Page.FIRST, users, first, figures, ledger)
        later = (get_page(_laboratory(url), cookies) for url, cookies in cycle(contexts))
        _turn(stage, Page.LATER, users, islice(later, sizes.number(Page.LATER, users)), figures, ledger)


def _call(stage: Stage, sizes: PageSizes, figures: PageFigures, ledger: Ledger) -> None:
    questions = _Questions(stage)
    for kind, mark in questions.kinds.items():
        load = run_load(stage.hospital_port, questions.posts(kind, sizes.calls), 1)
        ledger.check(f"{kind} call", load, 200, [mark])
        figures.calls.setdefault(kind, []).extend(_seconds(load))
        figures.bytes[f"{kind} call"] = len(load.answers[0].body)
    longest = max(questions.kinds, key=lambda kind: figures.bytes[f"{kind} call"])
    posts = list(questions.posts(longest, sizes.calls * USERS))
    load = run_load(stage.hospital_port, posts, USERS)
    ledger.check(f"{longest} call", load, 200, [questions.kinds[longest]])
    figures.calls_at_once.extend(_seconds(load))


def _launched(stage: Stage, number: int, ledger: Ledger) -> list[tuple[str, str]]:
    """Pending contexts: URL, and the Cookie header of the browser that launched it. Good for a minute."""
    load = run_load(stage.service_port, stage.clicks.posts(His.JWT, number), 1)
    ledger.check("launch before a page", load, 303)
    origin = f"http://127.0.0.1:{stage.service_port}"
    return [(origin + answer.headers["location"][0], cookies_of(answer)) for answer in load.answers]


def _turn(
    stage: Stage,
    page: Page,
    users: int,
    requests: Iterable[bytes],
    figures: PageFigures,
    ledger: Ledger,
) -> None:
    load = ledger.check(page.value, run_load(stage.service_port, requests, users), 200, _marks(page))
    figures.pages.setdefault((page, users), []).extend(_seconds(load))
    figures.bytes[page.value] = len(load.answers[0].body)


def _marks(page: Page) -> list[bytes]:
    """What this page of this patient holds only when every section of it came."""
    marks = [f"Allergieën bekend: {len(PATIENT.allergies)}<".encode()]
    if page is Page.FIRST:
        return [*marks, PATIENT.people[0].number.encode()]
    today = real_time().astimezone(AMSTERDAM).date()
    return [*marks, f"{len(PATIENT.results(today))} uitslagen<".encode()]


def _seconds(load: Load) -> list[float]:
    return [answer.seconds for answer in load.answers]


def _laboratory(context_url: str) -> str:
    return context_url + url_words.LABORATORY.removeprefix(url_words.CONTEXT)
