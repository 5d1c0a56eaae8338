"""What a HIS's back end may not send: each fault has its exact code, one record, and no effect."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import text

from sandbox.his.backend import (
    PATIENT_CLOSED,
    USER_LOGGED_OUT,
    Answer,
    sign_message,
    ticket_fields,
)
from sandbox.his.content import new_es256_key, new_token_id
from sandbox.his.tokens import LaunchContent
from tests.attack.expected import expected
from tests.backend_stage import Backend
from tests.browser_client import BrowserClient
from tests.stack import Stack

PERSONA = "consent_given"


@pytest.fixture
def backend(stack: Stack) -> Backend:
    return Backend(stack)


def now_of(backend: Backend) -> int:
    return int(backend.stack.clock.now().timestamp())


def forged(backend: Backend) -> Any:
    """A key of the vendor's name that the vendor does not have."""
    return new_es256_key(backend.stack.his.keys.jwt.kid)


def bsn(backend: Backend) -> str:
    return backend.stack.zis.personas[PERSONA].bsn


# Assertions.

Assertion = Callable[[Backend], str]
_ASSERTIONS: Mapping[str, Assertion] = {
    "not_a_token": lambda at: "no-token",
    "unknown_key": lambda at: at.assertion(key=new_es256_key("another")),
    "forged": lambda at: at.assertion(key=forged(at)),
    "launch_typed": lambda at: sign_message(at.stack.his.keys.jwt, "his-launch+jwt", {"iss": at.issuer}),
    "access_typed": lambda at: sign_message(at.stack.his.keys.jwt, "at+jwt", {"iss": at.issuer}),
    "launch_token": lambda at: at.token()["token"],
    "unknown_issuer": lambda at: at.assertion({"iss": "https://nobody.example"}),
    "no_issuer": lambda at: at.assertion({"iss": None}),
    "other_subject": lambda at: at.assertion({"sub": "https://nobody.example"}),
    "no_subject": lambda at: at.assertion({"sub": None}),
    "launch_audience": lambda at: at.assertion({"aud": f"{at.stack.base_url()}/launch"}),
    "other_hospital": lambda at: at.assertion(hospital="saxenburgh"),
    "no_audience": lambda at: at.assertion({"aud": None}),
    "two_audiences": lambda at: at.assertion({"aud": [f"{at.stack.base_url()}/launch/ticket", "x"]}),
    "expired": lambda at: at.assertion({"iat": now_of(at) - 120, "exp": now_of(at) - 31}),
    "from_the_future": lambda at: at.assertion({"iat": now_of(at) + 32, "exp": now_of(at) + 60}),
    "too_long": lambda at: at.assertion({"exp": now_of(at) + 301}),
    "too_long_undated": lambda at: at.assertion({"iat": None, "exp": now_of(at) + 302}),
    "no_end": lambda at: at.assertion({"exp": None}),
    "no_id": lambda at: at.assertion({"jti": None}),
    "weak_id": lambda at: at.assertion({"jti": "1" * 16}),
    "other_vendor": lambda at: Backend(at.stack, "hti").assertion(),
}


@pytest.mark.proves("attack:A116")
@pytest.mark.parametrize("fault", _ASSERTIONS)
def test_wrong_client_assertion_gets_its_code_and_no_ticket(
    backend: Backend, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token, assertion = backend.token(), _ASSERTIONS[fault](backend)
    answer = backend.ask(ticket_fields(token, assertion))
    assert_refused(answer, f"{fault}-assertion", caplog, assertion, token["token"], bsn(backend))
    (record,) = backend.stack.records("LAUNCH_DECISION")
    wanted = (answer.content["error"], answer.content["reference"], "refused", "ticket")
    found = (record.fields["code"], record.reference, record.fields["outcome"], record.fields["page"])
    assert found == wanted
    assert rows(backend) == {"launch_ticket": 0, "used_message": 0}
    again = backend.ask(ticket_fields(token, backend.assertion()))
    assert again.status == 200


def assert_refused(answer: Answer, row: str, log: pytest.LogCaptureFixture, *secrets: str) -> None:
    wanted = expected(row)
    assert (answer.status, answer.content.get("error")) == (wanted.http, wanted.code)
    assert answer.content.keys() == {"error", "reference"}
    for secret in secrets:
        assert secret not in log.text


def rows(backend: Backend) -> dict[str, int]:
    with backend.stack.product.services.database.read() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in ("launch_ticket", "used_message")
        }


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": None},
        {"aud": ["{ticket}"]},
        {"exp": 300},
        {"iat": None, "exp": 300},
    ],
)
def test_assertion_as_the_standard_allows_it_gets_a_ticket(
    backend: Backend, changes: dict[str, object]
) -> None:
    said = {
        name: now_of(backend) + value if isinstance(value, int) else value for name, value in changes.items()
    }
    if "aud" in said:
        said["aud"] = [f"{backend.stack.base_url()}/launch/ticket"]
    assert backend.ask(ticket_fields(backend.token(), backend.assertion(said))).status == 200


