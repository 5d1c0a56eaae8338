"""What one accepted POST does, as one job (architecture.md D3, D18)."""

import re
import secrets
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from app.audit_bridge import AuditBridge
from app.consuming import Named, SessionKeys
from app.crypto import Cipher
from app.sealed import SealedValues
from app.writer import Job
from context.codes import RefusalCode
from context.errors import RefusedError
from context.launch import VerifiedLaunch
from context.notes import replay_note
from context.ports import AuditNote
from context.session import forget_token_at, pending_end, retry_end
from context.store import find_reference, renew_secret
from launch.replay import AcceptedLaunch
from launch.store import (
    PendingRow,
    UsedToken,
    add_pending,
    count_launches,
    count_relaxations,
    find_used,
    first_receipt,
)

LAUNCHES_PER_MINUTE = 120
"""Accepted launches of one practice at one hospital in 60 s (L104, D18)."""

_MINUTE = timedelta(seconds=60)
_BROWSER_ID = re.compile(r"[A-Za-z0-9_-]{43}")


class Accepting:
    """:param limit: how many launches of one practice are accepted in 60 s."""

    def __init__(
        self,
        keys: SessionKeys,
        values: SealedValues,
        audit: AuditBridge,
        cipher: Cipher,
        limit: int,
    ) -> None:
        self._keys = keys
        self._values = values
        self._audit = audit
        self._cipher = cipher
        self._limit = limit

    def job(
        self, launch: VerifiedLaunch, browser_id: str | None, note: AuditNote
    ) -> Job[AcceptedLaunch | RefusedError]:
        """See ``launch.replay.PendingLaunches``; a refusal is a result here, because its alarm is kept.

        :param browser_id: None, or a malformed one, gets a fresh one.
        :raises ValueError: the launch is one that may never open a context.
        """
        if launch.report_only:
            raise ValueError("a launch that may only be reported")
        if browser_id is None or not _BROWSER_ID.fullmatch(browser_id):
            browser_id = secrets.token_urlsafe(32)
        fresh = AcceptedLaunch(secrets.token_urlsafe(16), secrets.token_urlsafe(32), browser_id)
        row = self._row(launch, fresh, note)
        record = self._audit.job(_about(note, fresh.context_id))
        count = count_relaxations(launch.hospital, launch.issuer, launch.relaxations, launch.received_at)

        def job(connection: Connection) -> AcceptedLaunch | RefusedError:
            used = find_used(connection, row.token_key)
            if used is not None:
                return self._accept_again(connection, launch, fresh, used, note)
            since = launch.received_at - _MINUTE
            if count_launches(connection, row.practice_key, since, self._limit) >= self._limit:
                return RefusedError(RefusalCode.TOO_MANY_LAUNCHES, "practice_over_limit")
            first = first_receipt(connection, row.token_key) or row.received_at
            add_pending(replace(row, received_at=min(first, row.received_at)))(connection)
            count(connection)
            record(connection)
            return fresh

        return job

    def _row(self, launch: VerifiedLaunch, fresh: AcceptedLaunch, note: AuditNote) -> PendingRow:
        return PendingRow(
            context_id=fresh.context_id,
            hospital=launch.hospital,
            reference=note.reference,
            token_key=self._keys.token(launch),
            practice_key=self._keys.practice(launch),
            browser_hash=self._cipher.cookie_hash(fresh.browser_id),
            context_hash=self._cipher.cookie_hash(fresh.context_secret),
            claims=self._values.seal_launch(launch, fresh.context_id),
            received_at=launch.received_at,
            posted_at=launch.received_at,
            pending_until=pending_end(launch.received_at),
            retry_until=retry_end(launch.expires_at),
            forget_at=forget_token_at(launch.expires_at),
        )

    def _accept_again(
        self,
        connection: Connection,
        launch: VerifiedLaunch,
        fresh: AcceptedLaunch,
        used: UsedToken,
        note: AuditNote,
    ) -> AcceptedLaunch | RefusedError:
        """The token was consumed: its own browser gets its context again, anyone else is an alarm."""
        if not self._cipher.cookie_matches(fresh.browser_id, used.browser_hash):
            reference = find_reference(connection, used.context_id) or note.reference
            alarm = replay_note(Named(used.context_id, reference), launch, "posted_by_other_browser")
            self._audit.job(alarm)(connection)
            return RefusedError(RefusalCode.REPLAYED, "token_consumed_by_other_browser")
        renew_secret(used.context_id, self._cipher.cookie_hash(fresh.context_secret))(connection)
        self._audit.job(_about(note, used.context_id))(connection)
        return replace(fresh, context_id=used.context_id)


def _about(note: AuditNote, context_id: str) -> AuditNote:
    """The note with the context that its launch leads to, which only this side knows."""
    return replace(note, fields={**note.fields, "context": context_id})
