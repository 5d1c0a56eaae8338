"""Registered claims of a JWT, each of exactly its type (RFC 7519 section 4.1).

Every function raises LaunchRefusedError with L501 for a claim of another type.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError


def audience_of(claims: Mapping[str, object]) -> str:
    """``aud``, as text or as a list of one.

    :raises LaunchRefusedError: L501 absent or of another type, L502 none or several.
    """
    value = claims.get("aud")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        if len(value) != 1:
            raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "aud names none or several services")
        value = value[0]
    if not isinstance(value, str):
        raise missing("aud")
    return value


def moment_of(claims: Mapping[str, object], name: str) -> datetime:
    """A required moment, aware UTC."""
    moment = optional_moment_of(claims, name)
    if moment is None:
        raise missing(name)
    return moment


def optional_moment_of(claims: Mapping[str, object], name: str) -> datetime | None:
    """Seconds since 1970 as a JSON integer (RFC 7519 NumericDate, without its fractions), aware UTC."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise missing(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise missing(name) from None


def text_of(claims: Mapping[str, object], name: str) -> str:
    """A required text."""
    text = optional_text_of(claims, name)
    if text is None:
        raise missing(name)
    return text


def optional_text_of(claims: Mapping[str, object], name: str) -> str | None:
    """A text, None when the claim is absent; ``null`` is of another type."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, str):
        raise missing(name)
    return value


def missing(name: str) -> LaunchRefusedError:
    """The refusal of a claim that is absent or cannot be read."""
    return LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"{name} is missing or of the wrong type")
