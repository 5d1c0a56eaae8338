"""From signed content to the claims of a launch, and to the practice that they name."""

from context.codes import RefusalCode
from context.launch import Practice
from launch.claim_checks import check_forms, find_ura
from launch.claims import ClaimError, ClaimMap, LaunchClaims
from launch.errors import LaunchRefusedError
from launch.grant_checks import check_practice, find_practice
from launch.hidden_bsn import check_no_bsn, holds_bsn, may_hold_bsn
from launch.proven_token import ProvenToken
from launch.trust.model import Grant, TrustRegistry


def read_claims(
    claim_map: ClaimMap, proven: ProvenToken, token_id: str, facts: dict[str, str]
) -> LaunchClaims:
    """The claims, and in ``facts`` the ids that are known to hold no BSN.

    :raises LaunchRefusedError: L501 missing or malformed, L406 a token id that holds the BSN.
    """
    if not may_hold_bsn(token_id):
        facts["token_id"] = token_id
    try:
        claims = claim_map.read(proven.signed)
    except ClaimError as fault:
        raise LaunchRefusedError(RefusalCode.CLAIM_MISSING, str(fault)) from None
    check_forms(claims)
    if holds_bsn(token_id, claims.bsn):
        facts.pop("token_id", None)
        raise LaunchRefusedError(RefusalCode.TOKEN_ID_WEAK, "the token id holds the BSN")
    facts["token_id"] = token_id
    check_no_bsn(claims, proven.signed.session)
    facts["user_id"] = claims.user_id
    return claims


def find_practice_of(
    trust: TrustRegistry, grant: Grant, claims: LaunchClaims, facts: dict[str, str]
) -> Practice:
    """The practice that the user works for and the vendor may speak for.

    :raises LaunchRefusedError: L304 not linked, L305 suspended.
    """
    ura = find_ura(claims, grant.organisations)
    if ura is None:
        raise LaunchRefusedError(RefusalCode.PRACTICE_NOT_LINKED, "no URA number for the organisation")
    facts["practice_ura"] = ura
    link = find_practice(trust, grant, ura)
    if link.deployment_id is not None and link.deployment_id != claims.deployment_id:
        raise LaunchRefusedError(RefusalCode.PRACTICE_NOT_LINKED, "linked to another deployment")
    check_practice(link)
    return Practice(ura, claims.practice_name or link.name)
