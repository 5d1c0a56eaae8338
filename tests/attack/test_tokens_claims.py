"""Attacks on a JWT's signed claims (security.md §6, A051 to A058) and the launch's other bad inputs."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from context.hospital import Environment
from launch.errors import LaunchRefusedError
from launch.trust.model import KeyStatus, PracticeLink, TrustStatus
from sandbox.his.tokens import SNOMED_URI, mint_jwt
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.jose_makers import (
    claims,
    header,
    iua,
    minted,
    patient,
    times,
    without,
)
from tests.launch_stage import JWT_ISSUER, OTHER_JWT_ISSUER, URA, Stage, jwt_key

cases = Cases()
case = cases.add


def issued_earlier(seconds: int) -> Maker:
    return lambda stage: mint_jwt(stage.content(), jwt_key(), now=stage.now - timedelta(seconds=seconds))


EXPIRIES: dict[str, object] = {
    "null": None,
    "text": "1795338120",
    "bool": True,
    "list": [1],
    "float": 1.5e18,
    "negative": -1,
    "too large": 10**15,
}
for what, expiry in EXPIRIES.items():
    case("A051", f"exp is {what}", claims(exp=expiry))
case("A051", "no exp", without("exp"))
case("A051", "no iat", without("iat"))
case("A052-too-long", "one second over", times(121))
case("A052-too-long", "year 9999", claims(exp=253_402_300_799))
case("A052-future", "iat ahead of the skew", times(32, "iat"))
case("A052-not-yet", "nbf ahead of the skew", times(32, "nbf"))
URL = Stage().hospital.launch_url
for aud in (URL[:-1], URL + "/", "x" + URL, URL.upper(), ""):
    case("A053", f"aud {aud}", claims(aud=aud))
case("A053", "several", claims(aud=[URL, "https://other.example"]))
case("A053", "none of them", claims(aud=[]))
case("A053-type", "a dictionary", claims(aud={"url": URL}))
case("A053-type", "a list of numbers", claims(aud=[1]))
case("A053-type", "missing", without("aud"))
case("A054-type", "iss is a list", claims(iss=[OTHER_JWT_ISSUER]))
for iss in (JWT_ISSUER[:-1], JWT_ISSUER + "/", JWT_ISSUER.upper(), "\x00", "i" * 300):
    case("A054", f"iss {iss[:40]!r}", claims(iss=iss))
case("A054-other", "another registered issuer", claims(iss=OTHER_JWT_ISSUER))
for typ in ("at+jwt", "dpop+jwt", "logout+jwt", "JWT", "HIS-LAUNCH+JWT", None, 1):
    case("A055", f"typ {typ}", header(typ=typ))
case("A055", "no typ", minted(without_header={"typ"}))
case("A056", "missing", without("jti"))
for jti in ("", "short", "a" * 32, "j" * 129, "with space and more", "é" * 20):
    case("A056", f"jti {jti[:20]!r}", claims(jti=jti))
case("A056-type", "a list", claims(jti=["x" * 20]))
for bsn in ("99991112", "0999911120", "999911121", "٩٩٩٩١١١٢٠", "999911120 ", "999 911 120", "000000000"):
    case("A057", f"BSN {bsn!a}", patient(value=bsn))
case("A057-type", "a number", patient(value=999911120))
case("A057-type", "missing", patient(value=""))
for bad in ("L.\nArts", "L.\x1b[31mArts", "L. \u202eArts", "L. Arts" * 50, " ", "\u2066A"):
    case("A058", f"user name {bad[:12]!a}", iua(subject_name=bad))
case("A058", "practice name", iua(subject_organization="P\r\nX"))
case("A116", "another vendor's practice", iua(subject_organization_id="urn:oid:2.16.528.1.1007.3.3.87654321"))
case("expired", "150 s ago and the skew", issued_earlier(150))
case("issuer-unknown", "iss of nobody", claims(iss="https://nobody.example"))
case("nonce-unasked", "nonce", claims(nonce="n" * 20))
for emergency in ("EMER", "ETREAT", "BTG"):
    case("purpose-emergency", emergency, iua(purpose_of_use=[{"code": emergency}]))
case("purpose-other", "research", iua(purpose_of_use=[{"code": "HRESCH"}]))
case("claim-missing", "no purpose", iua(purpose_of_use=[]))
case("claim-missing", "two purposes", iua(purpose_of_use=[{"code": "TREAT"}, {"code": "EMER"}]))
case("claim-missing", "no birth date", patient(birthdate=""))
case("claim-missing", "impossible birth date", patient(birthdate="1970-02-30"))
case("claim-missing", "no sub", without("sub"))
case("claim-missing", "no patient", without("patient"))
case("claim-missing", "another system than the BSN", patient(system="http://mrn.example"))
case("claim-missing", "two roles", iua(subject_role=[{"code": "1"}, {"code": "2"}]))
case("claim-missing", "practice without URA", iua(subject_organization_id="12345678"))
case("role-unmapped", "unknown code", iua(subject_role=[{"system": SNOMED_URI, "code": "1"}]))
case("role-unmapped", "code of another system", iua(subject_role=[{"system": "x", "code": "62247001"}]))
case("bsn-real-in-test", "a BSN outside the test range", patient(value="123456782"))


@pytest.mark.parametrize(("row", "maker"), cases.params())
def test_bad_claim_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(maker(stage))
    assert refused.value.code == expected(row).code


def _suspend_practice(stage: Stage) -> None:
    stage.trust.practices[stage.hospital.slug, JWT_ISSUER, URA] = PracticeLink(URA, TrustStatus.SUSPENDED)


def _remove_grant(stage: Stage) -> None:
    del stage.trust.grants[stage.hospital.slug, JWT_ISSUER]


def _remove_keys(stage: Stage) -> None:
    stage.change_vendor(JWT_ISSUER, keys=())


def _remove_origin(stage: Stage) -> None:
    stage.origin = None


def _null_origin(stage: Stage) -> None:
    stage.origin = "null"


def _other_origin(stage: Stage) -> None:
    stage.origin = "https://his.vendor.example.evil.example"


@pytest.mark.parametrize(
    ("row", "prepare"),
    [
        ("vendor-suspended", lambda stage: stage.change_vendor(JWT_ISSUER, status=TrustStatus.SUSPENDED)),
        ("grant-suspended", lambda stage: stage.change_grant(JWT_ISSUER, status=TrustStatus.SUSPENDED)),
        ("grant-missing", _remove_grant),
        (
            "grant-other-environment",
            lambda stage: stage.change_grant(JWT_ISSUER, environment=Environment.PRODUCTION),
        ),
        ("practice-suspended", _suspend_practice),
        ("key-revoked", lambda stage: stage.change_keys(JWT_ISSUER, status=KeyStatus.REVOKED)),
        ("A118-removed", _remove_keys),
        (
            "A118-early",
            lambda stage: stage.change_keys(JWT_ISSUER, not_before=stage.now + timedelta(seconds=1)),
        ),
        ("key-expired", lambda stage: stage.change_keys(JWT_ISSUER, not_after=stage.now)),
        ("origin-not-listed", _remove_origin),
        ("origin-not-listed", _null_origin),
        ("origin-not-listed", _other_origin),
        ("adapter-other-form", lambda stage: stage.change_vendor(JWT_ISSUER, adapter="viplive")),
        ("adapter-unknown", lambda stage: stage.change_vendor(JWT_ISSUER, adapter="nobody")),
    ],
)
def test_good_jwt_without_trust_gets_its_code(row: str, prepare: Callable[[Stage], None]) -> None:
    stage = Stage()
    prepare(stage)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(mint_jwt(stage.content(), jwt_key(), now=stage.now))
    assert refused.value.code == expected(row).code


def test_refusal_of_a_genuine_token_names_who_sent_it_and_not_the_patient() -> None:
    stage = Stage()
    _suspend_practice(stage)
    content = stage.content()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(mint_jwt(content, jwt_key(), now=stage.now))
    assert refused.value.facts == {
        "token_form": "jwt",
        "issuer": JWT_ISSUER,
        "his": "jwt",
        "token_id": content.token_id,
        "user_id": "177578",
        "practice_ura": URA,
    }


def test_refusal_of_a_forged_token_holds_nothing_that_it_claims() -> None:
    stage = Stage()
    token = mint_jwt(stage.content(user_id="someone"), jwt_key(), now=stage.now)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token[:-4] + "AAAA")
    assert refused.value.facts == {"token_form": "jwt", "issuer": JWT_ISSUER, "his": "jwt"}
    assert "someone" not in str(refused.value)
