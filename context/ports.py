"""What this domain asks of the outside world. ``app`` provides every implementation.

Ports that cross the network return a ``concurrent.futures.Future``, so that several questions run at
once; their implementations turn every failure into a value and never raise through the future.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from context.bsn import Bsn
from context.codes import RefusalCode
from context.consent import ConsentAnswer, Scope
from context.hospital import Hospital
from context.launch import Asker, VerifiedLaunch
from context.outcome import Outcome
from context.person import PartialDate, Patient, PatientLookup
from context.records import DocumentAnswer, DocumentReference, RecordEntry, Section


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    def wait_until(self, monotonic: float) -> None:
        """Return no earlier than ``monotonic`` on the same scale as ``monotonic()``."""


class FieldCipher(Protocol):
    """Authenticated encryption of single fields, and keyed hashes to look them up by (D8)."""

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """Encrypt; the result opens only with the same ``bound_to`` (for example a context id)."""

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """Decrypt. :raises StorageUnavailableError: the bytes were altered or the key is gone."""

    def lookup_hash(self, text: str, purpose: str) -> bytes:
        """32 bytes, the same for the same text and purpose; not invertible without the lookup key."""


class AuditEvent(StrEnum):
    """Every event that the folders outside ``audit`` record; ``audit/events.py`` lists their fields."""

    LAUNCH_DECISION = "LAUNCH_DECISION"
    REPLAY_ALARM = "REPLAY_ALARM"
    CONTEXT_OPENED = "CONTEXT_OPENED"
    CONTEXT_REFUSED = "CONTEXT_REFUSED"
    CATEGORY_WITHHELD = "CATEGORY_WITHHELD"
    CONSENT_NOTICED = "CONSENT_NOTICED"
    CONTEXT_REPLACED = "CONTEXT_REPLACED"
    CONTEXT_CLOSED = "CONTEXT_CLOSED"
    CONTEXT_EXTENDED = "CONTEXT_EXTENDED"
    CONTEXT_END_ASKED = "CONTEXT_END_ASKED"
    PAGE_VIEWED = "PAGE_VIEWED"
    BANNER_SHOWN = "BANNER_SHOWN"
    SECTION_SHOWN = "SECTION_SHOWN"
    DOCUMENT_SHOWN = "DOCUMENT_SHOWN"
    PAGE_PRINTED = "PAGE_PRINTED"
    WRONG_PATIENT_ALARM = "WRONG_PATIENT_ALARM"
    ACCESS_DENIED = "ACCESS_DENIED"
    REFUSALS_SUMMARISED = "REFUSALS_SUMMARISED"
    TRUST_CHANGED = "TRUST_CHANGED"
    LAUNCH_INSPECTED = "LAUNCH_INSPECTED"


AuditValue = str | int | bool | Bsn | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class AuditNote:
    """One event to be recorded.

    :param reference: ``XXXX-XXXX``, the correlation id that the screen prints.
    :param fields: only names that the catalogue allows for this event; anything else refuses the write.
    :param report: kept sealed under the reference, beside the trail and for a shorter time.
    """

    event: AuditEvent
    reference: str
    fields: Mapping[str, AuditValue] = field(default_factory=dict)
    report: bytes | None = field(default=None, repr=False)


class AuditPort(Protocol):
    def commit(self, *notes: AuditNote) -> None:
        """Write the notes durably, all or none.

        :raises StorageUnavailableError: nothing was written, or it is not certain that it was.
        """


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a browser showed us. None where a cookie is absent; values are opaque random text."""

    browser: str | None
    context: str | None

    @property
    def empty(self) -> bool:
        return self.browser is None and self.context is None


class ContextPhase(StrEnum):
    """Where a context is in its life.

    ``pending`` waits for its first GET; ``entering`` has consumed its token, no decision yet;
    ``open`` may show data; the others never will again.
    """

    PENDING = "pending"
    ENTERING = "entering"
    OPEN = "open"
    REFUSED = "refused"
    REPLACED = "replaced"
    CLOSED = "closed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StoredContext:
    """One context or pending launch as the database knows it.

    :param browser_matches, context_matches: whether the credentials asked with are the stored ones
        (compared in constant time by the store; the values themselves never come out).
    :param received_at: when the token was first received, aware UTC.
    :param retry_until: while ``entering``: the token's expiry plus skew (D3).
    :param pending_until: while ``pending``: when the first GET comes too late (D18).
    :param consent_at: when the last consent answer was given, aware UTC.
    :param refusal: set for ``refused``.
    :param launch, patient: None once the context has ended, and for a browser without its cookie.
    """

    context_id: str
    phase: ContextPhase
    reference: str
    browser_matches: bool
    context_matches: bool
    received_at: datetime
    retry_until: datetime
    opened_at: datetime | None = None
    last_active_at: datetime | None = None
    consent_at: datetime | None = None
    refusal: RefusalCode | None = None
    scope: Scope | None = None
    categories: frozenset[str] = frozenset()
    launch: VerifiedLaunch | None = field(default=None, repr=False)
    patient: Patient | None = field(default=None, repr=False)
    pending_until: datetime | None = None


