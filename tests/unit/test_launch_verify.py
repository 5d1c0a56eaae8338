"""``verify_launch``: what a genuine launch becomes, and the exact bounds of every check."""

from dataclasses import replace
from datetime import timedelta

import pytest

from context.bsn import Bsn
from context.hospital import Environment
from context.launch import Practice, User
from context.person import PartialDate
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.verify import UnverifiedLaunch
from sandbox.his.tokens import mint_jwt, mint_saml
from tests.launch_stage import JWT_ISSUER, ORIGIN, SAML_ISSUER, URA, Stage, certificate, jwt_key, rsa_key


def _jwt(stage: Stage, **claims: object) -> str:
    return mint_jwt(stage.content(), jwt_key(), now=stage.now, claims=claims)


def _refusal(stage: Stage, token: str, form: TokenForm = TokenForm.JWT) -> str:
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token, form)
    return refused.value.code


def test_genuine_jwt_becomes_a_launch() -> None:
    stage = Stage()
    content = stage.content()
    launch = stage.verify(mint_jwt(content, jwt_key(), now=stage.now))
    assert launch.hospital == stage.hospital.slug
    assert (launch.issuer, launch.his, launch.token_form) == (JWT_ISSUER, "jwt", "jwt")
    assert (launch.token_id, launch.vendor_name) == (content.token_id, "Vendor of jwt")
    assert launch.expires_at == stage.now.replace(microsecond=0) + timedelta(seconds=120)
    assert launch.received_at == stage.now
    assert (launch.bsn, launch.birth_date) == (Bsn("999911120"), PartialDate(1970, 1, 1))
    assert launch.user == User(
        "177578", "L. Arts", "01.015", "http://snomed.info/sct|62247001", agb_code="01029999"
    )
    assert launch.practice == Practice(URA, "Huisartsenpraktijk Voorbeeld")
    assert (launch.purpose, launch.family_name, launch.his_session) == ("TREAT", None, "his-session-1")


def test_genuine_saml_becomes_a_launch() -> None:
    stage = Stage()
    content = stage.content(SAML_ISSUER)
    launch = stage.verify_saml(mint_saml(content, certificate(), now=stage.now))
    assert (launch.issuer, launch.his, launch.token_form) == (SAML_ISSUER, "viplive", "saml")
    assert launch.token_id == content.token_id
    assert launch.expires_at == stage.now.replace(microsecond=123000) + timedelta(seconds=120)
    assert (launch.bsn, launch.birth_date) == (Bsn("999911120"), PartialDate(1970, 1, 1))
    assert launch.user == User("177578", "L. Arts", "01.015", "2.16.840.1.113883.6.96|62247001")
    assert launch.practice == Practice(URA, "Praktijk volgens register")
    assert (launch.family_name, launch.his_session) == ("Fictief", "his-session-1")


def test_rsa_pss_key_is_accepted() -> None:
    stage = Stage()
    assert stage.verify(mint_jwt(stage.content(), rsa_key(), now=stage.now)).issuer == JWT_ISSUER


def test_token_is_accepted_until_the_skew_after_its_end_and_not_at_that_moment() -> None:
    stage = Stage()
    token = _jwt(stage)
    end = stage.now.replace(microsecond=0) + timedelta(seconds=120 + 30)
    stage.now = end - timedelta(microseconds=1)
    assert stage.verify(token).user.identifier == "177578"
    stage.now = end
    assert _refusal(stage, token) == "L401"


@pytest.mark.parametrize(("claim", "code"), [("iat", "L403"), ("nbf", "L402")])
def test_start_may_lie_the_skew_ahead_and_no_further(claim: str, code: str) -> None:
    stage = Stage(now=Stage().now.replace(microsecond=0))
    now = int(stage.now.timestamp())
    assert stage.verify(_jwt(stage, **{claim: now + 30})).user.identifier == "177578"
    assert _refusal(stage, _jwt(stage, **{claim: now + 31})) == code


def test_lifetime_is_the_grants_and_no_longer() -> None:
    stage = Stage()
    stage.change_grant(JWT_ISSUER, max_lifetime_seconds=60)
    now = int(stage.now.timestamp())
    assert stage.verify(_jwt(stage, exp=now + 60)).user.identifier == "177578"
    assert _refusal(stage, _jwt(stage, exp=now + 61)) == "L404"


def test_lifetime_counts_from_the_earliest_start() -> None:
    stage = Stage()
    now = int(stage.now.timestamp())
    assert _refusal(stage, _jwt(stage, nbf=now - 1, exp=now + 120)) == "L404"