@pytest.mark.proves("attack:A055")
def test_assertion_is_no_launch_token(backend: Backend) -> None:
    reply = backend.stack.new_browser().launch({"token": backend.assertion()})
    wanted = expected("assertion-as-launch")
    assert (reply.status, (wanted.code or "") in reply.body) == (wanted.http, True)


@pytest.mark.proves("attack:A110")
def test_assertion_that_gave_a_ticket_gives_no_other(backend: Backend) -> None:
    assertion = backend.assertion()
    assert backend.ask(ticket_fields(backend.token(), assertion)).status == 200
    answer = backend.ask(ticket_fields(backend.token(), assertion))
    wanted = expected("replayed-assertion")
    assert (answer.status, answer.content["error"]) == (wanted.http, wanted.code)
    assert rows(backend)["launch_ticket"] == 1


def test_launch_token_behind_a_ticket_is_held_to_every_rule(backend: Backend) -> None:
    for changes, row in (
        ({"lifetime_seconds": 121}, "A052-too-long"),
        ({"role": "224610007"}, "role-unmapped"),
        ({"bsn": "123456789"}, "A057"),
        ({"practice_ura": "90000099", "practice_oid": "2.16.528.1.1007.3.3.90000099"}, "A116"),
    ):
        answer = backend.ask(ticket_fields(backend.token(**changes), backend.assertion()))
        wanted = expected(row)
        assert (answer.status, answer.content["error"]) == (wanted.http, wanted.code)
    assert rows(backend) == {"launch_ticket": 0, "used_message": 0}


