"""How long a launch waits, a context lives and a refusal lasts, over real HTTP with a stepping clock."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
INSTANT = timedelta(microseconds=1)
PENDING = timedelta(seconds=60)
IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=4)
# A token of the sandbox is stamped in whole seconds and lives for 120 of them, and the skew is 30; the
# clock starts 123456 microseconds after a second.
RETRY = timedelta(seconds=150, microseconds=-123456)
LAB = "uitslagen/lab"
_PERSONAL = ("VRIES", "Vries", "Berg", "999900006", "14-03-1957", "Allergie", "Kalium", "7000101")


def assert_without_data(reply: Reply) -> None:
    for word in _PERSONAL:
        assert word not in reply.body


def launched(stack: Stack, browser: BrowserClient, persona: str = PERSONA, hospital: str = "cwz") -> str:
    """Posted, not yet opened. :returns: the path of the context."""
    posted = browser.launch(stack.jwt(persona, hospital=hospital), hospital=hospital)
    assert posted.status == 303
    return posted.location


def opened(stack: Stack, browser: BrowserClient, persona: str = PERSONA) -> str:
    place = launched(stack, browser, persona)
    assert browser.get(place).status == 200
    return place


# --- waiting for the first GET


def test_first_get_opens_until_just_before_a_minute_has_passed(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = launched(stack, browser)
    stack.clock.advance(PENDING - INSTANT)
    assert browser.get(place).status == 200


def test_first_get_after_a_minute_is_401_and_asks_nobody(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = launched(stack, browser)
    stack.clock.advance(PENDING)
    for path in (place, place + LAB):
        reply = browser.get(path)
        assert (reply.status, "S01" in reply.body) == (401, True)
        assert_without_data(reply)
    assert not stack.zis.requests
    assert not stack.records("CONTEXT_OPENED")


def test_launch_that_waited_too_long_does_not_burn_its_token(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    fields = stack.jwt(PERSONA)
    late = browser.launch(fields).location
    stack.clock.advance(PENDING)
    assert browser.get(late).status == 401
    assert browser.open(fields).status == 200


# --- cookies


def test_pending_launch_without_any_cookie_says_so_and_stays_pending(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    place = launched(stack, browser)
    reply = new_browser().get(place)
    assert (reply.status, "L14" in reply.body) == (403, True)
    assert_without_data(reply)
    assert not stack.records("REPLAY_ALARM")
    assert browser.get(place).status == 200


def test_pending_launch_without_the_browser_cookie_is_an_alarm_and_stays_pending(
    stack: Stack, new_browser: Browsers
) -> None:
    browser, thief = new_browser(), new_browser()
    place = launched(stack, browser)
    thief.cookies = {name: cookie for name, cookie in browser.cookies.items() if name[1] != "/"}
    assert len(thief.cookies) == 1
    reply = thief.get(place)
    assert (reply.status, "L405" in reply.body) == (401, True)
    assert_without_data(reply)
    assert len(stack.records("REPLAY_ALARM")) == 1
    assert browser.get(place).status == 200


def test_pending_launch_in_another_browser_is_an_alarm_and_stays_pending(
    stack: Stack, new_browser: Browsers
) -> None:
    browser, other = new_browser(), new_browser()
    place = launched(stack, browser)
    launched(stack, other, "many_results")
    reply = other.get(place)
    assert (reply.status, "L405" in reply.body) == (401, True)
    assert len(stack.records("REPLAY_ALARM")) == 1
    assert browser.get(place).status == 200


@pytest.mark.parametrize("pending", [True, False])
@pytest.mark.parametrize("cookie", ["missing", "wrong", "of another context"])
def test_context_without_its_own_cookie_is_404_and_lives_on(
    stack: Stack, new_browser: Browsers, cookie: str, pending: bool
) -> None:
    browser = new_browser()
    other = opened(stack, browser)
    place = launched(stack, browser) if pending else opened(stack, browser)
    own = browser.cookies.pop(("__Secure-ctx", place))
    if cookie != "missing":
        value = "A" * 43 if cookie == "wrong" else browser.cookies[("__Secure-ctx", other)].value
        browser.cookies[("__Secure-ctx", place)] = type(own)(value, place)
    stack.zis.forget_requests()
    for path in (place, place + LAB):
        reply = browser.get(path)
        assert reply.status == 404
        assert "niet (meer) geopend" in reply.body
        assert_without_data(reply)
    assert not stack.zis.requests
    assert not stack.records("REPLAY_ALARM")
    browser.cookies[("__Secure-ctx", place)] = own
    assert browser.get(place).status == 200


@pytest.mark.proves("feature:A23")
def test_unknown_context_is_the_same_404(stack: Stack, new_browser: Browsers) -> None:
    reply = new_browser().get("/cwz/c/" + "A" * 22 + "/")
    assert (reply.status, "niet (meer) geopend" in reply.body) == (404, True)


# --- the end by time


@pytest.mark.proves("check:16")
def test_page_just_before_the_idle_end_starts_the_idle_time_anew(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    for _ in range(2):
        stack.clock.advance(IDLE - INSTANT)
        assert browser.get(place + LAB).status == 200


@pytest.mark.proves("check:16")
@pytest.mark.parametrize("path", ["", "patientinformatie", LAB])
@pytest.mark.proves("feature:A07")
def test_page_after_the_idle_end_is_401_without_data_for_good(
    stack: Stack, new_browser: Browsers, path: str
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    stack.clock.advance(IDLE)
    stack.zis.forget_requests()
    for _ in range(2):
        reply = browser.get(place + path)
        assert (reply.status, "S01" in reply.body) == (401, True)
        assert "Uw sessie is verlopen" in reply.body
        assert_without_data(reply)
    assert browser.post(place + "verlengen").status == 401
    assert not stack.zis.requests
    (ended,) = stack.records("CONTEXT_CLOSED")
    assert ended.fields["context"] == place.split("/")[-2]


@pytest.mark.proves("check:16")
def test_each_extension_is_fifteen_minutes_until_four_hours_are_over(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    for _ in range(16):
        stack.clock.advance(IDLE - INSTANT)
        extended = browser.post(place + "verlengen")
        assert (extended.status, extended.location) == (303, place)
    assert len(stack.records("CONTEXT_EXTENDED")) == 16
    stack.clock.advance(15 * INSTANT)
    assert browser.get(place).status == 200
    stack.clock.advance(INSTANT)
    assert browser.post(place + "verlengen").status == 401
    reply = browser.get(place)
    assert reply.status == 401
    assert_without_data(reply)


@pytest.mark.proves("check:16")
def test_asking_for_the_status_never_extends(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    stack.clock.advance(IDLE - INSTANT - timedelta(minutes=5))
    for _ in range(2):
        answer = browser.get(place + "status")
        assert (answer.status, '"open"' in answer.body) == (200, True)
        assert browser.get(place + "?rust=1").status == 200
        stack.clock.advance(timedelta(minutes=2, seconds=30))
    stack.clock.advance(INSTANT)
    answer = browser.get(place + "status")
    assert (answer.status, '"expired"' in answer.body) == (401, True)
    assert browser.get(place).status == 401


# --- the end by a button


@pytest.mark.proves("feature:A18")
def test_sluiten_twice_is_closed_both_times(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    for _ in range(2):
        reply = browser.post(place + "sluiten")
        assert (reply.status, "Het dossier is gesloten" in reply.body) == (200, True)
        assert_without_data(reply)
    answer = browser.get(place + "status")
    assert (answer.status, '"closed"' in answer.body) == (200, True)
    assert len(stack.records("CONTEXT_CLOSED")) == 1


# --- refused once, refused for good


@pytest.mark.parametrize(
    ("persona", "code", "status"), [("consent_refused", "L603", 403), ("birth_date_differs", "L604", 409)]
)
@pytest.mark.proves("feature:A02")
def test_refused_context_tells_the_same_again_without_asking_the_hospital(
    stack: Stack, new_browser: Browsers, persona: str, code: str, status: int
) -> None:
    browser = new_browser()
    place = launched(stack, browser, persona)
    first = browser.get(place)
    assert (first.status, code in first.body) == (status, True)
    (refused,) = stack.records("CONTEXT_REFUSED")
    stack.zis.forget_requests()
    stack.clock.advance(timedelta(minutes=1))
    for path in (place, place + LAB):
        again = browser.get(path)
        assert (again.status, code in again.body) == (status, True)
        assert refused.reference in again.body
    assert not stack.zis.requests
    assert len(stack.records("CONTEXT_REFUSED")) == 1


# --- not now, perhaps later


@pytest.mark.parametrize(
    ("interaction", "code"), [("patient", "L702"), ("consent", "L701")], ids=["hospital", "consent"]
)
def test_entry_that_failed_may_be_repeated_until_the_token_is_over(
    stack: Stack, new_browser: Browsers, interaction: str, code: str
) -> None:
    browser = new_browser()
    bsn = stack.zis.personas[PERSONA].bsn
    stack.zis.script(bsn, interaction, ["fault", "fault", "ok"])
    place = launched(stack, browser)
    for _ in range(2):
        reply = browser.get(place)
        assert (reply.status, code in reply.body) == (503, True)
        assert f'href="{place}"' in reply.body
        assert_without_data(reply)
    stack.clock.advance(RETRY - INSTANT)
    assert browser.get(place).status == 200
    assert len(stack.records("CONTEXT_REFUSED")) == 2
    assert len(stack.records("CONTEXT_OPENED")) == 1


def test_entry_that_failed_is_over_with_the_token(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    stack.zis.script(stack.zis.personas[PERSONA].bsn, "patient", ["fault", "ok"])
    place = launched(stack, browser)
    assert browser.get(place).status == 503
    stack.clock.advance(RETRY)
    stack.zis.forget_requests()
    assert browser.get(place).status == 401
    assert not stack.zis.requests


def test_entry_that_failed_cannot_be_repeated_in_another_browser(stack: Stack, new_browser: Browsers) -> None:
    browser, other = new_browser(), new_browser()
    stack.zis.script(stack.zis.personas[PERSONA].bsn, "patient", ["fault", "ok"])
    fields = stack.jwt(PERSONA)
    place = browser.launch(fields).location
    assert browser.get(place).status == 503
    stack.zis.forget_requests()
    assert other.get(place).status == 404
    posted = other.launch(fields)
    assert (posted.status, "L405" in posted.body) == (401, True)
    other.cookies = {name: cookie for name, cookie in browser.cookies.items() if name[1] == "/"}
    assert other.get(place).status == 404
    assert not stack.zis.requests
    assert browser.get(place).status == 200