def test_issuer_with_control_characters_never_reaches_the_registry() -> None:
    stage = Stage()
    odd = "https://his.example/\x00"
    stage.trust.vendors[odd] = replace(stage.trust.vendors[JWT_ISSUER], issuer=odd)
    assert _refusal(stage, _jwt(stage, iss=odd)) == "L301"


def test_end_before_the_start_is_expired() -> None:
    stage = Stage()
    now = int(stage.now.timestamp())
    assert _refusal(stage, _jwt(stage, iat=now + 10, exp=now + 10)) == "L401"


def test_saml_may_live_five_minutes_whatever_the_grant_says() -> None:
    stage = Stage()
    content = stage.content(SAML_ISSUER, lifetime_seconds=300)
    assert stage.verify_saml(mint_saml(content, certificate(), now=stage.now)).his == "viplive"


def test_audience_in_a_list_of_one_is_accepted() -> None:
    stage = Stage()
    assert stage.verify(_jwt(stage, aud=[stage.hospital.launch_url])).his == "jwt"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("1970", PartialDate(1970)),
        ("1970-02", PartialDate(1970, 2)),
        ("19700203", PartialDate(1970, 2, 3)),
        ("1970-00-00", PartialDate(1970)),
        ("19700200", PartialDate(1970, 2)),
    ],
)
def test_birth_date_keeps_only_what_is_known(sent: str, read: PartialDate) -> None:
    stage = Stage()
    assert stage.verify(mint_jwt(stage.content(birth_date=sent), jwt_key(), now=stage.now)).birth_date == read


@pytest.mark.parametrize(
    "sent", ["", "70-01-01", "1970-1-1", "1970-01-011", "1970-0101", "0000", "1970-00-01", "x"]
)
def test_birth_date_in_another_form_is_l501(sent: str) -> None:
    stage = Stage()
    assert _refusal(stage, mint_jwt(stage.content(birth_date=sent), jwt_key(), now=stage.now)) == "L501"


@pytest.mark.parametrize(
    ("environment", "bsn", "code"),
    [(Environment.PRODUCTION, "999911120", "L602"), (Environment.TEST, "123456782", "L602")],
)
def test_bsn_of_the_other_environment_is_l602(environment: Environment, bsn: str, code: str) -> None:
    stage = Stage()
    stage.hospital = replace(stage.hospital, environment=environment)
    stage.change_grant(JWT_ISSUER, environment=environment)
    assert _refusal(stage, mint_jwt(stage.content(bsn=bsn), jwt_key(), now=stage.now)) == code


def test_real_bsn_is_accepted_in_production() -> None:
    stage = Stage()
    stage.hospital = replace(stage.hospital, environment=Environment.PRODUCTION)
    stage.change_grant(JWT_ISSUER, environment=Environment.PRODUCTION)
    token = mint_jwt(stage.content(bsn="123456782"), jwt_key(), now=stage.now)
    assert stage.verify(token).bsn == Bsn("123456782")


def test_faults_are_answered_in_the_order_of_the_checks() -> None:
    """Each fault added in front hides the one behind it (launch.md §12.4)."""
    stage = Stage()
    faults: list[tuple[str, dict[str, object]]] = [
        (
            "L601",
            {
                "patient": {
                    "system": "http://fhir.nl/fhir/NamingSystem/bsn",
                    "value": "1",
                    "birthdate": "1970",
                }
            },
        ),
        ("L501", {"sub": ""}),
        ("L406", {"jti": "x"}),
        ("L401", {"exp": 1, "iat": 0, "nbf": 0}),
        ("L502", {"aud": "https://other.example"}),
    ]
    together: dict[str, object] = {}
    for code, fault in faults:
        together |= fault
        assert _refusal(stage, _jwt(stage, **together)) == code
    assert _refusal(stage, _jwt(stage, **together)[:-4] + "AAAA") == "L203"
    stage.origin = "https://other.example"
    assert _refusal(stage, _jwt(stage, **together)) == "L105"
    assert _refusal(stage, _jwt(stage, **together, iss="https://nobody.example")) == "L301"


def test_repr_of_a_posted_token_does_not_show_it() -> None:
    posted = UnverifiedLaunch(TokenForm.JWT, "the-token", ORIGIN, Stage().now)
    assert "the-token" not in repr(posted)


def test_markup_in_a_name_is_kept_for_the_page_to_escape() -> None:
    stage = Stage()
    token = mint_jwt(stage.content(user_family_name="<script>"), jwt_key(), now=stage.now)
    assert stage.verify(token).user.name == "L. <script>"
