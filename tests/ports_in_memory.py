"""The outside world of ``context`` for unit tests: answers are set, questions and records are kept."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from context.bsn import Bsn
from context.codes import RefusalCode
from context.consent import TREATMENT_DATA, ConsentAnswer, ConsentState, Scope
from context.errors import StorageUnavailableError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.outcome import Outcome
from context.person import LookupState, Patient, PatientLookup
from context.ports import (
    AuditEvent,
    AuditNote,
    Consumed,
    Consumption,
    ContextName,
    ContextPhase,
    Credentials,
    OpenedContext,
    RecordQuestion,
    StoredContext,
)
from context.records import DocumentAnswer, DocumentReference, RecordEntry, Section
from tests.people import a_launch, a_patient

T = TypeVar("T")

CONTEXT_ID = "abcdefghijklmnopqrstuv"
REFERENCE = "7K3F-09XQ"
RIGHT = Credentials("browser-1", "secret-1")
PERMIT = ConsentAnswer(ConsentState.PERMIT, frozenset({TREATMENT_DATA}), "decision-1")
FOUND = PatientLookup(LookupState.FOUND, a_patient())


def done(value: T) -> "Future[T]":
    """A future that has its answer already."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


class AuditInMemory:
    """Keeps notes in order; ``down`` refuses them."""

    def __init__(self) -> None:
        self.notes: list[AuditNote] = []
        self.down = False

    def commit(self, *notes: AuditNote) -> None:
        if self.down:
            raise StorageUnavailableError("audit is down")
        self.notes.extend(notes)

    @property
    def events(self) -> list[AuditEvent]:
        return [note.event for note in self.notes]


@dataclass
class ContextsInMemory:
    """One stored context behind ``CONTEXT_ID`` and ``RIGHT``; ``consumption`` is what consuming does."""

    audit: AuditInMemory
    stored: StoredContext
    consumption: Consumed = field(default_factory=lambda: Consumed(Consumption.ENTERED))
    reads: int = 0

    def find(self, hospital: str, context_id: str, credentials: Credentials) -> StoredContext | None:
        self.reads += 1
        if context_id != CONTEXT_ID or hospital != "cwz":
            return None
        return replace(
            self.stored,
            browser_matches=credentials.browser == RIGHT.browser,
            context_matches=credentials.context == RIGHT.context,
        )

    def consume(self, hospital: Hospital, context_id: str, now: datetime) -> Consumed:
        if self.consumption.result is Consumption.ENTERED:
            if self.stored.phase is not ContextPhase.PENDING:
                return Consumed(Consumption.GONE)
            self.stored = replace(self.stored, phase=ContextPhase.ENTERING)
        return self.consumption

    def open(
        self,
        stored: ContextName,
        scope: Scope,
        categories: frozenset[str],
        patient: Patient,
        now: datetime,
        notes: tuple[AuditNote, ...],
    ) -> bool:
        return self._change(
            (ContextPhase.ENTERING,),
            notes,
            phase=ContextPhase.OPEN,
            scope=scope,
            categories=categories,
            patient=patient,
            opened_at=now,
            last_active_at=now,
            consent_at=now,
        )

    def refuse(self, stored: ContextName, code: RefusalCode, now: datetime, note: AuditNote) -> bool:
        alive = (ContextPhase.ENTERING, ContextPhase.OPEN)
        return self._change(
            alive, (note,), phase=ContextPhase.REFUSED, refusal=code, launch=None, patient=None
        )

    def confirm_consent(self, opened: OpenedContext, categories: frozenset[str], now: datetime) -> None:
        if self.stored.consent_at == opened.consent_at:
            self._change((ContextPhase.OPEN,), (), categories=categories, consent_at=now)

    def touch(self, stored: ContextName, now: datetime, notes: tuple[AuditNote, ...]) -> bool:
        return self._change((ContextPhase.OPEN,), notes, last_active_at=now)

    def end(self, stored: ContextName, phase: ContextPhase, now: datetime, note: AuditNote | None) -> None:
        alive = (ContextPhase.ENTERING, ContextPhase.OPEN)
        self._change(alive, (note,) if note else (), phase=phase, launch=None, patient=None)

    def _change(self, phases: tuple[ContextPhase, ...], notes: tuple[AuditNote, ...], **values: Any) -> bool:
        if self.stored.phase not in phases:
            return False
        self.audit.commit(*notes)
        self.stored = replace(self.stored, **values)
        return True


@dataclass
class IndexInMemory:
    """``answers`` makes each future; ``asked`` counts the questions."""

    answer: Callable[[], "Future[PatientLookup]"] = lambda: done(FOUND)
    asked: list[Bsn] = field(default_factory=list)

    def find_patient(self, hospital: Hospital, launch: VerifiedLaunch) -> "Future[PatientLookup]":
        self.asked.append(launch.bsn)
        return self.answer()


@dataclass
class ConsentInMemory:
    answer: Callable[[], "Future[ConsentAnswer]"] = lambda: done(PERMIT)
    asked: list[VerifiedLaunch] = field(default_factory=list)

    def ask_consent(self, hospital: Hospital, launch: VerifiedLaunch) -> "Future[ConsentAnswer]":
        self.asked.append(launch)
        return self.answer()


@dataclass
class RecordsInMemory:
    answers: dict[Section, "Future[Outcome[RecordEntry]]"] = field(default_factory=dict)
    asked: list[tuple[Section, RecordQuestion]] = field(default_factory=list)

    def fetch_section(
        self, hospital: Hospital, section: Section, question: RecordQuestion
    ) -> "Future[Outcome[RecordEntry]]":
        self.asked.append((section, question))
        return self.answers[section]


@dataclass
class DocumentsInMemory:
    answers: dict[str, "Future[DocumentAnswer]"] = field(default_factory=dict)
    asked: list[DocumentReference] = field(default_factory=list)

    def fetch_document(
        self, hospital: Hospital, reference: DocumentReference, question: RecordQuestion
    ) -> "Future[DocumentAnswer]":
        self.asked.append(reference)
        return self.answers[reference.document]


def pending(now: datetime) -> StoredContext:
    """A launch that was posted at ``now``."""
    launch = a_launch(now)
    return StoredContext(
        context_id=CONTEXT_ID,
        phase=ContextPhase.PENDING,
        reference=REFERENCE,
        browser_matches=False,
        context_matches=False,
        received_at=now,
        retry_until=launch.expires_at + timedelta(seconds=30),
        launch=launch,
        pending_until=now + timedelta(seconds=60),
    )
