"""ChipSoft Zorgplatform: its SSO token, SAML 2.0 in the manner of IHE XUA.

Source: developer.zorgplatform.online (digital-care, authenticatie); the sample assertion that
SanteonNL/orca publishes (orchestrator/careplancontributor/applaunch/zorgplatform); RIVO-Noord
zorgviewer-ig, design-usercontext.md, column Zorgplatform; launch.md §2.

Zorgplatform must be set up to send the patient's birth date (``client.birthdate``): its standard
assertion leaves it to a FHIR question, and without it no launch is complete (D6). It names organisations
by its own ids (``orgid:...``), which the grant's table of organisations maps to URA numbers.
"""

from adapters.his.claim_reader import one_code, one_text, subject_of, unknown_names
from adapters.his.identifiers import bsn_value, practice_names
from adapters.his.saml_names import (
    BIRTH_DATE,
    HL7,
    HOME_COMMUNITY,
    ORGANISATION_ID,
    PURPOSE,
    RESOURCE_1,
    ROLE,
    WS_CLAIMS,
)
from launch.claims import LaunchClaims, SignedToken, TokenForm

USER_NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"

REQUIRED = (RESOURCE_1, BIRTH_DATE, USER_NAME, ROLE, ORGANISATION_ID, PURPOSE)
OPTIONAL: tuple[str, ...] = ()
IGNORED = (
    HOME_COMMUNITY,
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://sts.zorgplatform.online/ws/claims/2017/07/workflow/workflow-id",
    "http://sts.zorgplatform.online/ws/claims/2017/07/identity/patient-connectionTypeId",
)
"""Tell how to go on asking Zorgplatform, which this service does not do."""


class ZorgplatformMap:
    """Reads Zorgplatform's attributes; the user id is the NameID, ``<user>@<organisation>``."""

    name = "zorgplatform"
    form = TokenForm.SAML
    value_namespaces = frozenset({HL7, WS_CLAIMS})

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required attribute is missing, empty, repeated or malformed."""
        sent = signed.attributes
        role, role_system = one_code(sent, ROLE)
        purpose, _ = one_code(sent, PURPOSE)
        practice_ura, practice_id = practice_names(one_text(sent, ORGANISATION_ID))
        return LaunchClaims(
            bsn=bsn_value(sent, RESOURCE_1),
            birth_date=one_text(sent, BIRTH_DATE),
            user_id=subject_of(signed, "NameID"),
            user_name=one_text(sent, USER_NAME),
            role=role,
            role_system=role_system,
            practice_ura=practice_ura,
            practice_id=practice_id,
            purpose=purpose,
            unknown_names=unknown_names(sent, REQUIRED, OPTIONAL, IGNORED),
        )


CLAIM_MAP = ZorgplatformMap()
