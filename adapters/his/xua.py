"""IHE XUA: the attributes of the Cross-Enterprise User Assertion, for a HIS that follows the standard.

Source: IHE ITI TF-2 §3.40 and the map between XUA and IUA in IHE ITI IUA (launch.md §8, §12.3). XUA knows
no birth date of the patient, which a launch needs (D6): it is sent as ``client.birthdate``.
"""

from adapters.his.claim_reader import one_code, one_text, optional_text, subject_of, unknown_names
from adapters.his.identifiers import AGB_PREFIXES, UZI_PREFIXES, after_prefix, bsn_value, practice_names
from adapters.his.saml_names import (
    BIRTH_DATE,
    HL7,
    HOME_COMMUNITY,
    ORGANISATION,
    ORGANISATION_ID,
    PROVIDER,
    PURPOSE,
    RESOURCE,
    RESOURCE_1,
    ROLE,
    SUBJECT_NAME,
)
from launch.claims import ClaimError, LaunchClaims, SignedToken, TokenForm

REQUIRED = (RESOURCE, BIRTH_DATE, SUBJECT_NAME, ROLE, ORGANISATION_ID, PURPOSE)
OPTIONAL = (ORGANISATION, PROVIDER, RESOURCE_1)
"""``RESOURCE_1`` may stand in place of ``RESOURCE``, never beside it."""
IGNORED = (HOME_COMMUNITY,)


class XuaMap:
    """Reads the attributes of XUA; the user id is the NameID."""

    name = "xua"
    form = TokenForm.SAML
    value_namespaces = frozenset({HL7})

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required attribute is missing, empty, repeated or malformed."""
        sent = signed.attributes
        if RESOURCE in sent and RESOURCE_1 in sent:
            raise ClaimError(RESOURCE, "more than one value")
        role, role_system = one_code(sent, ROLE)
        purpose, _ = one_code(sent, PURPOSE)
        practice_ura, practice_id = practice_names(one_text(sent, ORGANISATION_ID))
        provider = optional_text(sent, PROVIDER)
        return LaunchClaims(
            bsn=bsn_value(sent, RESOURCE_1 if RESOURCE_1 in sent else RESOURCE),
            birth_date=one_text(sent, BIRTH_DATE),
            user_id=subject_of(signed, "NameID"),
            user_name=one_text(sent, SUBJECT_NAME),
            role=role,
            role_system=role_system,
            practice_ura=practice_ura,
            practice_id=practice_id,
            practice_name=optional_text(sent, ORGANISATION),
            uzi_number=after_prefix(provider, UZI_PREFIXES),
            agb_code=after_prefix(provider, AGB_PREFIXES),
            purpose=purpose,
            unknown_names=unknown_names(sent, REQUIRED, OPTIONAL, IGNORED),
        )


CLAIM_MAP = XuaMap()
