"""Our public keys as a JWK set (RFC 7517), for ``/.well-known/jwks.json``."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, RSAKey

from launch.own_keys import OwnKey, OwnKeys


def published_keys(keys: OwnKeys, now: datetime) -> list[dict[str, str]]:
    """Public halves of every key that counts at ``now`` (aware), current ones first.

    Keys to encrypt to have ``use`` enc, keys that we sign with ``use`` sig; each has one ``alg``.
    """
    encrypting = [_public(key, "enc") for key in keys.opening(now)]
    return encrypting + [_public(key, "sig") for key in keys.signing(now)]


def _public(key: OwnKey, use: str) -> dict[str, str]:
    public = key.private.public_key()
    jose = (
        ECKey.import_key(public)
        if isinstance(public, ec.EllipticCurvePublicKey)
        else RSAKey.import_key(public)
    )
    members = {name: value for name, value in jose.as_dict(private=False).items() if isinstance(value, str)}
    return members | {"kid": key.kid, "alg": key.algorithm, "use": use}
