"""Project Wycheproof's JOSE vectors through our own reading, key rules, verifier and decrypter.

The vectors sign and encrypt ``foo``, so no launch could come of them. Here the profile's own demands (typ,
cty, kid, claims) are left out one by one, so that what remains is judged by its cryptography: every invalid
vector is refused, and every valid one that our algorithms cover is accepted.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, RSAKey

from launch import jwe
from launch.errors import LaunchRefusedError
from launch.jose_decoder import CompactToken, check_characters, decode_header, decode_segment
from launch.jwt_token import check_signature
from launch.opening import TokenOpener
from launch.own_keys import ECDH_ES_A256KW, RSA_OAEP_256, OwnKey, OwnKeys, PrivateKey
from launch.trust import key_rules
from launch.trust.model import KeyKind, KeyStatus, VendorKey
from launch.trust.published.key_set import KeySetRefusedError, parse_key_set
from tests.clock import START
from tests.launch_stage import FAR_AHEAD, LONG_AGO, Stage

SIGNATURES = "json_web_signature_test.json"
ENCRYPTION = "json_web_encryption_test.json"
CRYPTO = "json_web_crypto_test.json"

pytestmark = pytest.mark.shared_data


@dataclass(frozen=True)
class Vector:
    """One test of a group. :param text: the token; not always text in the file."""

    name: str
    group: Mapping[str, Any]
    text: object
    valid: bool
    plain: bytes


def vectors(folder: Path, file: str) -> Iterator[Vector]:
    """Every vector with its label, corrected by OVERRIDES.json."""
    overrides = json.loads((folder / "jose" / "OVERRIDES.json").read_text("utf-8")).get(file, {})
    for group in json.loads((folder / "jose" / file).read_text("utf-8"))["testGroups"]:
        for test in group["tests"]:
            label = overrides.get(str(test["tcId"]), test["result"])
            yield Vector(
                f"{file} {test['tcId']} {group['comment']} {test['comment']}",
                group,
                test.get("jws", test.get("jwe")),
                label.startswith(("valid", "accept")),
                bytes.fromhex(test.get("pt", "")),
            )


@pytest.fixture
def _published_keys_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """All these keys are on our list of published test keys, for which alone they would be refused."""
    monkeypatch.setattr(key_rules, "known_test_keys", frozenset)


def registered(group: Mapping[str, Any]) -> VendorKey | None:
    """The group's key as a vendor's; None when our rules refuse it or have no use for it."""
    shown = group.get("public", group["private"])
    keys = shown if "keys" in shown else {"keys": [shown]}
    try:
        found = parse_key_set(json.dumps(keys).encode())
    except KeySetRefusedError:
        return None
    if not found:
        return None
    key = found[0].key
    return VendorKey(
        key.kid, KeyKind.PUBLIC_KEY, key.algorithm, key.pem, KeyStatus.ACTIVE, LONG_AGO, FAR_AHEAD
    )


def is_verified(text: object, key: VendorKey) -> bool:
    """The launch's own steps, but for typ and the claims."""
    try:
        assert isinstance(text, str)
        check_characters(text)
        head, body, signature = text.split(".")
        header = decode_header(head)
        decode_segment(signature)
        named = str(header.get("kid", key.kid))
        token = CompactToken(text, str(header["alg"]), named, True, decode_segment(body), {})
        check_signature(token, [key], START)
    except (LaunchRefusedError, AssertionError, ValueError, KeyError):
        return False
    return True


def is_decrypted(vector: Vector) -> bool:
    """The launch's own steps, but for cty, typ, kid and what is inside. Few vectors use our one content
    cipher; for the others the unwrapped content key goes into the library's."""
    own = own_key(vector.group["private"])
    if own is None or not isinstance(vector.text, str):
        return False
    try:
        check_characters(vector.text)
        head, *rest = vector.text.split(".")
        header = decode_header(head)
        wrapped, iv, ciphertext, tag = map(decode_segment, rest)
    except (LaunchRefusedError, ValueError):
        return False
    if header.get("alg") != own.algorithm or not jwe.HEADER_NAMES.issuperset(header):
        return False
    if isinstance(own.private, ec.EllipticCurvePrivateKey):
        epk = header.get("epk")
        if jwe._epk_problem(epk) or jwe._point_problem(epk, own.private):
            return False
    envelope = jwe._Envelope("", own, header, wrapped, iv, ciphertext, tag, head.encode())
    if header["enc"] != jwe.CONTENT_ENCRYPTION:
        plain = finished(envelope)
    else:
        plain = jwe._decrypt(envelope) if jwe._fits(wrapped, own) else None
    assert plain in (None, vector.plain)
    return plain is not None


def finished(envelope: jwe._Envelope) -> bytes | None:
    """By a content cipher that no launch may use."""
    try:
        content = JWERegistry(algorithms=[str(envelope.header["enc"])]).get_enc(str(envelope.header["enc"]))
        key = jwe._unwrap(envelope)
        return content.decrypt(envelope.ciphertext, envelope.tag, key, envelope.iv, envelope.authenticated)
    except (JoseError, ValueError):
        return None


def own_key(jwk: Mapping[str, Any]) -> OwnKey | None:
    """The group's private key as one of ours; None when it is of another algorithm."""
    if jwk.get("alg") not in (RSA_OAEP_256, ECDH_ES_A256KW):
        return None
    return OwnKey(str(jwk.get("kid", "x")), str(jwk["alg"]), _private_key(json.dumps(jwk)))


@cache
def _private_key(jwk: str) -> PrivateKey:
    read: RSAKey | ECKey = (RSAKey if '"RSA"' in jwk else ECKey).import_key(json.loads(jwk))
    private = read.private_key
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return private


@pytest.mark.usefixtures("_published_keys_are_judged")
@pytest.mark.parametrize(("file", "many"), [(SIGNATURES, 16), (CRYPTO, 2)])
def test_every_signature_is_judged_as_the_vectors_say(shared_data: Path, file: str, many: int) -> None:
    accepted, wrong = 0, []
    for vector in vectors(shared_data, file):
        if "jwe" in vector.group["comment"]:
            continue
        key = registered(vector.group)
        verified = key is not None and is_verified(vector.text, key)
        accepted += verified
        if verified != (vector.valid and key is not None):
            wrong.append((vector.name, verified))
    assert wrong == []
    assert accepted == many


def test_every_encryption_is_judged_as_the_vectors_say(shared_data: Path) -> None:
    accepted, wrong = 0, []
    for file in (ENCRYPTION, CRYPTO):
        for vector in vectors(shared_data, file):
            opened = is_decrypted(vector)
            accepted += opened
            covered = own_key(vector.group["private"]) is not None and "jwe" in vector.group["comment"]
            if opened != (vector.valid and covered):
                wrong.append((vector.name, opened))
    assert wrong == []
    assert accepted == 11


def test_no_vector_is_a_launch(shared_data: Path) -> None:
    stage = Stage()
    for file in (SIGNATURES, ENCRYPTION, CRYPTO):
        for vector in vectors(shared_data, file):
            key = registered(vector.group) if "jwe" not in vector.group["comment"] else None
            own = own_key(vector.group["private"])
            stage.opener = TokenOpener(OwnKeys(decrypt=(own,) if own else ()))
            with pytest.raises(LaunchRefusedError):
                stage.verify(vector.text if isinstance(vector.text, str) else json.dumps(vector.text))
            assert key is None
