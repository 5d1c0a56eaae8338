"""Reading a registration file: what it becomes, and every fault at once without key material."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.claim_maps import TOKEN_FORMS
from context.hospital import Environment
from launch.trust.key_problems import EXPLANATIONS, KeyProblem
from launch.trust.model import Grant, KeyKind, KeyStatus, PracticeLink, TrustStatus
from launch.trust.registration import DEFAULT_KEY_LIFE, RegistrationError, parse_registration
from tests.trust_files import (
    JWT_ISSUER,
    NOW,
    certificate_entry,
    certificate_pem,
    ec_key,
    grant_entry,
    jwt_file,
    public_key_entry,
    public_pem,
    saml_file,
)

ORIGINS = 'launch_origins = ["http://localhost:8081"]'


def problems_of(content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(RegistrationError) as refused:
        parse_registration(content, NOW, TOKEN_FORMS)
    return refused.value.problems


def test_jwt_registration_becomes_vendor_key_grant_and_practices() -> None:
    registration = parse_registration(jwt_file(), NOW, TOKEN_FORMS)
    vendor = registration.vendor
    assert (vendor.issuer, vendor.name, vendor.adapter) == (JWT_ISSUER, "Sandbox JWT", "jwt")
    (key,) = vendor.keys
    assert (key.kid, key.kind, key.algorithm) == ("2026-11", KeyKind.PUBLIC_KEY, "ES256")
    assert (key.pem, key.status) == (public_pem(ec_key()), KeyStatus.ACTIVE)
    assert key.not_before == datetime(2026, 11, 22, tzinfo=UTC)
    assert key.not_after == key.not_before + DEFAULT_KEY_LIFE
    (entry,) = registration.grants
    assert entry.grant == Grant(
        hospital="cwz",
        issuer=JWT_ISSUER,
        environment=Environment.TEST,
        status=TrustStatus.ACTIVE,
        launch_origins=frozenset({"http://localhost:8081"}),
        roles={"2.16.840.1.113883.6.96|62247001": "01.015"},
        max_lifetime_seconds=120,
    )
    assert entry.practices == (PracticeLink("90000001", TrustStatus.ACTIVE, "De Linde"),)


def test_saml_registration_pins_the_certificate_with_its_own_dates() -> None:
    pem = certificate_pem(ec_key())
    (key,) = parse_registration(saml_file(pem).encode(), NOW, TOKEN_FORMS).vendor.keys
    assert (key.kind, key.pem) == (KeyKind.CERTIFICATE, pem)
    assert re.fullmatch(r"[0-9a-f]{64}", key.kid)
    assert key.not_after == (NOW + timedelta(days=365)).replace(microsecond=0)


def test_key_with_dates_keeps_them() -> None:
    dated = public_key_entry() + "not_before = 2027-01-01T00:00:00+01:00\nnot_after = 2027-06-01T00:00:00Z\n"
    (key,) = parse_registration(jwt_file(dated), NOW, TOKEN_FORMS).vendor.keys
    assert key.not_before == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert key.not_after == datetime(2027, 6, 1, tzinfo=UTC)


def test_registration_without_grants_is_a_vendor_that_may_not_launch_yet() -> None:
    assert parse_registration(jwt_file(grants=""), NOW, TOKEN_FORMS).grants == ()


def test_every_fault_of_the_file_is_told_at_once() -> None:
    bad = (
        'issuer = ""\nadapter = "medicom"\nnaam = "x"\n'
        + public_key_entry("a b", "ES256")
        + public_key_entry("k", "HS256", "c2VjcmV0")
        + public_key_entry("k", "ES384")
        + grant_entry().replace(ORIGINS, 'launch_origins = ["http://localhost:8081/"]')
        + grant_entry(practices=(("1234", "x"), ("90000001", "y"), ("90000001", "z")))
        .replace("01.015", "huisarts")
        .replace(ORIGINS, "launch_origins = []\nmax_lifetime_seconds = 300")
    )
    told = problems_of(bad)
    assert [problem.partition(":")[0] for problem in told] == [
        "issuer",
        "name",
        "keys[1].kid",
        "grants[1].launch_origins[1]",
        "grants[2].launch_origins",
        "grants[2].max_lifetime_seconds",
        "grants[2].roles.2.16.840.1.113883.6.96|62247001",
        "grants[2].practices[1].ura_number",
        "naam",
        "adapter",
        "keys[2].public_key",
        "keys[2].public_key",
        "keys[3].public_key",
        "keys[3].kid",
        "grants[2].hospital",
        "grants[2].practices[3].ura_number",
    ]
    assert not any("c2VjcmV0" in problem for problem in told)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (JWT_ISSUER, "x" * 256, "issuer", "longer than 255"),
        (JWT_ISSUER, " padded", "issuer", "begin or end with a space"),
        (JWT_ISSUER, "two\\nlines", "issuer", "control characters"),
        ('name = "Sandbox JWT"', "name = 7", "name", "must be text in quotes"),
        ('name = "Sandbox JWT"', "", "name", "is missing"),
        ('"jwt"', '"viplive"', "keys", "one of them must be a certificate"),
        ('"jwt"', '"other"', "adapter", "must be one of"),
        ('algorithm = "ES256"', "", "keys[1]", "it needs algorithm"),
        ('"2026-11"', '"../key"', "keys[1].kid", "letters, digits"),
        ('"2026-11"', '"2026-11"\nuse = "sig"', "keys[1].use", "not a setting"),
        ('"2026-11"', '"a"\nnot_after = 2026-01-01', "keys[1].not_after", "must be a date and time"),
        ('"2026-11"', '"a"\nnot_after = 2026-01-01T00:00:00', "keys[1].not_after", "time zone"),
        ('"2026-11"', '"a"\nnot_before = 2026-01-01T00:00:00Z\nnot_after = 2026-02-01T00:00:00Z',
         "keys[1].public_key", "has expired"),
        ('"2026-11"', '"a"\nnot_before = 2028-01-01T00:00:00Z\nnot_after = 2027-02-01T00:00:00Z',
         "keys[1]", "must be later"),
        ('"cwz"', '"CWZ"', "grants[1].hospital", "short name of a hospital"),
        ('"test"', '"acceptance"', "grants[1].environment", "'test' or 'production'"),
        ('"test"', '"production"', "grants[1].launch_origins", "https in production"),
        (ORIGINS, f'{ORIGINS}\nframe_origins = ["https://*"]', "grants[1].frame_origins[1]", "scheme://host"),
        ('"90000001"', '"9000000"', "grants[1].practices[1].ura_number", "eight digits"),
        ('"90000001"', '"９0000001"', "grants[1].practices[1].ura_number", "eight digits"),
        ('"90000001"', "90000001", "grants[1].practices[1].ura_number", "text in quotes"),
        ("01.015", "01.15", "grants[1].roles.2.16.840.1.113883.6.96|62247001", "RolCodeNL"),
        ("113883.6.96|62247001", "a|b|c", "grants[1].roles.2.16.840.1.a|b|c", "system|code"),
        (ORIGINS, ORIGINS + "\nmax_lifetime_seconds = 0", "grants[1].max_lifetime_seconds", "at least 1"),
        (ORIGINS, ORIGINS + "\nmax_lifetime_seconds = 121", "grants[1].max_lifetime_seconds", "at most 120"),
        (ORIGINS, ORIGINS + "\nmax_lifetime_seconds = 6.0", "grants[1].max_lifetime_seconds", "whole number"),
    ],
)  # fmt: skip
def test_one_fault_is_named_in_plain_words(old: str, new: str, place: str, words: str) -> None:
    (problem,) = problems_of(jwt_file().replace(old, new))
    assert problem.startswith(f"{place}: ")
    assert words in problem


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8081/",
        "https://HIS.example",
        "https://his.example:443",
        "http://his.example:80",
        "https://his.example:65536",
        "https://his.example/tegel",
        "https://user@his.example",
        "https://*.his.example",
        "https://his.example.",
        "his.example",
        "ftp://his.example",
        "null",
        "https://",
        "https://his.example https://other.example",
    ],
)
def test_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    (problem,) = problems_of(jwt_file().replace("http://localhost:8081", origin))
    assert problem.startswith("grants[1].launch_origins[1]: ")


@pytest.mark.parametrize("origin", ["https://his.example", "https://[::1]:8443", "http://127.0.0.1:65535"])
def test_origin_as_browsers_send_it_is_accepted(origin: str) -> None:
    registration = parse_registration(jwt_file().replace("http://localhost:8081", origin), NOW, TOKEN_FORMS)
    assert registration.grants[0].grant.launch_origins == {origin}


@pytest.mark.proves("attack:A016")
def test_two_keys_with_one_kid_are_refused() -> None:
    keys = public_key_entry() + public_key_entry(pem=public_pem(ec_key("second")))
    assert problems_of(jwt_file(keys)) == (f"keys[2].kid: {EXPLANATIONS[KeyProblem.DUPLICATE_KID]}",)


@pytest.mark.proves("attack:A018")
def test_set_of_public_keys_and_certificates_is_refused() -> None:
    keys = public_key_entry() + certificate_entry(certificate_pem(ec_key("other")))
    assert problems_of(jwt_file(keys)) == (f"keys[2].certificate: {EXPLANATIONS[KeyProblem.MIXED_SET]}",)


def test_vendor_of_saml_may_add_a_public_key_for_its_back_end() -> None:
    content = saml_file(certificate_pem(ec_key()), public_key_entry(pem=public_pem(ec_key("other"))))
    kinds = [key.kind for key in parse_registration(content, NOW, TOKEN_FORMS).vendor.keys]
    assert kinds == [KeyKind.CERTIFICATE, KeyKind.PUBLIC_KEY]


@pytest.mark.proves("attack:A006")
def test_one_key_for_launches_in_xml_and_for_jwts_is_refused() -> None:
    content = saml_file(certificate_pem(ec_key()), public_key_entry(pem=public_pem(ec_key())))
    assert problems_of(content) == (f"keys[2].public_key: {EXPLANATIONS[KeyProblem.DUPLICATE_KEY]}",)


def test_certificate_with_a_kid_is_refused() -> None:
    keys = certificate_entry(certificate_pem(ec_key())) + 'kid = "a"\n'
    assert problems_of(jwt_file(keys)) == ("keys[1]: a certificate speaks for itself: leave out kid",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"issuer = \xff", "file: is not UTF-8 text"),
        ('issuer = "a"\nsecret c2VjcmV0', "file: is not valid TOML (at line 2, column 8)"),
        ("a = " + "[" * 5000, "file: is nested too deeply"),
        ("#" * (1024 * 1024 + 1), "file: is larger than 1048576 bytes"),
    ],
    ids=["bytes", "toml", "deep", "large"],
)
def test_file_that_cannot_be_read_tells_where(content: str | bytes, problem: str) -> None:
    assert problems_of(content) == (problem,)


def test_empty_file_names_what_is_missing() -> None:
    assert problems_of("") == (
        "issuer: is missing",
        "name: is missing",
        "adapter: is missing",
        "keys: needs at least 1 entry, or a jwks_url",
    )
