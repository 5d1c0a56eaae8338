"""The database: SQLite in a file by default, PostgreSQL for more than one node (architecture.md D13)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from context.errors import StorageUnavailableError

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 5
LOCK_SECONDS = 5
IDLE_TRANSACTION_SECONDS = 30
READERS = 16
READERS_AT_ONCE = 112  # a gunicorn worker has 110 threads (performance.md section 9)

# All writers of all nodes queue on this one PostgreSQL lock, as SQLite's BEGIN IMMEDIATE makes them do
# on its file; so every job finds the same world on both databases. The number only has to be our own.
WRITER_LOCK = 0x5A6F72677465676C


class Database:
    """Connections to one database, set up so that a commit is durable and every wait is bounded.

    Make it before or after the fork, but use it only after: its pools are empty until first use.

    :param url: ``sqlite:////path/to/file`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        make = _sqlite_engine if self.is_sqlite else _postgres_engine
        self._readers = make(parsed, writes=False)
        self._writer = make(parsed, writes=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for short reads, all of one moment on SQLite; it cannot write.

        :raises StorageUnavailableError: the database is away, refuses, or is too slow.
        """
        with storage_errors(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction, alone on the whole database; rolled back unless ``commit`` is called.

        Only ``app/writer.py``, migrations and tests use it.

        :raises sqlalchemy.exc.SQLAlchemyError: the database is away or refuses.
        """
        with self._writer.connect() as connection:
            if self.is_sqlite:
                connection.begin()
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            yield connection

    def dispose(self) -> None:
        """Close every idle connection."""
        self._readers.dispose()
        self._writer.dispose()


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn every error of SQLAlchemy or a driver into a StorageUnavailableError without values."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        # "from None": a driver's own message may repeat a row (PostgreSQL's DETAIL does).
        raise StorageUnavailableError(describe(error)) from None


def describe(error: Exception) -> str:
    """What went wrong, in names and codes only: no statement, no parameter, no row."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    return f"{type(error).__name__}: {type(cause).__name__}" + (f" {code}" if code else "")


def _sqlite_engine(url: URL, *, writes: bool) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise ValueError("SQLite needs a file: every connection to memory is another database")
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=1 if writes else READERS,
        max_overflow=0 if writes else READERS_AT_ONCE - READERS,
        pool_timeout=LOCK_SECONDS,
        connect_args={"timeout": LOCK_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: see "begin"
        cursor = connection.cursor()
        if cursor.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            raise sqlite3.OperationalError("no write-ahead log here: is it a network file system?")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA recursive_triggers=ON")  # else REPLACE slips past a DELETE trigger (D8)
        cursor.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
        cursor.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: URL, *, writes: bool) -> Engine:
    options = {
        "statement_timeout": STATEMENT_SECONDS * 1000,
        "lock_timeout": LOCK_SECONDS * 1000,
        "idle_in_transaction_session_timeout": IDLE_TRANSACTION_SECONDS * 1000,
        "synchronous_commit": "on",
        "default_transaction_read_only": "off" if writes else "on",
    }
    return create_engine(
        url,
        hide_parameters=True,
        # A snapshot per statement: the first statement after the wait for the lock sees the last commit.
        isolation_level="READ COMMITTED",
        pool_size=1 if writes else READERS,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": STATEMENT_SECONDS * 1000,
            "application_name": "zorgtegel",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )
