"""``zorgtegel kit``, hooked in by the entry point ``zorgtegel.commands``."""

from pathlib import Path

import click

from app.hospitals import load_hospitals
from app.operator import Operator
from app.secrets_file import load_secrets
from app.trust_administration import TrustAdministration
from app.trust_session import administration_at_work
from launch.trust.model import Registration
from sandbox.kit import run as posting
from sandbox.kit.build import cases_for
from sandbox.kit.speaker import KitError, find_speaker
from sandbox.kit.writing import KEYS, write_kit


@click.command()
@click.option("--issuer", required=True, help="The vendor's issuer, as it is registered.")
@click.option("--hospital", "slug", required=True, metavar="SLUG", help="A hospital in the test environment.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--run", "post", is_flag=True, help="Post the kit at once, and compare what comes back.")
@click.option("--url", help="Post to this address instead of the hospital's launch URL.")
def kit(issuer: str, slug: str, out: Path, post: bool, url: str | None) -> None:
    """Write launches of one vendor to DIR: golden ones, and many that are wrong in one way each.

    They are signed with a throw-away key that stays in DIR/keys: add DIR/registration.toml to the vendor's
    registration in test first. Tokens live for two minutes; write the kit again, or use --run, each time.
    """
    with administration_at_work() as (operator, administration):
        try:
            count = make_kit(operator, administration, issuer, slug, out)
        except KitError as error:
            raise click.UsageError(str(error)) from None
    click.echo(f"{count} launches written to {out}")
    if post:
        raise click.exceptions.Exit(posting.main(out, url))


def make_kit(
    operator: Operator, administration: TrustAdministration, issuer: str, slug: str, out: Path
) -> int:
    """:returns: how many launches were written.
    :raises KitError: none can be made for this vendor here.
    """
    settings, now = operator.settings, operator.clock.now()
    hospital = load_hospitals(settings.hospitals_dir, strict=settings.strict).get(slug)
    if hospital is None:
        raise KitError("no hospital file has this name")
    registration = administration.find(issuer)
    if registration is None:
        raise KitError("the issuer is not registered: register it first, with its own key")
    own_keys = load_secrets(settings.secrets_file).own_keys()
    speaker = find_speaker(registration, hospital, own_keys, out / KEYS, now)
    cases = cases_for(speaker)
    write_kit(out, speaker, cases, _origin(registration, slug))
    return len(cases)


def _origin(registration: Registration, slug: str) -> str:
    """The first origin that the grant lists; none when it lists none."""
    grant = next(each.grant for each in registration.grants if each.grant.hospital == slug)
    return min(grant.launch_origins, default="")