class ContextName(Protocol):
    """What tells one context from all others: a ``StoredContext``, or the ``OpenContext`` made of it."""

    @property
    def context_id(self) -> str: ...

    @property
    def reference(self) -> str: ...


class OpenedContext(ContextName, Protocol):
    """An open context as it was read."""

    @property
    def consent_at(self) -> datetime | None: ...


class Consumption(StrEnum):
    """The result of trying to consume a pending launch's token."""

    ENTERED = "entered"
    REPLAYED = "replayed"
    MOVED = "moved"
    REPLACED = "replaced"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Consumed:
    """:param moved_to: the context id of the same browser's earlier consumption (``moved``)."""

    result: Consumption
    moved_to: str | None = None


class Contexts(Protocol):
    """Stored contexts. Every method raises StorageUnavailableError when the database does not answer."""

    def find(self, hospital: str, context_id: str, credentials: Credentials) -> StoredContext | None:
        """The context or pending launch under this id at this hospital, else None."""

    def consume(self, hospital: Hospital, context_id: str, now: datetime) -> Consumed:
        """In one transaction: lock the key's live row, consume the token id, end what this launch
        replaces (D4, with a CONTEXT_REPLACED record each), and move the pending launch to ``entering``.

        ``replayed``: another browser's context consumed the token (a REPLAY_ALARM record is committed
        in the same transaction). ``moved``: this browser's own other context did. ``replaced``: a later
        launch for another patient is live, so this one never opens. ``gone``: no longer pending.
        """

    def open(
        self,
        stored: ContextName,
        scope: Scope,
        categories: frozenset[str],
        patient: Patient,
        now: datetime,
        notes: tuple[AuditNote, ...],
    ) -> bool:
        """``entering`` becomes ``open`` together with its records; False when it no longer was."""

    def refuse(self, stored: ContextName, code: RefusalCode, now: datetime, note: AuditNote) -> bool:
        """``entering`` or ``open`` becomes ``refused`` with its record, and its claims are erased;
        False when it already was something else."""

    def confirm_consent(self, opened: OpenedContext, categories: frozenset[str], now: datetime) -> None:
        """Remember that consent was asked again and still stands, unless something happened to it since
        ``opened`` was read: then it is asked once more."""

    def touch(self, stored: ContextName, now: datetime, notes: tuple[AuditNote, ...]) -> bool:
        """In one transaction: still ``open``, so mark it active now and record the notes. False, with
        nothing recorded, when it is not open any more."""

    def end(self, stored: ContextName, phase: ContextPhase, now: datetime, note: AuditNote | None) -> None:
        """Close or expire: the claims are erased. Ending succeeds without its record when the audit
        trail is down, because a safety stop must still happen."""


class PatientIndex(Protocol):
    def find_patient(self, hospital: Hospital, launch: VerifiedLaunch) -> "Future[PatientLookup]":
        """Ask by the launch's BSN, on behalf of its user. An answer about another BSN is ``failed`` with
        ``wrong_patient`` (D19)."""


class ConsentSource(Protocol):
    def ask_consent(self, hospital: Hospital, launch: VerifiedLaunch) -> "Future[ConsentAnswer]":
        """The closed authorisation question for this patient, practice and hospital (D6)."""


@dataclass(frozen=True, slots=True)
class RecordQuestion:
    """Whose record, and who asks for it.

    :param birth_date: the PDQ answer's, to check each answer against (D19).
    """

    bsn: Bsn
    birth_date: PartialDate | None
    asker: Asker


class RecordSource(Protocol):
    def fetch_section(
        self, hospital: Hospital, section: Section, question: RecordQuestion
    ) -> "Future[Outcome[RecordEntry]]":
        """One section. An answer about anyone else is ``failed`` with ``wrong_patient`` (D19)."""


class DocumentSource(Protocol):
    def fetch_document(
        self, hospital: Hospital, reference: DocumentReference, question: RecordQuestion
    ) -> "Future[DocumentAnswer]":
        """One document that the patient's own list named, checked and safe to show (XDS.b ITI-43)."""
