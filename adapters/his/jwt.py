"""The JWT profile "HIS launch 1.0" (launch.md §12.2): claims named as in IHE IUA's JWT extension.

``extensions.ihe_iua`` is named in launch.md §8; the URA, BSN, AGB and UZI systems are Nictiz' names.
"""

from collections.abc import Mapping

from adapters.his.claim_reader import (
    member_object,
    member_text,
    only_object,
    optional_member_text,
    subject_of,
    unknown_names,
)
from adapters.his.identifiers import AGB_PREFIXES, BSN_SYSTEMS, UZI_PREFIXES, after_prefix, practice_names
from launch.claims import ClaimError, LaunchClaims, SignedToken, TokenForm

REQUIRED = ("sub", "patient", "extensions")
OPTIONAL = ("his",)
REGISTERED = ("iss", "aud", "jti", "iat", "nbf", "exp", "auth_time", "acr", "sid")
"""Read by the verifier, not here."""
IGNORED = ("ver", "amr", "context_id", "display", "lang", "return_url", "on_behalf_of", "dezi")
"""Named by the profile, without meaning to this service so far."""


class JwtMap:
    """Reads the profile's claims; the user id is ``sub``."""

    name = "jwt"
    form = TokenForm.JWT
    value_namespaces: frozenset[str] = frozenset()

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required claim is missing, empty or of the wrong type."""
        claims = signed.claims
        patient = member_object(claims, "patient", "patient")
        if member_text(patient, "system", "patient.system") not in BSN_SYSTEMS:
            raise ClaimError("patient.system", "not the BSN")
        iua = member_object(member_object(claims, "extensions", "extensions"), "ihe_iua", "ihe_iua")
        role = only_object(iua, "subject_role", "subject_role")
        purpose = only_object(iua, "purpose_of_use", "purpose_of_use")
        provider = optional_member_text(iua, "national_provider_identifier", "national_provider_identifier")
        return LaunchClaims(
            bsn=member_text(patient, "value", "patient.value"),
            birth_date=optional_member_text(patient, "birthdate", "patient.birthdate"),
            user_id=subject_of(signed, "sub"),
            user_name=member_text(iua, "subject_name", "subject_name"),
            role=member_text(role, "code", "subject_role.code"),
            role_system=optional_member_text(role, "system", "subject_role.system"),
            practice_ura=_practice_ura(iua),
            practice_name=optional_member_text(iua, "subject_organization", "subject_organization"),
            uzi_number=after_prefix(provider, UZI_PREFIXES),
            agb_code=after_prefix(provider, AGB_PREFIXES),
            purpose=member_text(purpose, "code", "purpose_of_use.code"),
            his_product=_product(claims),
            deployment_id=_deployment(claims),
            unknown_names=unknown_names(claims, REQUIRED, OPTIONAL, REGISTERED, IGNORED),
        )


def _practice_ura(iua: Mapping[str, object]) -> str:
    ura, _ = practice_names(member_text(iua, "subject_organization_id", "subject_organization_id"))
    if not ura:
        raise ClaimError("subject_organization_id", "not a URA number")
    return ura


def _product(claims: Mapping[str, object]) -> str | None:
    if "his" not in claims:
        return None
    his = member_object(claims, "his", "his")
    product = optional_member_text(his, "product", "his.product")
    version = optional_member_text(his, "version", "his.version")
    return " ".join(part for part in (product, version) if part) or None


def _deployment(claims: Mapping[str, object]) -> str | None:
    his = member_object(claims, "his", "his") if "his" in claims else {}
    return optional_member_text(his, "deployment_id", "his.deployment_id")


CLAIM_MAP = JwtMap()
