"""Two windows, two patients, over the whole product: no window shows a patient who is not the one (D4)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.clicking import assert_shows_nothing_of, click_tile, launch, open_portal
from tests.browser.stopped_time import await_all_dealt_with, let_one_poll_fail, let_one_poll_pass, stop_time
from tests.stack import Stack

FIRST, SECOND = "consent_given", "many_results"
FIRST_NAME, SECOND_NAME = "DE VRIES-VAN DER BERG", "VAN DEN HEUVEL"
_BANNER = ".banner .name"
_REPLACED = "Dit dossier is vervangen"

# The two sides of a switch to another tab, as the page learns of it. What is on the screen is read in the
# same step, before anything else can happen. ``innerText`` leaves out what is not rendered or hidden.
_TURN = """([hidden, name]) => {
  const state = hidden ? 'hidden' : 'visible';
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
  return document.body.innerText.includes(name);
}"""
_SHOWING = "(name) => document.body.innerText.includes(name)"
_ANY_PART = """() => [...document.querySelectorAll('#record, #record *')]
  .filter((element) => getComputedStyle(element).visibility !== 'hidden')
  .map((element) => element.outerHTML)"""
# One look per frame that the browser draws, for as long as the page lives.
_WATCH = """(name) => {
  window.looks = [];
  const look = () => {
    window.looks.push(document.body.innerText.includes(name));
    requestAnimationFrame(look);
  };
  look();
}"""
_TEN_LOOKS = "(from) => window.looks.length >= from + 10"


def hide(page: Page) -> bool:
    """:returns: whether the first patient's name is still on the screen."""
    return bool(page.evaluate(_TURN, [True, FIRST_NAME]))


def show(page: Page) -> bool:
    return bool(page.evaluate(_TURN, [False, FIRST_NAME]))


def is_showing(page: Page) -> bool:
    return bool(page.evaluate(_SHOWING, FIRST_NAME))


def hold_polls(page: Page) -> list[Route]:
    """Questions for the status wait until the test lets them go."""
    held: list[Route] = []
    page.route("**/status", lambda route: held.append(route))  # noqa: PLW0108 (a bound method is refused)
    return held


def assert_emptied_within_ten_seconds(page: Page, title: str) -> None:
    """Of the page's own time; what the service needs to answer is not counted."""
    page.clock.run_for(10_000)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


# --- a window in sight


@pytest.mark.proves("attack:A101")
@pytest.mark.proves("check:17")
@pytest.mark.parametrize("path", ["", "uitslagen/lab"])
def test_visible_first_window_empties_itself_within_ten_seconds_of_the_second_launch(
    stack: Stack, page: Page, path: str
) -> None:
    stop_time(page)
    page.goto(launch(page, stack, FIRST) + path)
    let_one_poll_pass(page)
    expect(page.locator(_BANNER)).to_contain_text(FIRST_NAME)
    second = page.context.new_page()
    launch(second, stack, SECOND)
    assert_emptied_within_ten_seconds(page, _REPLACED)
    assert_shows_nothing_of(page, stack.zis.personas[FIRST])
    assert_shows_nothing_of(page, stack.zis.personas[SECOND])
    let_one_poll_pass(second)
    expect(second.locator(_BANNER)).to_contain_text(SECOND_NAME)


@pytest.mark.proves("attack:A101")
def test_visible_first_window_really_empties_itself_in_time(stack: Stack, page: Page) -> None:
    """By the browser's own clock: ten seconds, and what a busy machine adds."""
    launch(page, stack, FIRST)
    launch(page.context.new_page(), stack, SECOND)
    expect(page.get_by_role("heading", level=1)).to_have_text(_REPLACED, timeout=12_000)
    assert_shows_nothing_of(page, stack.zis.personas[FIRST])


@pytest.mark.proves("attack:A101")
def test_launch_in_another_browser_of_the_same_user_empties_the_first_too(
    stack: Stack, page: Page, chromium: Browser
) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    elsewhere = chromium.new_context()
    launch(elsewhere.new_page(), stack, SECOND)
    assert_emptied_within_ten_seconds(page, _REPLACED)
    elsewhere.close()


