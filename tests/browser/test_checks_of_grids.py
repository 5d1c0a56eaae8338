"""The laboratory of each hospital with many results: checks 6, 7, 8, 12 and 20 (interface.md §4.12).

One launch for each hospital; what the grid must hold is counted at the source.
"""

import gzip
import re
from base64 import b64encode
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from sandbox.laboratory import Result
from tests.browser.clicking import launch
from tests.clock import START
from tests.stack import HOSPITALS, Stack
from views import url_words as words

PERSONA = "many_results"
TEST = "Kalium"
_INK = {"L": "rgb(11, 92, 173)", "H": "rgb(179, 0, 27)"}
_FLAGS = "all => all.map((f) => [f.textContent, getComputedStyle(f).color, f.checkVisibility()])"
_LIGHTNESS = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
  const canvas = new OffscreenCanvas(picture.width, picture.height), drawn = canvas.getContext('2d');
  drawn.drawImage(picture, 0, 0);
  const points = drawn.getImageData(0, 0, picture.width, picture.height).data;
  const linear = (part) => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  let darkest = 1, lightest = 0, grey = true;
  for (let at = 0; at < points.length; at += 4) {
    const [red, green, blue] = points.slice(at, at + 3);
    grey &&= Math.max(red, green, blue) - Math.min(red, green, blue) <= 2;
    const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    darkest = Math.min(darkest, light);
    lightest = Math.max(lightest, light);
  }
  return {grey, darkest, lightest};
}"""
_VALUES_BY_DATE = """() => [...document.querySelectorAll('.grid thead th.date')].map((heading) => {
  const cells = [...document.querySelectorAll('.grid tbody tr')].map((row) => row.cells[heading.cellIndex]);
  const told = cells.filter((cell) => !cell.matches('.none')).length;
  return [heading.querySelector('time').dateTime, told];
})"""
_COLUMNS = {"Bepalingcode": True, "Materiaal": True, "Referentiewaarde": False, "Eenheid": False}
"""The four, and whether each is there once every one of them was turned over."""
_HEADINGS = {
    "Bepalingcode": "Code",
    "Materiaal": "Materiaal",
    "Referentiewaarde": "Referentie",
    "Eenheid": "Eenheid",
}
_MEASURED = """() => new Promise((done) => {
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  const painted = () => {
    const [first] = performance.getEntriesByName('first-contentful-paint');
    if (!first) return requestAnimationFrame(painted);
    const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
    requestAnimationFrame(() => done({paint: first.startTime, shift, loaded}));
  };
  painted();
})"""


@pytest.mark.proves("check:6")
@pytest.mark.proves("check:7")
@pytest.mark.proves("check:8")
@pytest.mark.proves("check:12")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_grid_shows_every_result_of_the_source_newest_in_view_and_as_was_asked(
    stack: Stack, page: Page, hospital: str
) -> None:
    results = stack.zis.personas[PERSONA].results(START.date())
    lab = launch(page, stack, PERSONA, hospital=hospital) + words.LABORATORY
    page.set_viewport_size({"width": 900, "height": 700})
    page.goto(lab)
    assert_newest_is_in_view(page, max(result.taken.date() for result in results))
    assert_flags_have_letter_and_colour(page)
    assert_letters_stand_out_in_greyscale(page)
    assert_windows_hold_every_result(page, results)
    assert_chart_draws_what_the_source_holds(page, lab, results)
    assert_columns_and_period_stay(page, lab)


def assert_newest_is_in_view(page: Page, newest: date) -> None:
    heading = page.locator(".grid thead th.date", has=page.locator(f'[datetime^="{newest}"]'))
    box = heading.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 900


def assert_flags_have_letter_and_colour(page: Page) -> None:
    flags = page.eval_on_selector_all(".grid td abbr", _FLAGS)
    assert {letter for letter, _, _ in flags} == {"H", "L"}
    assert all(ink == _INK[letter] for letter, ink, _ in flags)
    page.emulate_media(forced_colors="active")
    forced = page.eval_on_selector_all(".grid td abbr", _FLAGS)
    assert [letter for letter, _, seen in forced if seen] == [letter for letter, _, _ in flags]
    page.emulate_media(forced_colors="none")


def assert_letters_stand_out_in_greyscale(page: Page) -> None:
    """As on a screen without colours: the darkest and the lightest point of each letter (WCAG 1.4.3)."""
    screen = page.context.new_cdp_session(page)
    screen.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    drawing = page.context.new_page()
    for letter in ("H", "L"):
        flag = page.locator(".grid td abbr", has_text=re.compile(f"^{letter}$")).first
        seen = drawing.evaluate(_LIGHTNESS, b64encode(flag.screenshot()).decode())
        assert seen["grey"]
        assert (seen["lightest"] + 0.05) / (seen["darkest"] + 0.05) >= 4.5
    drawing.close()
    screen.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})


def assert_windows_hold_every_result(page: Page, results: tuple[Result, ...]) -> None:
    """Back from the newest window to the oldest, which is full too and so tells some dates again."""
    newest, oldest = max(r.taken for r in results), min(r.taken for r in results)
    moments = len({result.taken for result in results})
    told: dict[str, int] = {}
    while True:
        status = page.locator("main .status").inner_text()
        assert f"van {moments} afnamedata" in status
        told |= dict(page.evaluate(_VALUES_BY_DATE))
        earlier = page.get_by_role("link", name="‹ Eerdere")
        if not earlier.count():
            break
        earlier.click()
        page.locator(".end").wait_for()
    assert (len(told), sum(told.values())) == (moments, len(results))
    assert page.locator(".grid tbody tr").count() == len({result.code for result in results})
    assert f"{oldest:%d-%m-%Y} t/m" in page.locator("main .status").inner_text()
    page.get_by_role("link", name="Laatste uitslagen »").click()
    expect(page.locator("main .status")).to_contain_text(f"t/m {newest:%d-%m-%Y}")
    page.get_by_role("link", name="« Eerste uitslagen").click()
    expect(page.locator("main .status")).to_contain_text(f"{oldest:%d-%m-%Y} t/m")


def assert_chart_draws_what_the_source_holds(page: Page, lab: str, results: tuple[Result, ...]) -> None:
    year = [r for r in results if r.name == TEST and r.taken.date() >= START.date() - timedelta(days=365)]
    values = [result.value.replace(".", ",") for result in year]
    page.goto(lab)
    row = page.locator(".grid tbody tr", has=page.get_by_role("link", name=TEST, exact=True))
    points = row.locator("polyline").first.get_attribute("points") or ""
    line = [float(point.split(",")[1]) for point in points.split()]
    row.get_by_role("link").click()
    page.get_by_role("link", name="12 maanden").click()
    page.wait_for_url("**maanden=12*")
    assert page.locator(".chart circle").count() == len(values)
    assert page.locator(".chart .band").count() == 1
    told = page.locator(".list tbody td.number").all_inner_texts()
    assert [text.split()[0] for text in told[: len(values)]] == values
    drawn = page.eval_on_selector_all(".chart circle", "all => all.map((c) => Number(c.getAttribute('cy')))")
    assert len(line) >= 2
    assert (line[0] > line[-1]) == (drawn[-len(line)] > drawn[-1])


def assert_columns_and_period_stay(page: Page, lab: str) -> None:
    page.goto(lab)
    page.locator(".options summary").press("Enter")
    for label in _COLUMNS:
        page.get_by_label(label, exact=True).press("Space")
    page.get_by_label("van", exact=True).press_sequentially("01-08-2026")
    page.get_by_label("van", exact=True).press("Enter")
    page.wait_for_url("**/uitslagen/lab?*")
    assert_chosen(page)
    page.reload()
    assert_chosen(page)
    page.locator(".grid tbody th a").first.press("Enter")
    page.wait_for_url("**/uitslagen/lab/*")
    page.go_back()
    page.wait_for_url("**/uitslagen/lab?*")
    assert_chosen(page)
    page.get_by_role("link", name="Afdrukken").press("Enter")
    page.wait_for_url("**weergave=afdruk*")
    assert_chosen(page)


def assert_chosen(page: Page) -> None:
    headings = page.locator(".grid thead th.option").all_inner_texts()
    assert sorted(headings) == sorted(_HEADINGS[label] for label, there in _COLUMNS.items() if there)
    expect(page.locator("main")).to_contain_text("vanaf 01-08-2026")


@pytest.mark.proves("check:20")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_pages_stay_within_their_budgets(stack: Stack, page: Page, hospital: str) -> None:
    place = launch(page, stack, PERSONA, hospital=hospital)
    paths = {words.LABORATORY: 60_000, f"{words.LABORATORY}?datums=12": 60_000, words.ALLERGIES: 25_000}
    if page.request.get(place + words.RECENT).status == 200:
        paths[words.RECENT] = 60_000
    styles: dict[str, int] = {}
    for path, most in paths.items():
        told = []
        for _ in range(3):
            page.goto(place + path)
            told.append(page.evaluate(_MEASURED))
        # A busy machine paints late now and then: the best of three is what the page costs.
        assert min(one["paint"] for one in told) <= 500, path
        assert max(one["shift"] for one in told) <= 0.02, path
        # With the page itself.
        assert len(told[0]["loaded"]) + 1 <= 5, path
        raw = page.request.get(place + path).body()
        assert len(raw) <= most, path
        assert len(gzip.compress(raw)) <= 10_000, path
        styles |= {url: len(page.request.get(url).body()) for url in told[0]["loaded"]}
    kinds = {
        kind: sum(size for url, size in styles.items() if re.search(rf"\.{kind}(\?|$)", url))
        for kind in ("css", "js")
    }
    assert 0 < kinds["css"] <= 20_000
    assert 0 < kinds["js"] <= 12_000
