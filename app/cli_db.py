"""Commands for the database and the secrets file."""

from pathlib import Path

import click

from app.schema import upgrade as upgrade_schema
from app.secrets_file import write_new_secrets
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
