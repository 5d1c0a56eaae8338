"""Encrypts a signed token to the hospital's service (RFC 7516 compact), by the book and by hand, so that
a test can be wrong at any step."""

import base64
import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from sandbox.his.tokens import encode_segment

RSA_OAEP_256 = "RSA-OAEP-256"
ECDH_ES_A256KW = "ECDH-ES+A256KW"
_OAEP_SHA256 = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
_CURVES: Mapping[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


@dataclass(frozen=True, slots=True)
class Jwe:
    """The five segments, decoded."""

    header: bytes
    encrypted_key: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes

    @property
    def text(self) -> str:
        """The compact form."""
        parts = (self.header, self.encrypted_key, self.iv, self.ciphertext, self.tag)
        return ".".join(map(encode_segment, parts))

    def changed(self, **segments: bytes) -> "Jwe":
        """A copy with other segments."""
        return replace(self, **segments)


def encrypt_jwe(token: str, jwk: Mapping[str, Any]) -> str:
    """A signed token inside a JWE.

    :param jwk: the service's public key with ``use`` enc, from its ``/.well-known/jwks.json``.
    """
    return seal(token.encode("ascii"), jwk).text


def seal(
    plain: bytes,
    jwk: Mapping[str, Any],
    *,
    header: Mapping[str, object] | bytes | Callable[[dict[str, Any]], object] | None = None,
    without_header: Collection[str] = (),
    content_key: bytes | None = None,
) -> Jwe:
    """Encrypt by the key's own algorithm and A256GCM.

    :param header: a mapping overrides single members, a function changes the good header in place, bytes
        replace the whole of it; the key was agreed upon by the good one, and what is sent is authenticated.
    :param without_header: names to leave out.
    :param content_key: instead of 32 random bytes; AES-GCM takes 16, 24 or 32.
    """
    key = content_key or secrets.token_bytes(32)
    protected: dict[str, Any] = {
        "alg": jwk["alg"],
        "enc": "A256GCM",
        "kid": jwk["kid"],
        "cty": "JWT",
        "typ": "his-launch+jwt",
    }
    if jwk["alg"] == ECDH_ES_A256KW:
        protected["epk"], encrypted_key = wrap_by_agreement(key, jwk)
    else:
        encrypted_key = public_rsa_key(jwk).encrypt(key, _OAEP_SHA256)
    if callable(header):
        header(protected)
        header = None
    head = header if isinstance(header, bytes) else _json(protected | dict(header or {}), without_header)
    iv = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(iv, plain, encode_segment(head).encode("ascii"))
    return Jwe(head, encrypted_key, iv, sealed[:-16], sealed[-16:])


def wrap_by_agreement(key: bytes, jwk: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """ECDH-ES+A256KW (RFC 7518 §4.6): the ephemeral public key as a JWK, and the wrapped key."""
    curve = _CURVES[jwk["crv"]]
    public = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve).public_key()
    ephemeral = ec.generate_private_key(curve)
    name = ECDH_ES_A256KW.encode("ascii")
    about = len(name).to_bytes(4, "big") + name + bytes(8) + (256).to_bytes(4, "big")
    shared = ephemeral.exchange(ec.ECDH(), public)
    wrapping = ConcatKDFHash(SHA256(), 32, otherinfo=about).derive(shared)
    return public_point(ephemeral), aes_key_wrap(wrapping, key)


def public_point(private: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """The public half as a JWK, without private members."""
    numbers = private.public_key().public_numbers()
    width = (private.key_size + 7) // 8
    return {
        "kty": "EC",
        "crv": {"secp256r1": "P-256", "secp384r1": "P-384"}[private.curve.name],
        "x": encode_segment(numbers.x.to_bytes(width, "big")),
        "y": encode_segment(numbers.y.to_bytes(width, "big")),
    }


def public_rsa_key(jwk: Mapping[str, Any]) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()


def _json(members: Mapping[str, object], without: Collection[str]) -> bytes:
    kept = {name: value for name, value in members.items() if name not in without}
    return json.dumps(kept, separators=(",", ":")).encode()


def _number(segment: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)), "big")
