"""Launching by ticket, over real HTTP: the HIS's back end brings the token, the browser a one-time code."""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from sandbox.his.backend import Answer, ticket_fields
from sandbox.his.dialects import DIALECTS
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import make_read_only
from tests.backend_stage import Backend
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

BROWSERS = 20
_REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def backend(stack: Stack) -> Backend:
    return Backend(stack)


def decisions(stack: Stack) -> list[Mapping[str, object]]:
    return [record.fields for record in stack.records("LAUNCH_DECISION")]


def is_refused(reply: Reply, row: str) -> bool:
    """With the code and status of a row of ``expected_codes.toml``, and a reference."""
    wanted = expected(row)
    found = (reply.status, wanted.code is not None and wanted.code in reply.body)
    return found == (wanted.http, True) and _REFERENCE.search(reply.body) is not None


@pytest.mark.parametrize("vendor", sorted(DIALECTS))
def test_back_end_of_every_his_launches_by_ticket(stack_on_both: Stack, vendor: str) -> None:
    stack = stack_on_both
    fields = Backend(stack, vendor).ticket()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", fields["ticket"])
    page = stack.new_browser().open(fields)
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body
    asked, launched = decisions(stack)
    assert (asked["page"], asked["grade"], asked["outcome"]) == ("ticket", "ticket", "accepted")
    assert "context" not in asked
    assert (launched["grade"], launched["outcome"], launched["token_id"]) == (
        "ticket",
        "accepted",
        asked["token_id"],
    )
    assert launched["detail"] == f"ticket {stack.records('LAUNCH_DECISION')[0].reference}"


def test_answer_is_json_that_nobody_keeps(stack: Stack, backend: Backend) -> None:
    token, browser = backend.token(), BrowserClient(stack.product.url, stack.his.url)
    sent = ticket_fields(token, backend.assertion())
    answer = browser.post("/cwz/launch/ticket", sent)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    content = json.loads(answer.body)
    assert content.keys() == {"ticket", "expires_in"}
    assert content["expires_in"] == 60


def test_ticket_never_outlives_the_last_moment_at_which_its_token_could_be_posted(
    stack: Stack, backend: Backend
) -> None:
    token = backend.token(lifetime_seconds=20)
    answer = backend.ask(ticket_fields(token, backend.assertion()))
    # Until its expiry and the skew of 30 seconds; the stepping clock stands at a part of a second.
    assert answer.content["expires_in"] == 49
    stack.clock.advance(49)
    assert stack.new_browser().launch({"ticket": str(answer.content["ticket"])}).status == 303


@pytest.mark.proves("attack:A111")
def test_one_ticket_in_twenty_browsers_at_once_opens_in_one(stack_on_both: Stack) -> None:
    stack = stack_on_both
    fields = Backend(stack).ticket()
    browsers = [stack.new_browser() for _ in range(BROWSERS)]
    with ThreadPoolExecutor(BROWSERS) as together:
        replies = list(together.map(lambda browser: browser.launch(fields), browsers))
    accepted = [
        (browser, reply) for browser, reply in zip(browsers, replies, strict=True) if reply.status == 303
    ]
    ((winner, reply),) = accepted
    assert winner.get(reply.location).status == 200
    losers = [each for each in replies if each.status != 303]
    assert all(is_refused(each, "used-ticket") for each in losers)
    assert len(stack.records("REPLAY_ALARM")) == BROWSERS - 1
    assert len(stack.records("CONTEXT_OPENED")) == 1


@pytest.mark.proves("attack:A110")
def test_ticket_of_another_browser_is_refused_with_an_alarm_and_harms_nothing(
    stack: Stack, backend: Backend
) -> None:
    fields = backend.ticket()
    first, thief = stack.new_browser(), stack.new_browser()
    opened = first.launch(fields).location
    reply = thief.launch(fields)
    assert is_refused(reply, "used-ticket")
    (alarm,) = stack.records("REPLAY_ALARM")
    assert alarm.fields["detail"] == "ticket_redeemed_by_other_browser"
    assert first.get(opened).status == 200


def test_ticket_posted_twice_by_its_own_browser_leads_to_its_record(stack: Stack, backend: Backend) -> None:
    browser = stack.new_browser()
    browser.open(backend.ticket())
    fields = backend.ticket("consent_given")
    first = browser.launch(fields)
    assert browser.get(first.location).status == 200
    again = browser.launch(fields)
    assert (again.status, again.location) == (303, first.location)
    assert browser.get(again.location).status == 200
    assert not stack.records("REPLAY_ALARM")


@pytest.mark.proves("attack:A113")
def test_expired_ticket_is_refused_and_its_token_stays_unused(stack: Stack, backend: Backend) -> None:
    token = backend.token()
    answer = backend.ask(ticket_fields(token, backend.assertion()))
    stack.clock.advance(60)
    reply = stack.new_browser().launch({"ticket": str(answer.content["ticket"])})
    assert is_refused(reply, "expired-ticket")
    assert decisions(stack)[-1]["code"] == "L401"
    assert stack.new_browser().open(token).status == 200


def test_ticket_is_good_to_its_last_moment(stack: Stack, backend: Backend) -> None:
    fields = backend.ticket()
    stack.clock.advance(59.999999)
    assert stack.new_browser().open(fields).status == 200


@pytest.mark.proves("attack:A116")
def test_ticket_of_one_hospital_is_refused_at_another(stack: Stack, backend: Backend) -> None:
    fields = backend.ticket()
    reply = stack.new_browser().launch(fields, hospital="saxenburgh")
    assert is_refused(reply, "other_hospital-ticket")
    assert stack.new_browser().open(fields).status == 200


