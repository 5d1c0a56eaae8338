"""What can be wrong with an answer, for trying out what the service makes of it."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

_TEXTS = tomllib.loads((Path(__file__).parent.parent / "templates" / "texts.toml").read_text("utf-8"))


class IdpFault(StrEnum):
    """Each is wrong in one way."""

    WRONG_NONCE = "wrong_nonce"
    NO_NONCE = "no_nonce"
    WRONG_STATE = "wrong_state"
    OTHER_AUDIENCE = "other_audience"
    OTHER_ISSUER = "other_issuer"
    FORGED = "forged"
    STALE = "stale"
    LOGGED_OUT = "logged_out"
    NO_BSN = "no_bsn"
    REPLAYED_CODE = "replayed_code"
    FOREIGN_ENDPOINT = "foreign_endpoint"
    REDIRECTED_DISCOVERY = "redirected_discovery"
    WITHOUT_PKCE = "without_pkce"
    HUGE_ANSWER = "huge_answer"
    SLOW_ANSWER = "slow_answer"
    REDIRECTED_ANSWER = "redirected_answer"
    OTHER_PATIENT = "other_patient"
    TWO_ROLES = "two_roles"


_BOTH = frozenset(
    {
        IdpFault.WRONG_NONCE,
        IdpFault.NO_NONCE,
        IdpFault.WRONG_STATE,
        IdpFault.OTHER_AUDIENCE,
        IdpFault.OTHER_ISSUER,
        IdpFault.FORGED,
        IdpFault.STALE,
        IdpFault.LOGGED_OUT,
    }
)

FAULT_LABELS: Mapping[str, str] = _TEXTS["idp_faults"]
GRADE_LABELS: Mapping[str, str] = _TEXTS["grades"]


def applies(fault: str, grade: str) -> bool:
    """Whether a launch of this grade can be wrong in this way; a SMART launch can in every one."""
    return fault in set(IdpFault) and (grade == "smart" or fault in _BOTH)
