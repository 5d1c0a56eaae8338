"""A launch that waited as a ticket comes in again, by the browser."""

from dataclasses import replace
from datetime import datetime

from context.hospital import Hospital
from context.launch import VerifiedLaunch
from launch.gate import Gate
from launch.grant_checks import (
    check_active,
    check_grade,
    check_origin,
    check_practice,
    find_grant,
    find_practice,
    find_sender,
)
from launch.inspection import Inspection
from launch.leniency import Leniency
from launch.trust.model import Grant, LaunchGrade


def readmit(
    launch: VerifiedLaunch,
    origin: str | None,
    hospital: Hospital,
    gate: Gate,
    now: datetime,
    inspection: Inspection,
) -> VerifiedLaunch:
    """The launch of a ticket as its browser posts it: what may have changed meanwhile is asked again.

    :param origin: of the browser's POST, as sent.
    :param now: aware UTC, when that POST arrived.
    :param inspection: notes every check; the others were made when the ticket was issued.
    :raises LaunchRefusedError: L105, L301 to L305.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    see = inspection.run
    known = see("issuer", find_sender, gate.trust, hospital, launch.issuer, {})
    grant = see("grant", find_grant, known)
    leniency = inspection.leniency = Leniency(grant, now)
    see("origin", check_origin, grant, origin, leniency)
    see("active", check_active, known.vendor, grant, hospital)
    see("grade", check_grade, grant, LaunchGrade.TICKET)
    see("practice", _check_practice, gate, grant, launch)
    inspection.skip_others()
    relaxed = dict.fromkeys((*launch.relaxations, *leniency.used))
    return replace(
        launch,
        received_at=now,
        relaxations=tuple(relaxed),
        report_only=launch.report_only or known.vendor.reports_launches,
    )


def _check_practice(gate: Gate, grant: Grant, launch: VerifiedLaunch) -> None:
    check_practice(find_practice(gate.trust, grant, launch.practice.ura_number))
