"""A token opens one record once, whatever happens to time, storage or the first attempt."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from app.clock import SystemClock
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import assert_refused, count_rows
from tests.browser_client import BrowserClient
from tests.clock import START, SteppingClock
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
INSTANT = timedelta(microseconds=1)
# A token of the sandbox is stamped in whole seconds; the clock starts 123456 microseconds after one.
EXPIRY = timedelta(seconds=120, microseconds=-123456)
SKEW = timedelta(seconds=30)
KEPT = EXPIRY + SKEW + timedelta(seconds=60)

_REFUSE_IDS = {
    "sqlite": ["CREATE TRIGGER no_ids BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"],
    "postgresql": [
        "CREATE FUNCTION no_ids() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
        "CREATE TRIGGER no_ids BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_ids()",
    ],
}


def refuse_rows(stack: Stack, table: str) -> None:
    """From now on the real database takes no row into this one table; the audit trail still works."""

    def refuse(connection: Connection) -> None:
        for statement in _REFUSE_IDS[connection.dialect.name]:
            connection.execute(text(statement.format(table=table)))

    stack.product.services.writer.submit(refuse)


def purge(stack: Stack) -> None:
    """What housekeeping does each minute."""
    stack.product.services.housekeeper._purge()


# --- the store of ids is down


@pytest.mark.proves("attack:A112")
def test_first_get_without_a_store_of_used_ids_asks_nobody_and_opens_nothing(
    stack_on_both: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    stack, browser = stack_on_both, stack_on_both.new_browser()
    fields = stack.jwt(PERSONA)
    place = browser.launch(fields).location
    refuse_rows(stack, "used_token")
    for _ in range(2):
        assert_refused(browser.get(place), expected("A112"), stack, caplog, fields["token"])
    assert not stack.zis.requests
    assert not stack.records("CONTEXT_OPENED")
    assert count_rows(stack) == {"pending_launch": 1, "used_token": 0, "context": 0}


@pytest.mark.proves("attack:A112")
def test_post_without_a_store_of_pending_launches_accepts_nothing(
    stack_on_both: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    stack = stack_on_both
    fields = stack.saml(PERSONA)
    refuse_rows(stack, "pending_launch")
    reply = stack.new_browser().launch(fields)
    assert_refused(reply, expected("A112"), stack, caplog, fields["SAMLResponse"])
    assert "Set-Cookie" not in reply.headers
    assert not any(record.fields["outcome"] == "accepted" for record in stack.records("LAUNCH_DECISION"))
    assert set(count_rows(stack).values()) == {0}


# --- between expiry and the end of the skew, and after everything was forgotten


@pytest.mark.proves("attack:A113")
@pytest.mark.parametrize(
    ("after", "row"),
    [
        (timedelta(0), "A113-remembered"),
        (EXPIRY + INSTANT, "A113-remembered"),
        (EXPIRY + SKEW - INSTANT, "A113-remembered"),
        (EXPIRY + SKEW, "A113"),
        (KEPT, "A113"),
    ],
    ids=["at once", "after expiry", "before the end of the skew", "after the skew", "when forgotten"],
)
def test_used_token_is_refused_at_every_moment(
    stack: Stack, after: timedelta, row: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser, thief = stack.new_browser(), stack.new_browser()
    fields = stack.jwt(PERSONA)
    place = browser.launch(fields).location
    assert browser.get(place).status == 200
    stack.clock.advance(after)
    purge(stack)
    stack.zis.forget_requests()
    wanted = expected(row)
    assert_refused(thief.launch(fields), wanted, stack, caplog, fields["token"])
    assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == wanted.code
    assert len(stack.records("REPLAY_ALARM")) == (row == "A113-remembered")
    assert not stack.zis.requests
    assert count_rows(stack)["context"] == 1
    assert browser.get(place).status == 200


@pytest.mark.proves("attack:A113")
def test_id_of_a_used_token_is_forgotten_only_when_nothing_could_accept_it(
    stack: Stack, new_browser: Browsers
) -> None:
    new_browser().open(stack.jwt(PERSONA))
    stack.clock.advance(KEPT - INSTANT)
    purge(stack)
    assert count_rows(stack)["used_token"] == 1
    stack.clock.advance(INSTANT)
    purge(stack)
    assert count_rows(stack)["used_token"] == 0


# --- the first attempt failed later


@pytest.mark.proves("attack:A114")
@pytest.mark.parametrize(
    ("persona", "code"),
    [("consent_refused", "L603"), ("consent_down", "L701"), ("hospital_down", "L702")],
)
def test_token_whose_first_attempt_failed_later_is_used_up_for_everyone_else(
    stack: Stack, persona: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser, thief = stack.new_browser(), stack.new_browser()
    fields = stack.jwt(persona)
    place = browser.launch(fields).location
    assert code in browser.get(place).body
    stack.zis.forget_requests()
    assert_refused(thief.launch(fields), expected("replayed"), stack, caplog, fields["token"])
    again = browser.launch(fields)
    assert (again.status, again.location) == (303, place)
    assert not stack.zis.requests
    assert count_rows(stack)["context"] == 0 or not stack.records("CONTEXT_OPENED")
    assert len(stack.records("REPLAY_ALARM")) == 1


# --- the machine's clock


class SettableClock(SteppingClock):
    """The product's own clock over a machine whose time a test sets, back as well as on."""

    def __init__(self) -> None:
        super().__init__()
        self._system = SystemClock(super().now)

    def now(self) -> datetime:
        return self._system.now()

    def monotonic(self) -> float:
        return max(0.0, super().monotonic())


