"""What a page of an open context shows when consent or the hospital changes its mind, over real HTTP."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.servers import ZisServer
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
INSTANT = timedelta(microseconds=1)
CONSENT = timedelta(minutes=5)
LAB = "uitslagen/lab"
_PERSONAL = ("VRIES", "Vries", "Berg", "999900006", "14-03-1957", "Allergie", "Kalium", "7000101")


def assert_without_data(reply: Reply) -> None:
    for word in _PERSONAL:
        assert word not in reply.body


def opened(stack: Stack, browser: BrowserClient, persona: str = PERSONA, hospital: str = "cwz") -> str:
    fields = stack.jwt(persona, hospital=hospital)
    place = browser.launch(fields, hospital=hospital).location
    assert browser.get(place).status == 200
    return place


@contextmanager
def hospital_that_says(stack: Stack, persona: str, consent: str) -> Iterator[ZisServer]:
    """The same hospital, where the patient has answered the consent question otherwise."""
    stack.zis.stop()
    personas = dict(stack.zis.personas)
    personas[persona] = replace(personas[persona], consent=consent)
    with ZisServer(stack.zis.port, personas=personas, now=stack.clock.now) as changed:
        yield changed


def asked(zis: ZisServer) -> list[str]:
    return [received.interaction for received in zis.requests]


# --- consent during a view


def test_consent_is_asked_again_only_once_its_answer_is_older_than_five_minutes(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    for step, questions in ((CONSENT, 0), (INSTANT, 1), (CONSENT, 0), (INSTANT, 1)):
        stack.zis.forget_requests()
        stack.clock.advance(step)
        assert browser.get(place + LAB).status == 200
        assert asked(stack.zis).count("consent") == questions


@pytest.mark.parametrize("answer", ["Deny", "NotApplicable"])
@pytest.mark.parametrize("path", ["", LAB])
def test_consent_withdrawn_during_a_view_ends_it_for_good(
    stack: Stack, new_browser: Browsers, answer: str, path: str
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    with hospital_that_says(stack, PERSONA, answer) as zis:
        stack.clock.advance(CONSENT)
        assert browser.get(place + path).status == 200
        assert "consent" not in asked(zis)
        stack.clock.advance(INSTANT)
        reply = browser.get(place + path)
        assert (reply.status, "L603" in reply.body) == (403, True)
        assert_without_data(reply)
        zis.forget_requests()
        again = browser.get(place)
        assert (again.status, "L603" in again.body) == (403, True)
        assert not zis.requests
    (refused,) = stack.records("CONTEXT_REFUSED")
    assert (refused.fields["code"], refused.fields["detail"]) == ("L603", "consent_withdrawn")
    answer_to_the_window = browser.get(place + "status")
    assert (answer_to_the_window.status, '"refused"' in answer_to_the_window.body) == (403, True)


@pytest.mark.parametrize("fault", ["drop", "fault", "http500", "html", "malformed", "wrong_bsn", "ae"])
def test_consent_that_cannot_be_established_now_hides_the_page_and_keeps_the_context(
    stack: Stack, new_browser: Browsers, fault: str
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    bsn = stack.zis.personas[PERSONA].bsn
    stack.clock.advance(CONSENT + INSTANT)
    stack.zis.script(bsn, "consent", [fault])
    reply = browser.get(place + LAB)
    assert (reply.status, "L701" in reply.body) == (503, True)
    assert_without_data(reply)
    assert '"open"' in browser.get(place + "status").body
    stack.zis.script(bsn, "consent", [])
    page = browser.get(place + LAB)
    assert (page.status, "Kalium" in page.body) == (200, True)


# --- the six states of a panel, as far as a hospital can cause them


def panel(reply: Reply) -> tuple[str, str]:
    """:returns: the state of the page's one panel, and its text."""
    assert reply.status == 200
    main = reply.body[reply.body.index("<main") : reply.body.index("</main>")]
    (state,) = re.findall(r'<section class="panel"[^>]* data-state="([a-z-]+)"', main)
    return state, " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.proves("check:13")
@pytest.mark.parametrize(
    ("persona", "hospital", "state", "says"),
    [
        ("consent_given", "cwz", "ok", "Kalium"),
        ("no_results", "cwz", "leeg", "Geen laboratoriumuitslagen vastgelegd bij CWZ."),
        ("partial_answer", "cwz", "deels", "Deze lijst is niet volledig."),
        ("consent_refused", "saxenburgh", "geen-recht", "niet vrijgegeven voor inzage via het HIS"),
        ("consent_not_answered", "saxenburgh", "geen-recht", "niet vrijgegeven voor inzage via het HIS"),
    ],
)
def test_panel_tells_its_state(
    stack: Stack, new_browser: Browsers, persona: str, hospital: str, state: str, says: str
) -> None:
    browser = new_browser()
    place = opened(stack, browser, persona, hospital)
    found, text = panel(browser.get(place + LAB))
    assert (found, says in text) == (state, True)
    if state != "leeg":
        assert "Geen" not in text
    assert ("Kalium" in text) == (state in ("ok", "deels"))


@pytest.mark.proves("check:13")
@pytest.mark.parametrize(
    "fault",
    ["fault", "ae", "html", "http500", "malformed", "doctype", "drop", "wrong_bsn", "wrong_birthdate"],
)
def test_panel_of_a_failed_section_never_says_that_there_is_nothing(
    stack: Stack, new_browser: Browsers, fault: str
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    stack.zis.script(stack.zis.personas[PERSONA].bsn, "laboratory", [fault, "ok"])
    reply = browser.get(place + LAB)
    state, text = panel(reply)
    assert state == "fout"
    assert "geen" not in text.lower()
    assert "Dit betekent niet dat er niets is vastgelegd." in text
    assert "Kalium" not in text
    assert "Allergieën bekend: 2" in reply.body
    assert panel(browser.get(place + LAB))[0] == "ok"


@pytest.mark.proves("check:13")
@pytest.mark.parametrize("fault", ["fault", "drop", "half", "wrong_bsn"])
def test_allergies_that_failed_are_not_available_and_leave_the_page_whole(
    stack: Stack, new_browser: Browsers, fault: str
) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    stack.zis.script(stack.zis.personas[PERSONA].bsn, "allergies", [fault])
    reply = browser.get(place + LAB)
    assert panel(reply)[0] == "ok"
    incomplete = "Allergieën bekend: 1 (niet volledig)"
    assert (incomplete if fault == "half" else "Allergieën niet beschikbaar") in reply.body
    assert "Geen allergieën" not in reply.body


def test_hospital_that_is_faulty_then_fine_shows_its_results_at_the_second_try(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    place = opened(stack, browser, "faulty_then_fine")
    failed = browser.get(place + LAB)
    assert panel(failed)[0] == "fout"
    assert f'href="{place}{LAB}"' in failed.body
    state, text = panel(browser.get(place + LAB))
    assert (state, "Kalium" in text) == ("ok", True)
