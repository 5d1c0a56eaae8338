"""Published key sets: one bad key refuses the set, and how long a good one serves."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from adapters.web.addresses import are_public, is_public
from launch.trust.key_problems import EXPLANATIONS, KeyProblem
from launch.trust.published.freshness import life_of
from launch.trust.published.key_set import MAX_KEYS, KeySetRefusedError, PublishedKey, parse_key_set
from tests.trust_files import ec_key, private_pem, public_pem, rsa_key

Jwk = dict[str, object]

# A published example: RFC 7517 appendix A.1, the key of RFC 7515 appendix A.2.
RFC_MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
    "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def encoded(number: int, length: int = 0) -> str:
    octets = number.to_bytes(length or (number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def ec_jwk(name: str = "vendor", kid: str = "k1", curve: str = "P-256", **more: object) -> Jwk:
    numbers = ec_key(name, curve).public_key().public_numbers()
    length = (numbers.curve.key_size + 7) // 8
    point = {"x": encoded(numbers.x, length), "y": encoded(numbers.y, length)}
    return {"kty": "EC", "crv": curve, "kid": kid} | point | more


def rsa_jwk(name: str = "vendor", kid: str = "k1", bits: int = 2048, **more: object) -> Jwk:
    numbers = rsa_key(name, bits).public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": encoded(numbers.n), "e": encoded(numbers.e)} | more


def without(jwk: Jwk, *names: str) -> Jwk:
    return {name: value for name, value in jwk.items() if name not in names}


def parse(*keys: object) -> tuple[PublishedKey, ...]:
    return parse_key_set(json.dumps({"keys": keys}).encode())


def problems_of(*keys: object) -> tuple[str, ...]:
    with pytest.raises(KeySetRefusedError) as refused:
        parse(*keys)
    return refused.value.problems


def refused_for(problem: KeyProblem, number: int = 1) -> tuple[str]:
    return (f"keys[{number}] {EXPLANATIONS[problem]}",)


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (ec_jwk(), "ES256"),
        (ec_jwk(alg="ES256", use="sig"), "ES256"),
        (ec_jwk(curve="P-384"), "ES384"),
        (rsa_jwk(), "RS256"),
        (rsa_jwk(alg="PS256"), "PS256"),
        (rsa_jwk(key_ops=["verify"]), "RS256"),
        (rsa_jwk(x5c=["ignored"], x5t="ignored", x5u="https://ignored.example/"), "RS256"),
        (ec_jwk(kid="a+b/c=="), "ES256"),
    ],
)
def test_a_signing_key_is_taken_for_exactly_one_algorithm(jwk: Jwk, algorithm: str) -> None:
    (found,) = parse(jwk)
    assert (found.key.kid, found.key.algorithm) == (jwk["kid"], algorithm)


def test_the_key_taken_is_the_key_sent() -> None:
    (found,) = parse(rsa_jwk())
    assert found.key.pem == public_pem(rsa_key("vendor", 2048))


@pytest.mark.parametrize(
    "jwk",
    [
        ec_jwk(use="enc"),
        ec_jwk(key_ops=["deriveKey"]),
        ec_jwk(use="sig", key_ops=[]),
        rsa_jwk(alg="RSA-OAEP-256"),
        rsa_jwk(alg="RS512"),
        ec_jwk(curve="P-521"),
        without(ec_jwk(), "kid"),
        ec_jwk(revoked={"revoked_at": 1}),
        {**dict(OKPKey.generate_key("Ed25519").as_dict(private=False)), "kid": "ed"},
        {"kty": "PQ", "kid": "new"},
    ],
)
def test_a_key_for_another_use_is_left_out_and_the_others_serve(jwk: Jwk) -> None:
    assert [found.key.kid for found in parse(ec_jwk("other", "k2"), jwk)] == ["k2"]


def test_an_empty_set_withdraws_every_key() -> None:
    assert parse() == ()


@pytest.mark.proves("attack:A016")
@pytest.mark.parametrize(
    "second", [ec_jwk("other"), ec_jwk(), rsa_jwk(use="enc"), without(ec_jwk("other"), "crv")]
)
def test_two_keys_with_one_kid_refuse_the_set(second: Jwk) -> None:
    assert refused_for(KeyProblem.DUPLICATE_KID, 2)[0] in problems_of(ec_jwk(), second)


@pytest.mark.proves("attack:A145")
def test_one_key_under_two_kids_refuses_the_set() -> None:
    assert problems_of(ec_jwk(), ec_jwk(kid="k2")) == refused_for(KeyProblem.DUPLICATE_KEY, 2)


@pytest.mark.proves("attack:A018")
@pytest.mark.parametrize(
    ("jwk", "problem"),
    [
        (dict(ECKey.import_key(private_pem(ec_key())).as_dict(private=True)), KeyProblem.PRIVATE_KEY),
        (dict(RSAKey.import_key(private_pem(rsa_key())).as_dict(private=True)), KeyProblem.PRIVATE_KEY),
        (ec_jwk(d=""), KeyProblem.PRIVATE_KEY),
        (ec_jwk(use="enc", d="AQ"), KeyProblem.PRIVATE_KEY),
        (rsa_jwk(oth=[]), KeyProblem.PRIVATE_KEY),
        (dict(OctKey.generate_key(256).as_dict(private=True)), KeyProblem.ALGORITHM_SYMMETRIC),
        ({"kty": "oct", "use": "enc", "kid": "k"}, KeyProblem.ALGORITHM_SYMMETRIC),
        (rsa_jwk(alg="HS256"), KeyProblem.ALGORITHM_SYMMETRIC),
        (rsa_jwk(alg="none"), KeyProblem.ALGORITHM_SYMMETRIC),
    ],
)
def test_a_secret_in_the_set_refuses_the_set(jwk: Jwk, problem: KeyProblem) -> None:
    assert problems_of(ec_jwk("good", "good"), jwk) == refused_for(problem, 2)


@pytest.mark.proves("attack:A017")
@pytest.mark.parametrize(
    ("jwk", "problem"),
    [
        (rsa_jwk(bits=1024), KeyProblem.RSA_TOO_SHORT),
        (rsa_jwk() | {"e": "Aw"}, KeyProblem.RSA_EXPONENT),
        (rsa_jwk() | {"e": "AQ"}, KeyProblem.UNREADABLE),
        ({"kty": "RSA", "kid": "rfc", "e": "AQAB", "n": RFC_MODULUS}, KeyProblem.PUBLISHED),
        (ec_jwk(alg="ES384"), KeyProblem.ALGORITHM_MISFIT),
        (rsa_jwk(alg="ES256"), KeyProblem.ALGORITHM_MISFIT),
        (ec_jwk(nbf=2, exp=2), KeyProblem.CERTIFICATE_DATES),
    ],
)
def test_a_weak_or_published_key_refuses_the_set(jwk: Jwk, problem: KeyProblem) -> None:
    assert problems_of(ec_jwk("good", "good"), jwk) == refused_for(problem, 2)


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": 7},
        without(rsa_jwk(), "n"),
        without(rsa_jwk(), "e"),
        rsa_jwk() | {"n": "AA" + str(rsa_jwk()["n"])},
        rsa_jwk() | {"n": str(rsa_jwk()["n"]) + "=="},
        rsa_jwk() | {"n": "!" * 342},
        rsa_jwk() | {"n": "A" * 1401},
        rsa_jwk() | {"n": "é" * 342},
        rsa_jwk() | {"n": 65537},
        ec_jwk() | {"x": "AQ"},
        ec_jwk() | {"y": ec_jwk()["x"]},
        ec_jwk() | {"kid": 1},
        ec_jwk(kid="with space"),
        ec_jwk(kid="k" * 129),
        ec_jwk(kid="é"),
        ec_jwk(alg=["ES256"]),
        ec_jwk(use=["sig"]),
        ec_jwk(key_ops="verify"),
        ec_jwk(key_ops=["verify", "verify"]),
        ec_jwk(key_ops=[1]),
        ec_jwk(nbf="1"),
        ec_jwk(nbf=True),
        ec_jwk(exp=-1),
        ec_jwk(exp=9999999999999999),
    ],
)
def test_a_malformed_key_refuses_the_set(jwk: Jwk) -> None:
    assert problems_of(ec_jwk("good", "good"), jwk) == refused_for(KeyProblem.UNREADABLE, 2)


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html></html>",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [1]}',
        b'{"keys": [], "keys": []}',
        b'\xef\xbb\xbf{"keys": []}',
        '{"keys": []}'.encode("utf-16"),
        b'{"keys": [NaN]}',
        b'{"keys": [' + b"[" * 1000 + b"]" * 1000 + b"]}",
        b'{"keys": []} trailing',
        b'{"keys": [{"kty": "EC", "kty": "oct"}]}',
    ],
)
def test_what_is_no_strict_key_set_is_refused(raw: bytes) -> None:
    with pytest.raises(KeySetRefusedError):
        parse_key_set(raw)


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize("number", [MAX_KEYS + 1, 10_000])
def test_too_many_keys_are_refused_before_one_is_read(number: int) -> None:
    assert problems_of(*[{"kty": "EC"}] * number) == (f"the key set has more than {MAX_KEYS} keys",)


def test_as_many_keys_as_allowed_are_read() -> None:
    assert len(parse(*(ec_jwk(f"key {n}", f"k{n}") for n in range(MAX_KEYS)))) == MAX_KEYS


def test_every_fault_is_named_and_no_key_material_is_repeated() -> None:
    secret = str(ECKey.import_key(private_pem(ec_key())).as_dict(private=True)["d"])
    problems = problems_of(ec_jwk(d=secret), rsa_jwk(kid="k2", bits=1024), ec_jwk("b", "k2"))
    assert len(problems) == 3
    assert secret not in "".join(problems)


@pytest.mark.proves("attack:A118")
def test_dates_on_a_key_bound_its_use() -> None:
    (found,) = parse(ec_jwk(nbf=1_795_000_000, exp=1_800_000_000))
    assert found.not_before == datetime.fromtimestamp(1_795_000_000, UTC)
    assert found.not_after == datetime.fromtimestamp(1_800_000_000, UTC)


MINUTES = {
    None: 15,
    "": 15,
    "public": 15,
    "max-age=banana": 15,
    "max-age=-1": 15,
    "s-maxage=60": 15,
    "max-age=0": 5,
    "max-age=299": 5,
    "no-store": 5,
    "no-cache, max-age=14400": 5,
    "max-age=1800": 30,
    "Max-Age=1800": 30,
    'public, max-age="1800"': 30,
    "max-age=3600, max-age=1800": 30,
    "max-age=14400": 240,
    "max-age=14401": 240,
    "max-age=999999999": 240,
    "max-age=99999999999999": 15,
}


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(("cache_control", "minutes"), MINUTES.items())
def test_a_set_is_fresh_for_what_the_vendor_says_within_bounds(
    cache_control: str | None, minutes: int
) -> None:
    assert life_of(cache_control, None) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("age", "minutes"), [("600", 20), ("0", 30), ("x", 30), ("", 30), ("-600", 30), ("99999", 5)]
)
def test_time_spent_in_a_cache_on_the_way_counts(age: str, minutes: int) -> None:
    assert life_of("max-age=1800", age) == timedelta(minutes=minutes)


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to be refused
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2a00:1450:400e::1%eth0",
        "fec0::1",
        "ff02::1",
        "127.1",
        "localhost",
        "",
    ],
)
def test_an_address_that_is_not_of_the_open_internet_is_not_public(address: str) -> None:
    assert not is_public(address)
    assert not are_public(["8.8.8.8", address])


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "2a00:1450:400e::1", "2606:4700::1111"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert are_public([address])


def test_no_address_at_all_is_not_public() -> None:
    assert not are_public([])
