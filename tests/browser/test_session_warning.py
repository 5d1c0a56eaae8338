"""The window warns before its time is over, and shows nothing once it is (D17, interface.md §4.8)."""

import pytest
from playwright.sync_api import Page, Route, expect

from context.ports import ContextPhase
from tests.browser.stopped_time import let_one_poll_pass, stop_time
from tests.browser.views_site import Scene

_BANNER = ".banner .name"
_LAB = "/c/ok/uitslagen/lab"
# A window that warns asks more often.
_POLL_WARNED_MS = 2_000


@pytest.fixture
def scene(shown: dict[str, Scene]) -> Scene:
    return shown["ok"]


def visit(site: str, page: Page, scene: Scene, left: int, in_all: int = 14_000) -> None:
    """Show the laboratory, and let the window learn that so many seconds are left."""
    stop_time(page)
    page.goto(site + _LAB)
    scene.seconds_left, scene.seconds_in_all = left, in_all
    let_one_poll_pass(page)


def spend(page: Page, scene: Scene, seconds: int) -> None:
    """Let time pass, here and at the service."""
    for _ in range(seconds):
        scene.seconds_left -= 1
        scene.seconds_in_all -= 1
        page.clock.run_for(1_000)


@pytest.mark.proves("check:16")
def test_window_warns_a_minute_before_its_end_with_the_focus_on_doorgaan(
    site: str, page: Page, scene: Scene
) -> None:
    visit(site, page, scene, left=64)
    expect(page.locator("#warning")).to_be_hidden()
    spend(page, scene, 6)
    warning = page.get_by_role("alertdialog", name="Uw sessie verloopt bijna.")
    expect(warning).to_be_visible()
    expect(page.get_by_role("button", name="Doorgaan")).to_be_focused()
    expect(warning).to_contain_text("sluit dit dossier.")
    expect(page.locator(_BANNER)).to_be_visible()
    box, banner = page.locator("#warning").bounding_box(), page.locator(".banner").bounding_box()
    assert box is not None
    assert banner is not None
    assert box["y"] > banner["y"] + banner["height"]


@pytest.mark.proves("check:16")
def test_extending_works_ten_times_and_never_leaves_the_page(site: str, page: Page, scene: Scene) -> None:
    visit(site, page, scene, left=30)
    page.evaluate("window.mark = 'still here'")
    for turn in range(1, 11):
        expect(page.locator("#warning")).to_be_visible()
        with page.expect_response("**/verlengen"):
            page.get_by_role("button", name="Doorgaan").press("Enter")
        expect(page.locator("#warning")).to_be_hidden()
        assert scene.extended == turn
        scene.seconds_left = 30
        let_one_poll_pass(page)
    assert page.evaluate("window.mark") == "still here"
    assert scene.pages == ["laboratory"]


def test_escape_goes_on_too(site: str, page: Page, scene: Scene) -> None:
    visit(site, page, scene, left=30)
    with page.expect_response("**/verlengen"):
        page.keyboard.press("Escape")
    expect(page.locator("#warning")).to_be_hidden()
    assert scene.extended == 1


def test_what_is_left_is_announced_each_quarter_and_each_of_the_last_seconds(
    site: str, page: Page, scene: Scene
) -> None:
    stop_time(page)
    page.goto(site + _LAB)
    page.evaluate(
        "() => { window.said = []; new MutationObserver(() => said.push(document.getElementById("
        "'warning-spoken').textContent)).observe(document.getElementById('warning-spoken'),"
        " {childList: true}); }"
    )
    scene.seconds_left = 60
    let_one_poll_pass(page)
    # From here on the window counts by itself.
    page.route("**/status", lambda route: None)
    for _ in range(58):
        page.clock.run_for(1_000)
    said = [int(word) for line in page.evaluate("said") for word in line.split() if word.isdigit()]
    assert [second for second in said if second > 20] == [45, 30]
    assert set(range(2, 20)) <= set(said)


