"""The writer and the database set-up, on both databases."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.engine import Database
from app.writer import Writer
from context.codes import RefusalCode
from context.errors import RefusedError, StorageUnavailableError

METADATA = MetaData()
LINE = Table("line", METADATA, Column("id", Integer, primary_key=True), Column("text", String, unique=True))


def create(url: str) -> Database:
    opened = Database(url)
    with opened.write() as connection:
        METADATA.create_all(connection)
        connection.commit()
    return opened


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = create(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    started = Writer(database)
    started.start()
    yield started
    started.stop()


def add(line: str) -> Callable[[Connection], int]:
    def job(connection: Connection) -> int:
        number: int = connection.execute(insert(LINE).values(text=line).returning(LINE.c.id)).scalar_one()
        return number

    return job


def lines(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(select(LINE.c.text)))


class Gate:
    """Holds the writer thread inside a job, so that a batch gathers behind it."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def job(self, connection: Connection) -> None:
        self.entered.set()
        assert self.opened.wait(20)


def submit_behind(gate: Gate, writer: Writer, jobs: list[Any]) -> list[Any]:
    """Submit each job from its own thread while the writer is held; return results or exceptions."""

    def outcome(job: Any) -> Any:
        try:
            return writer.submit(job)
        except (RefusedError, StorageUnavailableError) as error:
            return error

    with ThreadPoolExecutor(len(jobs) + 1) as pool:
        held = pool.submit(writer.submit, gate.job)
        assert gate.entered.wait(10)
        futures = [pool.submit(outcome, job) for job in jobs]
        while writer._queue.qsize() < len(jobs):
            threading.Event().wait(0.001)
        gate.opened.set()
        held.result(20)
        return [future.result(20) for future in futures]


def test_jobs_of_one_call_are_committed_together_with_their_results(
    writer: Writer, database: Database
) -> None:
    results = writer.submit(add("a"), add("b"))
    assert len(set(results)) == 2
    assert lines(database) == {"a", "b"}


def test_job_that_raises_undoes_its_whole_call(writer: Writer, database: Database) -> None:
    refusal = RefusedError(RefusalCode.REPLAYED, "used")

    def refuse(connection: Connection) -> None:
        raise refusal

    with pytest.raises(RefusedError) as caught:
        writer.submit(add("a"), refuse)
    assert caught.value is refusal
    assert lines(database) == set()


def test_bad_submission_amid_a_batch_harms_no_other(writer: Writer, database: Database) -> None:
    def refuse(connection: Connection) -> None:
        raise RefusedError(RefusalCode.REPLAYED, "used")

    duplicate = [add("same"), add("same")]
    results = submit_behind(Gate(), writer, [add("one"), refuse, add("two"), *duplicate, add("three")])
    assert isinstance(results[1], RefusedError)
    assert sum(isinstance(result, StorageUnavailableError) for result in results[3:5]) == 1
    assert sum(isinstance(result, tuple) for result in results) == 4
    assert lines(database) == {"one", "two", "three", "same"}


def test_unexpected_error_of_a_job_reaches_its_caller_and_the_writer_goes_on(
    writer: Writer, database: Database
) -> None:
    def fault(connection: Connection) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        writer.submit(add("a"), fault)
    writer.submit(add("b"))
    assert lines(database) == {"b"}


def test_fifty_threads_lose_nothing(writer: Writer, database: Database) -> None:
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda number: writer.submit(add(f"line {number}")), range(500)))
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(LINE)) == 500


@pytest.mark.proves("promise:P1")
def test_refused_insert_is_storage_unavailable_without_the_row_in_its_text(
    writer: Writer, database: Database
) -> None:
    refuse_inserts(database)
    with pytest.raises(StorageUnavailableError) as caught:
        writer.submit(add("secret text"))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert lines(database) == set()


def test_duplicate_row_is_not_repeated_in_the_error(writer: Writer) -> None:
    writer.submit(add("secret text"))
    with pytest.raises(StorageUnavailableError) as caught:
        writer.submit(add("secret text"))
    assert "secret" not in str(caught.value)
    assert "IntegrityError" in str(caught.value)


