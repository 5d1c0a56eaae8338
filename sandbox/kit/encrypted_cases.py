"""Launches that are encrypted to the service: golden ones, the others wrong in one way each."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from sandbox.his.jwe import Jwe, seal
from sandbox.his.saml import SAML, encode_saml
from sandbox.his.saml_encryption import ZORGPLATFORM, XmlEncryption, encrypt_assertion, encrypted_assertion
from sandbox.his.tokens import jwt_claims, mint_jwt, sign_segments
from sandbox.kit import jwt_cases, saml_cases
from sandbox.kit.model import Case, Cases, Speaker
from sandbox.kit.saml_changes import ASSERTION, signature_of

Change = Callable[[Jwe], Jwe]


def jwe_cases(jwks: tuple[Mapping[str, Any], ...]) -> tuple[Case, ...]:
    """One golden for each key; everything else with the first. None without a key."""
    cases = Cases(jwt_cases.FIELD)
    for jwk in jwks:
        cases.add(f"jwe-golden-{jwk['alg']}".lower().replace("+", "-"), "", None, _golden(jwk))
    if jwks:
        _add_wrong_jwes(cases)
    return cases.all()


def _golden(jwk: Mapping[str, Any]) -> Callable[[Speaker], str]:
    return lambda speaker: seal(jwt_cases.token(speaker).encode(), jwk).text


def _sealed(change: Change | None = None, **options: Any) -> Callable[[Speaker], str]:
    def make(speaker: Speaker) -> str:
        made = seal(jwt_cases.token(speaker).encode(), speaker.jwks[0], **options)
        return (change(made) if change else made).text

    return make


def _holding(plain: Callable[[Speaker], bytes]) -> Callable[[Speaker], str]:
    return lambda speaker: seal(plain(speaker), speaker.jwks[0]).text


def _flipped(segment: str) -> Change:
    """One bit of a segment turned."""

    def change(jwe: Jwe) -> Jwe:
        raw = bytearray(getattr(jwe, segment))
        raw[0] ^= 1
        return jwe.changed(**{segment: bytes(raw)})

    return change


def _bare_claims(speaker: Speaker) -> bytes:
    return json.dumps(jwt_claims(speaker.click(), speaker.now, speaker.dialect.name)).encode()


def _unsigned(speaker: Speaker) -> bytes:
    head = {"typ": jwt_cases.TYPE, "alg": "none", "kid": speaker.signers.key.kid}
    return sign_segments(json.dumps(head).encode(), _bare_claims(speaker), b"", "none").encode()


def _of_a_stranger(speaker: Speaker) -> bytes:
    kid = {"kid": speaker.signers.key.kid}
    body = _bare_claims(speaker)
    return mint_jwt(speaker.click(), speaker.strangers.key, now=speaker.now, header=kid, claims=body).encode()


def _twice(speaker: Speaker) -> bytes:
    return seal(jwt_cases.token(speaker).encode(), speaker.jwks[0]).text.encode()


def _add_wrong_jwes(cases: Cases) -> None:
    case = cases.add
    case("jwe-claims-unsigned", "bare claims, encrypted", "L207", _holding(_bare_claims))
    case("jwe-alg-none", "an unsigned token, encrypted", "L201", _holding(_unsigned))
    case("jwe-of-a-stranger", "signed by a key that is not registered", "L203", _holding(_of_a_stranger))
    case("jwe-twice", "encrypted twice", "L207", _holding(_twice))
    for segment in ("encrypted_key", "iv", "ciphertext", "tag"):
        case(f"jwe-{segment.replace('_', '-')}", f"one bit of the {segment} turned", "L207",
            _sealed(_flipped(segment)))  # fmt: skip
    case("jwe-kid-unknown", "encrypted to a kid that we do not have", "L207", _sealed(header={"kid": "old"}))
    case("jwe-kid-missing", "no kid", "L207", _sealed(without_header={"kid"}))
    case("jwe-cty-missing", "no cty", "L207", _sealed(without_header={"cty"}))
    case("jwe-enc-other", "another enc", "L207", _sealed(header={"enc": "A128GCM"}, content_key=bytes(16)))
    case("jwe-alg-old", "RSA-OAEP with SHA-1", "L207", _sealed(header={"alg": "RSA-OAEP"}))
    case("jwe-alg-pkcs1", "RSA1_5", "L207", _sealed(header={"alg": "RSA1_5"}))
    case("jwe-alg-dir", "dir", "L207", _sealed(header={"alg": "dir"}))
    case("jwe-zip", "zip", "L207", _sealed(header={"zip": "DEF"}))
    case("jwe-crit", "crit", "L207", _sealed(header={"crit": ["exp"]}))


def encrypted_saml_cases(speaker: Speaker) -> tuple[Case, ...]:
    """None when the service has no certificate to encrypt to."""
    cases = Cases(saml_cases.FIELD)
    if speaker.receiver is not None:
        _add_encrypted_saml(cases, "" if speaker.old_ciphers else "AES-CBC and OAEP with SHA-1")
    return cases.all()


def _encrypted(how: XmlEncryption | None = None, **options: Any) -> Callable[[Speaker], str]:
    def make(speaker: Speaker) -> str:
        if speaker.receiver is None:
            raise ValueError("no certificate to encrypt to")
        return encrypt_assertion(saml_cases.response(speaker, **options), speaker.receiver, how)

    return make


def _encrypted_unsigned(speaker: Speaker) -> str:
    root = etree.fromstring(base64.b64decode(saml_cases.response(speaker)))
    assertion = next(root.iterchildren(ASSERTION))
    assertion.remove(signature_of(assertion))
    if speaker.receiver is None:
        raise ValueError("no certificate to encrypt to")
    plain = etree.tostring(assertion, with_tail=False)
    root.replace(assertion, encrypted_assertion(plain, speaker.receiver))
    return encode_saml(etree.tostring(root))


def _beside_a_plain_one(speaker: Speaker) -> str:
    root = etree.fromstring(base64.b64decode(saml_cases.response(speaker)))
    etree.SubElement(root, f"{{{SAML}}}EncryptedAssertion")
    return encode_saml(etree.tostring(root))


def _add_encrypted_saml(cases: Cases, old: str) -> None:
    """:param old: what is wrong with old algorithms; empty when the grant accepts them."""
    case = cases.add
    case("encrypted-golden", "", None, _encrypted())
    case("encrypted-by-old-algorithms", old, "L207" if old else None, _encrypted(ZORGPLATFORM))
    case("encrypted-of-a-stranger", "signed by a stranger, then encrypted", "L207", _encrypted(stranger=True))
    case("encrypted-unsigned", "not signed, then encrypted", "L207", _encrypted_unsigned)
    case("encrypted-beside-plain", "an EncryptedAssertion beside a plain one", "L210", _beside_a_plain_one)
