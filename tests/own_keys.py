"""The service's own key pairs in tests, and what a vendor sees of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from launch.own_jwks import published_keys
from launch.own_keys import ECDH_ES_A256KW, RSA_OAEP_256, OwnKey, OwnKeys
from sandbox.his.tokens import new_rsa_certificate
from tests.clock import START


@cache
def rsa_own_key(kid: str = "own-rsa") -> OwnKey:
    """RSA-2048 with its certificate."""
    made = new_rsa_certificate(f"zorgtegel {kid}")
    return OwnKey(kid, RSA_OAEP_256, made.private, made.certificate)


@cache
def ec_own_key(kid: str = "own-ec") -> OwnKey:
    """P-256, for key agreement."""
    return OwnKey(kid, ECDH_ES_A256KW, ec.generate_private_key(ec.SECP256R1()))


@cache
def own_keys() -> OwnKeys:
    """One key to decrypt with for each algorithm, and none to sign with."""
    return OwnKeys(decrypt=(rsa_own_key(), ec_own_key()))


def public_jwk(key: OwnKey) -> Mapping[str, Any]:
    """The key as ``/.well-known/jwks.json`` shows it."""
    (jwk,) = published_keys(OwnKeys(decrypt=(key,)), START)
    return jwk
