"""The audit trail in real databases."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from app.audit_bridge import AuditBridge
from app.crypto import Cipher
from app.engine import Database
from app.schema import upgrade
from app.secrets_file import Secrets
from app.writer import Writer
from audit.errors import RecordDamagedError
from audit.store import find_reference, read_rows
from audit.text import ProtectedText
from audit.trail import AuditTrail, ReadRecord, read_records
from context.bsn import Bsn
from context.errors import ReferenceTakenError, StorageUnavailableError
from context.ports import AuditEvent, AuditNote, AuditValue
from tests.clock import SteppingClock
from tests.keys import secret_keys
from tests.people import ANNA, BRAM

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "7K3M-9QTX"
NAME = "Zoë Ünal-Łuczak 漢"


@dataclass(frozen=True)
class Trail:
    """An audit trail over a real database."""

    database: Database
    writer: Writer
    bridge: AuditBridge
    cipher: Cipher

    def read(self, patient: Bsn | None = None) -> list[ReadRecord]:
        about = ProtectedText(patient.reveal()) if patient else None
        with self.database.read() as connection:
            return list(read_records(connection, self.cipher, patient=about))

    def tamper(self, *statements: str) -> None:
        """Change the database as its owner could: without the triggers."""
        if self.database.is_sqlite:
            off = ["DROP TRIGGER IF EXISTS audit_record_refuse_update"]
        else:
            off = ["ALTER TABLE audit_record DISABLE TRIGGER USER"]
        with self.database.write() as connection:
            for statement in (*off, *statements):
                connection.execute(text(statement))
            connection.commit()


@pytest.fixture
def trail(migrated_database: Database, stepping_clock: SteppingClock) -> Iterator[Trail]:
    cipher = Cipher(secret_keys())
    writer = Writer(migrated_database)
    writer.start()
    yield Trail(
        migrated_database, writer, AuditBridge(AuditTrail(cipher, stepping_clock, "node-1"), writer), cipher
    )
    writer.stop()


def viewed(patient: Bsn = ANNA, **more: AuditValue) -> AuditNote:
    fields: dict[str, AuditValue] = {
        "hospital": "cwz",
        "context": "A" * 22,
        "user_id": "gp-1",
        "user_name": NAME,
        "user_role": "01.015",
        "practice_ura": "12345678",
        "practice_name": None,
        "patient": patient,
        "page": "start",
    }
    return AuditNote(AuditEvent.PAGE_VIEWED, REFERENCE, {**fields, **more})


def denied(reference: str = REFERENCE) -> AuditNote:
    return AuditNote(AuditEvent.ACCESS_DENIED, reference, {"hospital": "cwz"})


@pytest.mark.proves("promise:P6")
def test_record_reads_back_as_it_was_after_reopening_in_another_time_zone(
    trail: Trail,
    database_url: str,
    stepping_clock: SteppingClock,
    open_database: Callable[[str], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for step in (0.0, 0.000001, 0.1, 59.9):
        stepping_clock.advance(step)
        trail.bridge.commit(viewed(query="Škoda \u2028 'x'"))
    trail.database.dispose()
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        with open_database(database_url).read() as connection:
            records = list(read_records(connection, Cipher(secret_keys())))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [record.sequence for record in records] == [0, 1, 2, 3]
    assert records[-1].recorded == stepping_clock.now()
    assert [record.recorded.microsecond for record in records] == [123456, 123457, 223457, 123457]
    fields = records[0].fields
    assert fields["patient"] == ProtectedText(ANNA.reveal())
    assert fields["user_name"] == ProtectedText(NAME)
    assert fields["practice_name"] is None
    assert fields["query"] == "Škoda \u2028 'x'"


@pytest.mark.proves("promise:P10")
def test_number_and_name_are_nowhere_in_the_database_file(
    sqlite_url: str, stepping_clock: SteppingClock, open_database: Callable[[str], Database]
) -> None:
    upgrade(sqlite_url)
    writer = Writer(open_database(sqlite_url))
    writer.start()
    trail = AuditTrail(Cipher(secret_keys()), stepping_clock, "node-1")
    AuditBridge(trail, writer).commit(viewed())
    writer.stop()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    stored = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"PAGE_VIEWED" in stored
    assert ANNA.reveal().encode() not in stored
    assert "Łuczak".encode() not in stored


@pytest.mark.proves("promise:P1")
@pytest.mark.parametrize("table", ["audit_record", "audit_key", "audit_reference"])
def test_refused_insert_writes_nothing_of_the_transaction(trail: Trail, table: str) -> None:
    trail.bridge.commit(denied("0000-0000"))
    refuse_inserts(trail.database, table)
    with pytest.raises(StorageUnavailableError) as caught:
        trail.bridge.commit(viewed(), denied())
    assert ANNA.reveal() not in str(caught.value)
    with trail.database.read() as connection:
        assert len(read_rows(connection)) == 1
        assert find_reference(connection, REFERENCE) is None
        assert connection.execute(text("SELECT count(*) FROM audit_key")).scalar_one() == 0


@pytest.mark.proves("promise:P1")
def test_refused_record_undoes_the_jobs_committed_with_it(trail: Trail) -> None:
    refuse_inserts(trail.database, "audit_record")
    vendor = "INSERT INTO vendor (issuer, name, adapter, status) VALUES ('x', 'x', 'jwt', 'active')"
    with pytest.raises(StorageUnavailableError):
        trail.writer.submit(lambda connection: connection.execute(text(vendor)), trail.bridge.job(viewed()))
    with trail.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM vendor")).scalar_one() == 0


@pytest.mark.proves("promise:P1")
@pytest.mark.postgres
def test_dropped_right_to_insert_is_storage_unavailable(
    postgres_url: str, stepping_clock: SteppingClock, open_database: Callable[[str], Database]
) -> None:
    upgrade(postgres_url)
    database = open_database(postgres_url)
    with database.write() as connection:
        connection.execute(text("CREATE ROLE audit_reader"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO audit_reader"))
        connection.commit()
    try:
        limited = open_database(postgres_url)
        writer = Writer(limited)
        writer.start()
        writer.submit(lambda connection: connection.execute(text("SET ROLE audit_reader")))
        with pytest.raises(StorageUnavailableError, match="42501"):
            AuditBridge(AuditTrail(Cipher(secret_keys()), stepping_clock, "node-1"), writer).commit(denied())
        writer.stop()
        limited.dispose()
    finally:
        with database.write() as connection:
            connection.execute(text("DROP OWNED BY audit_reader"))
            connection.execute(text("DROP ROLE audit_reader"))
            connection.commit()


@pytest.mark.parametrize(
    "note",
    [
        viewed(diagnosis="x"),
        viewed(patient=None),  # type: ignore[arg-type]
        viewed(page=1),
        viewed(token_id=f"id-{ANNA.reveal()}"),
        AuditNote(AuditEvent.PAGE_VIEWED, "bad", viewed().fields),
    ],
)
def test_note_outside_the_catalogue_is_refused_and_nothing_of_its_call_written(
    trail: Trail, note: AuditNote
) -> None:
    with pytest.raises(StorageUnavailableError) as caught:
        trail.bridge.commit(denied(), note)
    assert ANNA.reveal() not in str(caught.value)
    assert trail.read() == []


def test_reference_opens_one_case_only(trail: Trail) -> None:
    trail.bridge.commit(denied(), viewed())
    with pytest.raises(ReferenceTakenError):
        trail.bridge.commit(viewed(), denied())
    with pytest.raises(ReferenceTakenError):
        trail.bridge.commit(denied("0000-0000"), denied("0000-0000"))
    trail.bridge.commit(viewed())
    assert [record.event for record in trail.read()] == ["ACCESS_DENIED", "PAGE_VIEWED", "PAGE_VIEWED"]
    with trail.database.read() as connection:
        assert find_reference(connection, REFERENCE) == 0
        assert find_reference(connection, "0000-0000") is None


@pytest.mark.proves("promise:P9")
def test_records_of_one_patient_are_found_whole_also_after_rotation_of_keys(
    trail: Trail, stepping_clock: SteppingClock
) -> None:
    for patient in (ANNA, BRAM, ANNA, BRAM, BRAM):
        trail.bridge.commit(viewed(patient))
    old, new = secret_keys(), secret_keys("new")
    rotated = Cipher(
        Secrets.model_construct(
            wrap=(*new.wrap, *old.wrap), lookup=(*new.lookup, *old.lookup), cookie=new.cookie
        )
    )
    AuditBridge(AuditTrail(rotated, stepping_clock, "node-1"), trail.writer).commit(viewed(ANNA))
    after = Trail(trail.database, trail.writer, trail.bridge, rotated)
    assert [record.sequence for record in after.read(ANNA)] == [0, 2, 5]
    assert [record.sequence for record in after.read(BRAM)] == [1, 3, 4]
    assert {record.fields["patient"] for record in after.read(BRAM)} == {ProtectedText(BRAM.reveal())}


def test_shredded_key_hides_the_patient_and_leaves_the_record_intact(trail: Trail) -> None:
    trail.bridge.commit(viewed(), viewed())
    trail.tamper("DELETE FROM audit_key WHERE sequence = 0")
    shredded, whole = trail.read()
    assert shredded.fields["patient"] is None
    assert shredded.fields["user_id"] == "gp-1"
    assert whole.fields["patient"] == ProtectedText(ANNA.reveal())


@pytest.mark.proves("promise:P3")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET leaf_hash = (SELECT leaf_hash FROM audit_record WHERE sequence = 0) "
        "WHERE sequence = 1",
        "UPDATE audit_record SET record = (SELECT record FROM audit_record WHERE sequence = 0) "
        "WHERE sequence = 1",
        "UPDATE audit_key SET wrapped_key = (SELECT wrapped_key FROM audit_key WHERE sequence = 0) "
        "WHERE sequence = 1",
        "UPDATE audit_key SET wrapped_key = lookup_hash WHERE sequence = 1",
    ],
)
def test_changed_row_is_found_by_number(trail: Trail, statement: str) -> None:
    trail.bridge.commit(viewed(), viewed(BRAM))
    trail.tamper(statement)
    with pytest.raises(RecordDamagedError) as caught:
        trail.read()
    assert caught.value.sequence == 1


def test_long_trail_is_read_page_by_page(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.trail._PAGE", 3)
    trail.bridge.commit(*(viewed(ANNA if number % 2 else BRAM) for number in range(10)))
    assert [record.sequence for record in trail.read()] == list(range(10))
    assert [record.sequence for record in trail.read(ANNA)] == [1, 3, 5, 7, 9]


def start_appending(url: str, name: str, count: int) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.appending"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(f"{url}\n{name}\n{count}\n")
    process.stdin.close()
    return process


def acknowledged(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    with process.stdout as output:
        lines = [line.strip() for line in output if line.endswith("\n")]
    process.wait(60)
    return lines


@pytest.mark.proves("promise:P5")
def test_four_processes_append_without_gap_or_loss(trail: Trail, database_url: str) -> None:
    processes = [start_appending(database_url, f"process-{number}", 200) for number in range(4)]
    promised = [reference for process in processes for reference in acknowledged(process)]
    assert [process.returncode for process in processes] == [0] * 4
    records = trail.read()
    assert [record.sequence for record in records] == list(range(800))
    assert {(record.source, record.fields["page"]) for record in records} == {
        (f"process-{number}", str(page)) for number in range(4) for page in range(200)
    }
    assert {record.reference for record in records} == set(promised)


@pytest.mark.proves("promise:P7")
def test_killed_process_leaves_no_half_record_and_keeps_every_promise(
    trail: Trail, database_url: str
) -> None:
    promised: list[str] = []
    for kill_after in (1, 17, 60):
        process = start_appending(database_url, "killed", 100_000)
        assert process.stdout is not None
        promised += [process.stdout.readline().strip() for _ in range(kill_after)]
        process.kill()
        promised += acknowledged(process)
        assert process.returncode == -9
    records = trail.read()
    assert [record.sequence for record in records] == list(range(len(records)))
    assert set(promised) <= {record.reference for record in records}
    trail.bridge.commit(denied())
    assert trail.read()[-1].sequence == len(records)


def refuse_inserts(database: Database, table: str) -> None:
    """Make the real database refuse every INSERT into the table."""
    if database.is_sqlite:
        statements = [f"CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"]
    else:
        statements = [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'refused: %', NEW; END $$",
            f"CREATE TRIGGER a_refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()",
        ]
    with database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def test_stored_bytes_are_readable_json_for_those_who_keep_the_log(trail: Trail) -> None:
    trail.bridge.commit(viewed())
    with trail.database.read() as connection:
        (row,) = read_rows(connection)
    assert json.loads(row.body)["event"] == "PAGE_VIEWED"
