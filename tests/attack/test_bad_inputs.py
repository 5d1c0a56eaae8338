"""Every bad input ends in a Dutch page with a code, a reference and the way on, and in one record.

Over real HTTP: no stack trace, no cause, no BSN and no token in page, log or URL; nothing opens and no
hospital is asked.
"""

import logging
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, text

from sandbox.his.launches import LaunchFault, Minter, applies
from sandbox.his.vendors import His
from tests.attack.expected import Expected, expected
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

PERSONA = "consent_given"
_REFERENCE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
_TECHNICAL = ("Traceback", "Exception", "lxml", "sqlalchemy", "signature", "claim", "NoneType")


def assert_refused(
    reply: Reply, wanted: Expected, stack: Stack, log: pytest.LogCaptureFixture, *secrets: str
) -> None:
    """What a GP, and nobody else, may learn."""
    assert wanted.code is not None
    assert (reply.status, wanted.code in reply.body) == (wanted.http, True), reply.body
    assert reply.headers["Content-Type"].startswith("text/html")
    assert '<html lang="nl"' in reply.body
    assert _REFERENCE.search(reply.body)
    assert "Zorgverlenersportaal" in reply.body
    assert not reply.body.count("<script")
    said = reply.body + str(dict(reply.headers)) + log.text
    for secret in (*secrets, stack.zis.personas[PERSONA].bsn):
        assert secret not in said
    for word in _TECHNICAL:
        assert word not in reply.body


def assert_nothing_happened(stack: Stack, code: str) -> None:
    """One record of the refusal, no context, no question to the hospital."""
    (record,) = stack.records("LAUNCH_DECISION")
    assert (record.fields["outcome"], record.fields["code"]) == ("refused", code)
    assert not stack.records("CONTEXT_OPENED")
    assert not stack.zis.requests
    assert count_rows(stack) == {"pending_launch": 0, "used_token": 0, "context": 0}


def count_rows(stack: Stack) -> Mapping[str, int]:
    with stack.product.services.database.read() as connection:
        return {
            table: int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608
            for table in ("pending_launch", "used_token", "context")
        }


def fields_of(stack: Stack, vendor: His, fault: LaunchFault | None = None) -> dict[str, str]:
    form = "jwt" if vendor is His.JWT else "saml"
    minter = Minter(stack.his.keys, vendor)
    return dict(minter.fields(stack.content(PERSONA, form=form), stack.clock.now(), fault))


_FAULTS = [
    pytest.param(his, fault, id=f"{fault}-{his}")
    for his in His
    for fault in LaunchFault
    if applies(fault, his) and fault is not LaunchFault.REPLAYED
]