@pytest.mark.parametrize("code", ["x", "A" * 43, "A" * 5000, "é"])
def test_code_that_was_never_issued_is_no_token(stack: Stack, code: str) -> None:
    reply = stack.new_browser().launch({"ticket": code})
    assert is_refused(reply, "unknown-ticket")
    assert code not in reply.body or code == "x"


@pytest.mark.proves("attack:A108")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_ticket_from_a_page_that_the_grant_does_not_list_is_refused(
    stack: Stack, backend: Backend, origin: str
) -> None:
    fields = backend.ticket()
    reply = stack.new_browser().launch(fields, origin=origin)
    assert is_refused(reply, "other_origin-ticket")
    assert stack.new_browser().open(fields).status == 200


@pytest.mark.parametrize("level", [(), ("--hospital", "cwz")])
def test_ticket_of_a_vendor_that_was_suspended_meanwhile_is_refused(
    stack: Stack, backend: Backend, level: tuple[str, ...]
) -> None:
    fields = backend.ticket()
    stack.product.run_cli("trust", "suspend", backend.issuer, *level)
    assert is_refused(stack.new_browser().launch(fields), "vendor-suspended")


def test_ticket_of_a_practice_that_was_suspended_meanwhile_is_refused(stack: Stack, backend: Backend) -> None:
    fields = backend.ticket()
    practice = ("--hospital", "cwz", "--practice", "90000001")
    stack.product.run_cli("trust", "suspend", backend.issuer, *practice)
    reply = stack.new_browser().launch(fields)
    assert is_refused(reply, "practice_suspended")
    refused = decisions(stack)[-1]
    assert (refused["issuer"], refused["practice_ura"]) == (backend.issuer, "90000001")


@pytest.mark.proves("attack:A111")
def test_token_behind_a_ticket_opens_once_however_it_comes(stack: Stack, backend: Backend) -> None:
    token = backend.token()
    answers = [backend.ask(ticket_fields(token, backend.assertion())) for _ in range(2)]
    tickets = [{"ticket": str(answer.content["ticket"])} for answer in answers]
    assert stack.new_browser().open(tickets[0]).status == 200
    for fields in (tickets[1], token):
        reply = stack.new_browser().launch(fields)
        assert is_refused(reply, "used-ticket")


@pytest.mark.proves("attack:A111")
def test_one_assertion_used_many_times_at_once_gives_one_ticket(stack_on_both: Stack) -> None:
    stack = stack_on_both
    backend = Backend(stack)
    fields = [ticket_fields(backend.token(), backend.assertion())["client_assertion"]]
    asked = [ticket_fields(backend.token(), fields[0]) for _ in range(10)]
    with ThreadPoolExecutor(10) as together:
        answers: list[Answer] = list(together.map(backend.ask, asked))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 9
    assert {answer.content.get("error") for answer in answers if answer.status == 401} == {"L405"}


def test_tickets_of_one_practice_are_limited(stack: Stack, backend: Backend) -> None:
    token = backend.token()
    statuses = {}
    for number in range(121):
        statuses[number] = backend.ask(ticket_fields(token, backend.assertion()))
    assert {answer.status for number, answer in statuses.items() if number < 120} == {200}
    assert (statuses[120].status, statuses[120].content["error"]) == (429, "L104")
    stack.clock.advance(61)
    assert backend.ask(ticket_fields(backend.token(), backend.assertion())).status == 200


@pytest.mark.proves("promise:P9")
def test_neither_code_nor_claims_stand_readable_in_the_database(stack: Stack, backend: Backend) -> None:
    fields = backend.ticket()
    with stack.product.services.database.read() as connection:
        (row,) = connection.execute(text("SELECT * FROM launch_ticket")).mappings()
    stored = repr(dict(row)).encode() + bytes(row["claims"]) + bytes(row["code_hash"])
    for secret in (fields["ticket"], stack.zis.personas["consent_given"].bsn, "Vries"):
        assert secret.encode() not in stored


def test_tickets_and_used_assertions_are_forgotten_in_time(stack: Stack, backend: Backend) -> None:
    backend.ticket()

    def left() -> list[int]:
        with stack.product.services.database.read() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
                for table in ("launch_ticket", "used_message")
            ]

    stack.clock.advance(80)
    stack.product.services.housekeeper._purge()
    assert left() == [1, 1]
    stack.clock.advance(130)
    stack.product.services.housekeeper._purge()
    assert left() == [0, 0]


@pytest.mark.proves("attack:A112")
def test_ticket_that_cannot_be_recorded_is_not_given(stack_on_both: Stack) -> None:
    stack = stack_on_both
    backend = Backend(stack)
    fields = ticket_fields(backend.token(), backend.assertion())
    make_read_only(stack)
    answer = backend.ask(fields)
    wanted = expected("A112")
    assert (answer.status, answer.content["error"]) == (wanted.http, wanted.code)
    assert "ticket" not in answer.content


@pytest.mark.proves("attack:A112")
def test_ticket_that_cannot_be_used_up_opens_nothing(stack_on_both: Stack) -> None:
    stack = stack_on_both
    fields = Backend(stack).ticket()
    make_read_only(stack)
    reply = stack.new_browser().launch(fields)
    assert is_refused(reply, "A112")
    assert "Set-Cookie" not in reply.headers
