"""Brings a database to the newest migration."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
from app.engine import Database, storage_errors


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing, all or none. Safe to repeat, and on several nodes at once.

    :raises StorageUnavailableError: the database is away or refuses.
    """
    database = Database(database_url)
    try:
        with storage_errors(), database.write() as connection:
            if not database.is_sqlite:
                # A migration may take long; a wait for somebody's lock may not, it holds up all others.
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        database.dispose()


def is_current(database: Database) -> bool:
    """Whether the database is at the newest migration that this version of the code knows.

    :raises StorageUnavailableError: the database is away.
    """
    with database.read() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
