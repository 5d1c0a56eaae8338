"""The console script ``zorgtegel``. Commands load when they are called, so that each starts quickly."""

import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType

import click

_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "check": "app.cli_check:check",
        "db": "app.cli_db:db",
        "inspect": "app.cli_inspect:inspect",
        "secrets": "app.cli_db:secrets",
        "serve": "app.cli_serve:serve",
        "trust": "app.cli_trust:trust",
    }
)


class _LazyGroup(click.Group):
    """Our own commands, and those that hook in by the entry point ``zorgtegel.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_COMMANDS, *entry_points(group="zorgtegel.commands").names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS:
            module, _, name = _COMMANDS[cmd_name].partition(":")
            found = getattr(import_module(module), name)
        else:
            hooked = entry_points(group="zorgtegel.commands", name=cmd_name)
            found = next(iter(hooked)).load() if hooked else None
        return found if isinstance(found, click.Command) else None


@click.group(cls=_LazyGroup)
def main() -> None:
    """Zorgtegel: the hospital's record of the patient who is active in the GP's information system."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