def test_wait_that_times_out_is_storage_unavailable_and_spares_the_work(database: Database) -> None:
    impatient = Writer(database, wait_seconds=0.05)
    impatient.start()
    gate = Gate()
    holder = ThreadPoolExecutor(1)
    held = holder.submit(impatient.submit, gate.job)
    assert gate.entered.wait(10)
    with pytest.raises(StorageUnavailableError, match="no commit in time"):
        impatient.submit(add("late"))
    gate.opened.set()
    assert isinstance(held.exception(20), StorageUnavailableError | None)
    impatient.stop()
    holder.shutdown()
    assert lines(database) == set()


def test_stop_commits_what_was_submitted_and_refuses_what_comes_later(database: Database) -> None:
    writer = Writer(database)
    with pytest.raises(StorageUnavailableError):
        writer.submit(add("before"))
    writer.start()
    gate = Gate()
    with ThreadPoolExecutor(3) as pool:
        pool.submit(writer.submit, gate.job)
        assert gate.entered.wait(10)
        waiting = pool.submit(writer.submit, add("waiting"))
        while writer._queue.qsize() < 1:
            threading.Event().wait(0.001)
        stopping = pool.submit(writer.stop)
        gate.opened.set()
        stopping.result(20)
        assert waiting.result(20)
    with pytest.raises(StorageUnavailableError):
        writer.submit(add("after"))
    assert lines(database) == {"waiting"}


def test_lock_held_by_another_is_storage_unavailable_for_all(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.LOCK_SECONDS", 1)
    hurried = Database(database_url)
    writer = Writer(hurried, wait_seconds=20)
    writer.start()
    with database.write() as connection:
        connection.execute(insert(LINE).values(text="mine"))
        with pytest.raises(StorageUnavailableError):
            writer.submit(add("other"))
        connection.rollback()
    writer.submit(add("later"))
    writer.stop()
    hurried.dispose()
    assert lines(database) == {"later"}


def test_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageUnavailableError), database.read() as connection:
        connection.execute(insert(LINE).values(text="a"))


def test_reader_sees_every_commit_at_once(writer: Writer, database: Database) -> None:
    for number in range(20):
        writer.submit(add(str(number)))
        assert str(number) in lines(database)


@pytest.mark.proves("promise:P1")
def test_read_only_file_refuses_writes_and_still_reads(sqlite_url: str) -> None:
    create(sqlite_url).dispose()
    sealed = Database(f"sqlite:///file:{sqlite_url.removeprefix('sqlite:///')}?mode=ro&uri=true")
    writer = Writer(sealed)
    writer.start()
    with pytest.raises(StorageUnavailableError):
        writer.submit(add("a"))
    assert lines(sealed) == set()
    writer.stop()
    sealed.dispose()


def test_database_away_is_storage_unavailable_for_readers_and_writers(database: Database) -> None:
    if database.is_sqlite:
        away = Database("sqlite:////nonexistent/folder/file.sqlite")
    else:
        away = Database("postgresql+psycopg://nobody:x@127.0.0.1:1/none")
    writer = Writer(away)
    writer.start()
    with pytest.raises(StorageUnavailableError):
        writer.submit(add("a"))
    with pytest.raises(StorageUnavailableError), away.read():
        pass
    writer.stop()


@pytest.mark.postgres
def test_lost_connection_of_the_writer_is_replaced(postgres_url: str) -> None:
    database, other = create(postgres_url), Database(postgres_url)
    writer = Writer(database)
    writer.start()
    writer.submit(add("before"))
    with other.write() as connection:
        ended = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert ended.rowcount == 1
        connection.rollback()
    writer.submit(add("after"))
    assert lines(database) == {"before", "after"}
    writer.stop()
    database.dispose()
    other.dispose()


def refuse_inserts(database: Database) -> None:
    """Make the real database refuse every INSERT into the table."""
    if database.is_sqlite:
        statements = [
            "CREATE TRIGGER refuse BEFORE INSERT ON line BEGIN SELECT RAISE(ABORT, 'secret text'); END"
        ]
    else:
        statements = [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'refused: %', NEW.text; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON line FOR EACH ROW EXECUTE FUNCTION refuse()",
        ]
    with database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def test_memory_database_is_refused() -> None:
    with pytest.raises(ValueError, match="file"):
        Database("sqlite://")


def test_write_without_commit_is_rolled_back(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(LINE).values(text="a"))
    assert lines(database) == set()
    with pytest.raises(SQLAlchemyError), database.write() as connection:
        connection.execute(text("SELECT * FROM nothing_there"))