@pytest.mark.parametrize(("vendor", "fault"), _FAULTS)
def test_each_fault_of_the_sandbox_portal_is_refused_with_its_code(
    stack: Stack, vendor: His, fault: LaunchFault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fields = fields_of(stack, vendor, fault)
    reply = stack.new_browser().launch(fields)
    wanted = expected(f"{fault}-{vendor}")
    assert_refused(reply, wanted, stack, caplog, *fields.values())
    assert_nothing_happened(stack, wanted.code or "")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_any_method_but_post_is_refused_and_its_query_never_parsed(
    stack: Stack, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = fields_of(stack, His.JWT)["token"]
    reply = stack.new_browser().request(method, "/cwz/launch?" + urlencode({"token": token}))
    wanted = expected("get")
    if method != "HEAD":
        assert_refused(reply, wanted, stack, caplog, token)
    assert reply.status == wanted.http
    assert reply.headers["Allow"] == "POST"
    assert_nothing_happened(stack, "L100")


def test_token_of_one_megabyte_is_refused_before_it_is_read(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    token = "a" * (1 << 20)
    reply = stack.new_browser().launch({"token": token})
    assert_refused(reply, expected("token_1mb"), stack, caplog, token[:100])
    assert_nothing_happened(stack, "L102")


@pytest.mark.parametrize("field", ["token", "SAMLResponse"])
def test_text_that_is_no_token_is_refused(stack: Stack, field: str, caplog: pytest.LogCaptureFixture) -> None:
    reply = stack.new_browser().launch({field: "zz!zz"})
    assert_refused(reply, expected("no_token_at_all"), stack, caplog)
    assert_nothing_happened(stack, "L103")


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example", "http://127.0.0.1:1"])
def test_post_from_an_origin_that_the_grant_does_not_list_is_refused(
    stack: Stack, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    fields = fields_of(stack, His.JWT)
    reply = stack.new_browser().launch(fields, origin=origin)
    assert_refused(reply, expected("origin"), stack, caplog, fields["token"])
    assert_nothing_happened(stack, "L105")


@pytest.mark.parametrize("vendor", list(His))
@pytest.mark.parametrize(
    ("level", "row"),
    [
        ([], "issuer_suspended"),
        (["--hospital", "cwz"], "issuer_suspended"),
        (["--hospital", "cwz", "--practice", "90000001"], "practice_suspended"),
    ],
)
def test_suspended_issuer_or_practice_is_refused(
    stack: Stack, vendor: His, level: list[str], row: str, caplog: pytest.LogCaptureFixture
) -> None:
    stack.product.run_cli("trust", "suspend", stack.his.issuer(vendor), *level)
    fields = fields_of(stack, vendor)
    reply = stack.new_browser().launch(fields)
    assert_refused(reply, expected(row), stack, caplog, *fields.values())
    assert_nothing_happened(stack, expected(row).code or "")
    stack.product.run_cli("trust", "activate", stack.his.issuer(vendor), *level)
    assert stack.new_browser().launch(fields_of(stack, vendor)).status == 303


@pytest.mark.proves("attack:A110")
@pytest.mark.parametrize("vendor", list(His))
def test_replay_from_another_browser_is_refused_and_the_first_stays_open(
    stack: Stack, vendor: His, caplog: pytest.LogCaptureFixture
) -> None:
    fields = fields_of(stack, vendor)
    first, thief = stack.new_browser(), stack.new_browser()
    opened = first.launch(fields).location
    assert first.get(opened).status == 200
    reply = thief.launch(fields)
    assert_refused(reply, expected("replayed"), stack, caplog, *fields.values())
    assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == "L405"
    assert first.get(opened).status == 200


_AT_THE_GET: Mapping[str, tuple[str, Callable[[Stack], None] | None]] = {
    "unknown_in_hospital": ("patient_unknown", None),
    "consent_refused": ("consent_refused", None),
    "consent_not_answered": ("consent_refused", None),
    "consent_unclear": ("consent_unavailable", None),
    "consent_down": ("consent_unavailable", None),
    "hospital_down": ("zis_down", None),
    "other_person": ("zis_other_bsn", None),
    "several_matches": ("several_matches", None),
    "birth_date_differs": ("identity_differs", None),
    "name_differs": ("identity_differs", None),
}


@pytest.mark.proves("feature:B01")
@pytest.mark.parametrize("persona", sorted(_AT_THE_GET))
def test_refusal_after_the_hospital_was_asked_has_its_code_and_one_record(
    stack: Stack, persona: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    browser = stack.new_browser()
    reply = browser.open(stack.saml(persona))
    wanted = expected(_AT_THE_GET[persona][0])
    assert_refused(reply, wanted, stack, caplog, stack.zis.personas[persona].bsn)
    (record,) = stack.records("CONTEXT_REFUSED")
    assert record.fields["code"] == wanted.code
    assert not stack.records("PAGE_VIEWED")
    interactions = {received.interaction for received in stack.zis.requests}
    assert interactions <= {"patient", "consent"}


@pytest.mark.proves("feature:B01")
@pytest.mark.proves("feature:B06")
def test_no_consent_says_the_literal_sentence_and_the_patients_way(stack: Stack) -> None:
    reply = stack.new_browser().open(stack.jwt("consent_refused"))
    assert "U heeft geen rechten om deze patiënt in te zien" in reply.body
    assert "MijnCWZ &gt; Mijn gegevens &gt; Toestemmingen &gt; Zorgverlenersportaal" in reply.body
    assert "https://www.cwz.nl/mijncwz/toestemming-en-bezwaar" in reply.body


def test_unknown_patient_and_refused_consent_read_alike(stack: Stack) -> None:
    bodies = set()
    for persona in ("unknown_in_hospital", "consent_refused", "consent_not_answered"):
        reply = stack.new_browser().open(stack.jwt(persona))
        masked = _REFERENCE.sub("REFERENCE", reply.body)
        bodies.add((reply.status, re.sub(r"\d\d:\d\d(:\d\d)?", "TIME", masked)))
    assert len(bodies) == 1


@pytest.mark.proves("feature:B02")
@pytest.mark.parametrize("persona", ["consent_refused", "consent_not_answered"])
def test_saxenburgh_shows_patient_information_only_without_consent(stack: Stack, persona: str) -> None:
    browser = stack.new_browser()
    opened = browser.launch(stack.jwt(persona, hospital="saxenburgh"), hospital="saxenburgh").location
    page = browser.get(opened)
    assert page.status == 200
    assert stack.zis.personas[persona].name.family.upper() in page.body.upper()
    assert "Allergieën niet beschikbaar" in page.body
    lab = browser.get(opened + "uitslagen/lab")
    assert "Kalium" not in lab.body
    asked = {received.interaction for received in stack.zis.requests}
    assert asked == {"patient", "consent"}


def test_read_only_database_refuses_the_launch_and_shows_nothing(
    stack_on_both: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    stack = stack_on_both
    fields = fields_of(stack, His.JWT)
    make_read_only(stack)
    reply = stack.new_browser().launch(fields)
    assert_refused(reply, expected("database_read_only"), stack, caplog, fields["token"])
    assert "Set-Cookie" not in reply.headers


def test_database_that_turns_read_only_closes_open_records(stack_on_both: Stack) -> None:
    stack = stack_on_both
    browser: BrowserClient = stack.new_browser()
    opened = browser.launch(stack.jwt(PERSONA)).location
    assert browser.get(opened).status == 200
    make_read_only(stack)
    reply = browser.get(opened + "uitslagen/lab")
    assert reply.status == expected("database_read_only").http
    assert "Kalium" not in reply.body
    assert "Vries" not in reply.body


def make_read_only(stack: Stack) -> None:
    """The real database refuses every write of this process from now on."""

    def refuse(connection: Connection) -> None:
        statements = {
            "sqlite": "PRAGMA query_only = ON",
            "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        }
        connection.execute(text(statements[connection.dialect.name]))

    stack.product.services.writer.submit(refuse)
