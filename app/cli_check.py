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
def check(as_json: bool) -> None:
    """Look over settings, hospital files, database and trust, without changing anything.

    Exit code 0: in order. 1: something needs attention. 2: something is broken.
    """
    findings = check_installation(SystemClock())
    code = exit_code(findings)
    if as_json:
        told = {"exit_code": code, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.severity:<8} {finding.area:<10} {finding.text}")
        if code == 0:
            click.echo("settings, hospitals, database and trust are in order")
    raise click.exceptions.Exit(code)


def exit_code(findings: Iterable[Finding]) -> int:
    """The worst of them; 0 when there is none."""
    return max((_WORST[finding.severity] for finding in findings), default=0)
