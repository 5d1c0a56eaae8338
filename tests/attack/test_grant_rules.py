"""What a hospital demands of a vendor beyond a genuine token: each refusal over real HTTP leaves one record,
no context and no question, and no BSN anywhere."""

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest

from context.hospital import Environment
from launch.errors import LaunchRefusedError
from sandbox.his.registration import registration_text
from sandbox.his.tokens import mint_jwt
from sandbox.his.vendors import His, Hospital
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import assert_nothing_happened, assert_refused
from tests.launch_stage import HOSPITAL, JWT_ISSUER, Stage, jwt_key
from tests.stack import Stack

PERSONA = "consent_given"


def register(stack: Stack, grant: str = "", practice: str = "") -> None:
    """The JWT vendor, with these lines in its grant and in its practice."""
    hospitals = [Hospital("cwz", "cwz", stack.base_url(), "test")]
    text = registration_text(His.JWT, stack.his.url, stack.his.keys, hospitals)
    stack.product.register(text.replace("[grants.roles]", f"{grant}\n[grants.roles]") + practice)


def token(stack: Stack, **claims: Any) -> dict[str, str]:
    content = stack.content(PERSONA)
    return {"token": mint_jwt(content, stack.his.keys.jwt, now=stack.clock.now(), claims=claims)}


def bsn_of(stack: Stack) -> str:
    return stack.zis.personas[PERSONA].bsn


@pytest.mark.parametrize(
    ("row", "grant", "practice", "claims"),
    [
        ("grade-too-weak", 'minimum_grade = "ticket"', "", lambda stack: {}),
        ("grade-too-weak", 'minimum_grade = "smart"', "", lambda stack: {}),
        ("deployment-other", "", 'deployment_id = "nl-1"', lambda stack: {}),
        ("user-generic", "", "", lambda stack: {"sub": "Administrator"}),
        ("user-generic", 'generic_users = ["Balie 1"]', "", lambda stack: {"sub": "balie 1"}),
        ("id-holds-bsn", "", "", lambda stack: {"jti": f"launch-{bsn_of(stack)}-0a1b2c"}),
        ("user-holds-bsn", "", "", lambda stack: {"sub": f"patient-{bsn_of(stack)}"}),
        ("user-holds-bsn", "", "", lambda stack: {"sid": f"s{bsn_of(stack)}"}),
    ],
)
@pytest.mark.proves("feature:A19")
@pytest.mark.proves("feature:M01")
@pytest.mark.proves("feature:A14")
def test_launch_against_a_rule_of_the_grant_is_refused_and_leaves_one_record(
    stack: Stack,
    row: str,
    grant: str,
    practice: str,
    claims: Callable[[Stack], dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    register(stack, grant, practice)
    fields = token(stack, **claims(stack))
    reply = stack.new_browser().launch(fields)
    wanted = expected(row)
    assert_refused(reply, wanted, stack, caplog, fields["token"])
    assert_nothing_happened(stack, wanted.code or "")
    (record,) = stack.records("LAUNCH_DECISION")
    assert bsn_of(stack) not in "".join(str(value) for value in record.fields.values())


@pytest.mark.proves("attack:A117")
def test_token_for_the_test_environment_is_refused_in_production() -> None:
    stage = Stage()
    token = mint_jwt(stage.content(), jwt_key(), now=stage.now)
    stage.hospital = dataclasses.replace(
        HOSPITAL, environment=Environment.PRODUCTION, base_url="https://dossier.testziekenhuis.nl"
    )
    stage.change_grant(JWT_ISSUER, environment=Environment.PRODUCTION)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token)
    assert refused.value.code == expected("A117").code


def test_log_in_that_is_too_old_is_refused() -> None:
    stage = Stage(hospital=dataclasses.replace(HOSPITAL, max_authentication_minutes=1))
    old = {"auth_time": int(stage.now.timestamp()) - 61}
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(mint_jwt(stage.content(), jwt_key(), now=stage.now, claims=old))
    assert refused.value.code == expected("login-too-old").code
