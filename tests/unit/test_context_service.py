"""What a path under a context answers, and what is on record when it does."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest

from context.codes import RefusalCode
from context.consent import ConsentAnswer, ConsentState, Scope
from context.entering import NOTHING_TO_SHOW_FLOOR_SECONDS
from context.errors import (
    ContextClosedError,
    ContextError,
    ContextExpiredError,
    ContextMovedError,
    ContextReplacedError,
    ContextUnknownError,
    CookiesBlockedError,
    RefusedError,
    StorageUnavailableError,
)
from context.hospital import WithoutConsent
from context.outcome import FailureCause
from context.person import LookupState, PartialDate, PatientLookup
from context.ports import AuditEvent, Consumed, Consumption, ContextPhase, Credentials
from context.session import OpenContext
from tests.context_stage import Stage
from tests.people import ANNA, a_hospital, a_patient
from tests.ports_in_memory import CONTEXT_ID, FOUND, REFERENCE, RIGHT, done

WRONG_BROWSER = Credentials("browser-2", RIGHT.context)
NO_BROWSER = Credentials(None, RIGHT.context)
WRONG_SECRET = Credentials(RIGHT.browser, "secret-2")
NO_SECRET = Credentials(RIGHT.browser, None)
NOTHING = Credentials(None, None)
REFUSED = ConsentAnswer(ConsentState.REFUSED)
UNKNOWN = PatientLookup(LookupState.UNKNOWN)
WRONG = PatientLookup(LookupState.FAILED, failure=FailureCause.WRONG_PATIENT)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.proves("attack:A104")
def test_an_unknown_context_is_unknown(stage: Stage) -> None:
    with pytest.raises(ContextUnknownError):
        stage.service.visit(stage.hospital, "zzzzzzzzzzzzzzzzzzzzzz", RIGHT)
    with pytest.raises(ContextUnknownError):
        stage.service.visit(a_hospital(slug="tergooi"), CONTEXT_ID, RIGHT)


def test_a_pending_context_without_cookies_says_so_and_stays_pending(stage: Stage) -> None:
    with pytest.raises(CookiesBlockedError):
        stage.visit(NOTHING)
    assert stage.contexts.stored.phase is ContextPhase.PENDING
    assert not stage.asked_hospital


@pytest.mark.proves("attack:A110")
@pytest.mark.parametrize("credentials", [WRONG_BROWSER, NO_BROWSER, Credentials("browser-2", None)])
def test_a_pending_context_in_another_browser_is_an_alarm(stage: Stage, credentials: Credentials) -> None:
    assert stage.refused(credentials) is RefusalCode.REPLAYED
    assert stage.audit.events == [AuditEvent.REPLAY_ALARM]
    assert stage.audit.notes[0].fields["token_id"] == "token-1-0123456789"
    assert stage.contexts.stored.phase is ContextPhase.PENDING
    assert not stage.asked_hospital


@pytest.mark.parametrize("credentials", [WRONG_SECRET, NO_SECRET])
def test_a_pending_context_without_its_own_cookie_is_unknown(stage: Stage, credentials: Credentials) -> None:
    with pytest.raises(ContextUnknownError):
        stage.visit(credentials)
    assert stage.contexts.stored.phase is ContextPhase.PENDING
    assert stage.audit.events == []


@pytest.mark.proves("attack:A104")
@pytest.mark.parametrize("phase", [phase for phase in ContextPhase if phase is not ContextPhase.PENDING])
@pytest.mark.parametrize("credentials", [WRONG_SECRET, NO_SECRET, NOTHING])
def test_without_its_own_cookie_no_phase_shows(
    stage: Stage, phase: ContextPhase, credentials: Credentials
) -> None:
    stage.become(phase)
    with pytest.raises(ContextUnknownError):
        stage.visit(credentials)
    assert not stage.asked_hospital


def test_a_permit_opens_the_context_with_one_record(stage: Stage) -> None:
    opened = stage.visit()
    assert (opened.scope, opened.categories) == (Scope.FULL, frozenset({"GGC002"}))
    assert (opened.hospital, opened.reference) == ("cwz", REFERENCE)
    assert opened.opened_at == opened.patient_fetched_at == stage.clock.now()
    (note,) = stage.audit.notes
    assert (note.event, note.reference) == (AuditEvent.CONTEXT_OPENED, REFERENCE)
    assert note.fields["patient"] == ANNA
    assert note.fields["consent_state"] == "permit"
    assert note.fields["consent_categories"] == ("GGC002",)
    assert note.fields["decision_id"] == "decision-1"
    assert note.fields["scope"] == "full"


def test_a_second_visit_asks_and_records_nothing(stage: Stage) -> None:
    first = stage.visit()
    stage.clock.advance(1)
    assert stage.visit() == first
    assert len(stage.index.asked) == len(stage.consent.asked) == 1
    assert len(stage.audit.notes) == 1


@pytest.mark.parametrize(
    ("lookup", "answer", "code"),
    [
        (UNKNOWN, None, RefusalCode.NOTHING_TO_SHOW),
        (FOUND, REFUSED, RefusalCode.NOTHING_TO_SHOW),
        (PatientLookup(LookupState.FAILED, failure=FailureCause.FAULT), REFUSED, RefusalCode.NOTHING_TO_SHOW),
        (
            PatientLookup(LookupState.FOUND, a_patient(birth_date=PartialDate(1960))),
            None,
            RefusalCode.IDENTITY_DIFFERS,
        ),
    ],
)
def test_a_refusal_is_final_recorded_once_and_repeated_without_asking(
    stage: Stage, lookup: PatientLookup, answer: ConsentAnswer | None, code: RefusalCode
) -> None:
    stage.index.answer = lambda: done(lookup)
    if answer is not None:
        stage.consent.answer = lambda: done(answer)
    assert stage.refused() is code
    assert stage.refused() is code
    assert len(stage.index.asked) == 1
    assert stage.audit.events == [AuditEvent.CONTEXT_REFUSED]
    assert stage.audit.notes[0].fields["code"] == code
    assert stage.contexts.stored.launch is None


@pytest.mark.proves("attack:A139")
@pytest.mark.parametrize("lookup", [UNKNOWN, FOUND])
def test_nothing_to_show_leaves_no_sooner_than_the_floor(stage: Stage, lookup: PatientLookup) -> None:
    def slow() -> "Future[ConsentAnswer]":
        stage.clock.advance(0.25)
        return done(REFUSED if lookup is FOUND else ConsentAnswer(ConsentState.PERMIT, frozenset({"GGC002"})))

    stage.index.answer = lambda: done(lookup)
    stage.consent.answer = slow
    started = stage.clock.monotonic()
    assert stage.refused() is RefusalCode.NOTHING_TO_SHOW
    assert stage.clock.monotonic() == started + NOTHING_TO_SHOW_FLOOR_SECONDS


def test_both_questions_are_out_before_either_answer_is_awaited(stage: Stage) -> None:
    asked_together: Future[PatientLookup] = Future()

    def consent() -> "Future[ConsentAnswer]":
        asked_together.set_result(FOUND)
        return done(ConsentAnswer(ConsentState.PERMIT, frozenset({"GGC002"})))

    stage.index.answer = lambda: asked_together
    stage.consent.answer = consent
    assert stage.visit().scope is Scope.FULL


def test_an_answer_that_takes_time_is_awaited() -> None:
    stage = Stage(deadline_seconds=5)
    with ThreadPoolExecutor(1) as pool:
        stage.index.answer = lambda: pool.submit(soon)
        assert stage.visit().scope is Scope.FULL


def soon() -> PatientLookup:
    threading.Event().wait(0.003)
    return FOUND


def never() -> "Future[ConsentAnswer]":
    return Future()


def broken() -> "Future[ConsentAnswer]":
    future: Future[ConsentAnswer] = Future()
    future.set_exception(RuntimeError("a port broke its promise"))
    return future


@pytest.mark.proves("attack:A137")
@pytest.mark.parametrize("answer", [never, broken, lambda: done(ConsentAnswer(ConsentState.UNAVAILABLE))])
def test_no_consent_answer_refuses_for_now_and_a_retry_may_open(
    stage: Stage, answer: Callable[[], "Future[ConsentAnswer]"]
) -> None:
    stage.consent.answer, right = answer, stage.consent.answer
    assert stage.refused() is RefusalCode.CONSENT_UNAVAILABLE
    assert stage.contexts.stored.phase is ContextPhase.ENTERING
    stage.consent.answer = right
    assert stage.visit().scope is Scope.FULL
    assert stage.audit.events == [AuditEvent.CONTEXT_REFUSED, AuditEvent.CONTEXT_OPENED]


def test_a_retry_is_possible_until_the_token_ends_and_no_longer(stage: Stage) -> None:
    stage.index.answer = lambda: done(PatientLookup(LookupState.SEVERAL))
    assert stage.refused() is RefusalCode.RECORD_SOURCE_UNAVAILABLE
    stage.clock.advance(timedelta(seconds=150) - timedelta(microseconds=1))
    assert stage.refused() is RefusalCode.RECORD_SOURCE_UNAVAILABLE
    stage.clock.advance(timedelta(microseconds=1))
    with pytest.raises(ContextExpiredError):
        stage.visit()
    assert stage.contexts.stored.launch is None


@pytest.mark.proves("attack:A105")
@pytest.mark.parametrize(
    ("answer", "code"),
    [(None, RefusalCode.RECORD_SOURCE_UNAVAILABLE), (REFUSED, RefusalCode.NOTHING_TO_SHOW)],
)
def test_a_wrong_person_is_an_alarm_whatever_is_decided(
    stage: Stage, answer: ConsentAnswer | None, code: RefusalCode
) -> None:
    stage.index.answer = lambda: done(WRONG)
    if answer is not None:
        stage.consent.answer = lambda: done(answer)
    assert stage.refused() is code
    assert stage.audit.events == [AuditEvent.WRONG_PATIENT_ALARM, AuditEvent.CONTEXT_REFUSED]


@pytest.mark.proves("attack:A135")
@pytest.mark.proves("promise:P1")
def test_a_decision_that_cannot_be_recorded_opens_nothing(stage: Stage) -> None:
    stage.audit.down = True
    with pytest.raises(StorageUnavailableError):
        stage.visit()
    assert stage.contexts.stored.phase is ContextPhase.ENTERING


@pytest.mark.parametrize(
    ("consumed", "error"),
    [
        (Consumed(Consumption.REPLACED), ContextReplacedError),
        (Consumed(Consumption.MOVED, "other-context-id-12345"), ContextMovedError),
        (Consumed(Consumption.REPLAYED), RefusedError),
        (Consumed(Consumption.GONE), ContextExpiredError),
    ],
)
def test_what_could_not_be_consumed_never_asks_the_hospital(
    stage: Stage, consumed: Consumed, error: type[ContextError]
) -> None:
    stage.contexts.consumption = consumed
    with pytest.raises(error) as caught:
        stage.visit()
    assert not stage.asked_hospital
    assert stage.audit.events == []
    if isinstance(caught.value, ContextMovedError):
        assert caught.value.context_id == "other-context-id-12345"
    if isinstance(caught.value, RefusedError):
        assert caught.value.code is RefusalCode.REPLAYED


@pytest.mark.proves("attack:A111")
def test_two_first_visits_at_once_open_once(stage: Stage) -> None:
    others: list[OpenContext] = []

    def meanwhile() -> "Future[PatientLookup]":
        stage.index.answer = lambda: done(FOUND)
        others.append(stage.visit())
        return done(FOUND)

    stage.index.answer = meanwhile
    assert stage.visit() == others[0]
    assert stage.audit.events == [AuditEvent.CONTEXT_OPENED]


def test_the_first_of_two_decisions_stands(stage: Stage) -> None:
    def meanwhile() -> "Future[PatientLookup]":
        stage.index.answer = lambda: done(UNKNOWN)
        assert stage.refused() is RefusalCode.NOTHING_TO_SHOW
        return done(FOUND)

    stage.index.answer = meanwhile
    assert stage.refused() is RefusalCode.NOTHING_TO_SHOW
    assert stage.audit.events == [AuditEvent.CONTEXT_REFUSED]


@pytest.mark.parametrize(
    ("phase", "error"),
    [
        (ContextPhase.EXPIRED, ContextExpiredError),
        (ContextPhase.REPLACED, ContextReplacedError),
        (ContextPhase.CLOSED, ContextClosedError),
    ],
)
def test_an_ended_context_says_how_it_ended(
    stage: Stage, phase: ContextPhase, error: type[ContextError]
) -> None:
    stage.become(phase)
    with pytest.raises(error) as caught:
        stage.visit()
    assert caught.value.reference == REFERENCE
    assert not stage.asked_hospital


@pytest.mark.proves("attack:A141")
def test_an_idle_context_expires_at_fifteen_minutes_and_forgets(stage: Stage) -> None:
    stage.visit()
    stage.clock.advance(timedelta(minutes=15) - timedelta(microseconds=1))
    stage.visit()
    stage.clock.advance(timedelta(microseconds=1))
    with pytest.raises(ContextExpiredError):
        stage.visit()
    assert stage.contexts.stored.phase is ContextPhase.EXPIRED
    assert (stage.contexts.stored.launch, stage.contexts.stored.patient) == (None, None)


@pytest.mark.proves("feature:B02")
def test_without_consent_a_hospital_may_open_patient_information_only(stage: Stage) -> None:
    stage.hospital = a_hospital(without_consent=WithoutConsent.PATIENT_INFORMATION_ONLY)
    stage.consent.answer = lambda: done(REFUSED)
    opened = stage.visit()
    assert (opened.scope, opened.categories) == (Scope.PATIENT_INFORMATION_ONLY, frozenset())
    assert stage.audit.events == [AuditEvent.CONTEXT_OPENED]
    assert stage.audit.notes[0].fields["consent_state"] == "refused"
