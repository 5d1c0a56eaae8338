"""``zorgtegel inspect``: what was checked of one launch."""

import json
import re

import click

from app.inspections import Inspections
from app.references import ALPHABET, draw_reference
from app.trust_session import actor_option, administration_at_work
from context.ports import AuditEvent, AuditNote
from launch.inspector.report import report_lines

_REFERENCE = re.compile(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")


def _check_reference(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not _REFERENCE.fullmatch(value.upper()):
        raise click.BadParameter("must be a reference as the screen prints it: XXXX-XXXX")
    return value.upper()


@click.command()
@click.argument("reference", callback=_check_reference)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@actor_option
def inspect(reference: str, as_json: bool, actor: str) -> None:
    """Show every check of the launch with this REFERENCE, refused or not.

    Reports are kept for 30 days. Each look at one is recorded in the audit trail.
    """
    with administration_at_work() as (operator, _):
        inspections = Inspections(operator.cipher, operator.clock)
        with operator.database.read() as connection:
            report = inspections.find(connection, reference)
        if report is None:
            click.echo(f"{reference}: no report is kept under this reference", err=True)
            raise click.exceptions.Exit(1)
        fields = {
            "actor": actor,
            "subject": reference,
            "hospital": report.hospital,
            "issuer": report.facts.get("issuer"),
        }
        operator.audit.commit(AuditNote(AuditEvent.LAUNCH_INSPECTED, draw_reference(), fields))
    if as_json:
        click.echo(json.dumps({"reference": reference, **json.loads(report.to_json())}, indent=2))
    else:
        for line in report_lines(report, reference):
            click.echo(line)
