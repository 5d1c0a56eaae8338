"""Proves that a JWT was signed by its vendor, and reads it (launch.md §12.1 and §12.2)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from context.codes import RefusalCode
from launch.claims import SignedToken, TokenForm
from launch.errors import LaunchRefusedError
from launch.jose_decoder import MAX_TOKEN_CHARACTERS, CompactToken
from launch.proven_token import ProvenToken
from launch.trust.model import KeyKind, VendorKey
from launch.vendor_keys import select_usable


class _LaunchRegistry(jws.JWSRegistry):
    max_payload_length = MAX_TOKEN_CHARACTERS


def unverified_issuer(token: CompactToken) -> str:
    """``iss`` as sent: an index into the registry, chosen before any key is touched.

    :raises LaunchRefusedError: L501 missing or of the wrong type.
    """
    return _text(token.claims, "iss")


def verify_jwt(token: CompactToken, keys: Iterable[VendorKey], now: datetime) -> ProvenToken:
    """Verify with the one registered key that the header names, by its one algorithm.

    :param keys: the vendor's keys.
    :param now: aware.
    :raises LaunchRefusedError: L201, L202, L203, L204 or L205; L501 or L502 for registered claims of
        the wrong type.
    """
    named = (key for key in keys if key.kind is KeyKind.PUBLIC_KEY and key.kid == token.key_id)
    key = select_usable(named, now)[0]
    if token.algorithm != key.algorithm:
        raise LaunchRefusedError(RefusalCode.ALGORITHM_NOT_ALLOWED, "alg is not the key's own")
    try:
        registry = _LaunchRegistry(algorithms=[key.algorithm], strict_check_header=True)
        verified = jws.deserialize_compact(
            token.text, _import_key(key.pem, key.algorithm), algorithms=[key.algorithm], registry=registry
        )
        genuine = verified.payload == token.payload
    except Exception as fault:  # noqa: BLE001 - whatever the library stumbles on is a refusal
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, type(fault).__name__) from None
    if not genuine:
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "the signed bytes are not the decoded bytes")
    return _read(token.claims)


@lru_cache(maxsize=256)
def _import_key(pem: str, algorithm: str) -> ECKey | RSAKey:
    return ECKey.import_key(pem) if algorithm.startswith("ES") else RSAKey.import_key(pem)


def _read(claims: Mapping[str, object]) -> ProvenToken:
    signed = SignedToken(
        form=TokenForm.JWT,
        subject=_optional_text(claims, "sub"),
        claims=claims,
        attributes={},
        authenticated_at=_optional_time(claims, "auth_time"),
        authentication_level=_optional_text(claims, "acr"),
        session=_optional_text(claims, "sid"),
    )
    expires_at = _time(claims, "exp")
    return ProvenToken(
        signed=signed,
        delivered_to=_audience(claims),
        audiences=(),
        token_id=_optional_text(claims, "jti"),
        issued_at=_time(claims, "iat"),
        not_before=_optional_time(claims, "nbf"),
        expires_at=expires_at,
        latest_end=expires_at,
        in_response_to=_nonce(claims),
    )


def _nonce(claims: Mapping[str, object]) -> str | None:
    if "nonce" not in claims:
        return None
    nonce = claims["nonce"]
    return nonce if isinstance(nonce, str) else ""


def _audience(claims: Mapping[str, object]) -> tuple[str]:
    value = claims.get("aud")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        if len(value) != 1:
            raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "aud names none or several services")
        value = value[0]
    if not isinstance(value, str):
        raise _missing("aud")
    return (value,)


def _time(claims: Mapping[str, object], name: str) -> datetime:
    moment = _optional_time(claims, name)
    if moment is None:
        raise _missing(name)
    return moment


def _optional_time(claims: Mapping[str, object], name: str) -> datetime | None:
    """Seconds since 1970 as a JSON integer (RFC 7519 NumericDate, without its fractions)."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _missing(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise _missing(name) from None


def _text(claims: Mapping[str, object], name: str) -> str:
    text = _optional_text(claims, name)
    if text is None:
        raise _missing(name)
    return text


def _optional_text(claims: Mapping[str, object], name: str) -> str | None:
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, str):
        raise _missing(name)
    return value


def _missing(name: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"{name} is missing or of the wrong type")
