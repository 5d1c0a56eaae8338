"""Mints launch tokens: good ones by default, and any bad one on request.

Knows nothing of the product: it is written from the vendor's side, so that both sides can be wrong
only independently. ``mint_jwt`` and ``mint_saml`` are the two doors; what they are made of is public,
so that a test can take over at any step.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sandbox.his.content import (
    SNOMED_OID,
    SNOMED_URI,
    LaunchContent,
    SigningCertificate,
    SigningKey,
    new_es256_key,
    new_rsa_certificate,
    new_rsa_key,
    new_token_id,
)
from sandbox.his.dialects import DIALECTS
from sandbox.his.saml import (
    DS,
    HL7,
    SAML,
    SAMLP,
    XmlSigning,
    build_response,
    encode_saml,
    mint_saml,
    sign_element,
    viplive_attributes,
)

__all__ = [
    "DS",
    "HL7",
    "SAML",
    "SAMLP",
    "SNOMED_OID",
    "SNOMED_URI",
    "LaunchContent",
    "SigningCertificate",
    "SigningKey",
    "XmlSigning",
    "build_response",
    "encode_saml",
    "encode_segment",
    "jwt_claims",
    "mint_jwt",
    "mint_saml",
    "new_es256_key",
    "new_rsa_certificate",
    "new_rsa_key",
    "new_token_id",
    "object_with_duplicates",
    "sign_element",
    "sign_segments",
    "viplive_attributes",
]

_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


def jwt_claims(content: LaunchContent, now: datetime, his: str = "jwt") -> dict[str, object]:
    """A vendor's claims, issued at ``now`` (aware); those of the profile "HIS launch 1.0" by default."""
    issued = int(now.timestamp())
    return {
        "iss": content.issuer,
        "aud": content.launch_url,
        "jti": content.token_id,
        "iat": issued,
        "nbf": issued,
        "exp": issued + content.lifetime_seconds,
        **DIALECTS[his].say(content, now),
    }


def object_with_duplicates(pairs: Sequence[tuple[str, object]]) -> bytes:
    """A JSON object that may hold one name several times, in the order given."""
    members = (f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)
    return ("{" + ",".join(members) + "}").encode()


def encode_segment(content: bytes) -> str:
    """base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def mint_jwt(
    content: LaunchContent,
    key: SigningKey,
    *,
    now: datetime,
    header: Mapping[str, object] | bytes | None = None,
    claims: Mapping[str, object] | bytes | None = None,
    without_header: Collection[str] = (),
    without_claims: Collection[str] = (),
) -> str:
    """A signed compact JWT.

    :param now: aware; ``iat``.
    :param header, claims: a mapping overrides single members at the top level; bytes replace the whole
        segment (for duplicates, wrong encodings and worse).
    :param without_header, without_claims: names to leave out.
    """
    protected: Mapping[str, object] = {"typ": "his-launch+jwt", "alg": key.algorithm, "kid": key.kid}
    head = _segment(protected, header, without_header)
    body = _segment(jwt_claims(content, now), claims, without_claims)
    return sign_segments(head, body, key.private, key.algorithm)


def sign_segments(
    head: bytes,
    body: bytes,
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | bytes,
    algorithm: str,
) -> str:
    """Sign two raw segments by ``ES*``, ``RS*``, ``PS*``, ``HS*`` (with a secret in bytes) or ``none``.

    The algorithm is how it is really signed; what the header says is the caller's affair.
    """
    signing_input = f"{encode_segment(head)}.{encode_segment(body)}"
    signature = _signature(signing_input.encode("ascii"), private, algorithm)
    return f"{signing_input}.{encode_segment(signature)}"


def _segment(
    members: Mapping[str, object], change: Mapping[str, object] | bytes | None, without: Collection[str]
) -> bytes:
    if isinstance(change, bytes):
        return change
    merged = {**members, **(change or {})}
    kept = {name: value for name, value in merged.items() if name not in without}
    return json.dumps(kept, separators=(",", ":")).encode()


def _signature(
    data: bytes, private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | bytes, algorithm: str
) -> bytes:
    if algorithm == "none":
        return b""
    if isinstance(private, bytes):
        return hmac.digest(private, data, getattr(hashlib, f"sha{algorithm[2:]}"))
    digest = _HASHES[algorithm[2:]]()
    if isinstance(private, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(digest)))
        width = (private.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")
    if algorithm.startswith("PS"):
        pss = padding.PSS(padding.MGF1(digest), salt_length=digest.digest_size)
        return private.sign(data, pss, digest)
    return private.sign(data, padding.PKCS1v15(), digest)