@pytest.mark.proves("check:16")
def test_at_its_end_the_window_is_empty_before_anything_else_also_without_an_answer(
    site: str, page: Page, scene: Scene
) -> None:
    visit(site, page, scene, left=20)
    page.route("**/status", lambda route: None)
    for _ in range(19):
        page.clock.run_for(1_000)
    assert "JANSEN" in page.content()
    page.clock.run_for(2_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Uw sessie is verlopen")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert "JANSEN" not in page.content()
    assert "Kalium" not in page.content()
    assert "JANSEN" not in page.title()


def test_last_warning_names_the_absolute_end_and_offers_no_more_time(
    site: str, page: Page, scene: Scene
) -> None:
    visit(site, page, scene, left=50, in_all=50)
    last = page.locator("#warning-last")
    expect(last).to_be_visible()
    expect(last).to_contain_text("4 uur na het openen")
    page.get_by_role("button", name="Doorgaan").click()
    expect(page.locator("#warning")).to_be_hidden()
    spend(page, scene, 5)
    expect(page.locator("#warning")).to_be_hidden()
    assert scene.extended == 0
    spend(page, scene, 46)
    expect(page.get_by_role("heading", level=1)).to_have_text("Uw sessie is verlopen")


def test_window_that_another_window_extended_stops_warning(site: str, page: Page, scene: Scene) -> None:
    visit(site, page, scene, left=40)
    expect(page.locator("#warning")).to_be_visible()
    scene.seconds_left = 900
    let_one_poll_pass(page, _POLL_WARNED_MS)
    expect(page.locator("#warning")).to_be_hidden()
    assert scene.extended == 0


def test_extending_what_has_been_replaced_empties_the_window(site: str, page: Page, scene: Scene) -> None:
    visit(site, page, scene, left=40)

    def replace_first(route: Route) -> None:
        """It is replaced after the click has left: the window must not have asked before."""
        scene.phase = ContextPhase.REPLACED
        route.continue_()

    page.route("**/verlengen", replace_first)
    page.get_by_role("button", name="Doorgaan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dit dossier is vervangen")
    assert "JANSEN" not in page.content()


def test_computer_that_slept_shows_nothing_before_it_has_asked(site: str, page: Page, scene: Scene) -> None:
    visit(site, page, scene, left=900)
    page.route("**/status", lambda route: None)
    page.clock.fast_forward(3_600_000)
    assert not page.locator(_BANNER).is_visible()
    expect(page.locator("#checking")).to_be_visible()


def test_page_of_fifteen_minutes_says_that_it_is_old_and_offers_to_fetch_anew(
    site: str, page: Page, scene: Scene
) -> None:
    # Its own time must not end first: the clock outruns the answers that would extend it.
    scene.seconds_left = 3_600
    stop_time(page)
    page.goto(site + _LAB)
    let_one_poll_pass(page, 8_000)
    page.clock.run_for(14 * 60_000 - 8_000)
    expect(page.locator("#stale")).to_be_hidden()
    page.clock.run_for(60_000)
    stale = page.locator("#stale")
    expect(stale).to_contain_text("Deze gegevens zijn 15 minuten geleden opgehaald.")
    page.clock.run_for(60_000)
    expect(stale).to_contain_text("16 minuten geleden")
    stale.get_by_role("link", name="Vernieuwen").click()
    expect(page.locator("#stale")).to_be_hidden()
    assert scene.pages == ["laboratory", "laboratory"]


@pytest.mark.proves("check:19")
def test_without_script_the_footer_extends_and_comes_back_to_the_same_page(
    site: str, page: Page, scene: Scene
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    window = context.new_page()
    window.goto(site + _LAB)
    footer = window.locator("footer")
    expect(footer).to_contain_text("Na 15 minuten zonder activiteit sluit dit dossier, en in elk geval om")
    window.get_by_role("button", name="Langer openhouden").click()
    expect(window.locator("#kop")).to_have_text("Laboratorium")
    assert scene.extended == 1
    context.close()
