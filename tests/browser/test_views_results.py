"""Grids, charts and results in words in a real browser (checks 3, 4, 6 to 12, 19)."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import views_results as results
from tests.browser.test_views_screens import _COVERED, _TAGS, _VIOLATIONS

_PAGES = ("recent", "lab", "metingen", "microbiologie", "pathologie", "radiologie", "ecg", "scopie")
_STATES = ("ok", "none", "partial", "failed", "locked", "held")
_INK = {"L": "rgb(11, 92, 173)", "H": "rgb(179, 0, 27)"}


def open_first(page: Page, site: str, scene: str, name: str, test: str = "") -> None:
    """Follow the link of a grid's row, or of a list's entry."""
    page.goto(f"{site}/c/{scene}/uitslagen/{name}")
    page.locator(".grid tbody th a, .list tbody th a").filter(has_text=test or re.compile(".")).first.click()
    expect(page.locator(".end")).to_be_visible()
    # It may be whole before its style sheet is there.
    page.wait_for_load_state()


def assert_fits_and_is_accessible(page: Page) -> None:
    page.evaluate(Axe().axe_script)
    for width in (1280, 900, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(_VIOLATIONS, _TAGS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.proves("check:3")
@pytest.mark.proves("check:4")
@pytest.mark.proves("check:11")
@pytest.mark.parametrize("state", _STATES)
def test_every_page_of_results_is_accessible_and_quiet_in_every_state(
    site: str, page: Page, console: list[str], state: str
) -> None:
    # Pages that are not whole have the same markup whatever they are about: three kinds stand for all.
    for name in _PAGES if state == "ok" else ("recent", "metingen", "radiologie"):
        page.goto(f"{site}/c/results-{state}/uitslagen/{name}")
        assert_fits_and_is_accessible(page)
    assert console == []


@pytest.mark.proves("check:3")
@pytest.mark.proves("check:4")
@pytest.mark.proves("check:11")
@pytest.mark.parametrize(
    ("scene", "name", "test"),
    [
        ("results-chart", "lab", "Kalium"),
        ("results-strict", "lab", "Kalium"),
        ("results-ok", "metingen", "Bloeddruk"),
        ("results-ok", "metingen", "Lichaamslengte"),
        ("results-ok", "microbiologie", "Kweek urine"),
        ("results-ok", "pathologie", "Huidbiopt"),
        ("results-ok", "ecg", ""),
        ("results-ok", "radiologie", "Echo abdomen"),
    ],
)
def test_page_of_one_test_or_result_is_accessible_and_quiet(
    site: str, page: Page, console: list[str], scene: str, name: str, test: str
) -> None:
    open_first(page, site, scene, name, test)
    assert_fits_and_is_accessible(page)
    assert console == []


@pytest.mark.proves("check:6")
def test_flag_of_a_measurement_and_in_a_chart_has_its_letter_and_its_colour(site: str, page: Page) -> None:
    page.goto(f"{site}/c/results-ok/uitslagen/metingen")
    cell = page.locator(".grid tr", has_text="Bloeddruk").locator("td", has_text="142/88")
    assert "142/88 H" in cell.inner_text()
    open_first(page, site, "results-chart", "lab", "Kalium")
    told = page.eval_on_selector_all(
        ".chart tspan, .list abbr",
        "all => all.map((f) => [f.textContent, getComputedStyle(f)])"
        ".map(([letter, style]) => [letter, style.fill === 'rgb(0, 0, 0)' ? style.color : style.fill])",
    )
    assert {letter for letter, _ in told} == {"H", "L", "LL"}
    for letter, ink in told:
        assert ink == _INK[letter[0]]
    page.emulate_media(forced_colors="active")
    assert page.locator(".chart tspan", has_text="H").is_visible()


@pytest.mark.proves("check:7")
@pytest.mark.parametrize("scripted", [True, False])
@pytest.mark.parametrize("scene", ["results-ok", "results-strict"])
def test_newest_column_is_in_view_at_900_pixels_with_and_without_a_script(
    site: str, page: Page, scene: str, scripted: bool
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=scripted, viewport={"width": 900, "height": 800})
    window = context.new_page()
    for name in ("lab", "metingen"):
        window.goto(f"{site}/c/{scene}/uitslagen/{name}")
        newest = window.locator(".grid thead th.date", has_text="01-11-").first
        box = newest.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 900
    context.close()


@pytest.mark.proves("check:7")
def test_first_and_last_lead_to_the_ends_and_all_windows_together_hold_every_value(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/c/results-wide/uitslagen/lab?datums=4")
    assert "4 van 12 afnamedata, 05-09-2026 t/m 05-12-2026 · 40 bepalingen · 480 uitslagen" in (
        page.locator(".status").inner_text()
    )
    filled = "all => all.filter((cell) => !cell.matches('.none')).length"
    values = "tbody td:not(.option, .course)"
    count = page.eval_on_selector_all(f".grid {values}", filled)
    page.get_by_role("link", name="« Eerste uitslagen").click()
    expect(page.locator(".status")).to_contain_text("05-01-2026 t/m 05-04-2026")
    count += page.eval_on_selector_all(f".grid {values}", filled)
    page.get_by_role("link", name="Latere ›").click()
    expect(page.locator(".status")).to_contain_text("05-05-2026 t/m 05-08-2026")
    count += page.eval_on_selector_all(f".grid {values}", filled)
    assert count == 480
    assert page.locator(".grid tbody tr").count() == 40
    page.get_by_role("link", name="Laatste uitslagen »").click()
    expect(page.locator(".status")).to_contain_text("05-12-2026")


@pytest.mark.proves("check:8")
@pytest.mark.proves("check:19")
@pytest.mark.parametrize("scripted", [True, False])
def test_options_of_measurements_work_by_keyboard_and_reach_the_chart(
    site: str, page: Page, scripted: bool
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=scripted)
    window = context.new_page()
    window.goto(f"{site}/c/results-ok/uitslagen/metingen")
    window.locator(".options summary").press("Enter")
    window.get_by_label("Eenheid").press("Space")
    window.get_by_label("van", exact=True).fill("01-02-2026")
    window.get_by_label("van", exact=True).press("Enter")
    window.wait_for_url("**/uitslagen/metingen?*")
    assert window.locator(".grid th", has_text="Eenheid").count() == 0
    window.locator(".grid th a", has_text="Bloeddruk").press("Enter")
    expect(window.locator(".note").first).to_contain_text(
        "De zoekopties beperken de grafiek: vanaf 01-02-2026."
    )
    window.get_by_role("link", name="3 maanden").press("Enter")
    window.wait_for_url("**maanden=3*")
    window.reload()
    assert window.locator(".chart circle").count() == 2
    window.get_by_role("link", name="Tabel").press("Enter")
    window.wait_for_url("**tabel=1*")
    assert window.locator(".chart").count() == 0
    assert window.locator(".list tbody tr").count() == 3
    context.close()


@pytest.mark.proves("check:12")
@pytest.mark.proves("feature:R11")
def test_chart_draws_what_the_table_tells(site: str, page: Page) -> None:
    open_first(page, site, "results-chart", "lab", "Kalium")
    assert page.locator(".chart circle").count() == 4
    assert page.locator(".chart .band").count() == 1
    labels = {text.strip() for text in page.locator(".chart text.value").all_text_contents()}
    table = page.locator(".list tbody td.number").all_inner_texts()
    assert len(table) == len(results.CHART)
    assert labels <= {text.strip() for text in table}
    below = page.locator(".chart polygon.below").bounding_box()
    lowest = max(box["y"] for box in (c.bounding_box() for c in page.locator(".chart circle").all()) if box)
    assert below is not None
    # The limit 3,0 lies lower than the lowest number, 3,2: it is drawn at itself and not at zero.
    assert lowest < below["y"] < lowest + 60


@pytest.mark.proves("check:12")
def test_sparkline_goes_the_way_of_the_chart_and_is_hidden_from_who_cannot_see_it(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/c/results-ok/uitslagen/metingen")
    row = page.locator(".grid tr", has_text="Lichaamsgewicht")
    assert row.locator("svg").get_attribute("aria-hidden") == "true"
    points = row.locator("polyline").get_attribute("points")
    assert points is not None
    heights = [float(point.split(",")[1]) for point in points.split()]
    row.get_by_role("link").click()
    boxes = [circle.bounding_box() for circle in page.locator(".chart circle").all()]
    drawn = [box["y"] for box in boxes if box]
    assert len(drawn) == len(heights) == 2
    assert (heights[0] > heights[1]) == (drawn[0] > drawn[1])


@pytest.mark.proves("check:9")
@pytest.mark.parametrize("width", [1280, 320])
def test_focus_on_a_chart_and_on_recent_results_is_never_hidden(site: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    open_first(page, site, "results-chart", "lab", "Kalium")
    for path in (None, f"{site}/c/results-partial/uitslagen/recent"):
        if path:
            page.goto(path)
        for _ in range(40):
            page.keyboard.press("Tab")
            focus = page.evaluate(_COVERED)
            if focus is None:
                break
            # A table higher than the window is seen in part; what stands in it must be seen whole.
            assert focus["seen"] or focus["name"].startswith("<div"), focus["name"]
            assert focus["outlined"], focus["name"]


@pytest.mark.proves("check:10")
@pytest.mark.parametrize("name", ["metingen", "radiologie", "recent"])
def test_everything_that_can_be_pressed_is_large_enough(site: str, page: Page, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/c/results-ok/uitslagen/{name}")
    small = page.eval_on_selector_all(
        "main a, main button, main summary, main select",
        "all => all.map((e) => [e.outerHTML, e.getBoundingClientRect()])"
        ".filter(([, box]) => box.height && Math.min(box.width, box.height) < 24)",
    )
    assert small == []


def test_text_of_a_report_keeps_its_lines_and_tables_are_no_wider_than_they_need(
    site: str, page: Page
) -> None:
    open_first(page, site, "results-ok", "microbiologie", "Kweek urine")
    assert page.evaluate("getComputedStyle(document.querySelector('.words')).whiteSpace") == "pre-line"
    table = page.locator(".list table").bounding_box()
    assert table is not None
    assert table["width"] < 900
