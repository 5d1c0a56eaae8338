"""The report of a launch, for a vendor in test mode. Its reader builds a HIS, so it is in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from views.rendering import render


@dataclass(frozen=True, slots=True)
class CheckRow:
    """:param result: as printed. :param about: what failed, or what the check is about."""

    result: str
    name: str
    code: str
    about: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One name in the token."""

    name: str
    use: str
    present: bool


@dataclass(frozen=True, slots=True)
class LaunchReportPage:
    """The page model.

    :param outcome: ``accepted`` or ``refused``.
    :param code: empty when accepted.
    :param dry_run: the BSN was judged as in a test environment.
    :param facts, values: names with what is known, masked where it would identify a person.
    """

    reference: str
    hospital: str
    received_at: str
    outcome: str
    code: str
    dry_run: bool
    facts: Mapping[str, str]
    checks: tuple[CheckRow, ...]
    claims: tuple[ClaimRow, ...]
    values: tuple[tuple[str, str], ...]


def render_launch_report(page: LaunchReportPage) -> str:
    """The whole HTML page, within a request."""
    return render("launch_report.html", page=page)
