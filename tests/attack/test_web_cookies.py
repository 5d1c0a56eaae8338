"""Whose launch a browser shows, and which cookie opens what (A108, A109, A116, A141)."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from sandbox.his.vendors import USERS, His
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import assert_nothing_happened, assert_refused, count_rows
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
PLANTED = "A" * 43
_PAGES = ("", "patientinformatie", "uitslagen/lab")
_FORM = "application/x-www-form-urlencoded"


def assert_shows_nobody(reply: Reply, stack: Stack) -> None:
    patient = stack.zis.personas[PERSONA]
    for word in (patient.name.family.upper(), patient.bsn, "KALIUM", "ALLERGIE"):
        assert word not in reply.body.upper()


# --- another's launch in this browser


@pytest.mark.proves("attack:A108")
def test_token_posted_by_a_page_that_is_not_the_his_is_refused(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    victim = stack.new_browser()
    own = victim.launch(stack.jwt(PERSONA)).location
    assert victim.get(own).status == 200
    before = count_rows(stack)
    attackers = stack.jwt("many_results", user_id="999999")
    reply = victim.launch(attackers, origin="https://attacker.example")
    assert_refused(reply, expected("origin-not-listed"), stack, caplog, attackers["token"])
    assert count_rows(stack) == before
    assert victim.get(own).status == 200


@pytest.mark.proves("attack:A108")
@pytest.mark.parametrize("vendor", list(His))
def test_every_page_shows_whose_launch_it_is(stack: Stack, new_browser: Browsers, vendor: His) -> None:
    user = USERS["arts"]
    click = stack.click(vendor)
    browser = new_browser()
    posted = browser.launch(stack.form(vendor, click))
    assert posted.status == 303
    for page in _PAGES:
        body = browser.get(posted.location + page).body
        header = body.partition('<header class="hospital">')[2].partition("</header>")[0]
        assert user.family_name.split()[-1] in header, page
        assert "De Linde" in header, page


# --- cookies that were there before


@pytest.mark.proves("attack:A109")
def test_planted_cookies_do_not_open_what_is_launched_after_them(stack: Stack) -> None:
    victim, attacker = stack.new_browser(), stack.new_browser()
    victim.request("GET", "/cwz/", headers={"Cookie": f"__Host-browser={PLANTED}"})
    planted = {"Content-Type": _FORM, "Origin": stack.his.url}
    planted["Cookie"] = f"__Host-browser={PLANTED}; __Secure-ctx={PLANTED}"
    posted = victim.request("POST", "/cwz/launch", urlencode(stack.jwt(PERSONA)), planted)
    assert posted.status == 303
    fresh = victim.cookies[("__Secure-ctx", posted.location)].value
    assert fresh != PLANTED
    for cookies in (f"__Host-browser={PLANTED}", planted["Cookie"]):
        reply = attacker.request("GET", posted.location, headers={"Cookie": cookies})
        assert reply.status == 404
        assert_shows_nobody(reply, stack)
    assert not stack.zis.requests
    assert victim.get(posted.location).status == 200
    stolen = attacker.request("GET", posted.location, headers={"Cookie": planted["Cookie"]})
    assert stolen.status == 404


@pytest.mark.proves("attack:A109")
@pytest.mark.parametrize(
    "header",
    [f"=__Host-browser={PLANTED}", f"__host-browser={PLANTED}", f"__Host-browser={PLANTED[:-1]}"],
    ids=["without a name", "another case", "too short"],
)
def test_cookie_that_only_looks_like_ours_is_not_taken_over(
    stack: Stack, new_browser: Browsers, header: str
) -> None:
    sent = {"Content-Type": _FORM, "Origin": stack.his.url, "Cookie": header}
    browser = new_browser()
    posted = browser.request("POST", "/cwz/launch", urlencode(stack.jwt(PERSONA)), sent)
    assert posted.status == 303
    assert PLANTED[:-1] not in browser.cookies[("__Host-browser", "/")].value


# --- two issuers, two hospitals


@pytest.mark.proves("attack:A116")
def test_same_token_id_of_two_issuers_and_of_two_hospitals_is_each_accepted(
    stack: Stack, new_browser: Browsers
) -> None:
    token_id = stack.content(PERSONA).token_id
    launches = [
        (stack.jwt(PERSONA, token_id=token_id), "cwz"),
        (stack.form("sanday", stack.click("sanday", token_id=token_id)), "cwz"),
        (stack.jwt(PERSONA, token_id=token_id, hospital="saxenburgh"), "saxenburgh"),
    ]
    for fields, hospital in launches:
        browser = new_browser()
        posted = browser.launch(fields, hospital=hospital)
        assert posted.status == 303, posted.body
        assert browser.get(posted.location).status == 200
    assert not stack.records("REPLAY_ALARM")
    assert count_rows(stack)["used_token"] == len(launches)


@pytest.mark.proves("attack:A116")
@pytest.mark.parametrize("form", ["jwt", "saml"])
def test_token_for_another_hospital_is_refused(
    stack: Stack, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fields = stack.jwt(PERSONA) if form == "jwt" else stack.saml(PERSONA)
    reply = stack.new_browser().launch(fields, hospital="saxenburgh")
    assert_refused(reply, expected("A116-hospital"), stack, caplog, *fields.values())
    assert_nothing_happened(stack, expected("A116-hospital").code or "")


# --- the context's own cookie


@pytest.mark.proves("attack:A141")
@pytest.mark.parametrize("change", ["last character", "truncated", "doubled", "other hospital", "absent"])
def test_context_opens_to_its_own_cookie_at_its_own_hospital_only(
    stack: Stack, new_browser: Browsers, change: str
) -> None:
    browser, other = new_browser(), new_browser()
    place = browser.launch(stack.jwt(PERSONA)).location
    assert browser.get(place).status == 200
    value = browser.cookies[("__Secure-ctx", place)].value
    shown = {
        "last character": value[:-1] + ("A" if value[-1] != "A" else "B"),
        "truncated": value[:-1],
        "doubled": value * 2,
        "other hospital": value,
        "absent": "",
    }[change]
    path = place.replace("/cwz/", "/saxenburgh/") if change == "other hospital" else place
    for name, cookie in browser.cookies.items():
        other.cookies[(name[0], path if name[1] == place else name[1])] = replace(cookie)
    other.cookies[("__Secure-ctx", path)] = type(browser.cookies[("__Secure-ctx", place)])(shown, path)
    stack.zis.forget_requests()
    for page in _PAGES:
        reply = other.get(path + page)
        assert reply.status == expected("A141").http
        assert_shows_nobody(reply, stack)
    assert not stack.zis.requests
    assert browser.get(place).status == 200


@pytest.mark.proves("attack:A141")
@pytest.mark.parametrize("end", ["closed", "idle", "four hours"])
def test_right_cookie_opens_nothing_after_the_end(stack: Stack, new_browser: Browsers, end: str) -> None:
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA)).location
    assert browser.get(place).status == 200
    if end == "closed":
        assert browser.post(place + "sluiten").status == 200
    stack.clock.advance({"closed": timedelta(0), "idle": timedelta(minutes=15)}.get(end, timedelta(hours=4)))
    stack.zis.forget_requests()
    for page in _PAGES:
        reply = browser.get(place + page)
        assert reply.status == (200 if end == "closed" else 401)
        assert_shows_nobody(reply, stack)
    assert not stack.zis.requests


@pytest.mark.proves("attack:A141")
def test_closing_one_tab_ends_its_own_context_in_every_tab_and_no_other(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    first, second = (browser.launch(stack.jwt(PERSONA)).location for _ in range(2))
    assert [browser.get(place).status for place in (first, second)] == [200, 200]
    browser.post(first + "sluiten")
    assert_shows_nobody(browser.get(first + "uitslagen/lab"), stack)
    assert "Kalium" in browser.get(second + "uitslagen/lab").body
