"""What one consumption of a launch does, as one job (architecture.md D3, D4).

All writers of all nodes take turns (``app/engine.py``), so the job finds one world and leaves one.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.audit_bridge import AuditBridge
from app.crypto import Cipher
from app.sealed import SealedValues
from app.writer import Job
from context.bsn import Bsn
from context.hospital import Hospital, OtherPatient
from context.launch import VerifiedLaunch
from context.notes import replaced_note, replay_note
from context.ports import AuditNote, Consumed, Consumption, ContextName, ContextPhase
from context.rows import ContextRow
from context.store import add_context, claim_live, end_row, find_rivals
from launch.store import PendingRow, drop_claims, find_pending, use_token

RECEIVED_TOO_EARLY = "received_before_live_context"
OTHER_PATIENT = "other_patient"
OTHER_USER = "other_user_same_browser"


class SessionKeys:
    """The 32-byte names under which rows about the same token, practice, user or patient are found."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def token(self, launch: VerifiedLaunch) -> bytes:
        """Not keyed: a token id is random and no secret, and rotating a key must not forget used ids."""
        named = _joined(launch.hospital, launch.issuer, launch.token_id)
        return hashlib.sha256(named.encode()).digest()

    def practice(self, launch: VerifiedLaunch) -> bytes:
        """What L104 counts by."""
        named = _joined(launch.hospital, launch.issuer, launch.practice.ura_number)
        return self._cipher.lookup_hash(named, "practice")

    def practices(self, hospital: str, issuer: str, ura_number: str) -> tuple[bytes, ...]:
        """``practice`` under every lookup key there is."""
        return self._cipher.lookup_hashes(_joined(hospital, issuer, ura_number), "practice")

    def live(self, launch: VerifiedLaunch) -> bytes:
        """The key of D4: hospital, issuer, practice and user."""
        practice, user = launch.practice.ura_number, launch.user.identifier
        return self._cipher.lookup_hash(_joined(launch.hospital, launch.issuer, practice, user), "live")

    def browser(self, hospital: str, browser_hash: bytes) -> bytes:
        """One browser at one hospital."""
        return self._cipher.lookup_hash(_joined(hospital, browser_hash.hex()), "live_browser")

    def user(self, launch: VerifiedLaunch) -> bytes:
        """One user id of one issuer, at whichever practice."""
        return self._cipher.lookup_hash(_joined(launch.issuer, launch.user.identifier), "user")

    def users(self, issuer: str, user_id: str) -> tuple[bytes, ...]:
        """``user`` under every lookup key there is."""
        return self._cipher.lookup_hashes(_joined(issuer, user_id), "user")

    def patient(self, launch: VerifiedLaunch) -> bytes:
        """The BSN."""
        return self._cipher.lookup_hash(launch.bsn.reveal(), "context_patient")

    def patients(self, bsn: Bsn) -> tuple[bytes, ...]:
        """``patient`` under every lookup key there is."""
        return self._cipher.lookup_hashes(bsn.reveal(), "context_patient")


@dataclass(frozen=True, slots=True)
class Named:
    """A context by its id and reference, where the rest of it does not matter."""

    context_id: str
    reference: str


class Consuming:
    """Makes the job of ``Contexts.consume``."""

    def __init__(self, keys: SessionKeys, values: SealedValues, audit: AuditBridge) -> None:
        self._keys = keys
        self._values = values
        self._audit = audit

    def job(self, hospital: Hospital, context_id: str, now: datetime) -> Job[Consumed]:
        """See ``context.ports.Contexts.consume``."""

        def consume(connection: Connection) -> Consumed:
            pending = find_pending(connection, hospital.slug, context_id)
            if pending is None or pending.claims is None or now >= pending.pending_until:
                return Consumed(Consumption.GONE)
            launch = self._values.open_launch(pending.claims, context_id)
            used = use_token(pending)(connection)
            if used is None:
                return self._enter(connection, hospital, pending, launch, now)
            if hmac.compare_digest(used.browser_hash, pending.browser_hash):
                return Consumed(Consumption.MOVED, used.context_id)
            alarm = replay_note(_named(pending), launch, f"consumed_by {used.context_id}")
            self._record(connection, alarm)
            return Consumed(Consumption.REPLAYED)

        return consume

    def _enter(
        self,
        connection: Connection,
        hospital: Hospital,
        pending: PendingRow,
        launch: VerifiedLaunch,
        now: datetime,
    ) -> Consumed:
        replaces = hospital.other_patient is OtherPatient.REPLACE
        row = self._row(pending, launch)
        drop_claims(pending.context_id)(connection)
        add_context(row)(connection)
        if not self._claim(connection, row, replaces=replaces):
            end_row(row.context_id, ContextPhase.REPLACED, now)(connection)
            self._record(connection, replaced_note(row, launch, RECEIVED_TOO_EARLY, None))
            return Consumed(Consumption.REPLACED)
        for rival in find_rivals(connection, row, other_patients=replaces):
            self._replace(connection, rival, row, now)
        return Consumed(Consumption.ENTERED)

    def _row(self, pending: PendingRow, launch: VerifiedLaunch) -> ContextRow:
        return ContextRow(
            context_id=pending.context_id,
            hospital=pending.hospital,
            reference=pending.reference,
            phase=ContextPhase.ENTERING,
            browser_hash=pending.browser_hash,
            context_hash=pending.context_hash,
            live_key=self._keys.live(launch),
            user_key=self._keys.user(launch),
            patient_key=self._keys.patient(launch),
            claims=pending.claims,
            received_at=pending.received_at,
            retry_until=pending.retry_until,
        )

    def _claim(self, connection: Connection, row: ContextRow, *, replaces: bool) -> bool:
        """Whether no later launch of this user (for another patient) or this browser (by another user)
        was first."""
        latest = claim_live(row.live_key, row.patient_key, row.context_id, row.received_at)(connection)
        if replaces and not latest:
            return False
        browser = self._keys.browser(row.hospital, row.browser_hash)
        return claim_live(browser, row.user_key, row.context_id, row.received_at)(connection)

    def _replace(self, connection: Connection, rival: ContextRow, by: ContextRow, now: datetime) -> None:
        if not end_row(rival.context_id, ContextPhase.REPLACED, now)(connection) or rival.claims is None:
            return
        launch = self._values.open_launch(rival.claims, rival.context_id)
        cause = OTHER_PATIENT if rival.user_key == by.user_key else OTHER_USER
        self._record(connection, replaced_note(rival, launch, cause, by.context_id))

    def _record(self, connection: Connection, note: AuditNote) -> None:
        self._audit.job(note)(connection)


def _named(pending: PendingRow) -> ContextName:
    return Named(pending.context_id, pending.reference)


def _joined(*parts: str) -> str:
    """Unambiguous, whatever the parts contain."""
    return json.dumps(parts)