@pytest.mark.proves("attack:A127")
@pytest.mark.parametrize("path", ["/cwz/launch/ticket", "/cwz/context-ended"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_every_other_method_is_refused_and_recorded(stack: Stack, path: str, method: str) -> None:
    reply = stack.new_browser().request(method, path)
    assert (reply.status, reply.headers["Allow"]) == (expected("A127").http, "POST")
    event = "LAUNCH_DECISION" if "ticket" in path else "CONTEXT_END_ASKED"
    (record,) = stack.records(event)
    assert record.fields["code"] == expected("A127").code


@pytest.mark.proves("attack:A128")
@pytest.mark.parametrize("path", ["/cwz/launch/ticket", "/cwz/context-ended"])
def test_query_and_huge_body_are_refused(stack: Stack, path: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    browser: BrowserClient = stack.new_browser()
    assert browser.request("POST", f"{path}?token=x", "token=x", form).status == 400
    assert browser.request("POST", path, "token=" + "x" * 70_000, form).status == 413


# Messages about contexts that ended.

Message = Callable[[Backend, LaunchContent], str]


def closed(**changes: object) -> Message:
    return lambda at, click: at.message(click, PATIENT_CLOSED, changes)


def timed(**seconds: int) -> Message:
    def make(at: Backend, click: LaunchContent) -> str:
        changes = {name: now_of(at) + value for name, value in seconds.items()}
        return at.message(click, PATIENT_CLOSED, changes)

    return make


def typed(kind: str) -> Message:
    def make(at: Backend, click: LaunchContent) -> str:
        claims = {"iss": at.issuer, "aud": f"{at.stack.base_url()}/context-ended", "jti": new_token_id()}
        return sign_message(at.stack.his.keys.jwt, kind, claims)

    return make


_BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
_MESSAGES: Mapping[str, Message] = {
    "not_a_token": lambda at, click: "no-token",
    "unknown_key": lambda at, click: at.message(click, PATIENT_CLOSED, key=new_es256_key("another")),
    "forged": lambda at, click: at.message(click, PATIENT_CLOSED, key=forged(at)),
    "untyped": typed(""),
    "plainly_typed": typed("JWT"),
    "launch_token": lambda at, click: at.token()["token"],
    "unknown_issuer": closed(iss="https://nobody.example"),
    "launch_audience": lambda at, click: at.message(
        click, PATIENT_CLOSED, {"aud": f"{at.stack.base_url()}/launch"}
    ),
    "other_hospital": lambda at, click: at.message(click, PATIENT_CLOSED, hospital="saxenburgh"),
    "expired": timed(iat=-100, exp=-31),
    "from_the_future": timed(iat=32, exp=60),
    "too_long": timed(exp=121),
    "no_issue": closed(iat=None),
    "no_end": closed(exp=None),
    "no_id": closed(jti=None),
    "no_event": closed(event=None),
    "unknown_event": closed(event="patient-died"),
    "no_subject": closed(sub=None),
    "blank_subject": closed(sub=" "),
    "no_practice": closed(practice=None),
    "strange_practice": closed(practice="90000099"),
    "no_patient": closed(patient=None),
    "other_system": lambda at, click: at.message(
        click, PATIENT_CLOSED, {"patient": {"system": "urn:x", "value": click.bsn}}
    ),
    "bad_bsn": closed(patient={"system": _BSN_SYSTEM, "value": "123456789"}),
    "number_as_bsn": closed(patient={"system": _BSN_SYSTEM, "value": 999990019}),
    "subject_holds_bsn": lambda at, click: at.message(click, PATIENT_CLOSED, {"sub": f"u{click.bsn}"}),
    "session_holds_bsn": lambda at, click: at.message(click, PATIENT_CLOSED, {"sid": f"s-{click.bsn}"}),
    "id_holds_bsn": lambda at, click: at.message(click, PATIENT_CLOSED, {"jti": f"abcdefgh-{click.bsn}"}),
    "number_as_session": closed(sid=7),
}


@pytest.mark.parametrize("fault", _MESSAGES)
def test_wrong_message_gets_its_code_and_closes_nothing(
    backend: Backend, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stack, browser = backend.stack, backend.stack.new_browser()
    click = stack.click("jwt", PERSONA)
    opened = browser.launch(stack.form("jwt", click)).location
    assert browser.get(opened).status == 200
    token = _MESSAGES[fault](backend, click)
    answer = backend.say(token)
    assert_refused(answer, f"{fault}-ended", caplog, token, click.bsn)
    (record,) = stack.records("CONTEXT_END_ASKED")
    assert (record.fields["code"], record.reference) == (answer.content["error"], answer.content["reference"])
    assert "count" not in record.fields
    assert not stack.records("CONTEXT_CLOSED")
    assert "Kalium" in browser.get(opened + "uitslagen/lab").body


@pytest.mark.proves("attack:A055")
def test_message_is_no_launch_token(backend: Backend) -> None:
    click = backend.stack.click("jwt", PERSONA)
    reply = backend.stack.new_browser().launch({"token": backend.message(click, USER_LOGGED_OUT)})
    wanted = expected("message-as-launch")
    assert (reply.status, (wanted.code or "") in reply.body) == (wanted.http, True)


@pytest.mark.proves("attack:A110")
def test_message_that_came_before_closes_nothing_again(backend: Backend) -> None:
    stack, browser = backend.stack, backend.stack.new_browser()
    click = stack.click("jwt", PERSONA)
    token = backend.message(click, PATIENT_CLOSED)
    assert backend.say(token).status == 202
    opened = browser.launch(stack.form("jwt", click)).location
    assert browser.get(opened).status == 200
    answer = backend.say(token)
    wanted = expected("replayed-ended")
    assert (answer.status, answer.content["error"]) == (wanted.http, wanted.code)
    assert browser.get(opened).status == 200


@pytest.mark.parametrize("fault", ["vendor_suspended-ended", "grant_suspended-ended"])
def test_message_of_a_suspended_vendor_closes_nothing(backend: Backend, fault: str) -> None:
    stack = backend.stack
    level = ("--hospital", "cwz") if fault.startswith("grant") else ()
    click = stack.click("jwt", PERSONA)
    stack.product.run_cli("trust", "suspend", backend.issuer, *level)
    answer = backend.say(backend.message(click, PATIENT_CLOSED))
    assert (answer.status, answer.content["error"]) == (expected(fault).http, expected(fault).code)


@pytest.mark.proves("attack:A115")
def test_flood_of_worthless_calls_leaves_sixty_records(backend: Backend) -> None:
    for _ in range(62):
        assert backend.say("no-token").status == 400
    assert len(backend.stack.records("CONTEXT_END_ASKED")) == 60
    assert rows(backend)["used_message"] == 0
