"""What every connection is set to, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Connection, text

from app.engine import Database, describe
from context.errors import StorageUnavailableError

Opener = Callable[[str], Database]


def setting(connection: Connection, question: str) -> object:
    return connection.execute(text(question)).scalar_one()


def test_sqlite_commits_are_durable_and_triggers_see_replace(sqlite_url: str, open_database: Opener) -> None:
    with open_database(sqlite_url).write() as connection:
        assert setting(connection, "PRAGMA journal_mode") == "wal"
        assert setting(connection, "PRAGMA synchronous") == 2
        assert setting(connection, "PRAGMA recursive_triggers") == 1
        assert setting(connection, "PRAGMA foreign_keys") == 1
        assert setting(connection, "PRAGMA busy_timeout") == 5000
        assert setting(connection, "PRAGMA query_only") == 0
    with open_database(sqlite_url).read() as connection:
        assert setting(connection, "PRAGMA query_only") == 1
        assert setting(connection, "PRAGMA busy_timeout") == 5000


@pytest.mark.postgres
def test_postgresql_commits_are_durable_and_every_wait_is_bounded(
    postgres_url: str, open_database: Opener
) -> None:
    database = open_database(postgres_url)
    with database.write() as connection:
        assert setting(connection, "SHOW synchronous_commit") == "on"
        assert setting(connection, "SHOW transaction_isolation") == "read committed"
        assert setting(connection, "SHOW statement_timeout") == "5s"
        assert setting(connection, "SHOW lock_timeout") == "5s"
        assert setting(connection, "SHOW idle_in_transaction_session_timeout") == "30s"
    with database.read() as connection:
        assert setting(connection, "SHOW default_transaction_read_only") == "on"
        assert setting(connection, "SHOW statement_timeout") == "5s"


def test_a_page_full_of_readers_is_served(database_url: str, open_database: Opener) -> None:
    database = open_database(database_url)
    together = Barrier(60)

    def read(_: int) -> object:
        together.wait(20)
        with database.read() as connection:
            return setting(connection, "SELECT 1")

    with ThreadPoolExecutor(60) as pool:
        assert list(pool.map(read, range(60))) == [1] * 60


@pytest.mark.proves("promise:P10")
def test_error_is_described_without_statement_or_value(database_url: str, open_database: Opener) -> None:
    with (
        pytest.raises(StorageUnavailableError) as caught,
        open_database(database_url).read() as connection,
    ):
        connection.execute(text("SELECT * FROM absent WHERE name = :name"), {"name": "geheim"})
    assert str(caught.value) in (
        "OperationalError: OperationalError SQLITE_ERROR",
        "ProgrammingError: UndefinedTable 42P01",
    )


def test_error_that_is_no_database_error_is_described_by_its_type() -> None:
    assert describe(ValueError("geheim")) == "ValueError: ValueError"


def test_error_of_the_caller_passes_through_a_read(database_url: str, open_database: Opener) -> None:
    with pytest.raises(KeyError), open_database(database_url).read():
        raise KeyError("mine")