def test_other_user_in_the_same_browser_empties_the_first_users_window(stack: Stack, page: Page) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    second = page.context.new_page()
    open_portal(second, stack, user="waarnemer")
    click_tile(second, FIRST)
    expect(second.locator(_BANNER)).to_contain_text(FIRST_NAME)
    assert_emptied_within_ten_seconds(page, _REPLACED)
    assert_shows_nothing_of(page, stack.zis.personas[FIRST])


def test_second_launch_of_the_same_patient_leaves_both_windows(stack: Stack, page: Page) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    second = page.context.new_page()
    launch(second, stack, FIRST)
    for window in (page, second):
        assert let_one_poll_pass(window) == 200
    assert is_showing(page)
    assert is_showing(second)


@pytest.mark.proves("attack:A101")
@pytest.mark.proves("check:17")
@pytest.mark.parametrize("scripted", [True, False])
def test_next_request_of_the_first_window_is_409_without_data(
    stack: Stack, chromium: Browser, scripted: bool
) -> None:
    context = chromium.new_context(java_script_enabled=scripted)
    windows = []
    for persona, name in ((FIRST, FIRST_NAME), (SECOND, SECOND_NAME)):
        windows.append(context.new_page())
        open_portal(windows[-1], stack)
        click_tile(windows[-1], persona)
        if not scripted:
            windows[-1].get_by_role("button", name="Verder naar").click()
        expect(windows[-1].locator(_BANNER)).to_contain_text(name)
    first, second = windows
    with first.expect_response("**/uitslagen/recent") as answer:
        first.get_by_role("link", name="Uitslagen").click()
    assert answer.value.status == 409
    expect(first.get_by_role("heading", level=1)).to_have_text(_REPLACED)
    for persona in (FIRST, SECOND):
        assert_shows_nothing_of(first, stack.zis.personas[persona])
    second.get_by_role("link", name="Uitslagen").click()
    second.get_by_role("link", name="Labuitslagen").click()
    expect(second.locator(".grid tbody th", has_text="Kalium").first).to_be_visible()
    context.close()


@pytest.mark.proves("check:16")
def test_window_left_alone_empties_itself_when_its_time_is_over(stack: Stack, page: Page) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    let_one_poll_pass(page)
    assert is_showing(page)
    stack.clock.advance(timedelta(minutes=15))
    assert_emptied_within_ten_seconds(page, "Uw sessie is verlopen")
    assert_shows_nothing_of(page, stack.zis.personas[FIRST])


def test_double_click_that_opens_two_windows_shows_the_patient_in_both_without_alarm(
    stack: Stack, page: Page
) -> None:
    """Some HISs open a tile in a new window. Both clicks carry the same token."""
    launch(page, stack, FIRST)
    page.route("**/post.js", lambda route: route.abort())
    open_portal(page, stack)
    click_tile(page, FIRST)
    page.get_by_role("button", name="Verder naar").wait_for()
    windows: list[Page] = []
    page.context.on("page", lambda opened: windows.append(opened))  # noqa: PLW0108 (as above)
    with page.context.expect_event("page", lambda _: len(windows) == 2):
        page.evaluate(
            "const f = document.getElementById('launch'); f.target = '_blank'; f.submit(); f.submit();"
        )
    for window in windows:
        window.wait_for_url("**/c/*/")
    assert len({window.url for window in windows}) == 1
    for window in windows:
        window.reload()
        expect(window.locator(_BANNER)).to_contain_text(FIRST_NAME)
    tokens = [record.fields["token_id"] for record in stack.records("LAUNCH_DECISION")]
    assert (len(tokens), len(set(tokens))) == (3, 2)
    assert len(stack.records("CONTEXT_OPENED")) == 2
    assert not stack.records("REPLAY_ALARM")


