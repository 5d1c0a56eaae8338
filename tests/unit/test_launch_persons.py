"""Who launches: a person, of a linked deployment, logged in strongly and lately enough; and no BSN in ids."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml.etree import _Element

from context.hospital import Hospital
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.hidden_bsn import holds_bsn, may_hold_bsn
from launch.trust.model import PracticeLink, TrustStatus
from sandbox.his.tokens import mint_jwt, mint_saml
from sandbox.kit.saml_changes import find, saml
from tests.launch_stage import (
    GENUINE_BSN,
    HOSPITAL,
    JWT_ISSUER,
    SAML_ISSUER,
    URA,
    Stage,
    certificate,
    jwt_key,
)

PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"


def jwt(stage: Stage, without: str = "", /, **claims: object) -> str:
    return mint_jwt(stage.content(), jwt_key(), now=stage.now, claims=claims, without_claims=[without])


def refusal(stage: Stage, token: str, form: TokenForm = TokenForm.JWT) -> LaunchRefusedError:
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token, form)
    return refused.value


def link(stage: Stage, deployment_id: str | None, status: TrustStatus = TrustStatus.ACTIVE) -> None:
    for issuer in (JWT_ISSUER, SAML_ISSUER):
        held = PracticeLink(URA, status, "Praktijk", deployment_id)
        stage.trust.practices[HOSPITAL.slug, issuer, URA] = held


def his(deployment_id: object) -> dict[str, object]:
    return {"product": "ExampleHIS", "deployment_id": deployment_id}


def test_launch_names_the_deployment_that_its_practice_is_linked_to() -> None:
    stage = Stage()
    link(stage, "nl-1")
    assert stage.verify(jwt(stage, his=his("nl-1"))).practice.ura_number == URA
    for other in ("nl-2", "NL-1", "nl-1 ", "nl"):
        refused = refusal(stage, jwt(stage, his=his(other)))
        assert (refused.code, refused.facts["practice_ura"]) == ("L304", URA)


def test_launch_without_a_deployment_is_refused_only_where_one_is_linked() -> None:
    stage = Stage()
    assert stage.verify(jwt(stage, without="his")).practice.ura_number == URA
    assert stage.verify(jwt(stage, his=his("anything"))).practice.ura_number == URA
    link(stage, "nl-1")
    assert refusal(stage, jwt(stage, without="his")).code == "L304"
    content = stage.content(SAML_ISSUER)
    response = mint_saml(content, certificate(), now=stage.now)
    assert refusal(stage, response, TokenForm.SAML).code == "L304"


@pytest.mark.parametrize("sent", [7, None, ["nl-1"]])
def test_deployment_of_another_type_is_refused(sent: object) -> None:
    stage = Stage()
    assert refusal(stage, jwt(stage, his=his(sent))).code == "L501"


def test_practice_is_suspended_alone() -> None:
    stage = Stage()
    link(stage, None, TrustStatus.SUSPENDED)
    assert refusal(stage, jwt(stage)).code == "L305"
    other = PracticeLink("87654321", TrustStatus.ACTIVE)
    stage.trust.practices[HOSPITAL.slug, JWT_ISSUER, "87654321"] = other
    content = stage.content(practice_ura="87654321", practice_oid="2.16.528.1.1007.3.3.87654321")
    assert stage.verify(mint_jwt(content, jwt_key(), now=stage.now)).practice.ura_number == "87654321"


@pytest.mark.parametrize(
    "user",
    [
        "system",
        "SYSTEM",
        " Admin ",
        "onbekend",
        "UNK",
        "root",
        "ｓｙｓｔｅｍ",
        "Practitioner/Admin",
        "admin@x.example",
    ],
)
def test_user_that_is_a_person_nowhere_is_refused_at_every_vendor(user: str) -> None:
    stage = Stage()
    refused = refusal(stage, jwt(stage, sub=user))
    assert refused.code == "L505"
    assert refused.facts["user_id"] == user


@pytest.mark.parametrize("user", ["balie", "BALIE", "Balie ", "assistente straße", "ASSISTENTE STRASSE"])
def test_user_on_the_grants_list_is_refused_whatever_its_case(user: str) -> None:
    stage = Stage()
    assert stage.verify(jwt(stage, sub=user)).user.identifier
    stage.change_grant(JWT_ISSUER, generic_users=frozenset({"Balie", "assistente Straße"}))
    assert refusal(stage, jwt(stage, sub=user)).code == "L505"
    for person in ("balie2", "systeembeheer-jansen", "177578"):
        assert stage.verify(jwt(stage, sub=person)).user.identifier == person


def asking(*accepted: str, minutes: int | None = None) -> Hospital:
    return replace(HOSPITAL, accepted_authentication=frozenset(accepted), max_authentication_minutes=minutes)


@pytest.mark.parametrize("level", ["loa-2", "LOA-4", "loa-4 ", "", None])
def test_log_in_of_a_level_that_is_not_accepted_is_refused(level: str | None) -> None:
    said = {} if level is None else {"acr": level}
    stage = Stage()
    without = "acr" if level is None else ""
    stage.verify(jwt(stage, without, **said))
    stage.hospital = asking("loa-4", "loa-3")
    assert refusal(stage, jwt(stage, without, **said)).code == "L506"
    stage.verify(jwt(stage, acr="loa-3"))


def test_level_of_a_saml_log_in_is_its_class() -> None:
    stage = Stage(hospital=asking(PASSWORD))
    content = stage.content(SAML_ISSUER)
    stage.verify_saml(mint_saml(content, certificate(), now=stage.now))
    stage.hospital = asking(SMARTCARD)
    response = mint_saml(content, certificate(), now=stage.now)
    assert refusal(stage, response, TokenForm.SAML).code == "L506"

    def without_statement(root: _Element) -> None:
        statement = find(root, saml("AuthnStatement"))
        parent = statement.getparent()
        assert parent is not None
        parent.remove(statement)

    stage.hospital = asking(PASSWORD)
    response = mint_saml(content, certificate(), now=stage.now, before_signing=without_statement)
    assert refusal(stage, response, TokenForm.SAML).code == "L506"


def test_log_in_may_be_as_old_as_the_hospital_says_and_not_older() -> None:
    stage = Stage(hospital=asking(minutes=60))
    stage.now = stage.now.replace(microsecond=0)
    hour_ago = int(stage.now.timestamp()) - 3600
    stage.verify(jwt(stage, auth_time=hour_ago))
    assert refusal(stage, jwt(stage, auth_time=hour_ago - 1)).code == "L506"
    token = jwt(stage, auth_time=hour_ago)
    stage.now += timedelta(microseconds=1)
    assert refusal(stage, token).code == "L506"


def test_log_in_in_the_future_or_of_an_unknown_time_is_refused() -> None:
    stage = Stage(hospital=asking(minutes=720))
    stage.now = stage.now.replace(microsecond=0)
    now = int(stage.now.timestamp())
    stage.verify(jwt(stage, auth_time=now + 30))
    assert refusal(stage, jwt(stage, auth_time=now + 31)).code == "L506"
    assert refusal(stage, jwt(stage, "auth_time")).code == "L506"
    stage.hospital = asking()
    stage.verify(jwt(stage, "auth_time"))


@pytest.mark.parametrize(
    "token_id",
    [
        f"launch-{GENUINE_BSN}-abcdefgh",
        "abcdefgh-9999.11.120-z",
        "abcdefgh_9999_11_120~z",
        f"{GENUINE_BSN}abcdefgh",
    ],
)
def test_token_id_that_holds_the_bsn_is_refused_and_kept_nowhere(token_id: str) -> None:
    stage = Stage()
    refused = refusal(stage, jwt(stage, jti=token_id))
    assert refused.code == "L406"
    assert "token_id" not in refused.facts
    assert holds_no_bsn(refused)


@pytest.mark.parametrize("token_id", [f"launch-{GENUINE_BSN}-abcdefgh", "abcdefgh-9999.11.120-z"])
def test_token_id_that_may_hold_a_bsn_is_not_kept_when_the_claims_cannot_be_read(token_id: str) -> None:
    stage = Stage()
    refused = refusal(stage, jwt(stage, "patient", jti=token_id))
    assert refused.code == "L501"
    assert "token_id" not in refused.facts
    assert refusal(stage, jwt(stage, "patient", jti="abcdefgh-12345678-z")).facts["token_id"]


@pytest.mark.parametrize("user", [GENUINE_BSN, f"pat-{GENUINE_BSN}", "9999 11 120", "gp/9999.11.120"])
def test_user_id_that_holds_the_bsn_is_refused_and_kept_nowhere(user: str) -> None:
    stage = Stage()
    # A token id of our own: a random one may hold nine digits by chance.
    refused = refusal(stage, jwt(stage, sub=user, jti="token-without-digits"))
    assert refused.code == "L501"
    assert "user_id" not in refused.facts
    assert holds_no_bsn(refused)


@pytest.mark.parametrize(
    "claims", [{"sid": f"s-{GENUINE_BSN}"}, {"his": {"product": f"HIS {GENUINE_BSN}"}}], ids=["sid", "his"]
)
def test_session_or_product_that_holds_the_bsn_is_refused(claims: dict[str, object]) -> None:
    stage = Stage()
    refused = refusal(stage, jwt(stage, jti="token-without-digits", **claims))
    assert refused.code == "L501"
    assert holds_no_bsn(refused)


def holds_no_bsn(refused: LaunchRefusedError) -> bool:
    kept = " ".join([refused.detail, *refused.facts.values()])
    return not holds_bsn(kept, GENUINE_BSN) and not may_hold_bsn(kept.replace(JWT_ISSUER, ""))


@pytest.mark.parametrize(
    ("text", "bsn", "held"),
    [
        ("12345672", "012345672", True),
        ("x1234567x", "001234567", True),
        ("12345672", "12345672", True),
        ("123456", "000123456", False),
        ("99991112", GENUINE_BSN, False),
        ("177578", "", False),
        ("0", "000000000", False),
    ],
)
def test_bsn_is_found_without_the_zeros_in_front(text: str, bsn: str, held: bool) -> None:
    assert holds_bsn(text, bsn) is held


@pytest.mark.parametrize(
    ("text", "may"),
    [
        (f"x{GENUINE_BSN}y", True),
        (f"1{GENUINE_BSN}", True),
        ("99-991-1120", True),
        ("123456789", False),
        ("9999", False),
    ],
)
def test_nine_digits_in_a_row_are_a_bsn_only_by_the_eleven_test(text: str, may: bool) -> None:
    assert may_hold_bsn(text) is may
