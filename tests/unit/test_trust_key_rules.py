"""Which keys may be registered (attacks A016 to A018 and A145)."""

import base64
import random
from datetime import timedelta
from math import prod

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from launch.trust.key_problems import EXPLANATIONS, KeyProblem, KeyRefusedError
from launch.trust.key_rules import (
    broken_rules,
    check_certificate,
    check_key_set,
    check_public_key,
    key_fingerprint,
    known_test_keys,
)
from launch.trust.model import KeyKind
from launch.trust.roca import _PRIMES, has_roca_fingerprint
from tests.trust_files import NOW, certificate_pem, ec_key, private_pem, public_pem, rsa_key


def problems_of(algorithm: str, text: str) -> tuple[KeyProblem, ...]:
    with pytest.raises(KeyRefusedError) as refused:
        check_public_key("k1", algorithm, text)
    return refused.value.problems


def rsa_pem(exponent: int, modulus: int) -> str:
    return public_pem(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def is_prime(number: int) -> bool:
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))


def roca_prime(bits: int, drawn: random.Random) -> int:
    """A prime the way the faulty library made them."""
    primorial = prod(_PRIMES)
    while True:
        factor = drawn.getrandbits(bits - primorial.bit_length())
        candidate = factor * primorial + pow(65537, drawn.getrandbits(60), primorial)
        if candidate.bit_length() == bits and is_prime(candidate):
            return candidate


@pytest.mark.parametrize(
    ("algorithm", "curve"), [("ES256", "P-256"), ("ES384", "P-384"), ("RS256", "RSA"), ("PS256", "RSA")]
)
def test_sound_key_with_its_algorithm_is_accepted(algorithm: str, curve: str) -> None:
    key = rsa_key() if curve == "RSA" else ec_key(curve=curve)
    checked = check_public_key("k1", algorithm, "\r\n" + public_pem(key).replace("\n", "\r\n"))
    assert (checked.kid, checked.kind, checked.algorithm) == ("k1", KeyKind.PUBLIC_KEY, algorithm)
    assert checked.pem == public_pem(key)
    assert broken_rules(checked.kind, checked.algorithm, checked.pem) == ()


@pytest.mark.parametrize(
    ("algorithm", "curve", "problem"),
    [
        ("ES384", "P-256", KeyProblem.ALGORITHM_MISFIT),
        ("RS256", "P-256", KeyProblem.ALGORITHM_MISFIT),
        ("ES256", "RSA", KeyProblem.ALGORITHM_MISFIT),
        ("ES512", "P-521", KeyProblem.ALGORITHM_UNSUPPORTED),
        ("ES256", "P-521", KeyProblem.CURVE),
        ("ES256", "K-256", KeyProblem.CURVE),
        ("none", "P-256", KeyProblem.ALGORITHM_UNSUPPORTED),
        ("es256", "P-256", KeyProblem.ALGORITHM_UNSUPPORTED),
        ("HS256", "RSA", KeyProblem.ALGORITHM_SYMMETRIC),
        ("hs512", "P-256", KeyProblem.ALGORITHM_SYMMETRIC),
    ],
)
def test_algorithm_that_is_not_the_keys_own_is_refused(
    algorithm: str, curve: str, problem: KeyProblem
) -> None:
    key = rsa_key() if curve == "RSA" else ec_key(curve=curve)
    assert problem in problems_of(algorithm, public_pem(key))


@pytest.mark.proves("attack:A017")
@pytest.mark.parametrize(
    ("exponent", "modulus_bits", "problem"),
    [
        (65537, 1024, KeyProblem.RSA_TOO_SHORT),
        (65537, 2047, KeyProblem.RSA_TOO_SHORT),
        (65537, 4097, KeyProblem.RSA_TOO_LONG),
        (3, 2048, KeyProblem.RSA_EXPONENT),
        (65539, 2048, KeyProblem.RSA_EXPONENT),
    ],
)
def test_rsa_of_wrong_size_or_exponent_is_refused(
    exponent: int, modulus_bits: int, problem: KeyProblem
) -> None:
    modulus = random.Random(7).getrandbits(modulus_bits) | 1 << (modulus_bits - 1) | 1
    assert problem in problems_of("RS256", rsa_pem(exponent, modulus))


