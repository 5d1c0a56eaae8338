"""Reading, polling, extending and closing an open context."""

from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from context.codes import RefusalCode
from context.consent import ConsentAnswer, ConsentState, Scope
from context.errors import (
    ContextClosedError,
    ContextExpiredError,
    ContextReplacedError,
    ContextUnknownError,
    RefusedError,
    StorageUnavailableError,
)
from context.hospital import WithoutConsent
from context.outcome import FailureCause, Outcome, OutcomeState
from context.ports import AuditEvent, ContextPhase, Credentials
from context.records import Allergy, CodedText, RecordEntry, Section
from context.session import Standing
from tests.clock import START
from tests.context_stage import Stage
from tests.people import ANNA, a_hospital
from tests.ports_in_memory import CONTEXT_ID, REFERENCE, RIGHT, done

BOTH = (Section.LABORATORY, Section.ALLERGIES)
OLD = timedelta(minutes=5, microseconds=1)
REFUSED = ConsentAnswer(ConsentState.REFUSED)
PEANUT: Outcome[RecordEntry] = Outcome.of((Allergy(CodedText(display="Pinda")),), START)
EMPTY: Outcome[RecordEntry] = Outcome.of((), START)


@pytest.fixture
def stage() -> Stage:
    """An open context; the record of the opening is out of the way."""
    stage = Stage()
    stage.visit()
    stage.audit.notes.clear()
    stage.index.asked.clear()
    stage.consent.asked.clear()
    stage.records.answers = {Section.LABORATORY: done(EMPTY), Section.ALLERGIES: done(PEANUT)}
    return stage


def read(stage: Stage, *sections: Section) -> dict[Section, Outcome[RecordEntry]]:
    opened = stage.visit()
    return dict(stage.service.read(stage.hospital, opened, sections, "laboratory").all())


def shown(stage: Stage) -> list[tuple[Any, ...]]:
    return [
        (note.fields["section"], note.fields["state"], note.fields["result_count"], note.fields["failure"])
        for note in stage.audit.notes
        if note.event is AuditEvent.SECTION_SHOWN
    ]


@pytest.mark.proves("promise:P1")
def test_a_page_records_itself_its_banner_and_each_section(stage: Stage) -> None:
    stage.clock.advance(60)
    outcomes = read(stage, *BOTH)
    assert outcomes == {Section.LABORATORY: EMPTY, Section.ALLERGIES: PEANUT}
    assert stage.audit.events == [
        AuditEvent.PAGE_VIEWED,
        AuditEvent.BANNER_SHOWN,
        AuditEvent.SECTION_SHOWN,
        AuditEvent.SECTION_SHOWN,
    ]
    assert {note.reference for note in stage.audit.notes} == {REFERENCE}
    assert {note.fields["patient"] for note in stage.audit.notes} == {ANNA}
    assert {note.fields["page"] for note in stage.audit.notes} == {"laboratory"}
    assert shown(stage) == [("laboratory", "empty", 0, None), ("allergies", "ok", 1, None)]
    assert stage.contexts.stored.last_active_at == stage.clock.now()


def test_a_page_without_sections_is_recorded_too(stage: Stage) -> None:
    assert read(stage) == {}
    assert stage.audit.events == [AuditEvent.PAGE_VIEWED, AuditEvent.BANNER_SHOWN]


@pytest.mark.proves("attack:A135")
@pytest.mark.proves("promise:P1")
def test_what_cannot_be_recorded_is_not_returned(stage: Stage) -> None:
    stage.audit.down = True
    with pytest.raises(StorageUnavailableError):
        read(stage, *BOTH)
    assert stage.contexts.stored.last_active_at == START


def test_a_late_section_is_failed_and_its_question_cancelled(stage: Stage) -> None:
    late: Future[Outcome[RecordEntry]] = Future()
    stage.records.answers[Section.LABORATORY] = late
    outcomes = read(stage, *BOTH)
    assert outcomes[Section.LABORATORY] == Outcome.failed(FailureCause.TIMEOUT)
    assert outcomes[Section.ALLERGIES] == PEANUT
    assert late.cancelled()
    assert shown(stage)[0] == ("laboratory", "failed", 0, "timeout")


