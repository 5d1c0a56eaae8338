"""Pages of each hospital about a patient with something in every section (interface.md §4.12).

One launch for each hospital, since opening the product and the browser costs more than looking at a page.
"""

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.clicking import Witness, launch
from tests.browser.test_keyboard import _CROWDED, _FOCUS
from tests.browser.test_whole_click import assert_came_by_one_redirect
from tests.stack import HOSPITALS, Stack
from views import url_words as words

PERSONA = "everything"
ABSENT = ("zoeken", "patienten", "home", "recente", "klinisch", "seh-overzicht", "nood")
# A page of each kind that every hospital has: list, lists by category, letters, grid.
_KINDS = (words.ALLERGIES, words.MEDICATION, words.LETTERS, words.LABORATORY)
_PRESSED = 22
_COPY = """() => {
  getSelection().selectAllChildren(document.querySelector('.bsn'));
  const copied = getSelection().toString();
  getSelection().removeAllRanges();
  return copied;
}"""
_BUTTONS = ("Sluiten", "Afdrukken", "Langer openhouden", "Doorgaan", "Vernieuwen", "Opnieuw proberen")


@pytest.mark.proves("check:1")
@pytest.mark.proves("check:2")
@pytest.mark.proves("check:5")
@pytest.mark.proves("check:12")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_tile_leads_by_one_redirect_to_a_patient_who_is_named_in_full_and_to_nothing_else(
    stack: Stack, page: Page, hospital: str
) -> None:
    witness = Witness(page)
    place = launch(page, stack, PERSONA, hospital=hospital)
    expect(page.get_by_role("heading", level=1)).to_have_text("Patiëntinformatie")
    assert_came_by_one_redirect(page, witness)
    witness.assert_urls_and_history_tell_nothing(stack.zis.personas[PERSONA])
    assert_banner_is_in_order(page)
    assert_what_is_absent_is_not_found(stack, page, place, hospital)
    assert_bound_is_no_number_in_the_chart(page, place)
    assert witness.console == []


def assert_banner_is_in_order(page: Page) -> None:
    """Name, birth date with age, sex, BSN: in the DOM. There is nothing to press in it, so Tab passes it."""
    said = page.locator(".banner").inner_text()
    order = ["VAN DOSSIER, Willem (dhr.)", "17-04-1948", "(78 jaar)", "Man", "999910000", "7000201"]
    places = [said.index(word) for word in order]
    assert places == sorted(places)
    assert page.evaluate(_COPY) == "999910000"
    assert page.locator(".banner a, .banner button, .banner [tabindex]").count() == 0


def assert_what_is_absent_is_not_found(stack: Stack, page: Page, place: str, hospital: str) -> None:
    assert page.request.get(place).status == 200
    for word in ABSENT:
        for url in (place + word, f"{stack.base_url(hospital)}/{word}"):
            assert page.request.get(url).status == 404, url


def assert_bound_is_no_number_in_the_chart(page: Page, place: str) -> None:
    page.goto(place + words.LABORATORY)
    page.locator(".grid tbody th a", has_text="CRP").click()
    expect(page.locator(".end")).to_be_visible()
    assert page.locator(".chart circle").count() == 0
    assert page.locator(".chart polygon.below").count() == 1
    assert page.locator(".chart .band").count() == 1
    assert page.locator(".list tbody td.number").all_inner_texts() == ["<1"]


@pytest.mark.proves("check:9")
@pytest.mark.proves("check:10")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_focus_is_seen_both_ways_and_every_target_is_large_enough(
    stack: Stack, page: Page, hospital: str
) -> None:
    page.set_viewport_size({"width": 900, "height": 650})
    place = launch(page, stack, PERSONA, hospital=hospital)
    for path in (*_KINDS, f"{words.MEDICATION}?{words.VIEW}={words.ON_PAPER}"):
        page.goto(place + path)
        assert page.evaluate(_CROWDED) == [], path
        heights = page.eval_on_selector_all(
            ".tabs a", "all => all.map((a) => a.getBoundingClientRect().height)"
        )
        assert all(height >= 44 for height in heights), path
        assert_focus_is_seen(page, "Tab")
        # Backwards from the end of the page, where the sticky parts are in the way.
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.locator("footer").evaluate("e => { e.tabIndex = -1; e.focus(); }")
        assert_focus_is_seen(page, "Shift+Tab")


def assert_focus_is_seen(page: Page, key: str) -> None:
    count = 0
    for _ in range(_PRESSED):
        page.keyboard.press(key)
        focus = page.evaluate(_FOCUS)
        if focus is None:
            break
        count += 1
        assert focus["seen"], (page.url, key, focus["name"])
        assert focus["outlined"], (page.url, key, focus["name"])
    assert count >= 2, (page.url, key)


@pytest.mark.proves("check:18")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_every_sheet_of_every_kind_of_page_names_the_patient_and_repeats_its_columns(
    stack: Stack, page: Page, hospital: str
) -> None:
    place = launch(page, stack, PERSONA, hospital=hospital)
    for path in ("", *_KINDS, words.REPORTS, words.RADIOLOGY):
        page.goto(place + path)
        heads = page.locator("main thead").first
        columns = heads.locator("th").all_text_contents() if heads.count() else []
        sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
        for number, sheet in enumerate(sheets, start=1):
            said = re.sub(r"\s+", " ", sheet.extract_text())
            assert "VAN DOSSIER, Willem (dhr.)" in said, (path, number)
            assert "17-04-1948" in said, (path, number)
            assert "999910000" in said.replace(" ", ""), (path, number)
            assert not any(button in said for button in _BUTTONS), (path, number)
        if columns and path != words.REPORTS:
            assert columns[0] in re.sub(r"\s+", " ", sheets[0].extract_text()), path
