"""``zorgtegel trust keys`` and ``zorgtegel trust revoke-key``."""

import click

from app.key_administration import KeyAdministration
from app.key_report import listing_lines
from app.operator import Operator
from app.trust_session import actor_option, administration_at_work


@click.command()
@click.argument("issuer")
def keys(issuer: str) -> None:
    """Every key of a vendor: where it comes from, until when it is valid, and what its key set says."""
    with administration_at_work() as (operator, _):
        for line in listing_lines(_administration(operator).list_keys(issuer), operator.clock.now()):
            click.echo(line)


@click.command("revoke-key")
@click.argument("issuer")
@click.argument("kid")
@actor_option
def revoke_key(issuer: str, kid: str, actor: str) -> None:
    """Refuse launches signed with this key from now on. This cannot be undone."""
    with administration_at_work() as (operator, _):
        revoked = _administration(operator).revoke(issuer, kid, actor)
    click.echo(f"{issuer}: key {kid} {'now' if revoked else 'already'} revoked")


def _administration(operator: Operator) -> KeyAdministration:
    return KeyAdministration(operator.database, operator.writer, operator.audit)
