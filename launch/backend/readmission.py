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
from launch.leniency import Leniency
from launch.trust.model import LaunchGrade


def readmit(
    launch: VerifiedLaunch, origin: str | None, hospital: Hospital, gate: Gate, now: datetime
) -> VerifiedLaunch:
    """The launch of a ticket as its browser posts it: what may have changed meanwhile is asked again.

    :param origin: of the browser's POST, as sent.
    :param now: aware UTC, when that POST arrived.
    :raises LaunchRefusedError: L105, L301 to L305.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    known = find_sender(gate.trust, hospital, launch.issuer, {})
    grant = find_grant(known)
    leniency = Leniency(grant, now)
    check_origin(grant, origin, leniency)
    check_active(known.vendor, grant, hospital)
    check_grade(grant, LaunchGrade.TICKET)
    check_practice(find_practice(gate.trust, grant, launch.practice.ura_number))
    relaxed = dict.fromkeys((*launch.relaxations, *leniency.used))
    return replace(launch, received_at=now, relaxations=tuple(relaxed))
