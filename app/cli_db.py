"""Commands for the database and the secrets file."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.clock import SystemClock
from app.schema import upgrade as upgrade_schema
from app.secrets_file import PURPOSES, SecretsFileError, write_new_secrets
from app.secrets_rotation import rotate_secrets
from app.settings import SettingsError, read_database_url
from context.errors import StorageUnavailableError


@click.group()
def db() -> None:
    """The database named by ZORGTEGEL_DATABASE_URL."""


@db.command()
def upgrade() -> None:
    """Create the tables, or bring them to this version."""
    try:
        upgrade_schema(read_database_url())
    except (SettingsError, StorageUnavailableError) as error:
        raise click.ClickException(str(error)) from None
    click.echo("the database is at this version")


@click.group()
def secrets() -> None:
    """The file of named keys, ZORGTEGEL_SECRETS_FILE."""


@secrets.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new(file: Path) -> None:
    """Write fresh keys to FILE, readable by its owner only; an existing FILE is left as it is."""
    try:
        write_new_secrets(file)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(f"written: {file}")


@secrets.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--purpose", required=True, type=click.Choice(tuple(PURPOSES)), help="Which list.")
@click.option(
    "--not-before",
    type=click.DateTime(["%Y-%m-%d"]),
    help="decrypt and sign: publish the keys now, sign with them and prefer them from this day (UTC).",
)
def rotate(file: Path, purpose: str, not_before: datetime | None) -> None:
    """Put fresh keys in front of a list in FILE; the old ones stay, so that nothing stops working."""
    start = not_before.replace(tzinfo=UTC) if not_before else None
    try:
        rotate_secrets(file, purpose, SystemClock().now(), start)
    except (SecretsFileError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(f"written: {file}; restart the service to use it")
