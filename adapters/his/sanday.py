"""Sanday: SAML attribute names.

Source: RIVO-Noord zorgviewer-ig, design-usercontext.md, "Opstarten zorgviewer: Summary Table", column
Sanday (SAML); launch.md §1. The role is the text that Sanday shows, such as "Huisarts" (ConceptMap
sanday-rolcode): the grant's table maps that text, so that a Praktijkondersteuner stays apart from a
Systeembeheerder.
"""

from adapters.his.claim_reader import one_text, optional_code, subject_of, unknown_names
from adapters.his.saml_names import HL7, PURPOSE
from launch.claims import LaunchClaims, SignedToken, TokenForm

BSN = "patient.BSN"
BIRTH_DATE = "patient.geboortedatum"
USER_NAME = "zorgverlener.volledigenaam"
ROLE = "zorgverlener.functie.omschrijving"
PRACTICE_URA = "zorgverlener.praktijkURA"

REQUIRED = (BSN, BIRTH_DATE, USER_NAME, ROLE, PRACTICE_URA)
OPTIONAL = (PURPOSE,)
IGNORED = ("patient.volledigenaam",)
"""A full name does not tell where the family name begins, so it cannot be compared (D6)."""


class SandayMap:
    """Reads Sanday's attributes; the user id is the NameID."""

    name = "sanday"
    form = TokenForm.SAML
    value_namespaces = frozenset({HL7})

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required attribute is missing, empty, repeated or malformed."""
        sent = signed.attributes
        return LaunchClaims(
            bsn=one_text(sent, BSN),
            birth_date=one_text(sent, BIRTH_DATE),
            user_id=subject_of(signed, "NameID"),
            user_name=one_text(sent, USER_NAME),
            role=one_text(sent, ROLE),
            role_system=None,
            practice_ura=one_text(sent, PRACTICE_URA),
            purpose=optional_code(sent, PURPOSE),
            unknown_names=unknown_names(sent, REQUIRED, OPTIONAL, IGNORED),
        )


CLAIM_MAP = SandayMap()
