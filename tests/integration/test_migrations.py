"""The schema that migrations make, on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import CheckConstraint, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

import audit.store
import context.store
import launch.backend.store
import launch.inspector.store
import launch.requests.store
import launch.store
import launch.trust.published.store
import launch.trust.store
from app.cli_db import db, secrets
from app.engine import Database
from app.schema import is_current, upgrade
from app.secrets_file import load_secrets
from context.errors import StorageUnavailableError

STORES = (
    audit.store.METADATA,
    launch.trust.store.metadata,
    launch.trust.published.store.metadata,
    launch.store.METADATA,
    launch.requests.store.METADATA,
    launch.backend.store.METADATA,
    launch.inspector.store.METADATA,
    context.store.METADATA,
)

Opener = Callable[[str], Database]
ROW = "INSERT INTO audit_record (sequence, record, leaf_hash) VALUES ({}, {}, {})"


def all_stores() -> MetaData:
    together = MetaData()
    for metadata in STORES:
        for table in metadata.sorted_tables:
            table.to_metadata(together)
    return together


def blob(database: Database) -> str:
    return "x'00'" if database.is_sqlite else r"'\x00'"


def add_row(database: Database, sequence: int) -> None:
    execute(database, ROW.format(sequence, blob(database), blob(database)))


def execute(database: Database, statement: str) -> None:
    with database.write() as connection:
        connection.execute(text(statement))
        connection.commit()


def count(database: Database) -> int:
    with database.read() as connection:
        rows: int = connection.execute(text("SELECT count(*) FROM audit_record")).scalar_one()
        return rows


def test_newest_migration_equals_the_stores(migrated_database: Database) -> None:
    with migrated_database.read() as connection:
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        wanted = all_stores()
        assert compare_metadata(compared, wanted) == []
        for table in wanted.sorted_tables:
            found = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
            assert found == {one.name for one in table.constraints if isinstance(one, CheckConstraint)}
    assert is_current(migrated_database)


def test_empty_database_is_not_current(database_url: str, open_database: Opener) -> None:
    assert not is_current(open_database(database_url))


def test_upgrade_of_a_database_with_rows_keeps_them(migrated_database: Database, database_url: str) -> None:
    add_row(migrated_database, 0)
    upgrade(database_url)
    assert count(migrated_database) == 1


def test_failed_migration_leaves_nothing_behind(database_url: str, open_database: Opener) -> None:
    database = open_database(database_url)
    execute(database, "CREATE TABLE live_context (x INTEGER)")
    with pytest.raises(StorageUnavailableError):
        upgrade(database_url)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["live_context"]


@pytest.mark.proves("promise:P3")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET record = leaf_hash",
        "UPDATE audit_record SET sequence = 7 WHERE sequence = 1",
        "DELETE FROM audit_record",
        "DELETE FROM audit_record WHERE sequence = 1",
    ],
)
def test_change_of_a_record_is_refused(migrated_database: Database, statement: str) -> None:
    add_row(migrated_database, 0)
    add_row(migrated_database, 1)
    with pytest.raises(DBAPIError, match="never changed"):
        execute(migrated_database, statement)
    assert count(migrated_database) == 2


@pytest.mark.proves("promise:P5")
@pytest.mark.parametrize("sequence", [-1, 0, 1, 3, "NULL"])
def test_record_beside_the_end_is_refused(migrated_database: Database, sequence: int | str) -> None:
    add_row(migrated_database, 0)
    add_row(migrated_database, 1)
    with pytest.raises(DBAPIError):
        execute(migrated_database, ROW.format(sequence, blob(migrated_database), blob(migrated_database)))
    add_row(migrated_database, 2)
    assert count(migrated_database) == 3


@pytest.mark.proves("promise:P3")
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_of_a_record_is_refused_on_sqlite(
    sqlite_url: str, recursive: str, open_database: Opener
) -> None:
    upgrade(sqlite_url)
    database = open_database(sqlite_url)
    add_row(database, 0)
    replace = "REPLACE INTO audit_record (sequence, record, leaf_hash) VALUES (0, x'01', x'01')"
    with database.write() as connection:
        connection.exec_driver_sql(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(DBAPIError, match=r"never changed|at its end"):
            connection.execute(text(replace))
    with pytest.raises(DBAPIError, match=r"never changed|at its end"):
        execute(database, replace)


@pytest.mark.postgres
@pytest.mark.proves("promise:P3")
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE audit_record CASCADE",
        "INSERT INTO audit_record VALUES (0, '', '') ON CONFLICT (sequence) DO UPDATE SET record = ''",
    ],
)
def test_other_ways_to_change_a_record_are_refused_on_postgresql(
    postgres_url: str, statement: str, open_database: Opener
) -> None:
    upgrade(postgres_url)
    database = open_database(postgres_url)
    add_row(database, 0)
    with pytest.raises(DBAPIError):
        execute(database, statement)
    assert count(database) == 1


def test_command_upgrades_the_database_of_the_environment(
    database_url: str, open_database: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZORGTEGEL_DATABASE_URL", database_url)
    assert CliRunner().invoke(db, ["upgrade"]).exit_code == 0
    assert is_current(open_database(database_url))


def test_command_names_the_variable_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZORGTEGEL_DATABASE_URL", raising=False)
    result = CliRunner().invoke(db, ["upgrade"])
    assert result.exit_code == 1
    assert "ZORGTEGEL_DATABASE_URL is not set" in result.output


def test_command_writes_fresh_secrets_once(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    assert CliRunner().invoke(secrets, ["new", str(file)]).exit_code == 0
    written = load_secrets(file)
    again = CliRunner().invoke(secrets, ["new", str(file)])
    assert again.exit_code == 1
    assert "File exists" in again.output
    assert load_secrets(file) == written
