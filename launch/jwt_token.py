"""Proves that a JWT was signed by its vendor, and reads it (launch.md §12.1 and §12.2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from context.codes import RefusalCode
from launch.claims import SignedToken, TokenForm
from launch.errors import LaunchRefusedError
from launch.jose_decoder import MAX_TOKEN_CHARACTERS, CompactToken
from launch.jwt_claims import audience_of, moment_of, optional_moment_of, optional_text_of, text_of
from launch.proven_token import ProvenToken
from launch.trust.model import KeyKind, VendorKey
from launch.vendor_keys import select_usable


class _LaunchRegistry(jws.JWSRegistry):
    max_payload_length = MAX_TOKEN_CHARACTERS


def unverified_issuer(token: CompactToken) -> str:
    """``iss`` as sent: an index into the registry, chosen before any key is touched.

    :raises LaunchRefusedError: L501 missing or of the wrong type.
    """
    return text_of(token.claims, "iss")


def verify_jwt(token: CompactToken, keys: Iterable[VendorKey], now: datetime) -> ProvenToken:
    """Verify the signature, then read the registered claims. Parameters as ``check_signature``.

    :raises LaunchRefusedError: L201, L202, L203, L204 or L205; L501 or L502 for registered claims of
        the wrong type.
    """
    check_signature(token, keys, now)
    return _read(token.claims)


def check_signature(token: CompactToken, keys: Iterable[VendorKey], now: datetime) -> None:
    """Verify with the one registered key that the header names, by its one algorithm.

    :param keys: the vendor's keys.
    :param now: aware.
    :raises LaunchRefusedError: L201, L202, L203, L204 or L205.
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


@lru_cache(maxsize=256)
def _import_key(pem: str, algorithm: str) -> ECKey | RSAKey:
    return ECKey.import_key(pem) if algorithm.startswith("ES") else RSAKey.import_key(pem)


def _read(claims: Mapping[str, object]) -> ProvenToken:
    signed = SignedToken(
        form=TokenForm.JWT,
        subject=optional_text_of(claims, "sub"),
        claims=claims,
        attributes={},
        authenticated_at=optional_moment_of(claims, "auth_time"),
        authentication_level=optional_text_of(claims, "acr"),
        session=optional_text_of(claims, "sid"),
    )
    expires_at = moment_of(claims, "exp")
    return ProvenToken(
        signed=signed,
        delivered_to=(audience_of(claims),),
        audiences=(),
        token_id=optional_text_of(claims, "jti"),
        issued_at=moment_of(claims, "iat"),
        not_before=optional_moment_of(claims, "nbf"),
        expires_at=expires_at,
        latest_end=expires_at,
        in_response_to=_nonce(claims),
    )


def _nonce(claims: Mapping[str, object]) -> str | None:
    if "nonce" not in claims:
        return None
    nonce = claims["nonce"]
    return nonce if isinstance(nonce, str) else ""
