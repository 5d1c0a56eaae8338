"""Every sheet of paper says whose it is, and every print is on record (check 18, feature F04)."""

import io
import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PageObject, PdfReader

from tests.browser import views_records as records
from tests.browser.views_site import Scene
from views.catalogue.items import items_of

_BUTTONS = ("Sluiten", "Afdrukken", "Langer openhouden", "Doorgaan", "Vernieuwen", "Opnieuw proberen")
_PATHS = {item.key: f"/c/ok/{item.path}" for item in items_of(records.CWZ)}
_STATES = {
    state: f"/c/{state}/uitslagen/lab" for state in ("empty", "partial", "failed", "locked", "withheld")
}
_PAGES = {**_PATHS, **_STATES, "deceased": "/c/dead/", "long name": "/c/long/", "nothing known": "/c/bare/"}
_NAMES = {"long name": "OLDENBARNEVELDT", "nothing known": "Onbekend"}


def sheets(page: Page) -> list[PageObject]:
    """The page as it would be printed."""
    pdf = page.pdf(prefer_css_page_size=True)
    return list(PdfReader(io.BytesIO(pdf)).pages)


def words_of(sheet: PageObject) -> str:
    return re.sub(r"\s+", " ", sheet.extract_text())


def heights(sheet: PageObject) -> list[tuple[str, float]]:
    """Each piece of text with how high it stands on the sheet, in points from below."""
    found: list[tuple[str, float]] = []

    def note(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if text.strip():
            found.append((text.strip(), cm[5] + tm[4] * cm[1] + tm[5] * cm[3]))

    sheet.extract_text(visitor_text=note)
    return found


@pytest.mark.proves("check:18")
@pytest.mark.proves("feature:F04")
@pytest.mark.parametrize("on_paper", [False, True])
def test_every_sheet_of_every_page_says_whose_it_is_and_offers_nothing_to_press(
    site: str, page: Page, on_paper: bool
) -> None:
    for name, path in _PAGES.items():
        page.goto(site + path + ("?weergave=afdruk" if on_paper else ""))
        printed = sheets(page)
        for number, sheet in enumerate(printed, start=1):
            words = words_of(sheet)
            assert _NAMES.get(name, "JANSEN-DE VRIES, Anna Maria") in words, (name, number)
            assert ("00-00-1961" if name == "nothing known" else "14-03-1961") in words, (name, number)
            assert "999990019" in words.replace(" ", ""), (name, number)
            assert "door huisarts, Huisartsenpraktijk De Linde" in words, (name, number)
            assert ("Afgedrukt 22-11-2026 14:03" in words) == on_paper, (name, number)
            assert f"pagina {number} van {len(printed)}" in words, (name, number)
            assert not any(button in words for button in _BUTTONS), (name, number)


@pytest.mark.proves("check:18")
def test_grid_of_two_sheets_repeats_its_columns_below_the_banner(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab?van=01-01-2025")
    printed = sheets(page)
    assert len(printed) >= 2
    on_grid = [sheet for sheet in printed if "Bepaling" in words_of(sheet)]
    assert len(on_grid) >= 2
    for sheet in on_grid:
        placed = heights(sheet)
        (heading,) = [height for text, height in placed if text.startswith("Bepaling")]
        banner = min(height for text, height in placed if "Huisartsenpraktijk De Linde" in text)
        assert heading < banner
        rows = [height for text, height in placed if text.startswith(("Kalium", "Natrium", "Trombocyten"))]
        assert all(height < heading for height in rows)


@pytest.mark.proves("feature:F04")
def test_print_by_the_browser_is_recorded_once_under_the_page_that_is_shown(
    site: str, page: Page, shown: dict[str, Scene]
) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab")
    with page.expect_response("**/afgedrukt") as recorded:
        sheets(page)
    assert recorded.value.status == 204
    assert shown["ok"].printed == ["laboratory"]


@pytest.mark.proves("feature:F04")
def test_page_on_paper_is_recorded_by_itself_and_leads_back(
    site: str, page: Page, shown: dict[str, Scene]
) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab?venster=2")
    page.get_by_role("link", name="Afdrukken").click()
    expect(page.locator(".printed")).to_contain_text("Afgedrukt 22-11-2026")
    expect(page.get_by_role("button", name="Afdrukken")).to_be_visible()
    assert shown["ok"].printed == ["laboratory"]
    sheets(page)
    page.get_by_role("link", name="Terug naar het dossier").click()
    page.wait_for_url("**/uitslagen/lab?venster=2")
    assert shown["ok"].printed == ["laboratory"]


@pytest.mark.proves("feature:F04")
@pytest.mark.proves("check:19")
def test_without_script_the_page_on_paper_has_no_button_that_does_nothing(
    site: str, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    window = context.new_page()
    window.goto(f"{site}/c/ok/?weergave=afdruk")
    expect(window.locator(".banner .name")).to_be_visible()
    expect(window.locator("#print")).to_be_hidden()
    context.close()


@pytest.mark.proves("feature:F04")
def test_hospital_that_forbids_printing_prints_no_patient(
    site: str, page: Page, shown: dict[str, Scene]
) -> None:
    page.goto(f"{site}/c/unprinted/uitslagen/lab")
    expect(page.get_by_role("link", name="Afdrukken")).to_have_count(0)
    words = " ".join(words_of(sheet) for sheet in sheets(page))
    assert "CWZ staat afdrukken niet toe." in words
    assert "JANSEN" not in words
    assert "Kalium" not in words
    assert shown["unprinted"].printed == []
