"""Who may show our pages in a frame, over real HTTP (architecture.md D2)."""

from collections.abc import Callable

import pytest

from sandbox.his.vendors import His
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
SITE = "https://his.example"
OTHER = "https://other.example"
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
OWN = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}


def register_frames(stack: Stack, his: str, *origins: str) -> None:
    """The vendor's registration as it was, with frame origins at every hospital."""
    listed = ", ".join(f'"{origin}"' for origin in origins)
    environment = 'environment = "test"\n'
    stack.product.register(
        stack.product.registration_of(his).replace(environment, f"{environment}frame_origins = [{listed}]\n")
    )


def ancestors(reply: Reply) -> str:
    policy = reply.headers["Content-Security-Policy"]
    (found,) = [part for part in policy.split("; ") if part.startswith("frame-ancestors ")]
    assert (found == "frame-ancestors 'none'") == ("X-Frame-Options" in reply.headers)
    return found.removeprefix("frame-ancestors ")


def test_launch_into_a_frame_of_a_registered_site_stays_in_it(stack: Stack, new_browser: Browsers) -> None:
    register_frames(stack, His.JWT, SITE)
    browser = new_browser()
    posted = browser.launch(stack.jwt(PERSONA), more=FRAME)
    assert posted.status == 303
    browser_cookie, context_cookie = browser.set_cookies
    for cookie in (browser_cookie, context_cookie):
        assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned"} <= set(cookie.split("; "))
    assert f"Path={posted.location}" in context_cookie
    for path in (posted.location, f"{posted.location}uitslagen/lab", f"{posted.location}?rust=1"):
        page = browser.get(path, FRAME)
        assert (page.status, ancestors(page)) == (200, SITE)


@pytest.mark.proves("attack:A124")
def test_launch_into_a_window_is_never_framed_even_where_a_frame_is_registered(
    stack: Stack, new_browser: Browsers
) -> None:
    register_frames(stack, His.JWT, SITE)
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA), more={"Sec-Fetch-Dest": "document"}).location
    browser_cookie, context_cookie = browser.set_cookies
    assert "SameSite=Lax" in context_cookie
    assert "Partitioned" not in browser_cookie + context_cookie
    assert ancestors(browser.get(place, FRAME)) == "'none'"


@pytest.mark.proves("attack:A124")
@pytest.mark.parametrize("destination", ["document", "frame", "object", "embed", "fencedframe", "IFRAME", ""])
def test_only_an_iframe_counts_as_a_frame(stack: Stack, new_browser: Browsers, destination: str) -> None:
    register_frames(stack, His.JWT, SITE)
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA), more={"Sec-Fetch-Dest": destination}).location
    assert "Partitioned" not in "".join(browser.set_cookies)
    assert ancestors(browser.get(place)) == "'none'"


@pytest.mark.proves("attack:A124")
def test_vendor_without_frame_origins_is_not_framed_because_another_vendor_is(
    stack: Stack, new_browser: Browsers
) -> None:
    register_frames(stack, His.VIPLIVE, OTHER)
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA), more=FRAME).location
    assert "Partitioned" not in "".join(browser.set_cookies)
    assert ancestors(browser.get(place, FRAME)) == "'none'"


def test_page_without_data_may_stand_in_the_frames_of_all_active_grants_of_the_hospital(
    stack: Stack, new_browser: Browsers
) -> None:
    register_frames(stack, His.JWT, SITE)
    register_frames(stack, His.VIPLIVE, OTHER, SITE)
    browser = new_browser()
    both = f"{SITE} {OTHER}"
    refused = browser.launch({"token": "x"}, more=FRAME)
    assert (refused.status, ancestors(refused)) == (400, both)
    unknown = browser.get("/cwz/c/nobody/", FRAME)
    assert (unknown.status, ancestors(unknown)) == (404, both)
    assert ancestors(browser.get("/nowhere/launch", FRAME)) == "'none'"
    assert ancestors(browser.launch({"token": "x"})) == "'none'"
    stack.product.run_cli(
        "trust", "suspend", stack.his.issuer(His.VIPLIVE), "--hospital", "cwz", "--actor", "x"
    )
    assert ancestors(browser.launch({"token": "x"}, more=FRAME)) == SITE


def test_frame_without_cookies_is_told_to_open_a_new_window(stack: Stack, new_browser: Browsers) -> None:
    register_frames(stack, His.JWT, SITE)
    place = new_browser().launch(stack.jwt(PERSONA), more=FRAME).location
    blocked = new_browser().get(place, FRAME)
    assert (blocked.status, ancestors(blocked)) == (403, SITE)
    assert "Open de tegel in een nieuw venster." in blocked.body


def test_frame_whose_context_ended_keeps_its_own_kind_of_cookie(stack: Stack, new_browser: Browsers) -> None:
    register_frames(stack, His.JWT, SITE)
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA), more=FRAME).location
    assert browser.get(place, FRAME).status == 200
    stack.clock.advance(900)
    over = browser.get(place, OWN)
    assert (over.status, ancestors(over)) == (401, SITE)
    (kept,) = browser.set_cookies
    assert {"SameSite=None", "Partitioned"} <= set(kept.split("; "))


@pytest.mark.proves("attack:A124")
@pytest.mark.parametrize("word", ["verlengen", "sluiten", "afgedrukt"])
def test_site_around_the_frame_cannot_act_for_its_reader(
    stack: Stack, new_browser: Browsers, word: str
) -> None:
    register_frames(stack, His.JWT, SITE)
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA), more=FRAME).location
    assert browser.get(place, FRAME).status == 200
    form = {"Content-Type": "application/x-www-form-urlencoded", **FRAME}
    forged = browser.request("POST", place + word, "pagina=laboratory", form)
    assert forged.status == 404
    assert not stack.records("PAGE_PRINTED") + stack.records("CONTEXT_EXTENDED")
    assert '"open"' in browser.get(f"{place}status").body
