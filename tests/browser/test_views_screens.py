"""Every page and state in a real browser: accessible, quiet, readable at any width."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from views.refusals import PageFamily

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SCENES = {
    "patient": "/c/ok/",
    "deceased": "/c/dead/",
    "nothing known": "/c/bare/",
    "limited": "/c/limited/",
    "long name": "/c/long/",
    "lab ok": "/c/ok/uitslagen/lab",
    "lab all columns": "/c/ok/uitslagen/lab?keuze=1&kolom=bepalingcode&kolom=materiaal"
    "&kolom=referentiewaarde&kolom=eenheid&van=01-01-2025",
    "lab first dates": "/c/ok/uitslagen/lab?venster=4",
    "lab bad period": "/c/ok/uitslagen/lab?van=x",
    "lab empty": "/c/empty/uitslagen/lab",
    "lab partial": "/c/partial/uitslagen/lab",
    "lab failed": "/c/failed/uitslagen/lab",
    "lab locked": "/c/locked/uitslagen/lab",
    "lab withheld": "/c/withheld/uitslagen/lab",
    "idle": "/c/ok/?rust=1",
}
_PAGES = _SCENES | {family.value: f"/page/{family.value}" for family in PageFamily}
_VIOLATIONS = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']});
  return found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((node) => node.html)]);
}"""
# At the centre of what has focus stands that thing itself, or something inside it (check 9).
_COVERED = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const boxes = [...focused.getClientRects()].filter((box) => box.width && box.height);
  const seen = boxes.some((box) => {
    const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
    const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 0), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    return top && (focused.contains(top) || top.contains(focused) && top.matches('summary, label'));
  });
  const style = getComputedStyle(focused);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const quiet = focused.matches('main, h1');
  return {name: focused.outerHTML.slice(0, 90), seen, outlined: outlined || quiet};
}"""


@pytest.mark.proves("check:3")
@pytest.mark.proves("check:4")
@pytest.mark.proves("check:11")
@pytest.mark.parametrize("name", _PAGES)
def test_page_at_three_widths_is_accessible_quiet_and_never_scrolls_sideways(
    site: str, page: Page, console: list[str], name: str
) -> None:
    foreign: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(site) else foreign.append(request.url))
    page.goto(site + _PAGES[name])
    page.evaluate(Axe().axe_script)
    for width in (1280, 900, 320):
        page.set_viewport_size({"width": width, "height": 800})
        broken = page.evaluate(_VIOLATIONS, _TAGS)
        assert broken == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    # A host without a hospital has no icon either, and the browser says so.
    assert console == [] or name == PageFamily.NEUTRAL
    assert foreign == []


@pytest.mark.proves("check:9")
@pytest.mark.parametrize("width", [1280, 700, 320])
@pytest.mark.parametrize("name", ["long name", "lab ok", "lab failed", "limited"])
def test_focus_by_tab_is_never_hidden_and_always_outlined(
    site: str, page: Page, name: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(site + _PAGES[name])
    for key in ("Tab", "Shift+Tab"):
        seen = 0
        for _ in range(40):
            page.keyboard.press(key)
            focus = page.evaluate(_COVERED)
            if focus is None:
                break
            seen += 1
            assert focus["seen"], focus["name"]
            assert focus["outlined"], focus["name"]
        assert seen >= 4
        page.evaluate("scrollTo(0, document.body.scrollHeight)")


@pytest.mark.proves("check:5")
def test_banner_is_read_in_order_and_its_bsn_copies_as_nine_digits(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/")
    words = page.locator(".banner").inner_text()
    order = ["JANSEN-DE VRIES, Anna Maria (mw.)", "14-03-1961", "Vrouw", "999990019", "1234567"]
    places = [words.index(word) for word in order]
    assert places == sorted(places)
    copied = page.evaluate(
        "() => { getSelection().selectAllChildren(document.querySelector('.bsn'));"
        " return getSelection().toString(); }"
    )
    assert copied == "999990019"


@pytest.mark.proves("check:6")
def test_flag_has_its_letter_in_the_text_and_its_colour(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab")
    flags = page.eval_on_selector_all(
        ".grid td abbr", "all => all.map((f) => [f.textContent, getComputedStyle(f).color])"
    )
    colours = {"L": "rgb(11, 92, 173)", "H": "rgb(179, 0, 27)"}
    letters = {letter for letter, _ in flags}
    assert {"L", "LL", "H", "HH", "$"} <= letters
    for letter, colour in flags:
        expected = colours.get(letter[0])
        assert expected is None or colour == expected
    cell = page.locator(".grid tr", has_text="Gamma-GT").locator("td", has_text="49")
    assert cell.inner_text() == "49 HH"


@pytest.mark.proves("check:6")
def test_flag_keeps_its_letter_in_forced_colours(site: str, page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{site}/c/ok/uitslagen/lab")
    assert page.locator(".grid abbr", has_text="HH").first.is_visible()


@pytest.mark.proves("check:7")
@pytest.mark.parametrize("width", [1280, 900, 320])
def test_newest_column_is_in_view_and_no_column_is_half_under_the_first(
    site: str, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/c/ok/uitslagen/lab")
    columns = page.eval_on_selector_all(
        ".grid thead th", "all => all.map((h) => h.getBoundingClientRect()).map((b) => [b.left, b.right])"
    )
    first, *others = columns
    assert others[-1][1] <= width
    for left, right in others:
        assert left >= first[1] - 1 or right <= first[1] + 1


@pytest.mark.proves("check:7")
def test_headings_stay_in_view_while_the_grid_scrolls(site: str, page: Page) -> None:
    page.set_viewport_size({"width": 500, "height": 700})
    page.goto(f"{site}/c/ok/uitslagen/lab")
    page.locator(".grid").evaluate("grid => { grid.scrollTop = 300; grid.scrollLeft = 200; }")
    grid = page.locator(".grid").bounding_box()
    corner = page.locator(".grid thead th.test").bounding_box()
    assert grid is not None
    assert corner is not None
    assert abs(corner["x"] - grid["x"]) <= 2
    assert abs(corner["y"] - grid["y"]) <= 2


@pytest.mark.proves("check:10")
@pytest.mark.parametrize("width", [1280, 320])
def test_everything_that_can_be_pressed_is_large_enough(site: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/c/ok/uitslagen/lab?van=01-01-2025")
    tabs = page.eval_on_selector_all(".tabs a", "all => all.map((a) => a.getBoundingClientRect().height)")
    assert min(tabs) >= 44
    small = page.eval_on_selector_all(
        "#record a:not(.skip), button, summary, input:not([type=hidden]):not([type=checkbox]), select",
        "all => all.filter((e) => e.checkVisibility()).map((e) => [e.outerHTML, e.getBoundingClientRect()])"
        ".filter(([, box]) => Math.min(box.width, box.height) < 24)",
    )
    assert small == []


@pytest.mark.proves("feature:F05")
@pytest.mark.proves("check:8")
@pytest.mark.proves("check:19")
@pytest.mark.parametrize("scripted", [True, False])
def test_options_and_paging_work_by_keyboard_and_survive_reload_and_back(
    site: str, page: Page, scripted: bool
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=scripted)
    window = context.new_page()
    window.goto(f"{site}/c/ok/uitslagen/lab")
    window.locator(".options summary").press("Enter")
    window.get_by_label("Materiaal").press("Space")
    window.get_by_label("van", exact=True).fill("01-06-2026")
    window.get_by_label("van", exact=True).press("Enter")
    window.wait_for_url("**/uitslagen/lab?*")
    for _ in range(2):
        assert window.locator(".grid th", has_text="Materiaal").is_visible()
        assert "vanaf 01-06-2026" in window.locator(".options summary").inner_text()
        window.reload()
    window.get_by_role("link", name="« Eerste uitslagen").press("Enter")
    window.wait_for_url("**venster=*")
    assert "vanaf 01-06-2026" in window.locator(".options summary").inner_text()
    window.go_back()
    assert window.locator(".grid th", has_text="Materiaal").is_visible()
    context.close()


@pytest.mark.proves("feature:R09")
@pytest.mark.proves("feature:R15")
def test_remark_and_long_text_open_by_keyboard(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab")
    remark = page.locator(".grid details", has_text="Monster was hemolytisch.")
    assert not remark.get_by_text("Monster was hemolytisch.").is_visible()
    remark.locator("summary").press("Enter")
    assert remark.get_by_text("Monster was hemolytisch.").is_visible()
    text = page.locator(".grid details", has_text="Normaal celbeeld")
    text.locator("summary").press("Enter")
    assert text.get_by_text("acute leukemie").is_visible()


def test_printed_page_shows_banner_and_grid_but_nothing_to_press(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab")
    page.emulate_media(media="print")
    assert page.locator(".banner").is_visible()
    # Only a table head stands on every sheet.
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.banner')).display") == "table-header-group"
    )
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.grid thead')).display")
        == "table-header-group"
    )
    for hidden in (".tabs", ".pager", ".options", "button >> nth=0"):
        assert not page.locator(hidden).is_visible()
