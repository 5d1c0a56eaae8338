"""Launches and contexts in a real database, with the real audit trail, written by one real writer."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text

from app.accepting import LAUNCHES_PER_MINUTE
from app.audit_bridge import AuditBridge
from app.crypto import Cipher
from app.engine import Database
from app.references import draw_reference
from app.sessions import Sessions
from app.writer import Writer
from audit.trail import AuditTrail, ReadRecord, read_records
from context.bsn import Bsn
from context.consent import Scope
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.notes import launch_fields
from context.ports import AuditEvent, AuditNote, Consumed, ContextPhase, Credentials, StoredContext
from launch.replay import AcceptedLaunch
from tests.clock import SteppingClock
from tests.keys import secret_keys
from tests.people import a_hospital, a_launch, a_patient, a_user

GGC = frozenset({"GGC002"})


@dataclass
class SessionStage:
    """``sessions`` and what it stands on."""

    database: Database
    writer: Writer
    cipher: Cipher
    clock: SteppingClock
    sessions: Sessions
    hospital: Hospital

    def launch(self, token: str, bsn: Bsn, user: str = "gp-1", **changes: Any) -> VerifiedLaunch:
        """A launch that is received now."""
        fresh = a_launch(self.clock.now(), token_id=token, bsn=bsn, user=a_user(user))
        return replace(fresh, **changes)

    def post(self, launch: VerifiedLaunch, browser: str | None = None) -> AcceptedLaunch:
        """The same launch, posted now."""
        posted = replace(launch, received_at=self.clock.now())
        return self.sessions.add(posted, browser, accepted(posted))

    def consume(self, at: AcceptedLaunch) -> Consumed:
        return self.sessions.consume(self.hospital, at.context_id, self.clock.now())

    def find(self, at: AcceptedLaunch) -> StoredContext:
        found = self.sessions.find(self.hospital.slug, at.context_id, cookies(at))
        assert found is not None
        return found

    def phase(self, at: AcceptedLaunch) -> ContextPhase:
        return self.find(at).phase

    def open(self, at: AcceptedLaunch) -> bool:
        """What follows a Permit."""
        stored = self.find(at)
        assert stored.launch is not None
        patient = a_patient(bsn=stored.launch.bsn)
        return self.sessions.open(stored, Scope.FULL, GGC, patient, self.clock.now(), (opened_note(stored),))

    def enter(self, token: str, bsn: Bsn, browser: str | None = None, user: str = "gp-1") -> AcceptedLaunch:
        """Post, consume and open a launch, all of it now."""
        at = self.post(self.launch(token, bsn, user), browser)
        self.consume(at)
        assert self.open(at)
        return at

    def records(self, *events: AuditEvent) -> list[ReadRecord]:
        """The audit records of these events, or all of them."""
        with self.database.read() as connection:
            every = list(read_records(connection, self.cipher))
        return [record for record in every if not events or record.event in events]

    def events(self) -> list[str]:
        return [record.event for record in self.records()]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every column of a table, in a fixed order of rows."""
        with self.database.read() as connection:
            found = connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).mappings()  # noqa: S608
            return [dict(row) for row in found]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All that launches and contexts store."""
        tables = ("pending_launch", "used_token", "context", "live_context")
        return {table: self.rows(table) for table in tables}

    def refuse_audit(self) -> None:
        """From now on the database refuses every new audit record."""
        if self.database.is_sqlite:
            statements = [
                "CREATE TRIGGER refuse_all BEFORE INSERT ON audit_record BEGIN SELECT RAISE(ABORT, 'no'); END"
            ]
        else:
            statements = [
                "CREATE FUNCTION refuse_all() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no'; END $$",
                "CREATE TRIGGER refuse_all BEFORE INSERT ON audit_record "
                "FOR EACH ROW EXECUTE FUNCTION refuse_all()",
            ]
        with self.database.write() as connection:
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()


def make_stage(
    database: Database, writer: Writer, *, launches_per_minute: int = LAUNCHES_PER_MINUTE
) -> SessionStage:
    """:param writer: over the same database; the caller starts and stops it."""
    clock, cipher = SteppingClock(), Cipher(secret_keys())
    audit = AuditBridge(AuditTrail(cipher, clock, "node-1"), writer)
    sessions = Sessions(database, writer, audit, cipher, clock, launches_per_minute=launches_per_minute)
    return SessionStage(database, writer, cipher, clock, sessions, a_hospital())


def cookies(at: AcceptedLaunch) -> Credentials:
    """What the browser shows that got this answer."""
    return Credentials(at.browser_id, at.context_secret)


def accepted(launch: VerifiedLaunch) -> AuditNote:
    """The record of an accepted POST, as the launch door makes it."""
    fields = {
        **launch_fields("", launch),
        "token_form": launch.token_form,
        "token_id": launch.token_id,
        "outcome": "accepted",
    }
    return AuditNote(AuditEvent.LAUNCH_DECISION, draw_reference(), fields)


def opened_note(stored: StoredContext) -> AuditNote:
    assert stored.launch is not None
    fields = {
        **launch_fields(stored.context_id, stored.launch),
        "scope": "full",
        "consent_state": "permit",
        "consent_categories": ("GGC002",),
    }
    return AuditNote(AuditEvent.CONTEXT_OPENED, stored.reference, fields)
