"""Every note that the domain writes is one that the audit catalogue takes."""

import inspect
from collections.abc import Mapping
from datetime import timedelta

import pytest

import context.notes
from app.audit_bridge import AuditBridge
from app.crypto import Cipher
from app.engine import Database
from app.writer import Writer
from audit.trail import AuditTrail
from context.codes import RefusalCode
from context.consent import ConsentAnswer, ConsentState, NotPermitted, Permitted, Scope
from context.errors import StorageUnavailableError
from context.notes import (
    PageView,
    closed_note,
    consent_fields,
    document_notes,
    extended_note,
    launch_fields,
    lookup_fields,
    opened_note,
    page_notes,
    printed_note,
    refused_note,
    replaced_note,
    replay_note,
    section_notes,
    withheld_notes,
    wrong_patient_note,
)
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import LookupState, PatientLookup
from context.ports import AuditEvent, AuditNote, ContextPhase
from context.records import RecordEntry, Section
from context.session import OpenContext
from tests.clock import START, SteppingClock
from tests.keys import secret_keys
from tests.people import a_hospital, a_launch, a_patient

CONTEXT = OpenContext(
    context_id="A" * 22,
    reference="7K3M-9QTX",
    hospital="cwz",
    scope=Scope.FULL,
    categories=frozenset({"GGC002"}),
    launch=a_launch(),
    patient=a_patient(),
    opened_at=START,
    last_active_at=START,
    patient_fetched_at=START,
    idle_ends_at=START + timedelta(minutes=15),
    absolute_ends_at=START + timedelta(hours=4),
)
ANSWER = ConsentAnswer(ConsentState.PERMIT, frozenset({"GGC002"}), "decision-1")
FOUND = PatientLookup(LookupState.FOUND, a_patient())
WRONG = PatientLookup(LookupState.FAILED, failure=FailureCause.WRONG_PATIENT)
ASKED = {
    **launch_fields(CONTEXT.context_id, CONTEXT.launch),
    **consent_fields(ANSWER),
    **lookup_fields(FOUND),
}
VIEW = PageView(a_hospital(), CONTEXT, "lab", ANSWER)
OUTCOMES: Mapping[Section, Outcome[RecordEntry]] = {
    Section.LABORATORY: Outcome.failed(FailureCause.WRONG_PATIENT),
    Section.ALLERGIES: Outcome.partial((), ("EPD",), START, FailureCause.TIMEOUT),
}

NOTES: Mapping[str, tuple[AuditNote, ...]] = {
    "opened_note": (
        opened_note(CONTEXT, ASKED, Permitted(Scope.FULL, frozenset(), a_patient())),
        opened_note(
            CONTEXT,
            {**ASKED, **consent_fields(ConsentAnswer(ConsentState.REFUSED))},
            Permitted(Scope.PATIENT_INFORMATION_ONLY, frozenset(), a_patient()),
        ),
    ),
    "refused_note": (
        refused_note(
            CONTEXT,
            {**ASKED, **lookup_fields(WRONG)},
            NotPermitted(RefusalCode.NOTHING_TO_SHOW, "consent_refused"),
        ),
    ),
    "withheld_notes": withheld_notes(CONTEXT, ASKED, {"GGC003", "GGC004"}),
    "replay_note": (replay_note(CONTEXT, a_launch(), "other browser"),),
    "replaced_note": (
        replaced_note(CONTEXT, a_launch(), "other patient", "B" * 22),
        replaced_note(CONTEXT, a_launch(), "other patient", None),
    ),
    "closed_note": (
        closed_note(CONTEXT, a_launch(), ContextPhase.EXPIRED),
        closed_note(CONTEXT, a_launch(), ContextPhase.CLOSED, "his_patient_closed"),
    ),
    "extended_note": (extended_note(CONTEXT),),
    "wrong_patient_note": (wrong_patient_note(CONTEXT, {**ASKED, **lookup_fields(WRONG)}, "patient"),),
    "page_notes": page_notes(VIEW),
    "printed_note": (printed_note(VIEW, "browser"),),
    "section_notes": section_notes(VIEW, OUTCOMES),
    "document_notes": (
        *document_notes(VIEW, Section.LETTERS, OutcomeState.OK, failure=None, subject="1.2.3"),
        *document_notes(VIEW, Section.LETTERS, OutcomeState.FAILED, failure="wrong_patient", subject="1.2.3"),
    ),
}


@pytest.fixture
def bridge(stepping_clock: SteppingClock) -> AuditBridge:
    writer = Writer(Database("sqlite:////nonexistent/never-opened"))
    return AuditBridge(AuditTrail(Cipher(secret_keys()), stepping_clock, "node-1"), writer)


def test_every_builder_of_notes_is_tried_here() -> None:
    builders = {name for name, _ in inspect.getmembers(context.notes, inspect.isfunction)}
    assert set(NOTES) == {name for name in builders if name.endswith(("_note", "_notes"))}


@pytest.mark.proves("promise:P2")
@pytest.mark.parametrize("builder", NOTES)
def test_note_is_in_the_catalogue(bridge: AuditBridge, builder: str) -> None:
    for note in NOTES[builder]:
        bridge.job(note)


def test_page_records_page_banner_each_section_and_each_wrong_answer() -> None:
    assert [note.event for note in (*NOTES["page_notes"], *NOTES["section_notes"])] == [
        AuditEvent.PAGE_VIEWED,
        AuditEvent.BANNER_SHOWN,
        AuditEvent.SECTION_SHOWN,
        AuditEvent.WRONG_PATIENT_ALARM,
        AuditEvent.SECTION_SHOWN,
    ]


def test_note_with_a_field_too_many_is_storage_unavailable(bridge: AuditBridge) -> None:
    note = NOTES["extended_note"][0]
    with pytest.raises(StorageUnavailableError, match="diagnosis"):
        bridge.job(AuditNote(note.event, note.reference, {**note.fields, "diagnosis": "x"}))
