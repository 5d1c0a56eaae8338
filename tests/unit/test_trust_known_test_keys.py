"""Every key that lies in the shared data is refused at registration (attacks A016 to A018, A145)."""

import base64
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from app.claim_maps import TOKEN_FORMS
from launch.trust.key_problems import EXPLANATIONS, KeyProblem
from launch.trust.key_rules import known_test_keys
from launch.trust.registration import RegistrationError, parse_registration
from tests.trust_files import NOW, grant_entry, jwt_file, public_key_entry

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def key_of(jwk: dict[str, Any]) -> PublicKey | None:
    """The public half of a JWK, None when it has none or names impossible numbers."""
    try:
        if jwk["kty"] == "RSA":
            return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
        point = number(jwk["x"]), number(jwk["y"])
        return ec.EllipticCurvePublicNumbers(*point, CURVES[jwk["crv"]]).public_key()
    except (KeyError, ValueError):
        return None


def jwks_in(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("kty"), str):
            yield value
        for inner in value.values():
            yield from jwks_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from jwks_in(inner)


def keys_in_xml(text: str) -> Iterator[object]:
    for found in re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL):
        yield x509.load_pem_x509_certificate(found.encode()).public_key()
    for found in re.findall(r"-----BEGIN (?:RSA )?PUBLIC KEY-----.+?PUBLIC KEY-----", text, re.DOTALL):
        yield load_pem_public_key(found.encode())
    for found in re.findall(r"X509Certificate>([^<]+)<", text):
        der = base64.b64decode(found)
        if int.from_bytes(der[2:4]) == len(der) - 4:  # one document holds a torn certificate
            yield x509.load_der_x509_certificate(der).public_key()
    for modulus, exponent in re.findall(r"Modulus>([^<]+)<.+?Exponent>([^<]+)<", text, re.DOTALL):
        numbers = [int.from_bytes(base64.b64decode(part)) for part in (exponent, modulus)]
        yield rsa.RSAPublicNumbers(*numbers).public_key()


def fingerprint_of(key: Any) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def entry_for(jwk: dict[str, Any], position: int) -> str:
    """The JWK as a vendor would put it in a registration file; a secret goes in as it is."""
    kid, algorithm = jwk.get("kid", f"key-{position}"), jwk.get("alg", "ES256")
    key = key_of(jwk)
    text = jwk.get("k", "") or "-" if key is None else ""
    if key is not None:
        text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return public_key_entry(kid, algorithm, text)


@pytest.mark.proves("attack:A145")
def test_every_wycheproof_key_is_on_the_deny_list(shared_data: Path) -> None:
    files = sorted((shared_data / "jose").glob("json_web_*.json"))
    keys = [key for file in files for jwk in jwks_in(json.loads(file.read_text())) if (key := key_of(jwk))]
    assert len(files) == 4
    assert len(keys) > 80
    assert {fingerprint_of(key) for key in keys} <= known_test_keys()


@pytest.mark.proves("attack:A145")
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_every_key_of_the_xml_signature_cases_is_on_the_deny_list(shared_data: Path) -> None:
    files = [file for file in (shared_data / "xml").rglob("*") if file.suffix in (".pem", ".xml")]
    found = {fingerprint_of(key) for file in files for key in keys_in_xml(file.read_text(errors="replace"))}
    assert len(found) >= 10
    assert found <= known_test_keys()


@pytest.mark.proves("attack:A016")
@pytest.mark.proves("attack:A017")
@pytest.mark.proves("attack:A018")
def test_every_wycheproof_key_set_is_refused_for_its_own_reason(shared_data: Path) -> None:
    groups = json.loads((shared_data / "jose" / "json_web_key_test.json").read_text())["testGroups"]
    reasons: dict[int, set[KeyProblem]] = {}
    for group in groups:
        jwks = group.get("public", group["private"])["keys"]
        keys = "".join(entry_for(jwk, position) for position, jwk in enumerate(jwks))
        with pytest.raises(RegistrationError) as refused:
            parse_registration(jwt_file(keys, grant_entry()), NOW, TOKEN_FORMS)
        told = " | ".join(refused.value.problems)
        reasons[group["tests"][0]["tcId"]] = {p for p, text in EXPLANATIONS.items() if text in told}
        secrets = [value for jwk in jwks for name in ("k", "n", "x") if (value := jwk.get(name))]
        assert not any(secret in told for secret in secrets)
    symmetric = {KeyProblem.ALGORITHM_SYMMETRIC, KeyProblem.NOT_A_PUBLIC_KEY}
    expected = {
        1: symmetric | {KeyProblem.PUBLISHED},
        2: symmetric,
        4: symmetric | {KeyProblem.DUPLICATE_KID},
        5: {KeyProblem.PUBLISHED},
        7: {KeyProblem.ROCA, KeyProblem.PUBLISHED},
        8: {KeyProblem.RSA_TOO_SHORT, KeyProblem.PUBLISHED},
        9: {KeyProblem.NOT_A_PUBLIC_KEY},
        10: symmetric,
        16: symmetric,
        19: {KeyProblem.ALGORITHM_UNSUPPORTED, KeyProblem.PUBLISHED},
        20: {KeyProblem.ALGORITHM_UNSUPPORTED, KeyProblem.PUBLISHED},
    }
    assert {case: reasons[case] for case in expected} == expected
    assert len(reasons) == len(groups)
