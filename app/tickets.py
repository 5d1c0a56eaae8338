"""Tickets in the database. Implements ``launch.backend.model.Tickets``."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.accepting import LAUNCHES_PER_MINUTE, Accepting
from app.audit_bridge import AuditBridge
from app.backend_messages import message_key
from app.consuming import Named, SessionKeys
from app.crypto import Cipher
from app.engine import Database
from app.sealed import SealedValues
from app.writer import Writer
from context.codes import RefusalCode
from context.errors import RefusedError
from context.launch import VerifiedLaunch
from context.notes import replay_note
from context.ports import AuditNote
from context.session import forget_token_at, retry_end
from launch.backend.model import TICKET_LIFE, IssuedTicket, StoredTicket, UsedMessage
from launch.backend.store import (
    TicketRow,
    add_ticket,
    count_tickets,
    find_ticket,
    redeem_ticket,
    use_message,
)
from launch.replay import AcceptedLaunch

_MINUTE = timedelta(seconds=60)
_MAX_CODE = 128


class StoredTickets:
    """:param accepting: what an accepted launch does.

    :param tickets_per_minute: how many of one practice are issued at one hospital in 60 s.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        audit: AuditBridge,
        cipher: Cipher,
        accepting: Accepting,
        *,
        tickets_per_minute: int = LAUNCHES_PER_MINUTE,
    ) -> None:
        self._database = database
        self._writer = writer
        self._audit = audit
        self._cipher = cipher
        self._accepting = accepting
        self._limit = tickets_per_minute
        self._values = SealedValues(cipher)
        self._keys = SessionKeys(cipher)

    def issue(self, launch: VerifiedLaunch, assertion: UsedMessage, note: AuditNote) -> IssuedTicket:
        """See ``launch.backend.model.Tickets``."""
        code = secrets.token_urlsafe(32)
        row = self._row(launch, code, note)
        record = self._audit.job(note)

        def job(connection: Connection) -> RefusedError | None:
            since = launch.received_at - _MINUTE
            if count_tickets(connection, row.practice_key, since, self._limit) >= self._limit:
                return RefusedError(RefusalCode.TOO_MANY_LAUNCHES, "too many tickets of this practice")
            if not use_message(message_key(assertion), assertion.forget_at)(connection):
                return RefusedError(RefusalCode.REPLAYED, "the client assertion came before")
            add_ticket(row)(connection)
            record(connection)
            return None

        (refusal,) = self._writer.submit(job)
        if refusal is not None:
            raise refusal
        return IssuedTicket(code, row.expires_at)

    def find(self, code: str) -> StoredTicket | None:
        """See ``launch.backend.model.Tickets``."""
        if len(code) > _MAX_CODE:
            return None
        with self._database.read() as connection:
            row = find_ticket(connection, _hash(code))
        if row is None:
            return None
        return StoredTicket(row.hospital, row.reference, open_ticket(self._values, row))

    def redeem(
        self, code: str, launch: VerifiedLaunch, browser_id: str | None, note: AuditNote
    ) -> AcceptedLaunch:
        """See ``launch.backend.model.Tickets``."""
        accept = self._accepting.job(launch, browser_id, note)

        def job(connection: Connection) -> AcceptedLaunch | RefusedError:
            row = find_ticket(connection, _hash(code))
            refusal = self._refusal(connection, row, launch, browser_id)
            if refusal is not None:
                return refusal
            accepted = accept(connection)
            if isinstance(accepted, AcceptedLaunch):
                browser_hash = self._cipher.cookie_hash(accepted.browser_id)
                redeem_ticket(_hash(code), browser_hash, accepted.context_id)(connection)
            return accepted

        (result,) = self._writer.submit(job)
        if isinstance(result, RefusedError):
            raise result
        accepted: AcceptedLaunch = result
        return accepted

    def _row(self, launch: VerifiedLaunch, code: str, note: AuditNote) -> TicketRow:
        code_hash = _hash(code)
        return TicketRow(
            code_hash=code_hash,
            hospital=launch.hospital,
            reference=note.reference,
            practice_key=self._keys.practice(launch),
            claims=self._values.seal_launch(launch, _binding(code_hash)),
            issued_at=launch.received_at,
            expires_at=_ticket_end(launch),
            forget_at=forget_token_at(launch.expires_at),
        )

    def _refusal(
        self,
        connection: Connection,
        row: TicketRow | None,
        launch: VerifiedLaunch,
        browser_id: str | None,
    ) -> RefusedError | None:
        """Why this browser may not redeem it now; another browser's attempt leaves its alarm."""
        if row is None:
            return RefusedError(RefusalCode.NOT_A_TOKEN, "no such ticket")
        if row.browser_hash is not None and not self._cipher.cookie_matches(
            browser_id or "", row.browser_hash
        ):
            named = Named(row.context_id or "", row.reference)
            alarm = replay_note(named, launch, "ticket_redeemed_by_other_browser")
            self._audit.job(alarm)(connection)
            return RefusedError(RefusalCode.REPLAYED, "another browser redeemed the ticket")
        if launch.received_at >= row.expires_at:
            return RefusedError(RefusalCode.EXPIRED, "the ticket has expired")
        return None


def open_ticket(values: SealedValues, row: TicketRow) -> VerifiedLaunch:
    """The launch that waits.

    :raises StorageUnavailableError: the row was altered, or its key is gone.
    """
    return values.open_launch(row.claims, _binding(row.code_hash))


def _ticket_end(launch: VerifiedLaunch) -> datetime:
    """Never later than the token itself could have been posted, so that its id is kept long enough."""
    return min(launch.received_at + TICKET_LIFE, retry_end(launch.expires_at))


def _hash(code: str) -> bytes:
    """Not keyed: a code is random, and rotating a key must not lose what is under way."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()


def _binding(code_hash: bytes) -> str:
    return f"ticket {code_hash.hex()}"
