"""Whom we may ask: a vendor that could launch at this hospital now."""

import base64
import binascii
from collections.abc import Collection

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.gate import Gate
from launch.grant_checks import check_active, check_grade, find_grant
from launch.trust.model import LaunchGrade, Vendor


def path_of_issuer(issuer: str) -> str:
    """The issuer as one segment of a URL's path: base64url, because an issuer is a URL itself."""
    return base64.urlsafe_b64encode(issuer.encode()).rstrip(b"=").decode("ascii")


def issuer_of_path(segment: str) -> str | None:
    """The inverse; None for what ``path_of_issuer`` never gives."""
    try:
        issuer = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return issuer if path_of_issuer(issuer) == segment else None


def find_addressee(
    gate: Gate,
    hospital: Hospital,
    issuer: str,
    grade: LaunchGrade,
    facts: dict[str, str],
    forms: Collection[TokenForm] = (TokenForm.JWT,),
) -> Vendor:
    """The vendor, once it is certain that its launch by this door would not be refused for who it is.

    :param issuer: as sent, unchecked.
    :param facts: learn whom it is about.
    :param forms: in which its answer may come.
    :raises LaunchRefusedError: L301 not registered, L302 suspended, L303 not granted, not at this grade, or
        a vendor of another form.
    """
    known = gate.trust.find_trust(hospital.slug, issuer) if len(issuer) <= _MAX_ISSUER else None
    if known is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_UNKNOWN, "the issuer is not registered")
    facts["issuer"], facts["his"] = known.vendor.issuer, known.vendor.adapter
    grant = find_grant(known)
    check_active(known.vendor, grant, hospital)
    check_grade(grant, grade)
    claim_map = gate.maps.get(known.vendor.adapter)
    if claim_map is None or claim_map.form not in forms:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "its adapter reads another form of token")
    return known.vendor


_MAX_ISSUER = 255