def test_a_port_that_raises_is_a_failed_section(stage: Stage) -> None:
    broken: Future[Outcome[RecordEntry]] = Future()
    broken.set_exception(RuntimeError())
    stage.records.answers[Section.LABORATORY] = broken
    assert read(stage, *BOTH)[Section.LABORATORY] == Outcome.failed(FailureCause.FAULT)


@pytest.mark.proves("attack:A105")
def test_a_section_about_someone_else_is_failed_and_an_alarm(stage: Stage) -> None:
    wrong: Outcome[RecordEntry] = Outcome.failed(FailureCause.WRONG_PATIENT)
    stage.records.answers[Section.ALLERGIES] = done(wrong)
    assert read(stage, *BOTH)[Section.ALLERGIES] == wrong
    assert stage.audit.events[-1] is AuditEvent.WRONG_PATIENT_ALARM
    assert stage.audit.notes[-1].fields["section"] == "allergies"


def test_a_section_the_hospital_does_not_show_is_not_asked(stage: Stage) -> None:
    stage.hospital = a_hospital(sections=frozenset({Section.LABORATORY}))
    outcomes = read(stage, *BOTH)
    assert outcomes[Section.ALLERGIES].state is OutcomeState.NOT_PERMITTED
    assert [section for section, _ in stage.records.asked] == [Section.LABORATORY]


def test_a_section_without_consent_for_its_category_is_not_asked(stage: Stage) -> None:
    stage.contexts.stored = replace(stage.contexts.stored, categories=frozenset({"GGC001"}))
    outcomes = read(stage, *BOTH)
    assert {outcome.state for outcome in outcomes.values()} == {OutcomeState.NOT_PERMITTED}
    assert stage.records.asked == []


@pytest.mark.proves("feature:B02")
def test_patient_information_alone_asks_for_no_section(stage: Stage) -> None:
    stage.contexts.stored = replace(stage.contexts.stored, scope=Scope.PATIENT_INFORMATION_ONLY)
    outcomes = read(stage, *BOTH)
    assert {outcome.state for outcome in outcomes.values()} == {OutcomeState.NOT_PERMITTED}
    assert stage.records.asked == []


def test_consent_of_five_minutes_is_not_asked_again(stage: Stage) -> None:
    stage.clock.advance(timedelta(minutes=5))
    read(stage, *BOTH)
    assert stage.consent.asked == []


def test_older_consent_is_asked_again_and_remembered(stage: Stage) -> None:
    stage.clock.advance(OLD)
    read(stage, *BOTH)
    assert len(stage.consent.asked) == 1
    assert stage.contexts.stored.consent_at == stage.clock.now()
    assert stage.audit.notes[-1].fields["decision_id"] == "decision-1"
    read(stage, *BOTH)
    assert len(stage.consent.asked) == 1


@pytest.mark.proves("attack:A137")
@pytest.mark.parametrize("state", [ConsentState.REFUSED, ConsentState.NOT_ANSWERED])
def test_consent_withdrawn_ends_the_context_before_any_question(stage: Stage, state: ConsentState) -> None:
    stage.clock.advance(OLD)
    stage.hospital = a_hospital(without_consent=WithoutConsent.PATIENT_INFORMATION_ONLY)
    stage.consent.answer = lambda: done(ConsentAnswer(state))
    with pytest.raises(RefusedError) as caught:
        read(stage, *BOTH)
    assert caught.value.code is RefusalCode.NOTHING_TO_SHOW
    assert stage.records.asked == []
    assert stage.audit.events == [AuditEvent.CONTEXT_REFUSED]
    assert stage.audit.notes[0].fields["detail"] == "consent_withdrawn"
    assert stage.contexts.stored.launch is None
    assert stage.refused() is RefusalCode.NOTHING_TO_SHOW


@pytest.mark.proves("attack:A137")
def test_consent_that_cannot_be_asked_shows_nothing_but_stays_open(stage: Stage) -> None:
    stage.clock.advance(OLD)
    stage.consent.answer, right = Future, stage.consent.answer
    with pytest.raises(RefusedError) as caught:
        read(stage, *BOTH)
    assert caught.value.code is RefusalCode.CONSENT_UNAVAILABLE
    assert stage.records.asked == []
    assert stage.contexts.stored.phase is ContextPhase.OPEN
    stage.consent.answer = right
    assert read(stage, *BOTH)[Section.ALLERGIES] == PEANUT


