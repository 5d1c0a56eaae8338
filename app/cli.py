"""The console script ``zorgtegel``."""

import logging
import sys
from importlib.metadata import entry_points

import click

from app.cli_db import db, secrets
from app.cli_trust import trust
from app.hospitals import HospitalFilesError
from app.secrets_file import SecretsFileError
from app.serving import THREADS, Server
from app.settings import Settings, SettingsError
from app.wiring import wire


@click.group()
def main() -> None:
    """Zorgtegel: the hospital's record of the patient who is active in the GP's information system."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@main.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=THREADS, show_default=True, type=click.IntRange(1, 1000))
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve launches and records until stopped."""
    try:
        services = wire(Settings.from_environment())
    except (SettingsError, HospitalFilesError, SecretsFileError) as error:
        for line in str(error).splitlines():
            click.echo(line, err=True)
        raise click.exceptions.Exit(2) from None
    Server(services, bind, workers, threads).run()


main.add_command(db)
main.add_command(secrets)
main.add_command(trust)
for _command in entry_points(group="zorgtegel.commands"):
    main.add_command(_command.load(), _command.name)
