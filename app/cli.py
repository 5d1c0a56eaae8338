"""The console script ``zorgtegel``."""

from importlib.metadata import entry_points

import click


@click.group()
def main() -> None:
    """Zorgtegel: the hospital's record of the patient who is active in the GP's information system."""


for _command in entry_points(group="zorgtegel.commands"):
    main.add_command(_command.load(), _command.name)
