"""Nexus: SAML attribute names.

Source: RIVO-Noord zorgviewer-ig, design-usercontext.md, "Opstarten zorgviewer: Summary Table", column
Nexus (SAML); launch.md §1. The role is a RolCodeNL, written behind the OID of its code system
(``urn:oid:2.16.840.1.113883.2.4.15.111.01.015``), as an HL7 ``Role`` or bare; the organisation is an OID,
a URA number behind the URA's OID or one that the grant's table of organisations names.
"""

from collections.abc import Mapping

from adapters.his.claim_reader import (
    one_code,
    one_text,
    optional_code,
    optional_text,
    subject_of,
    unknown_names,
)
from adapters.his.identifiers import ROLCODE_OID, after_prefix, practice_names
from adapters.his.saml_names import BIRTH_DATE, HL7, ORGANISATION_ID, PURPOSE, ROLE
from launch.claims import CodedValue, LaunchClaims, SignedToken, TokenForm

BSN = "client.bsn"
FAMILY_NAME = "client.family_name"
USER_INITIALS = "professional.initials"
USER_FAMILY_NAME = "professional.family_name"

REQUIRED = (BSN, BIRTH_DATE, USER_FAMILY_NAME, ROLE, ORGANISATION_ID)
OPTIONAL = (FAMILY_NAME, USER_INITIALS, PURPOSE)
IGNORED = ("client.initials",)
"""Initials are not compared (D6)."""


class NexusMap:
    """Reads Nexus' attributes; the user id is the NameID."""

    name = "nexus"
    form = TokenForm.SAML
    value_namespaces = frozenset({HL7})

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required attribute is missing, empty, repeated or malformed."""
        sent = signed.attributes
        role, role_system = rolcode(sent)
        initials, family_name = optional_text(sent, USER_INITIALS), one_text(sent, USER_FAMILY_NAME)
        practice_ura, practice_id = practice_names(one_text(sent, ORGANISATION_ID))
        return LaunchClaims(
            bsn=one_text(sent, BSN),
            birth_date=one_text(sent, BIRTH_DATE),
            family_name=optional_text(sent, FAMILY_NAME),
            user_id=subject_of(signed, "NameID"),
            user_name=f"{initials} {family_name}" if initials else family_name,
            role=role,
            role_system=role_system,
            practice_ura=practice_ura,
            practice_id=practice_id,
            purpose=optional_code(sent, PURPOSE),
            unknown_names=unknown_names(sent, REQUIRED, OPTIONAL, IGNORED),
        )


def rolcode(sent: Mapping[str, tuple[str | CodedValue, ...]]) -> tuple[str, str | None]:
    """The role with its system, also when both stand in one OID. :raises ClaimError: as ``one_code``."""
    role, system = one_code(sent, ROLE)
    code = after_prefix(role, (f"urn:oid:{ROLCODE_OID}.",)) if system is None else None
    return (role, system) if code is None else (code, ROLCODE_OID)


CLAIM_MAP = NexusMap()
