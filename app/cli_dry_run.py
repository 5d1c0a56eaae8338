"""``zorgtegel trust dry-run``: one token through every check, and no further."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.hospitals import HospitalFilesError
from app.secrets_file import SecretsFileError
from app.settings import Settings, SettingsError
from app.wiring import Services, wire
from context.codes import RefusalCode
from context.errors import RefusedError, StorageUnavailableError
from context.hospital import Hospital
from launch.claims import TokenForm
from launch.inspection import Inspection
from launch.inspector.report import LaunchReport, make_report, report_lines
from launch.trust.model import LaunchGrade
from launch.verify import UnverifiedLaunch

_MAX_FILE_BYTES = 96 * 1024
_DOORS = (LaunchGrade.ONE_HOP.value, LaunchGrade.TICKET.value)
_AT = "%Y-%m-%dT%H:%M:%SZ"


@click.command("dry-run")
@click.option(
    "--hospital", "slug", required=True, metavar="SLUG", help="At whose launch URL it would arrive."
)
@click.option("--grade", type=click.Choice(_DOORS), default=_DOORS[0], show_default=True)
@click.option("--origin", help="The Origin of the page that would post it; left out, it is not checked.")
@click.option(
    "--at",
    type=click.DateTime(formats=[_AT]),
    help="Judge it as at this moment (UTC) instead of now: tokens live shortly.",
)
@click.argument("token", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def dry_run(slug: str, grade: str, origin: str | None, at: datetime | None, token: Path) -> None:
    """Put the token in file TOKEN through every check, and print the report.

    The file holds a compact JWT or JWE, or the base64 of a SAML Response. Its BSN must be a test BSN, also
    for a hospital in production. Nothing is opened, no hospital is asked and nothing is recorded.
    Exit code 0: it would be accepted. 1: it would be refused. 2: it could not be judged.
    """
    try:
        services = wire(Settings.from_environment())
    except (SettingsError, SecretsFileError, HospitalFilesError) as error:
        raise click.UsageError("; ".join(error.problems)) from None
    hospital = services.hospitals.get(slug)
    if hospital is None:
        raise click.UsageError("no hospital file has this name")
    text = token.read_bytes()[: _MAX_FILE_BYTES + 1].decode("utf-8", "replace").strip()
    now = at.replace(tzinfo=UTC) if at else services.clock.now()
    unverified = UnverifiedLaunch(
        TokenForm.JWT if "." in text else TokenForm.SAML,
        text,
        origin,
        now,
        grade=LaunchGrade(grade),
        posted_by_page=origin is not None,
    )
    services.writer.start()
    services.transport.start()
    try:
        report = _judge(services, hospital, unverified)
    except StorageUnavailableError as error:
        raise click.UsageError(f"the database cannot be used: {error}") from None
    finally:
        services.stop()
    for line in report_lines(report, "(dry run)"):
        click.echo(line)
    raise click.exceptions.Exit(0 if report.code is None else 1)


def _judge(services: Services, hospital: Hospital, unverified: UnverifiedLaunch) -> LaunchReport:
    inspection = Inspection()
    inspection.skip("request")
    code: RefusalCode | None = None
    detail = ""
    try:
        services.gate.verify(unverified, hospital, inspection, dry_run=True)
    except RefusedError as refused:
        code, detail = refused.code, refused.detail
    moment = unverified.received_at.strftime(_AT)
    return make_report(inspection, hospital.slug, moment, code.value if code else None, detail)