def test_consent_that_became_narrower_counts_at_once(stage: Stage) -> None:
    stage.clock.advance(OLD)
    narrower = ConsentAnswer(ConsentState.PERMIT, frozenset({"GGC001"}))
    stage.consent.answer = lambda: done(narrower)
    assert read(stage, *BOTH)[Section.ALLERGIES].state is OutcomeState.NOT_PERMITTED


def test_patient_information_alone_neither_ends_nor_grows_by_a_new_answer(stage: Stage) -> None:
    stage.contexts.stored = replace(
        stage.contexts.stored, scope=Scope.PATIENT_INFORMATION_ONLY, categories=frozenset()
    )
    stage.consent.answer, permit = (lambda: done(REFUSED)), stage.consent.answer
    for answer in (stage.consent.answer, permit):
        stage.clock.advance(OLD)
        stage.consent.answer = answer
        assert read(stage, *BOTH)[Section.ALLERGIES].state is OutcomeState.NOT_PERMITTED
    assert stage.visit().categories == frozenset()


@pytest.mark.proves("attack:A101")
@pytest.mark.proves("attack:A102")
def test_a_context_replaced_while_its_page_was_fetched_shows_nothing(stage: Stage) -> None:
    opened = stage.visit()
    stage.become(ContextPhase.REPLACED)
    with pytest.raises(ContextReplacedError):
        stage.service.read(stage.hospital, opened, BOTH, "laboratory")
    assert stage.audit.notes == []


def test_a_page_asked_for_at_the_end_of_its_time_is_not_read(stage: Stage) -> None:
    opened = stage.visit()
    stage.clock.advance(timedelta(minutes=15))
    with pytest.raises(ContextExpiredError):
        stage.service.read(stage.hospital, opened, BOTH, "laboratory")
    assert stage.records.asked == []
    assert stage.contexts.stored.phase is ContextPhase.EXPIRED


@pytest.mark.parametrize("phase", list(ContextPhase))
def test_polling_tells_the_phase_and_changes_nothing(stage: Stage, phase: ContextPhase) -> None:
    stage.become(phase)
    before = stage.contexts.stored
    stage.contexts.reads = 0
    expected = Standing(phase, 900, 14_400) if phase is ContextPhase.OPEN else Standing(phase)
    assert stage.service.status(stage.hospital, CONTEXT_ID, RIGHT) == expected
    assert stage.contexts.reads == 1
    assert stage.contexts.stored == before
    assert stage.audit.notes == []


def test_polling_does_not_keep_an_idle_context_alive(stage: Stage) -> None:
    for _ in range(15):
        stage.clock.advance(timedelta(minutes=1) - timedelta(microseconds=1))
        standing = stage.service.status(stage.hospital, CONTEXT_ID, RIGHT)
        assert standing is not None
        assert standing.phase is ContextPhase.OPEN
    stage.clock.advance(timedelta(microseconds=15))
    assert stage.service.status(stage.hospital, CONTEXT_ID, RIGHT) == Standing(ContextPhase.EXPIRED)


@pytest.mark.parametrize("credentials", [Credentials(None, None), Credentials(RIGHT.browser, "secret-2")])
def test_polling_without_the_context_cookie_learns_nothing(stage: Stage, credentials: Credentials) -> None:
    assert stage.service.status(stage.hospital, CONTEXT_ID, credentials) is None
    assert stage.service.status(stage.hospital, "zzzzzzzzzzzzzzzzzzzzzz", RIGHT) is None


@pytest.mark.proves("check:16")
def test_extending_gives_fifteen_minutes_up_to_the_absolute_end(stage: Stage) -> None:
    for _ in range(17):
        stage.clock.advance(timedelta(minutes=14))
        opened = stage.service.extend(stage.hospital, CONTEXT_ID, RIGHT)
        expected = min(stage.clock.now() + timedelta(minutes=15), START + timedelta(hours=4))
        assert opened.idle_ends_at == expected
    assert set(stage.audit.events) == {AuditEvent.CONTEXT_EXTENDED}
    stage.clock.advance(START + timedelta(hours=4) - stage.clock.now())
    with pytest.raises(ContextExpiredError):
        stage.service.extend(stage.hospital, CONTEXT_ID, RIGHT)


