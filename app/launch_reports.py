"""The report of a launch as an answer over HTTP."""

from flask import Response

from launch.inspection import CHECKS, Check
from launch.inspector.report import LaunchReport
from views.launch_report import CheckRow, ClaimRow, LaunchReportPage, render_launch_report


def answer_report(report: LaunchReport, reference: str, status: int, *, machine: bool) -> Response:
    """:param machine: the caller is no browser, so the report is JSON."""
    if machine:
        return Response(report.to_json(), status=status, mimetype="application/json")
    return Response(render_launch_report(_page(report, reference)), status=status, mimetype="text/html")


def _page(report: LaunchReport, reference: str) -> LaunchReportPage:
    return LaunchReportPage(
        reference=reference,
        hospital=report.hospital,
        received_at=report.received_at,
        outcome=report.outcome,
        code=report.code or "",
        dry_run=report.dry_run,
        facts=report.facts,
        checks=tuple(map(_row, report.checks)),
        claims=tuple(ClaimRow(line.name, line.use, line.present) for line in report.claims),
        values=tuple((read.name, read.value) for read in report.values),
    )


def _row(check: Check) -> CheckRow:
    return CheckRow(check.result, check.name, check.code or "", check.detail or CHECKS.get(check.name, ""))
