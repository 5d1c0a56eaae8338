"""``zorgtegel serve``."""

import click

from app.engine import Database
from app.hospitals import HospitalFilesError
from app.schema import is_current
from app.secrets_file import SecretsFileError
from app.serving import THREADS, Server
from app.settings import Settings, SettingsError
from app.trust_findings import publicly_known_keys
from app.wiring import Services, wire
from context.errors import StorageUnavailableError
from launch.trust.administration.store import list_trust


@click.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=THREADS, show_default=True, type=click.IntRange(1, 1000))
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve launches and records until stopped."""
    Server(_wired(), bind, workers, threads).run()


def _wired() -> Services:
    """Everything checked that can be checked before the first request; exit code 2 tells what is wrong."""
    try:
        settings = Settings.from_environment()
        _require_usable(settings)
        return wire(settings)
    except (SettingsError, HospitalFilesError, SecretsFileError, StorageUnavailableError) as error:
        for line in str(error).splitlines():
            click.echo(line, err=True)
        raise click.exceptions.Exit(2) from None


def _require_usable(settings: Settings) -> None:
    """A database of its own, closed again: connections made before the fork would be dead.

    :raises StorageUnavailableError: the database is of another version.
    :raises SettingsError: strict, and a vendor's key is a published one (attack A145).
    """
    database = Database(settings.database_url)
    try:
        if not is_current(database):
            raise StorageUnavailableError("the database is not of this version: run zorgtegel db upgrade")
        if settings.strict:
            with database.read() as connection:
                published = tuple(publicly_known_keys(list_trust(connection)))
            if published:
                raise SettingsError((*published, "refused while ZORGTEGEL_STRICT is true"))
    finally:
        database.dispose()