def test_every_reason_is_told_at_once() -> None:
    found = problems_of("HS256", rsa_pem(3, (1 << 1023) + 15))
    assert {KeyProblem.ALGORITHM_SYMMETRIC, KeyProblem.RSA_TOO_SHORT, KeyProblem.RSA_EXPONENT} <= set(found)


def test_modulus_with_a_small_factor_is_refused() -> None:
    modulus = rsa_key().public_key().public_numbers().n * 167
    assert KeyProblem.RSA_MODULUS in problems_of("RS256", rsa_pem(65537, modulus))


@pytest.mark.proves("attack:A017")
def test_roca_modulus_is_refused() -> None:
    drawn = random.Random(2017)
    modulus = roca_prime(1024, drawn) * roca_prime(1025, drawn)
    assert KeyProblem.ROCA in problems_of("RS256", rsa_pem(65537, modulus))


def test_one_roca_prime_alone_gives_no_fingerprint() -> None:
    drawn = random.Random(2018)
    honest = rsa_key().private_numbers().p
    assert not has_roca_fingerprint(roca_prime(1024, drawn) * honest)
    assert not has_roca_fingerprint(rsa_key().public_key().public_numbers().n)


def test_exponents_that_disagree_between_primes_give_no_fingerprint() -> None:
    """Each residue is a power of 65537 by itself, so a test per prime alone would cry wolf."""
    primorial, mixed = prod(_PRIMES), 0
    for position, prime in enumerate(_PRIMES):
        cofactor = primorial // prime
        mixed += pow(65537, position % 3, prime) * cofactor * pow(cofactor, -1, prime)
    assert all(mixed % prime in {pow(65537, e, prime) for e in range(3)} for prime in _PRIMES)
    assert not has_roca_fingerprint(mixed % primorial)
    assert has_roca_fingerprint(pow(65537, 123456789, primorial))


def test_modulus_that_one_prime_clears_gives_no_fingerprint() -> None:
    primorial = prod(_PRIMES)
    power = pow(65537, 5, primorial)
    assert 3 not in {pow(65537, exponent, 11) for exponent in range(11)}
    shift = (3 - power) * pow(primorial // 11, -1, 11) % 11
    cleared = power + shift * (primorial // 11)
    assert [prime for prime in _PRIMES if cleared % prime != power % prime] == [11]
    assert has_roca_fingerprint(power)
    assert not has_roca_fingerprint(cleared)


@pytest.mark.proves("attack:A018")
def test_private_key_is_refused_and_not_repeated() -> None:
    pem = private_pem(ec_key())
    with pytest.raises(KeyRefusedError) as refused:
        check_public_key("k1", "ES256", pem)
    assert refused.value.problems == (KeyProblem.PRIVATE_KEY,)
    assert not any(line in str(refused.value) for line in pem.splitlines()[1:-1])
    assert problems_of("ES256", public_pem(ec_key()) + pem) == (KeyProblem.PRIVATE_KEY,)
    with pytest.raises(KeyRefusedError) as refused:
        check_certificate(certificate_pem(ec_key()) + pem, NOW)
    assert refused.value.problems == (KeyProblem.PRIVATE_KEY,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2VjcmV0",
        '{"kty":"oct","k":"c2VjcmV0"}',
        public_pem(ec_key()) + public_pem(ec_key("other")),
        "note\n" + public_pem(ec_key()),
        certificate_pem(ec_key()),
        public_pem(ec_key()).replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        public_pem(ec_key()) + " " * 3 + "x",
        public_pem(ec_key()).replace("\n", "\n" * 20_000),
        public_pem(ec_key()).replace("M", "М", 1),
    ],
    ids=["empty", "secret", "jwk", "two", "note", "certificate", "pkcs1", "rest", "long", "cyrillic"],
)
def test_anything_but_one_public_key_is_refused(text: str) -> None:
    assert problems_of("ES256", text) == (KeyProblem.NOT_A_PUBLIC_KEY,)


def test_damaged_key_is_refused() -> None:
    lines = public_pem(ec_key()).splitlines()
    lines[1] = lines[1][:-8] + "AAAAAAAA"
    assert problems_of("ES256", "\n".join(lines)) == (KeyProblem.UNREADABLE,)


def test_edwards_key_is_refused_because_nothing_here_verifies_it() -> None:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert problems_of("ES256", pem) == (KeyProblem.KEY_TYPE,)


@pytest.mark.proves("attack:A145")
def test_key_of_rfc_7515_is_refused() -> None:
    point = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    raw = b"\x04" + b"".join(base64.urlsafe_b64decode(part + "=") for part in point)
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + raw
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.encodebytes(der).decode()}-----END PUBLIC KEY-----\n"
    assert problems_of("ES256", pem) == (KeyProblem.PUBLISHED,)
    assert broken_rules(KeyKind.PUBLIC_KEY, "ES256", pem) == (KeyProblem.PUBLISHED,)


