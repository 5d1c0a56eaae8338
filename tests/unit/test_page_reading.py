"""Handing out the sections of one page as they arrive (``context/reading.py``)."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from context.errors import ContextReplacedError
from context.outcome import FailureCause, Outcome
from context.ports import AuditEvent, ContextPhase
from context.reading import PageReading
from context.records import Allergy, CodedText, RecordEntry, Section
from tests.clock import START
from tests.context_stage import Stage
from tests.ports_in_memory import done

PEANUT: Outcome[RecordEntry] = Outcome.of((Allergy(CodedText(display="Pinda")),), START)
EMPTY: Outcome[RecordEntry] = Outcome.of((), START)
LATE: Outcome[RecordEntry] = Outcome.failed(FailureCause.TIMEOUT)
NOT_RECORDED: Outcome[RecordEntry] = Outcome.failed(FailureCause.NOT_RECORDED)
LAB, ALLERGIES, ALERTS = Section.LABORATORY, Section.ALLERGIES, Section.ALERTS
A_LONG_TIME = 60.0


@dataclass
class Page:
    """A page of an open context whose sections answer when the test says so."""

    stage: Stage
    answers: "dict[Section, Future[Outcome[RecordEntry]]]" = field(default_factory=dict)

    def read(self, *sections: Section) -> PageReading:
        self.answers.update((section, Future()) for section in sections if section not in self.answers)
        self.stage.records.answers = self.answers
        opened = self.stage.visit()
        return self.stage.service.read(self.stage.hospital, opened, sections, "laboratory")

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [
            (str(note.fields["section"]), str(note.fields["state"]))
            for note in self.stage.audit.notes
            if note.event is AuditEvent.SECTION_SHOWN
        ]


@pytest.fixture
def page() -> Page:
    """Its time is so long that a test that waits for it is seen to hang."""
    stage = Stage(deadline_seconds=A_LONG_TIME)
    stage.visit()
    stage.audit.notes.clear()
    return Page(stage)


@pytest.fixture
def short_page() -> Page:
    """Its time is over almost at once."""
    stage = Stage()
    stage.visit()
    stage.audit.notes.clear()
    return Page(stage)


def test_page_and_banner_are_on_record_before_anything_is_taken(page: Page) -> None:
    page.read(LAB)
    assert page.stage.audit.events == [AuditEvent.PAGE_VIEWED, AuditEvent.BANNER_SHOWN]


def test_group_that_is_whole_ends_the_waiting_while_another_is_not(page: Page) -> None:
    reading = page.read(LAB, ALLERGIES, ALERTS)
    page.answers[ALERTS].set_result(EMPTY)
    timer = threading.Timer(0.01, page.answers[ALLERGIES].set_result, [PEANUT])
    timer.start()
    reading.wait_for_any([(LAB,), (ALLERGIES, ALERTS)])
    timer.join()
    assert reading.is_ready((ALLERGIES, ALERTS))
    assert not reading.is_ready((LAB,))
    assert not reading.is_ready((LAB, ALERTS))


def test_section_shared_by_two_groups_is_taken_once_and_shown_in_both(page: Page) -> None:
    reading = page.read(ALLERGIES, ALERTS, LAB)
    page.answers[ALLERGIES].set_result(PEANUT)
    page.answers[ALERTS].set_result(EMPTY)
    assert reading.take((ALLERGIES, ALERTS)) == {ALLERGIES: PEANUT, ALERTS: EMPTY}
    page.answers[LAB].set_result(EMPTY)
    assert reading.take((LAB, ALLERGIES)) == {LAB: EMPTY, ALLERGIES: PEANUT}
    assert page.shown == [("allergies", "ok"), ("alerts", "empty"), ("laboratory", "empty")]


def test_section_named_twice_in_one_question_is_taken_once(page: Page) -> None:
    page.answers[LAB] = done(EMPTY)
    assert page.read(LAB).take((LAB, LAB)) == {LAB: EMPTY}
    assert page.shown == [("laboratory", "empty")]


@pytest.mark.parametrize("groups", [[], [()], [(), (LAB,)]])
def test_nothing_to_wait_for_is_ready_at_once(page: Page, groups: list[tuple[Section, ...]]) -> None:
    reading = page.read(LAB)
    reading.wait_for_any(groups)
    assert not reading.is_ready((LAB,))


class _AnswersWhenLookedAt(Future[Outcome[RecordEntry]]):
    """Comes in just after one of the looks at it that still found it missing."""

    def __init__(self, look: int) -> None:
        super().__init__()
        self._left = look

    def done(self) -> bool:
        found = super().done()
        self._left -= 1
        if self._left == 0:
            self.arrive()
        return found

    def arrive(self) -> None:
        if not super().done():
            self.set_result(PEANUT)


@pytest.mark.parametrize("look", [1, 2, 3])
def test_answer_that_comes_between_two_looks_does_not_end_the_page_of_the_others(
    page: Page, look: int
) -> None:
    answer = page.answers[ALLERGIES] = _AnswersWhenLookedAt(look)
    reading = page.read(ALLERGIES, LAB)
    timer = threading.Timer(0.05, answer.arrive)
    timer.start()
    reading.wait_for_any([(ALLERGIES,)])
    timer.join()
    assert not reading.is_ready((LAB,))
    page.answers[LAB].set_result(EMPTY)
    assert reading.take((ALLERGIES, LAB)) == {ALLERGIES: PEANUT, LAB: EMPTY}


def test_when_the_time_is_up_what_is_missing_reads_as_failed_and_is_given_up(short_page: Page) -> None:
    short_page.answers[ALLERGIES] = done(PEANUT)
    reading = short_page.read(LAB, ALLERGIES)
    reading.wait_for_any([(LAB,)])
    assert reading.is_ready((LAB, ALLERGIES))
    assert reading.take((LAB, ALLERGIES)) == {LAB: LATE, ALLERGIES: PEANUT}
    assert short_page.answers[LAB].cancelled()
    assert short_page.shown == [("laboratory", "failed"), ("allergies", "ok")]


def test_page_whose_time_was_spent_elsewhere_waits_for_nothing(page: Page) -> None:
    reading = page.read(LAB)
    page.stage.clock.advance(A_LONG_TIME + 1)
    reading.wait_for_any([(LAB,)])
    assert reading.take((LAB,)) == {LAB: LATE}


@pytest.mark.proves("promise:P1")
@pytest.mark.proves("attack:A135")
def test_section_that_cannot_be_recorded_is_failed_and_a_later_one_may_be_shown(page: Page) -> None:
    page.answers |= {LAB: done(EMPTY), ALLERGIES: done(PEANUT)}
    reading = page.read(LAB, ALLERGIES)
    page.stage.audit.down = True
    assert reading.take((LAB,)) == {LAB: NOT_RECORDED}
    page.stage.audit.down = False
    assert reading.take((ALLERGIES,)) == {ALLERGIES: PEANUT}
    assert page.shown == [("allergies", "ok")]


@pytest.mark.proves("attack:A101")
@pytest.mark.parametrize("phase", [ContextPhase.REPLACED, ContextPhase.CLOSED, ContextPhase.EXPIRED])
def test_context_that_ended_between_two_parts_shows_nothing_more_not_even_what_it_showed_before(
    page: Page, phase: ContextPhase
) -> None:
    page.answers |= {LAB: done(EMPTY), ALLERGIES: done(PEANUT)}
    reading = page.read(LAB, ALLERGIES)
    assert reading.take((ALLERGIES,)) == {ALLERGIES: PEANUT}
    page.stage.become(phase)
    assert reading.take((LAB, ALLERGIES)) == {LAB: NOT_RECORDED, ALLERGIES: NOT_RECORDED}
    assert reading.take((ALLERGIES,)) == {ALLERGIES: NOT_RECORDED}
    assert page.shown == [("allergies", "ok")]


def test_nothing_taken_touches_nothing(page: Page) -> None:
    reading = page.read()
    before = page.stage.contexts.stored
    page.stage.clock.advance(1)
    assert reading.take(()) == {}
    assert page.stage.contexts.stored == before


def test_close_gives_up_on_what_is_missing_and_keeps_what_came(page: Page) -> None:
    reading = page.read(LAB, ALLERGIES)
    page.answers[ALLERGIES].set_result(PEANUT)
    reading.close()
    reading.close()
    assert page.answers[LAB].cancelled()
    assert reading.take((LAB, ALLERGIES)) == {LAB: LATE, ALLERGIES: PEANUT}


def test_page_that_was_replaced_before_it_was_recorded_asks_no_more_of_the_hospital(page: Page) -> None:
    page.answers[LAB] = Future()
    page.stage.records.answers = page.answers
    opened = page.stage.visit()
    page.stage.become(ContextPhase.REPLACED)
    with pytest.raises(ContextReplacedError):
        page.stage.service.read(page.stage.hospital, opened, (LAB,), "laboratory")
    assert page.answers[LAB].cancelled()
