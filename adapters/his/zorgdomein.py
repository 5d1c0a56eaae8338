"""A HIS that signs ZorgDomein's single sign-on token and sends the same shape here.

Source: zorgdomein.com/integrator, "Single sign-on using JSON Web Tokens", table 1 and its example;
launch.md §3. ZorgDomein's token names user and organisation by AGB code and the patient by the HIS's own
id; it has no audience, no expiry, no BSN, no name and no role. So ``aud`` and ``exp`` are required here as
of every token, and the names that ZorgDomein does not have follow its way of naming. ``context.patient-id``
is the BSN, and ``context.patient-id.system`` must say so: a HIS's own id may look like one. The grant's
table of organisations maps ``agb-z|<code>`` to the URA number.
"""

from adapters.his.claim_reader import member_text, optional_member_text, unknown_names
from adapters.his.jwt import REGISTERED
from launch.claims import ClaimError, LaunchClaims, SignedToken, TokenForm

USER_SYSTEM, USER_ID = "user-id.system", "user-id.value"
PRACTICE_SYSTEM, PRACTICE_ID = "org-id.system", "org-id.value"
BSN_SYSTEM, BSN = "context.patient-id.system", "context.patient-id"
BIRTH_DATE = "context.patient-birthdate"
FAMILY_NAME = "context.patient-family-name"
USER_NAME = "user-name"
ROLE_SYSTEM, ROLE = "user-role.system", "user-role.value"

REQUIRED = (
    *(USER_SYSTEM, USER_ID, USER_NAME, ROLE),
    *(PRACTICE_SYSTEM, PRACTICE_ID),
    *(BSN_SYSTEM, BSN, BIRTH_DATE),
)
OPTIONAL = (ROLE_SYSTEM, FAMILY_NAME)
IGNORED = ("context.icpc", "context.xis-transaction-id")
"""Start a referral at ZorgDomein."""

_AGB = "agb-z"


class ZorgdomeinMap:
    """Reads ZorgDomein's claims; the user id is ``user-id.value`` with its system."""

    name = "zorgdomein"
    form = TokenForm.JWT
    value_namespaces: frozenset[str] = frozenset()

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required claim is missing, empty or of the wrong type."""
        claims = signed.claims
        if member_text(claims, BSN_SYSTEM, BSN_SYSTEM) != "bsn":
            raise ClaimError(BSN_SYSTEM, "not the BSN")
        user_id = member_text(claims, USER_ID, USER_ID)
        user_system = member_text(claims, USER_SYSTEM, USER_SYSTEM)
        practice_id = member_text(claims, PRACTICE_ID, PRACTICE_ID)
        practice_system = member_text(claims, PRACTICE_SYSTEM, PRACTICE_SYSTEM)
        return LaunchClaims(
            bsn=member_text(claims, BSN, BSN),
            birth_date=member_text(claims, BIRTH_DATE, BIRTH_DATE),
            family_name=optional_member_text(claims, FAMILY_NAME, FAMILY_NAME),
            user_id=user_id,
            user_id_system=user_system,
            user_name=member_text(claims, USER_NAME, USER_NAME),
            role=member_text(claims, ROLE, ROLE),
            role_system=optional_member_text(claims, ROLE_SYSTEM, ROLE_SYSTEM),
            practice_ura="",
            practice_id=f"{practice_system}|{practice_id}",
            agb_code=user_id if user_system == _AGB else None,
            unknown_names=unknown_names(claims, REQUIRED, OPTIONAL, REGISTERED, IGNORED),
        )


CLAIM_MAP = ZorgdomeinMap()
