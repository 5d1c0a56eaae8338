"""Opening one document: the patient's own list decides, and it is on record before a byte leaves (D7)."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from context.codes import RefusalCode
from context.consent import ConsentAnswer, ConsentState
from context.documents import OpenedDocument, document_name
from context.errors import ContextClosedError, ContextExpiredError, RefusedError, StorageUnavailableError
from context.outcome import FailureCause, Outcome, OutcomeState
from context.ports import AuditEvent, ContextPhase
from context.records import (
    CodedText,
    Document,
    DocumentAnswer,
    DocumentContent,
    DocumentFailure,
    DocumentForm,
    DocumentReference,
    RecordEntry,
    Referral,
    Section,
)
from tests.clock import START
from tests.context_stage import Stage
from tests.people import ANNA
from tests.ports_in_memory import done

REFERENCE = DocumentReference("1.2.3", "4.5.6", mime_type="application/pdf")
LETTER = Document(CodedText(display="Ontslagbrief"), REFERENCE, authorised=True)
LISTED: Outcome[RecordEntry] = Outcome.of((LETTER,), START)
PDF = DocumentAnswer(DocumentContent(DocumentForm.PDF, pdf=b"%PDF-1.7"))
NAME = document_name(Section.LETTERS, REFERENCE)


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.visit()
    stage.audit.notes.clear()
    stage.consent.asked.clear()
    stage.records.answers = {Section.LETTERS: done(LISTED)}
    stage.documents.answers = {"4.5.6": done(PDF)}
    return stage


def open_document(stage: Stage, name: str = NAME) -> OpenedDocument:
    return stage.service.open_document(stage.hospital, stage.visit(), name)


@pytest.mark.proves("promise:P1")
def test_listed_letter_is_opened_and_on_record(stage: Stage) -> None:
    stage.clock.advance(60)
    assert open_document(stage) == OpenedDocument(OutcomeState.OK, LETTER, PDF.content)
    (note,) = stage.audit.notes
    assert note.event is AuditEvent.DOCUMENT_SHOWN
    assert note.fields["patient"] == ANNA
    assert (note.fields["section"], note.fields["state"], note.fields["failure"]) == ("letters", "ok", None)
    assert note.fields["subject"] == "4.5.6"
    assert stage.contexts.stored.last_active_at == stage.clock.now()


@pytest.mark.proves("attack:A135")
def test_letter_that_cannot_be_recorded_does_not_leave(stage: Stage) -> None:
    stage.audit.down = True
    with pytest.raises(StorageUnavailableError):
        open_document(stage)


@pytest.mark.parametrize("name", ["", "a", "a" + "0" * 24, "b" + NAME[1:], "?", NAME.upper(), NAME + "0"])
def test_name_that_the_list_does_not_have_fetches_nothing(stage: Stage, name: str) -> None:
    stage.records.answers[Section.REFERRALS] = done(Outcome[RecordEntry].of((), START))
    found = open_document(stage, name)
    assert (found.state, found.content) == (OutcomeState.EMPTY, None)
    assert stage.documents.asked == []
    assert stage.audit.notes == []


@pytest.mark.proves("feature:D22")
def test_letter_that_release_holds_cannot_be_opened_by_its_name(stage: Stage) -> None:
    held: Outcome[RecordEntry] = Outcome.of((replace(LETTER, authorised=False),), START)
    stage.records.answers = {Section.LETTERS: done(held)}
    assert open_document(stage).state is OutcomeState.EMPTY
    assert stage.documents.asked == []


def test_list_that_fails_makes_the_letter_failed_and_not_unknown(stage: Stage) -> None:
    stage.records.answers = {Section.LETTERS: done(Outcome[RecordEntry].failed(FailureCause.UNREACHABLE))}
    found = open_document(stage)
    assert (found.state, found.failure) == (OutcomeState.FAILED, DocumentFailure.UNREACHABLE)
    partial = Outcome[RecordEntry].partial((), ("het archief",), START)
    stage.records.answers = {Section.LETTERS: done(partial)}
    assert open_document(stage).state is OutcomeState.FAILED
    assert stage.documents.asked == []


def test_list_without_permission_asks_nobody(stage: Stage) -> None:
    stage.hospital = replace(stage.hospital, sections=frozenset(Section) - {Section.LETTERS})
    assert open_document(stage).state is OutcomeState.NOT_PERMITTED
    assert (stage.records.asked, stage.documents.asked) == ([], [])


@pytest.mark.parametrize("failure", DocumentFailure)
def test_letter_that_cannot_be_fetched_is_failed_with_its_cause_on_record(
    stage: Stage, failure: DocumentFailure
) -> None:
    stage.documents.answers = {"4.5.6": done(DocumentAnswer(failure=failure))}
    found = open_document(stage)
    assert (found.state, found.failure, found.content) == (OutcomeState.FAILED, failure, None)
    assert stage.audit.notes[0].fields["failure"] == failure.value
    alarmed = AuditEvent.WRONG_PATIENT_ALARM in stage.audit.events
    assert alarmed == (failure is DocumentFailure.WRONG_PATIENT)


def test_late_letter_is_a_timeout_and_given_up(stage: Stage) -> None:
    late: Future[DocumentAnswer] = Future()
    stage.documents.answers = {"4.5.6": late}
    assert open_document(stage).failure is DocumentFailure.TIMEOUT
    assert late.cancelled()


def test_referral_letter_opens_from_its_own_list(stage: Stage) -> None:
    referral = Referral(None, letter=REFERENCE)
    stage.records.answers = {Section.REFERRALS: done(Outcome[RecordEntry].of((referral,), START))}
    assert open_document(stage, document_name(Section.REFERRALS, REFERENCE)).state is OutcomeState.OK
    assert stage.audit.notes[0].fields["section"] == "referrals"


def test_consent_that_was_withdrawn_ends_the_context_and_opens_nothing(stage: Stage) -> None:
    stage.clock.advance(6 * 60)
    stage.consent.answer = lambda: done(ConsentAnswer(ConsentState.REFUSED))
    with pytest.raises(RefusedError) as caught:
        open_document(stage)
    assert caught.value.code is RefusalCode.NOTHING_TO_SHOW
    assert stage.contexts.stored.phase is ContextPhase.REFUSED
    assert (stage.records.asked, stage.documents.asked) == ([], [])


def test_context_that_ends_meanwhile_opens_nothing(stage: Stage) -> None:
    opened = stage.visit()
    stage.become(ContextPhase.CLOSED)
    with pytest.raises(ContextClosedError):
        stage.service.open_document(stage.hospital, opened, NAME)


def test_context_whose_time_is_up_opens_nothing(stage: Stage) -> None:
    opened = stage.visit()
    stage.clock.advance(16 * 60)
    with pytest.raises(ContextExpiredError):
        stage.service.open_document(stage.hospital, opened, NAME)
    assert stage.documents.asked == []