# --- a window out of sight


def _nothing(stack: Stack, page: Page) -> None:
    del stack, page


def _second_launch(stack: Stack, page: Page) -> None:
    launch(page.context.new_page(), stack, SECOND)


def _fifteen_minutes(stack: Stack, page: Page) -> None:
    del page
    stack.clock.advance(timedelta(minutes=15))


@pytest.mark.proves("attack:A101")
@pytest.mark.proves("attack:A103")
@pytest.mark.parametrize(
    ("meanwhile", "title"),
    [
        (_nothing, "Labuitslagen"),
        (_second_launch, _REPLACED),
        (_fifteen_minutes, "Uw sessie is verlopen"),
    ],
)
def test_hidden_window_shows_nothing_at_any_moment_until_a_poll_says_open(
    stack: Stack, page: Page, meanwhile: Callable[[Stack, Page], None], title: str
) -> None:
    page.goto(launch(page, stack, FIRST) + "uitslagen/lab")
    assert is_showing(page)
    assert not hide(page)
    page.evaluate(_WATCH, FIRST_NAME)
    meanwhile(stack, page)
    assert page.evaluate(_ANY_PART) == []
    held = hold_polls(page)
    with page.expect_request("**/status"):
        assert not show(page)
    page.wait_for_function(_TEN_LOOKS, arg=page.evaluate("window.looks.length"))
    assert page.evaluate(_ANY_PART) == []
    assert True not in page.evaluate("window.looks")
    expect(page.locator("#checking")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    if meanwhile is _nothing:
        expect(page.locator(_BANNER)).to_contain_text(FIRST_NAME)
    else:
        assert True not in page.evaluate("window.looks")
        assert_shows_nothing_of(page, stack.zis.personas[FIRST])


def test_window_hidden_again_during_its_question_stays_veiled_whatever_the_answer(
    stack: Stack, page: Page
) -> None:
    launch(page, stack, FIRST)
    held = hold_polls(page)
    hide(page)
    with page.expect_request("**/status"):
        show(page)
    hide(page)
    with page.expect_request_finished():
        held[0].continue_()
    assert not is_showing(page)
    with page.expect_request("**/status"):
        assert not show(page)
    assert not is_showing(page)
    held[1].continue_()
    expect(page.locator(_BANNER)).to_be_visible()


def test_window_that_returns_without_a_connection_stays_veiled_and_says_why(stack: Stack, page: Page) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    hide(page)
    page.route("**/status", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        assert not show(page)
    await_all_dealt_with(page)
    for _ in range(3):
        let_one_poll_fail(page, after_ms=2_000)
        assert not is_showing(page)
    expect(page.locator("#offline")).to_be_visible()
    page.unroute("**/status")
    page.clock.run_for(2_000)
    expect(page.locator(_BANNER)).to_contain_text(FIRST_NAME)
    expect(page.locator("#offline")).to_be_hidden()


# --- a connection that is lost


def test_two_lost_polls_show_the_line_and_the_next_answer_takes_it_away(stack: Stack, page: Page) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    offline = page.locator("#offline")
    page.route("**/status", lambda route: route.abort())
    let_one_poll_fail(page)
    assert not offline.is_visible()
    let_one_poll_fail(page)
    expect(offline).to_have_text("Geen verbinding met CWZ: controleer of dit nog de juiste patiënt is.")
    expect(offline).to_be_visible()
    page.unroute("**/status")
    let_one_poll_pass(page)
    expect(offline).to_be_hidden()
    assert is_showing(page)


def test_window_that_lost_its_connection_empties_itself_once_it_hears_that_it_was_replaced(
    stack: Stack, page: Page
) -> None:
    stop_time(page)
    launch(page, stack, FIRST)
    page.route("**/status", lambda route: route.abort())
    let_one_poll_fail(page)
    launch(page.context.new_page(), stack, SECOND)
    page.unroute("**/status")
    assert_emptied_within_ten_seconds(page, _REPLACED)
