"""What a hospital's grant lets a vendor do: asked of every launch, and again of one that waited as a ticket
(architecture.md D2, D9)."""

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.claim_checks import is_plain_text
from launch.errors import LaunchRefusedError
from launch.leniency import Leniency
from launch.trust.model import (
    Grant,
    LaunchGrade,
    PracticeLink,
    RelaxationName,
    Trust,
    TrustRegistry,
    TrustStatus,
    Vendor,
)


def find_sender(trust: TrustRegistry, hospital: Hospital, issuer: str, facts: dict[str, str]) -> Trust:
    """The vendor that bears this name, with its grant here.

    :param issuer: as sent, unchecked.
    :param facts: learn who it is.
    :raises LaunchRefusedError: L301.
    """
    known = trust.find_trust(hospital.slug, issuer) if is_plain_text(issuer) else None
    if known is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_UNKNOWN, "the issuer is not registered")
    facts["issuer"] = known.vendor.issuer
    facts["his"] = known.vendor.adapter
    return known


def find_grant(known: Trust) -> Grant:
    """:raises LaunchRefusedError: L303 none at this hospital."""
    if known.grant is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no grant at this hospital")
    return known.grant


def check_origin(grant: Grant, origin: str | None, leniency: Leniency) -> None:
    """A browser sends ``null`` for a page without an origin of its own, such as a local file (D2).

    :raises LaunchRefusedError: L105.
    """
    if origin in grant.launch_origins:
        return
    if origin not in (None, "null") or not leniency.permits(RelaxationName.MISSING_ORIGIN):
        raise LaunchRefusedError(RefusalCode.ORIGIN_NOT_LISTED, "the grant does not list this origin")


def check_active(vendor: Vendor, grant: Grant, hospital: Hospital) -> None:
    """:raises LaunchRefusedError: L302 suspended, L303 a grant for another environment."""
    if vendor.status is not TrustStatus.ACTIVE or grant.status is not TrustStatus.ACTIVE:
        raise LaunchRefusedError(RefusalCode.ISSUER_SUSPENDED, "the vendor or its grant is suspended")
    if grant.environment is not hospital.environment:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "the grant is for another environment")


def check_grade(grant: Grant, grade: LaunchGrade) -> None:
    """:raises LaunchRefusedError: L303 weaker than the hospital asks for."""
    if grade.strength < grant.minimum_grade.strength:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, f"the grant asks for {grant.minimum_grade}")


def check_encryption(grant: Grant, leniency: Leniency, *, encrypted: bool) -> None:
    """:raises LaunchRefusedError: L208."""
    if grant.require_encryption and not encrypted and not leniency.permits(RelaxationName.NO_ENCRYPTION):
        raise LaunchRefusedError(RefusalCode.ENCRYPTION_REQUIRED, "the grant asks for an encrypted token")


def find_practice(trust: TrustRegistry, grant: Grant, ura_number: str) -> PracticeLink:
    """:raises LaunchRefusedError: L304 the vendor may not speak for this practice here."""
    link = trust.find_practice(grant.hospital, grant.issuer, ura_number)
    if link is None:
        raise LaunchRefusedError(RefusalCode.PRACTICE_NOT_LINKED, "the practice is not linked")
    return link


def check_practice(link: PracticeLink) -> None:
    """:raises LaunchRefusedError: L305."""
    if link.status is not TrustStatus.ACTIVE:
        raise LaunchRefusedError(RefusalCode.PRACTICE_SUSPENDED, "the practice is suspended")
