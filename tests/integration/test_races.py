"""One token, many requests at once, over real HTTP and on both databases (architecture.md D3)."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import text

from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

T = TypeVar("T")

PERSONA = "consent_given"
NAME = "DE VRIES-VAN DER BERG"
CROWD = 50


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """The answers of all actions, which start together."""
    start = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def phases(stack: Stack) -> list[str]:
    """Of every context that consumed a token."""
    with stack.product.services.database.read() as connection:
        return sorted(connection.execute(text("SELECT phase FROM context")).scalars())


def follow(browser: BrowserClient, place: str) -> Reply:
    """As a browser does with a redirect, at most three times."""
    for _ in range(3):
        reply = browser.get(place)
        if reply.status != 303:
            return reply
        place = reply.location
    raise AssertionError("redirected for ever")


def assert_one_opened_and_the_others_are_alarms(stack: Stack, replies: Sequence[Reply]) -> None:
    shown = [reply for reply in replies if reply.status == 200]
    refused = [reply for reply in replies if reply.status == 401]
    assert (len(shown), len(refused)) == (1, len(replies) - 1)
    assert NAME in shown[0].body
    for reply in refused:
        assert "L405" in reply.body
        assert NAME not in reply.body
    assert phases(stack) == ["open"]
    assert len(stack.records("CONTEXT_OPENED")) == 1
    assert len(stack.records("REPLAY_ALARM")) == len(refused)


# --- one token, fifty browsers


@pytest.mark.proves("attack:A111")
def test_fifty_launches_of_one_token_posted_and_opened_at_once_open_exactly_one(stack_on_both: Stack) -> None:
    stack = stack_on_both
    fields = stack.jwt(PERSONA)

    def click(browser: BrowserClient) -> Reply:
        posted = browser.launch(fields)
        return browser.get(posted.location) if posted.status == 303 else posted

    browsers = [stack.new_browser() for _ in range(CROWD)]
    replies = at_once([partial(click, browser) for browser in browsers])
    assert_one_opened_and_the_others_are_alarms(stack, replies)
    assert len(stack.records("LAUNCH_DECISION")) == CROWD


@pytest.mark.proves("attack:A111")
def test_fifty_pending_launches_of_one_token_opened_at_once_open_exactly_one(stack_on_both: Stack) -> None:
    stack = stack_on_both
    fields = stack.saml(PERSONA)
    browsers = [stack.new_browser() for _ in range(CROWD)]
    places = [
        posted.location for posted in at_once([partial(browser.launch, fields) for browser in browsers])
    ]
    replies = at_once([partial(b.get, place) for b, place in zip(browsers, places, strict=True)])
    assert_one_opened_and_the_others_are_alarms(stack, replies)
    decisions = [record.fields["outcome"] for record in stack.records("LAUNCH_DECISION")]
    assert decisions == ["accepted"] * CROWD


@pytest.mark.proves("attack:A111")
def test_one_pending_launch_opened_many_times_at_once_opens_once(stack_on_both: Stack) -> None:
    stack = stack_on_both
    browser = stack.new_browser()
    place = browser.launch(stack.jwt(PERSONA)).location
    replies = at_once([partial(browser.get, place)] * 20)
    assert [reply.status for reply in replies] == [200] * 20
    assert phases(stack) == ["open"]
    assert len(stack.records("CONTEXT_OPENED")) == 1
    assert not stack.records("REPLAY_ALARM")


# --- a double click


@pytest.mark.parametrize("order", ["first", "second", "together"])
def test_double_click_opens_one_context_without_alarm(stack_on_both: Stack, order: str) -> None:
    stack = stack_on_both
    browser = stack.new_browser()
    fields = stack.jwt(PERSONA)
    first, second = (browser.launch(fields).location for _ in range(2))
    assert first != second
    if order == "together":
        replies = at_once([partial(follow, browser, place) for place in (first, second)])
    else:
        places = (first, second) if order == "first" else (second, first)
        replies = [follow(browser, place) for place in places]
    for reply in replies:
        assert (reply.status, NAME in reply.body) == (200, True)
    assert_one_open_context_and_no_alarm(stack)


@pytest.mark.proves("attack:A110")
def test_second_click_after_the_record_opened_leads_to_it_again(stack_on_both: Stack) -> None:
    stack = stack_on_both
    browser = stack.new_browser()
    fields = stack.jwt(PERSONA)
    first = browser.launch(fields).location
    assert browser.get(first).status == 200
    again = browser.launch(fields)
    assert (again.status, again.location) == (303, first)
    assert browser.get(first).status == 200
    assert_one_open_context_and_no_alarm(stack)


def test_two_clicks_posted_and_followed_at_once_end_on_one_open_context(stack_on_both: Stack) -> None:
    """In a browser that was here before; the one whose answer came last is the window that stays."""
    stack = stack_on_both
    browser = stack.new_browser()
    assert browser.open(stack.jwt(PERSONA)).status == 200
    fields = stack.jwt(PERSONA)
    posted = at_once([partial(browser.launch, fields)] * 2)
    places = {reply.location for reply in posted}
    at_once([partial(follow, browser, place) for place in places])
    for place in places:
        reply = follow(browser, place)
        assert (reply.status, NAME in reply.body) == (200, True)
    assert not stack.records("REPLAY_ALARM")
    assert phases(stack) == ["open", "open"]


@pytest.mark.parametrize("persona", [PERSONA, "consent_refused"])
def test_second_click_while_the_hospital_is_asked_leaves_the_first_window_its_page(
    stack_on_both: Stack, persona: str
) -> None:
    """The second POST renews the cookie that the first window's request still carries."""
    stack = stack_on_both
    browser = stack.new_browser()
    fields = stack.jwt(persona)
    place = browser.launch(fields).location
    stack.zis.script(stack.zis.personas[persona].bsn, "patient", ["delay:1.5", "ok"])
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(browser.get, place)
        while not stack.zis.requests:
            pass
        again = browser.launch(fields)
        assert (again.status, again.location) == (303, place)
        reply = first.result()
    assert (reply.status, reply.location) == (303, place)
    replies = [browser.get(place) for _ in range(2)]
    assert {reply.status for reply in replies} == {200 if persona == PERSONA else 403}
    assert len(stack.records("CONTEXT_OPENED") + stack.records("CONTEXT_REFUSED")) == 1
    assert not stack.records("REPLAY_ALARM")
    assert not stack.records("ACCESS_DENIED")


def assert_one_open_context_and_no_alarm(stack: Stack) -> None:
    assert phases(stack) == ["open"]
    assert len(stack.records("CONTEXT_OPENED")) == 1
    assert not stack.records("REPLAY_ALARM")
    assert not stack.records("ACCESS_DENIED")


# --- two patients at once


def test_two_patients_launched_at_once_leave_one_open(stack_on_both: Stack) -> None:
    stack = stack_on_both
    browsers = [stack.new_browser() for _ in range(2)]
    clicks = [stack.jwt(PERSONA), stack.jwt("many_results")]
    places = []
    for browser, fields in zip(browsers, clicks, strict=True):
        places.append(browser.launch(fields).location)
        stack.clock.advance(1)
    replies = at_once([partial(b.get, place) for b, place in zip(browsers, places, strict=True)])
    assert replies[1].status == 200
    assert replies[0].status in (200, 409)
    assert browsers[0].get(places[0]).status == 409
    assert browsers[1].get(places[1]).status == 200
    assert phases(stack) == ["open", "replaced"]
