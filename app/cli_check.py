"""``zorgtegel check``."""

import json
from collections.abc import Iterable
from dataclasses import asdict

import click

from app.clock import SystemClock
from app.findings import Finding, Severity
from app.installation_check import check_installation

_WORST = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.NOTE: 0}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.option("--offline", is_flag=True, help="Do not connect to the hospitals' systems.")
def check(as_json: bool, offline: bool) -> None:
    """Look over settings, hospital files, database and trust, without changing anything, and try every
    endpoint of the hospitals with a question about somebody who does not exist.

    Exit code 0: in order. 1: something needs attention. 2: something is broken.
    """
    findings = check_installation(SystemClock(), offline=offline)
    code = exit_code(findings)
    if as_json:
        told = {"exit_code": code, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.severity:<8} {finding.area:<10} {finding.text}")
        if code == 0:
            looked_at = "database and trust" if offline else "database, trust and endpoints"
            click.echo(f"settings, hospitals, {looked_at} are in order")
    raise click.exceptions.Exit(code)


def exit_code(findings: Iterable[Finding]) -> int:
    """The worst of them; 0 when there is none."""
    return max((_WORST[finding.severity] for finding in findings), default=0)
