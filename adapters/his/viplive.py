"""Topicus VIPLive: SAML attribute names.

Source: RIVO-Noord zorgviewer-ig, design-usercontext.md, "Opstarten zorgviewer: Summary Table", column
VIPLive (SAML); launch.md §1. VIPLive sends no purpose of use: a tile opens for treatment only.
"""

from collections.abc import Mapping

from adapters.his.claim_reader import one_text, one_value, optional_text
from launch.claims import ClaimError, CodedValue, LaunchClaims, SignedToken, TokenForm

ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
BSN = "client.bsn"
BIRTH_DATE = "client.birthdate"
FAMILY_NAME = "client.family_name"
USER_INITIALS = "professional.initials"
USER_FAMILY_NAME = "professional.family_name"
PRACTICE_URA = "professional.org.ura"

REQUIRED = (BSN, BIRTH_DATE, USER_FAMILY_NAME, PRACTICE_URA, ROLE)
OPTIONAL = (FAMILY_NAME, USER_INITIALS, PURPOSE)
IGNORED = ("client.initials", "organization-id", "urn:oasis:names:tc:xspa:1.0:subject:organization-id")
"""Initials are not compared (D6), and the practice is known by its URA number."""

_KNOWN = frozenset({*REQUIRED, *OPTIONAL, *IGNORED})


class VipliveMap:
    """Reads VIPLive's attributes; the user id is the NameID."""

    name = "viplive"
    form = TokenForm.SAML
    value_namespaces = frozenset({"urn:hl7-org:v3"})

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required attribute is missing, empty, repeated or malformed."""
        sent = signed.attributes
        if not signed.subject:
            raise ClaimError("NameID", "missing or empty")
        role, role_system = _role(sent)
        return LaunchClaims(
            bsn=one_text(sent, BSN),
            birth_date=one_text(sent, BIRTH_DATE),
            family_name=optional_text(sent, FAMILY_NAME),
            user_id=signed.subject,
            user_name=_user_name(sent),
            role=role,
            role_system=role_system,
            practice_ura=one_text(sent, PRACTICE_URA),
            purpose=_purpose(sent),
            unknown_names=tuple(sorted(sent.keys() - _KNOWN)),
        )


CLAIM_MAP = VipliveMap()


def _user_name(sent: Mapping[str, tuple[str | CodedValue, ...]]) -> str:
    initials, family_name = optional_text(sent, USER_INITIALS), one_text(sent, USER_FAMILY_NAME)
    return f"{initials} {family_name}" if initials else family_name


def _role(sent: Mapping[str, tuple[str | CodedValue, ...]]) -> tuple[str, str | None]:
    """An HL7 ``Role`` element, or a bare code (D11)."""
    value = one_value(sent, ROLE)
    return (value, None) if isinstance(value, str) else (value.code, value.system)


def _purpose(sent: Mapping[str, tuple[str | CodedValue, ...]]) -> str | None:
    if PURPOSE not in sent:
        return None
    value = one_value(sent, PURPOSE)
    return value if isinstance(value, str) else value.code
