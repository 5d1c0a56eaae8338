"""Topicus VIPLive: SAML attribute names.

Source: RIVO-Noord zorgviewer-ig, design-usercontext.md, "Opstarten zorgviewer: Summary Table", column
VIPLive (SAML); launch.md §1. VIPLive sends no purpose of use: a tile opens for treatment only.
"""

from adapters.his.claim_reader import (
    one_code,
    one_text,
    optional_code,
    optional_text,
    subject_of,
    unknown_names,
)
from adapters.his.saml_names import BIRTH_DATE, HL7, ORGANISATION_ID, PURPOSE, ROLE
from launch.claims import LaunchClaims, SignedToken, TokenForm

BSN = "client.bsn"
FAMILY_NAME = "client.family_name"
USER_INITIALS = "professional.initials"
USER_FAMILY_NAME = "professional.family_name"
PRACTICE_URA = "professional.org.ura"

REQUIRED = (BSN, BIRTH_DATE, USER_FAMILY_NAME, PRACTICE_URA, ROLE)
OPTIONAL = (FAMILY_NAME, USER_INITIALS, PURPOSE)
IGNORED = ("client.initials", "organization-id", ORGANISATION_ID)
"""Initials are not compared (D6), and the practice is known by its URA number."""


class VipliveMap:
    """Reads VIPLive's attributes; the user id is the NameID."""

    name = "viplive"
    form = TokenForm.SAML
    value_namespaces = frozenset({HL7})

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required attribute is missing, empty, repeated or malformed."""
        sent = signed.attributes
        role, role_system = one_code(sent, ROLE)
        initials, family_name = optional_text(sent, USER_INITIALS), one_text(sent, USER_FAMILY_NAME)
        return LaunchClaims(
            bsn=one_text(sent, BSN),
            birth_date=one_text(sent, BIRTH_DATE),
            family_name=optional_text(sent, FAMILY_NAME),
            user_id=subject_of(signed, "NameID"),
            user_name=f"{initials} {family_name}" if initials else family_name,
            role=role,
            role_system=role_system,
            practice_ura=one_text(sent, PRACTICE_URA),
            purpose=optional_code(sent, PURPOSE),
            unknown_names=unknown_names(sent, REQUIRED, OPTIONAL, IGNORED),
        )


CLAIM_MAP = VipliveMap()
