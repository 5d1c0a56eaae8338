"""Pages that the browser keeps for its Back button never bring a patient back (A103).

Chromium keeps whole pages in memory, those with ``no-store`` included; Playwright switches that off, so
these tests start a browser of their own that does it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.clicking import assert_shows_nothing_of, click_tile, launch, open_portal
from tests.browser.conftest import CHROMIUM
from tests.stack import Stack

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FIRST, SECOND = "consent_given", "many_results"
FIRST_NAME = "DE VRIES-VAN DER BERG"
_BANNER = ".banner .name"
# Runs in every document before its own scripts, so it sees a page that comes back first.
_WATCH = (
    f"const NAME = '{FIRST_NAME}';"
    + """
  window.looks = [];
  const look = () => {
    if (document.body) window.looks.push(document.body.innerText.includes(NAME));
    requestAnimationFrame(look);
  };
  addEventListener('pageshow', (event) => {
    window.wasKept = event.persisted;
    if (event.persisted) window.looks = [document.body.innerText.includes(NAME)];
  });
  look();
"""
)
_TEN_LOOKS = "(from) => window.looks.length >= from + 10"


@pytest.fixture(scope="module")
def keeping_chromium(chromium: Browser) -> Iterator[Browser]:
    """The same browser with its back/forward cache on."""
    browser = chromium.browser_type.launch(
        executable_path=str(CHROMIUM),
        args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture
def window(keeping_chromium: Browser) -> Iterator[Page]:
    """A window that notes for each frame drawn whether the first patient is on the screen."""
    context = keeping_chromium.new_context()
    page = context.new_page()
    page.add_init_script(_WATCH)
    yield page
    context.close()


@contextmanager
def polls_held(stack: Stack) -> Iterator[Event]:
    """A service that takes long over each question for the status, until the end of the block. Of a page
    that came back Playwright sees no requests, so they are held where they arrive.

    :returns: set once such a question has come.
    """
    listener = stack.product._listener
    assert listener is not None
    app = listener.app
    asked, released = Event(), Event()

    def slow(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/status"):
            asked.set()
            released.wait(30)
        return app(environ, start_response)

    listener.app = slow
    try:
        yield asked
    finally:
        released.set()
        listener.app = app


def back_to_a_kept_page(page: Page) -> None:
    """Back, without waiting for a load that a kept page does not have."""
    page.go_back(wait_until="commit")
    # As a function: the policy of the page lets no text be asked a second time.
    page.wait_for_function("() => window.wasKept === true")


def by_the_portal(stack: Stack, page: Page) -> None:
    page.goto(stack.his.url)


def by_the_portal_and_fifteen_minutes(stack: Stack, page: Page) -> None:
    page.goto(stack.his.url)
    stack.clock.advance(timedelta(minutes=15))


def by_sluiten(stack: Stack, page: Page) -> None:
    del stack
    page.get_by_role("button", name="Sluiten").click()
    page.get_by_role("heading", name="Het dossier is gesloten").wait_for()


def by_a_launch_elsewhere(stack: Stack, page: Page) -> None:
    """The same user, another patient, another browser: this one's cookies do not change."""
    page.goto(stack.his.url)
    assert stack.new_browser().open(stack.jwt(SECOND)).status == 200


@pytest.mark.proves("attack:A103")
@pytest.mark.proves("check:16")
@pytest.mark.parametrize(
    ("leave", "title"),
    [
        (by_the_portal, None),
        (by_the_portal_and_fifteen_minutes, "Uw sessie is verlopen"),
        (by_a_launch_elsewhere, "Dit dossier is vervangen"),
    ],
)
def test_kept_page_shows_nothing_until_a_poll_says_open(
    stack: Stack, window: Page, leave: Callable[[Stack, Page], None], title: str | None
) -> None:
    window.goto(launch(window, stack, FIRST) + "uitslagen/lab")
    leave(stack, window)
    with polls_held(stack) as asked:
        back_to_a_kept_page(window)
        assert asked.wait(10)
        window.wait_for_function(_TEN_LOOKS, arg=window.evaluate("window.looks.length"))
        assert True not in window.evaluate("window.looks")
    if title is None:
        expect(window.locator(_BANNER)).to_contain_text(FIRST_NAME)
        return
    expect(window.get_by_role("heading", level=1)).to_have_text(title)
    assert True not in window.evaluate("window.looks")
    assert_shows_nothing_of(window, stack.zis.personas[FIRST])


@pytest.mark.proves("attack:A103")
@pytest.mark.proves("feature:A18")
def test_back_after_sluiten_shows_nothing_whether_the_page_was_kept_or_not(
    stack: Stack, window: Page
) -> None:
    launch(window, stack, FIRST)
    by_sluiten(stack, window)
    window.evaluate("window.wasKept = undefined")
    window.go_back(wait_until="commit")
    window.wait_for_function("() => window.wasKept !== undefined")
    expect(window.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    assert True not in window.evaluate("window.looks")
    assert_shows_nothing_of(window, stack.zis.personas[FIRST])


@pytest.mark.proves("attack:A103")
def test_back_over_the_launch_of_another_patient_shows_nothing_of_the_first(
    stack: Stack, window: Page
) -> None:
    """In one window, as a webview in a HIS does it. Kept or asked for anew: it is replaced."""
    first = launch(window, stack, FIRST)
    launch(window, stack, SECOND)
    window.evaluate("history.go(-2)")
    window.wait_for_url(first, wait_until="commit")
    expect(window.get_by_role("heading", level=1)).to_have_text("Dit dossier is vervangen")
    assert True not in window.evaluate("window.looks")
    assert_shows_nothing_of(window, stack.zis.personas[FIRST])


def by_a_link_after_fifteen_minutes(stack: Stack, page: Page) -> None:
    stack.clock.advance(timedelta(minutes=15))
    page.get_by_role("link", name="Uitslagen").click()
    page.get_by_role("heading", name="Uw sessie is verlopen").wait_for()


def by_consent_that_failed(stack: Stack, page: Page) -> None:
    stack.zis.script(stack.zis.personas[FIRST].bsn, "consent", ["drop"])
    stack.clock.advance(timedelta(minutes=5, seconds=1))
    page.get_by_role("link", name="Uitslagen").click()
    page.get_by_text("L701").wait_for()


@pytest.mark.proves("attack:A103")
@pytest.mark.proves("check:16")
@pytest.mark.proves("check:19")
@pytest.mark.parametrize("leave", [by_sluiten, by_a_link_after_fifteen_minutes, by_consent_that_failed])
def test_without_script_back_from_an_ended_record_shows_no_patient(
    stack: Stack, keeping_chromium: Browser, leave: Callable[[Stack, Page], None]
) -> None:
    context = keeping_chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        open_portal(page, stack)
        click_tile(page, FIRST)
        page.get_by_role("button", name="Verder naar").click()
        expect(page.locator(_BANNER)).to_contain_text(FIRST_NAME)
        leave(stack, page)
        page.go_back(wait_until="commit")
        page.locator("h1").wait_for()
        assert_shows_nothing_of(page, stack.zis.personas[FIRST])
    finally:
        context.close()
