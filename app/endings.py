"""Ends what a HIS says is over. Implements ``launch.backend.model.ContextEndings``."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.audit_bridge import AuditBridge
from app.backend_messages import message_key
from app.consuming import SessionKeys
from app.crypto import Cipher
from app.sealed import SealedValues
from app.tickets import open_ticket
from app.writer import Writer
from context.codes import RefusalCode
from context.errors import RefusedError
from context.launch import VerifiedLaunch
from context.notes import closed_note
from context.ports import AuditNote, Clock, ContextName, ContextPhase
from context.store import end_row, find_living
from launch.backend.model import Ending, HisEvent, UsedMessage
from launch.backend.store import expire_ticket, find_waiting, use_message
from launch.store import drop_claims, find_waiting_launches

DETAILS = {
    HisEvent.PATIENT_CLOSED: "his_patient_closed",
    HisEvent.USER_LOGGED_OUT: "his_user_logged_out",
}


class StoredEndings:
    """Finds by keyed hash, then compares what it finds with what the HIS named, member by member."""

    def __init__(self, writer: Writer, audit: AuditBridge, cipher: Cipher, clock: Clock) -> None:
        self._writer = writer
        self._audit = audit
        self._clock = clock
        self._values = SealedValues(cipher)
        self._keys = SessionKeys(cipher)

    def end_named(self, ending: Ending, message: UsedMessage, note: AuditNote) -> int:
        """See ``launch.backend.model.ContextEndings``."""
        now = self._clock.now()

        def job(connection: Connection) -> int | RefusedError:
            if not use_message(message_key(message), message.forget_at)(connection):
                return RefusedError(RefusalCode.REPLAYED, "the message came before")
            count = (
                self._end_contexts(connection, ending, now)
                + self._end_pending(connection, ending, now)
                + self._end_tickets(connection, ending, now)
            )
            self._audit.job(replace(note, fields={**note.fields, "count": count}))(connection)
            return count

        (result,) = self._writer.submit(job)
        if isinstance(result, RefusedError):
            raise result
        return int(result)

    def _end_contexts(self, connection: Connection, ending: Ending, now: datetime) -> int:
        keys = self._keys.users(ending.issuer, ending.user_id)
        ended = 0
        for row in find_living(connection, ending.hospital, keys):
            launch = self._launch(row.claims, row.context_id)
            if launch is None or not ending.covers(launch):
                continue
            if end_row(row.context_id, ContextPhase.CLOSED, now)(connection):
                self._record(connection, row, launch, ending)
                ended += 1
        return ended

    def _end_pending(self, connection: Connection, ending: Ending, now: datetime) -> int:
        """Launches that no browser has opened yet: without claims they never will be."""
        keys = self._keys.practices(ending.hospital, ending.issuer, ending.practice_ura)
        ended = 0
        for row in find_waiting_launches(connection, keys, now):
            launch = self._launch(row.claims, row.context_id)
            if launch is None or not ending.covers(launch):
                continue
            drop_claims(row.context_id)(connection)
            self._record(connection, row, launch, ending)
            ended += 1
        return ended

    def _end_tickets(self, connection: Connection, ending: Ending, now: datetime) -> int:
        keys = self._keys.practices(ending.hospital, ending.issuer, ending.practice_ura)
        waiting = [
            row
            for row in find_waiting(connection, keys, now)
            if ending.covers(open_ticket(self._values, row))
        ]
        return sum(expire_ticket(row.code_hash)(connection) for row in waiting)

    def _launch(self, claims: bytes | None, context_id: str) -> VerifiedLaunch | None:
        return self._values.open_launch(claims, context_id) if claims is not None else None

    def _record(
        self, connection: Connection, row: ContextName, launch: VerifiedLaunch, ending: Ending
    ) -> None:
        note = closed_note(row, launch, ContextPhase.CLOSED, DETAILS[ending.event])
        self._audit.job(note)(connection)
