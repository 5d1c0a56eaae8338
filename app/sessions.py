"""Launches and contexts in the database: one transaction per step of a context's life.

Implements ``launch.replay.PendingLaunches`` and ``context.ports.Contexts`` over both stores. Every step
that must be recorded commits its audit record in the same transaction (D7), so either both exist or
neither does.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.accepting import LAUNCHES_PER_MINUTE, Accepting
from app.audit_bridge import AuditBridge
from app.consuming import Consuming, SessionKeys
from app.crypto import Cipher
from app.engine import Database
from app.sealed import SealedValues
from app.writer import Job, Writer
from context.codes import RefusalCode
from context.consent import Scope
from context.errors import RefusedError, StorageUnavailableError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.notes import closed_note
from context.person import Patient
from context.ports import (
    AuditNote,
    Clock,
    Consumed,
    ContextName,
    ContextPhase,
    Credentials,
    OpenedContext,
    StoredContext,
)
from context.rows import ContextRow
from context.session import ABSOLUTE_LIFE, LONGEST_IDLE
from context.store import (
    confirm_row,
    end_row,
    find_context,
    find_overdue,
    open_row,
    purge_contexts,
    touch_row,
)
from launch.backend.store import purge_backend
from launch.inspector.store import purge_inspections
from launch.replay import AcceptedLaunch
from launch.requests.store import purge_requests
from launch.store import (
    PendingRow,
    find_pending,
    purge_launches,
)

KEEP_ENDED = timedelta(hours=24)
"""How long an ended context still tells what became of it."""

_MINUTE = timedelta(seconds=60)


class Sessions:
    """:param launches_per_minute: how many launches of one practice are accepted in 60 s."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        audit: AuditBridge,
        cipher: Cipher,
        clock: Clock,
        *,
        launches_per_minute: int = LAUNCHES_PER_MINUTE,
    ) -> None:
        self._database = database
        self._writer = writer
        self._audit = audit
        self._cipher = cipher
        self._clock = clock
        self._values = SealedValues(cipher)
        self._keys = SessionKeys(cipher)
        self._consuming = Consuming(self._keys, self._values, audit)
        self.accepting = Accepting(self._keys, self._values, audit, cipher, launches_per_minute)

    def add(self, launch: VerifiedLaunch, browser_id: str | None, note: AuditNote) -> AcceptedLaunch:
        """Accept one verified POST; see ``launch.replay.PendingLaunches``."""
        (result,) = self._writer.submit(self.accepting.job(launch, browser_id, note))
        if isinstance(result, RefusedError):
            raise result
        accepted: AcceptedLaunch = result
        return accepted

    def find(self, hospital: str, context_id: str, credentials: Credentials) -> StoredContext | None:
        """See ``context.ports.Contexts``. Claims and patient leave the store only for a browser that
        showed this context's own cookie, and pending claims for the alarm about one that did not."""
        with self._database.read() as connection:
            row = find_context(connection, hospital, context_id)
            pending = None if row is not None else find_pending(connection, hospital, context_id)
            if pending is not None and pending.claims is None:
                # Consumed between the two questions.
                row, pending = find_context(connection, hospital, context_id), None
        if row is not None:
            return self._stored(row, credentials)
        return self._stored_pending(pending, credentials) if pending is not None else None

    def consume(self, hospital: Hospital, context_id: str, now: datetime) -> Consumed:
        """See ``context.ports.Contexts``."""
        (consumed,) = self._writer.submit(self._consuming.job(hospital, context_id, now))
        result: Consumed = consumed
        return result

    def open(
        self,
        stored: ContextName,
        scope: Scope,
        categories: frozenset[str],
        patient: Patient,
        now: datetime,
        notes: tuple[AuditNote, ...],
    ) -> bool:
        """See ``context.ports.Contexts``."""
        sealed = self._values.seal_patient(patient, stored.context_id)
        change = open_row(stored.context_id, scope, categories, sealed, now)
        return self._commit(change, *notes)

    def refuse(self, stored: ContextName, code: RefusalCode, now: datetime, note: AuditNote) -> bool:
        """See ``context.ports.Contexts``."""
        return self._commit(end_row(stored.context_id, ContextPhase.REFUSED, now, code), note)

    def confirm_consent(self, opened: OpenedContext, categories: frozenset[str], now: datetime) -> None:
        """See ``context.ports.Contexts``."""
        self._writer.submit(confirm_row(opened.context_id, categories, opened.consent_at, now))

    def touch(self, stored: ContextName, now: datetime, notes: tuple[AuditNote, ...]) -> bool:
        """See ``context.ports.Contexts``."""
        return self._commit(touch_row(stored.context_id, now), *notes)

    def end(self, stored: ContextName, phase: ContextPhase, now: datetime, note: AuditNote | None) -> None:
        """See ``context.ports.Contexts``."""
        change = end_row(stored.context_id, phase, now)
        try:
            self._commit(change, *(() if note is None else (note,)))
        except StorageUnavailableError:
            # A safety stop must still happen. When the database itself is away, this raises again.
            self._commit(change)

    def purge(self) -> int:
        """Expire contexts that nobody came back to, and delete rows past their time.

        :returns: how many contexts expired and rows were deleted; 0 when there is nothing to do.
        :raises StorageUnavailableError: nothing was purged.
        """
        now = self._clock.now()
        expired = 0
        with self._database.read() as connection:
            overdue = find_overdue(connection, now - ABSOLUTE_LIFE, now - LONGEST_IDLE, now - _MINUTE)
        for row in overdue:
            self.end(row, ContextPhase.EXPIRED, now, self._expired_note(row))
            expired += 1
        deleted = self._writer.submit(
            purge_launches(now),
            purge_inspections(now),
            purge_requests(now),
            purge_backend(now),
            purge_contexts(now - KEEP_ENDED),
        )
        return expired + sum(int(rows) for rows in deleted)

    def _commit(self, change: Job[bool], *notes: AuditNote) -> bool:
        """The change and its records, or, when the change finds nothing to change, neither."""
        record = self._audit.job(*notes) if notes else None

        def job(connection: Connection) -> bool:
            changed = change(connection)
            if changed and record is not None:
                record(connection)
            return changed

        (result,) = self._writer.submit(job)
        return bool(result)

    def _stored(self, row: ContextRow, credentials: Credentials) -> StoredContext:
        known = self._matches(credentials.context, row.context_hash)
        return StoredContext(
            context_id=row.context_id,
            phase=row.phase,
            reference=row.reference,
            browser_matches=self._matches(credentials.browser, row.browser_hash),
            context_matches=known,
            received_at=row.received_at,
            retry_until=row.retry_until,
            opened_at=row.opened_at,
            last_active_at=row.last_active_at,
            consent_at=row.consent_at,
            refusal=row.refusal,
            scope=row.scope,
            categories=row.categories,
            launch=self._launch(row) if known else None,
            patient=self._values.open_patient(row.patient, row.context_id)
            if known and row.patient is not None
            else None,
        )

    def _stored_pending(self, row: PendingRow, credentials: Credentials) -> StoredContext:
        claims = row.claims
        return StoredContext(
            context_id=row.context_id,
            phase=ContextPhase.PENDING,
            reference=row.reference,
            browser_matches=self._matches(credentials.browser, row.browser_hash),
            context_matches=self._matches(credentials.context, row.context_hash),
            received_at=row.received_at,
            retry_until=row.retry_until,
            launch=self._values.open_launch(claims, row.context_id) if claims is not None else None,
            pending_until=row.pending_until,
        )

    def _matches(self, shown: str | None, stored: bytes) -> bool:
        return shown is not None and self._cipher.cookie_matches(shown, stored)

    def _launch(self, row: ContextRow) -> VerifiedLaunch | None:
        return self._values.open_launch(row.claims, row.context_id) if row.claims is not None else None

    def _expired_note(self, row: ContextRow) -> AuditNote | None:
        launch = self._launch(row)
        return closed_note(row, launch, ContextPhase.EXPIRED) if launch is not None else None
