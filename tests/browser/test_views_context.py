"""A window shows a patient only while the service says that its context is open (D4)."""

import pytest
from playwright.sync_api import Page, Route, expect

from context.ports import ContextPhase
from tests.browser.stopped_time import await_all_dealt_with, let_one_poll_fail, let_one_poll_pass, stop_time
from tests.browser.views_site import Scene

_HIDDEN = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
_NAME = "JANSEN-DE VRIES"
_BANNER = ".banner .name"


def hide(page: Page) -> None:
    page.evaluate(_HIDDEN, True)


def show(page: Page) -> None:
    page.evaluate(_HIDDEN, False)


@pytest.mark.parametrize(
    ("phase", "title"),
    [
        (ContextPhase.REPLACED, "Dit dossier is vervangen"),
        (ContextPhase.EXPIRED, "Uw sessie is verlopen"),
        (ContextPhase.CLOSED, "Het dossier is gesloten"),
        (ContextPhase.REFUSED, "Dit dossier is niet (meer) geopend"),
    ],
)
def test_visible_window_empties_itself_within_ten_seconds(
    site: str, page: Page, shown: dict[str, Scene], phase: ContextPhase, title: str
) -> None:
    stop_time(page)
    page.goto(f"{site}/c/ok/uitslagen/lab")
    let_one_poll_pass(page)
    expect(page.locator(_BANNER)).to_be_visible()
    shown["ok"].phase = phase
    page.clock.run_for(10_000)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    markup = page.content()
    assert _NAME not in markup
    assert "Kalium" not in markup
    assert "Jansen" not in page.title()


def test_polling_never_visits_or_extends(site: str, page: Page, shown: dict[str, Scene]) -> None:
    stop_time(page)
    page.goto(f"{site}/c/ok/")
    for _ in range(7):
        let_one_poll_pass(page)
    assert (shown["ok"].visits, shown["ok"].extended) == (1, 0)


def test_window_that_is_hidden_shows_nothing_until_a_new_answer_says_open(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/")
    expect(page.locator(_BANNER)).to_be_visible()
    hide(page)
    assert not page.locator(_BANNER).is_visible()
    # The answer is held back until the page was looked at: otherwise it may be quicker than the test.
    asked: list[Route] = []
    page.route("**/status", lambda route: asked.append(route))  # noqa: PLW0108 - it inspects the callable
    with page.expect_request("**/status"):
        show(page)
    assert not page.locator(_BANNER).is_visible()
    asked[0].continue_()
    expect(page.locator(_BANNER)).to_be_visible()
    expect(page.locator("#checking")).to_be_hidden()


def test_window_hidden_while_it_was_replaced_never_shows_the_patient_again(
    site: str, page: Page, shown: dict[str, Scene]
) -> None:
    page.goto(f"{site}/c/ok/")
    hide(page)
    shown["ok"].phase = ContextPhase.REPLACED
    show(page)
    assert not page.locator(_BANNER).is_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dit dossier is vervangen")
    assert _NAME not in page.content()


def test_answer_to_a_question_from_before_hiding_does_not_count(site: str, page: Page) -> None:
    stop_time(page)
    late: list[Route] = []

    def keep(route: Route) -> None:
        if len(late) < 2:
            late.append(route)
        else:
            route.continue_()

    page.route("**/status", keep)
    page.goto(f"{site}/c/ok/")
    with page.expect_request("**/status"):
        page.clock.run_for(8_000)
    hide(page)
    with page.expect_request("**/status"):
        show(page)
    late[0].fulfill(json={"phase": "open"})
    await_all_dealt_with(page)
    assert not page.locator(_BANNER).is_visible()
    late[1].fulfill(json={"phase": "open"})
    expect(page.locator(_BANNER)).to_be_visible()


def test_window_kept_by_the_browser_comes_back_veiled(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/")
    page.route("**/status", lambda route: None)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert not page.locator(_BANNER).is_visible()
    expect(page.locator("#checking")).to_be_visible()


def test_two_failed_polls_warn_and_a_good_one_ends_the_warning(site: str, page: Page) -> None:
    stop_time(page)
    page.goto(f"{site}/c/ok/")
    page.route("**/status", lambda route: route.abort())
    offline = page.locator("#offline")
    let_one_poll_fail(page)
    expect(offline).to_be_hidden()
    let_one_poll_fail(page)
    expect(offline).to_be_visible()
    expect(offline).to_have_text("Geen verbinding met CWZ: controleer of dit nog de juiste patiënt is.")
    expect(page.locator(_BANNER)).to_be_visible()
    page.unroute("**/status")
    let_one_poll_pass(page)
    expect(offline).to_be_hidden()


@pytest.mark.proves("check:17")
def test_replaced_window_gets_409_to_its_next_request_also_without_script(
    site: str, page: Page, shown: dict[str, Scene]
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    window = context.new_page()
    window.goto(f"{site}/c/ok/")
    shown["ok"].phase = ContextPhase.REPLACED
    with window.expect_response("**/uitslagen/recent") as answer:
        window.get_by_role("link", name="Uitslagen").click()
    assert answer.value.status == 409
    assert _NAME not in window.content()
    context.close()


def test_window_without_script_is_told_to_leave_when_its_time_is_over(site: str, page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    window = context.new_page()
    window.goto(f"{site}/c/ok/uitslagen/lab")
    refresh = window.locator("meta[http-equiv=refresh]").get_attribute("content")
    assert refresh == "905; url=/c/ok/?rust=1"
    context.close()


@pytest.mark.proves("feature:A18")
def test_sluiten_ends_the_window_and_back_shows_no_patient(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/")
    page.get_by_role("button", name="Sluiten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    assert _NAME not in page.content()