class TestClockSetBack:
    """The stack, with the product's own clock."""

    @pytest.fixture
    def stepping_clock(self) -> SteppingClock:
        return SettableClock()

    @pytest.mark.proves("attack:A138")
    @pytest.mark.parametrize("back", [timedelta(minutes=3), timedelta(minutes=10)], ids=str)
    def test_used_and_forgotten_token_stays_used(
        self, stack: Stack, new_browser: Browsers, back: timedelta
    ) -> None:
        fields = stack.jwt(PERSONA)
        assert new_browser().open(fields).status == 200
        stack.clock.advance(KEPT)
        purge(stack)
        assert count_rows(stack)["used_token"] == 0
        stack.clock.advance(-back)
        stack.zis.forget_requests()
        for _ in range(20):
            assert new_browser().launch(fields).status == expected("A138").http
            assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == expected("A138").code
            stack.clock.advance(timedelta(seconds=45))
        assert not stack.zis.requests
        assert len(stack.records("CONTEXT_OPENED")) == 1

    @pytest.mark.proves("attack:A138")
    @pytest.mark.proves("attack:A141")
    def test_context_that_ended_stays_ended(self, stack: Stack, new_browser: Browsers) -> None:
        browser = new_browser()
        place = browser.launch(stack.jwt(PERSONA)).location
        assert browser.get(place).status == 200
        stack.clock.advance(timedelta(minutes=15))
        assert browser.get(place).status == 401
        stack.clock.advance(-timedelta(minutes=10))
        assert browser.get(place).status == 401


@pytest.mark.proves("attack:A138")
@pytest.mark.parametrize(
    ("off", "row"),
    [
        (timedelta(minutes=10), "A138"),
        (timedelta(minutes=-10), "A138-behind"),
        (timedelta(seconds=29), None),
        (timedelta(seconds=-29), None),
    ],
    ids=str,
)
def test_clock_that_is_off_refuses_and_one_within_the_skew_does_not(
    stack: Stack, new_browser: Browsers, off: timedelta, row: str | None
) -> None:
    fields = stack.jwt(PERSONA)
    stack.clock.advance(off)
    reply = new_browser().launch(fields)
    if row is None:
        assert reply.status == 303
        return
    assert reply.status == expected(row).http
    assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == expected(row).code
    assert not stack.zis.requests
    assert set(count_rows(stack).values()) == {0}


def test_clock_never_goes_back() -> None:
    said = [START, START - timedelta(minutes=10), START + INSTANT]
    clock = SystemClock(iter([START, *said]).__next__)
    assert [clock.now() for _ in said] == [START, START, START + INSTANT]
