"""When a HIS answers our request with an error (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6)."""

from typing import NoReturn

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError

_LOG_IN_FIRST = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "login_required",
    }
)
_LATER = frozenset({"server_error", "temporarily_unavailable"})


def refuse_error(error: str) -> NoReturn:
    """:param error: as sent; only a known code is repeated.
    :raises LaunchRefusedError: L506 the user must log in or agree at the HIS, L703 the HIS is out of order,
        L101 for everything else, which a vendor must mend.
    """
    if error in _LOG_IN_FIRST:
        raise LaunchRefusedError(RefusalCode.LOGIN_TOO_WEAK, f"the HIS answers {error}")
    if error in _LATER:
        raise LaunchRefusedError(RefusalCode.KEYS_UNREACHABLE, f"the HIS answers {error}")
    raise LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, "the HIS answers with an error")