def test_deny_list_holds_fingerprints_only() -> None:
    assert len(known_test_keys()) > 30
    assert all(len(line) == 64 and set(line) <= set("0123456789abcdef") for line in known_test_keys())


@pytest.mark.parametrize(("key", "algorithm"), [(ec_key(), "ES256"), (ec_key(curve="P-384"), "ES384")])
def test_certificate_takes_algorithm_and_dates_from_itself(key: object, algorithm: str) -> None:
    assert isinstance(key, type(ec_key()))
    pem = certificate_pem(key, signs=True)
    checked = check_certificate(pem, NOW)
    assert (checked.kind, checked.algorithm, checked.pem) == (KeyKind.CERTIFICATE, algorithm, pem)
    assert checked.kid == key_fingerprint(KeyKind.CERTIFICATE, pem)
    assert checked.not_before == (NOW - timedelta(days=1)).replace(microsecond=0)
    assert checked.spki_sha256 == key_fingerprint(KeyKind.PUBLIC_KEY, public_pem(key))
    assert broken_rules(checked.kind, algorithm, pem) == ()
    assert broken_rules(checked.kind, "RS256", pem) == (KeyProblem.ALGORITHM_MISFIT,)


def test_rsa_certificate_verifies_by_rs256() -> None:
    assert check_certificate(certificate_pem(rsa_key()), NOW).algorithm == "RS256"


def test_certificate_that_begins_later_is_accepted() -> None:
    start = NOW + timedelta(days=30)
    assert check_certificate(certificate_pem(ec_key(), start), NOW).not_before == start.replace(microsecond=0)


@pytest.mark.parametrize(
    ("pem", "problem"),
    [
        (certificate_pem(ec_key(), NOW - timedelta(9), NOW - timedelta(1)), KeyProblem.EXPIRED),
        (certificate_pem(ec_key(curve="P-521")), KeyProblem.CURVE),
        (certificate_pem(ec_key(), signs=False), KeyProblem.CERTIFICATE_USE),
        (public_pem(ec_key()), KeyProblem.NOT_A_CERTIFICATE),
        (certificate_pem(ec_key()) * 2, KeyProblem.NOT_A_CERTIFICATE),
    ],
    ids=["expired", "curve", "usage", "public-key", "chain"],
)
def test_unfit_certificate_is_refused(pem: str, problem: KeyProblem) -> None:
    with pytest.raises(KeyRefusedError) as refused:
        check_certificate(pem, NOW)
    assert refused.value.problems == (problem,)


def test_same_key_twice_is_told_and_a_renewed_certificate_is_not() -> None:
    first = check_public_key("a", "ES256", public_pem(ec_key()))
    again = check_public_key("b", "ES256", public_pem(ec_key()))
    assert list(check_key_set([("1", first), ("2", again)])) == [("2", KeyProblem.DUPLICATE_KEY)]
    old, new = (check_certificate(certificate_pem(ec_key()), NOW) for _ in range(2))
    assert list(check_key_set([("1", old), ("2", new)])) == []
    assert list(check_key_set([("1", old), ("2", old)])) == [("2", KeyProblem.DUPLICATE_KEY)]


def test_every_problem_has_an_explanation() -> None:
    assert set(EXPLANATIONS) == set(KeyProblem)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_certificate_whose_serial_number_is_negative_is_refused() -> None:
    der = bytearray(
        x509.load_pem_x509_certificate(certificate_pem(ec_key()).encode()).public_bytes(Encoding.DER)
    )
    start = der.index(b"\xa0\x03\x02\x01\x02\x02") + 6
    length = der[start]
    der[start + 1 : start + 1 + length] = bytes([0x80]) + bytes(length - 1)
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"
    with pytest.raises(KeyRefusedError) as refused:
        check_certificate(pem, NOW)
    assert refused.value.problems == (KeyProblem.UNREADABLE,)