@pytest.mark.parametrize(
    ("passed", "left", "in_all"),
    [(0, 900, 14_400), (0.000001, 899, 14_399), (840, 60, 13_560), (899.999999, 0, 13_500)],
)
def test_polling_tells_how_long_the_window_may_stay_and_never_too_long(
    stage: Stage, passed: float, left: int, in_all: int
) -> None:
    stage.clock.advance(passed)
    expected = Standing(ContextPhase.OPEN, left, in_all)
    assert stage.service.status(stage.hospital, CONTEXT_ID, RIGHT) == expected


@pytest.mark.proves("check:16")
def test_near_the_absolute_end_the_window_learns_that_nothing_can_be_gained(stage: Stage) -> None:
    for _ in range(17):
        stage.clock.advance(timedelta(minutes=14))
        stage.service.extend(stage.hospital, CONTEXT_ID, RIGHT)
    standing = stage.service.status(stage.hospital, CONTEXT_ID, RIGHT)
    assert standing == Standing(ContextPhase.OPEN, 120, 120)


@pytest.mark.proves("feature:F04")
def test_page_on_paper_is_recorded_as_printed_with_the_page_itself(stage: Stage) -> None:
    opened = stage.visit()
    stage.service.read(stage.hospital, opened, BOTH, "laboratory", on_paper=True)
    assert stage.audit.events == [
        AuditEvent.PAGE_VIEWED,
        AuditEvent.BANNER_SHOWN,
        AuditEvent.PAGE_PRINTED,
    ]
    assert stage.audit.notes[-1].fields["page"] == "laboratory"
    assert stage.audit.notes[-1].fields["detail"] == "print_page"


@pytest.mark.proves("feature:F04")
def test_print_by_the_browser_is_recorded_only_for_an_open_context_and_its_own_browser(stage: Stage) -> None:
    stage.service.printed(stage.hospital, CONTEXT_ID, RIGHT, "laboratory")
    assert stage.audit.events == [AuditEvent.PAGE_PRINTED]
    with pytest.raises(ContextUnknownError):
        stage.service.printed(stage.hospital, CONTEXT_ID, Credentials(RIGHT.browser, "x"), "laboratory")
    stage.become(ContextPhase.REPLACED)
    with pytest.raises(ContextReplacedError):
        stage.service.printed(stage.hospital, CONTEXT_ID, RIGHT, "laboratory")
    assert stage.audit.events == [AuditEvent.PAGE_PRINTED]


@pytest.mark.proves("attack:A142")
@pytest.mark.parametrize("phase", [ContextPhase.PENDING, ContextPhase.ENTERING])
def test_extending_or_closing_opens_nothing(stage: Stage, phase: ContextPhase) -> None:
    stage.become(phase)
    for act in (stage.service.extend, stage.service.close):
        with pytest.raises(ContextUnknownError):
            act(stage.hospital, CONTEXT_ID, RIGHT)
    assert stage.contexts.stored.phase is phase
    assert stage.audit.notes == []


@pytest.mark.proves("attack:A141")
def test_closing_ends_forgets_and_is_recorded_once(stage: Stage) -> None:
    stage.service.close(stage.hospital, CONTEXT_ID, RIGHT)
    stage.service.close(stage.hospital, CONTEXT_ID, RIGHT)
    assert stage.audit.events == [AuditEvent.CONTEXT_CLOSED]
    assert (stage.contexts.stored.launch, stage.contexts.stored.patient) == (None, None)
    with pytest.raises(ContextClosedError):
        stage.visit()


@pytest.mark.proves("attack:A104")
def test_nobody_else_can_extend_or_close(stage: Stage) -> None:
    stranger = Credentials(RIGHT.browser, "secret-2")
    for act in (stage.service.extend, stage.service.close):
        with pytest.raises(ContextUnknownError):
            act(stage.hospital, CONTEXT_ID, stranger)
    assert stage.contexts.stored.phase is ContextPhase.OPEN
