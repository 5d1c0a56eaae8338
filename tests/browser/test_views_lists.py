"""Every list page in a real browser: accessible and quiet, and readable where a table does not fit."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from context.documents import OpenedDocument
from context.outcome import OutcomeState
from context.records import DocumentContent, DocumentForm
from context.records.narrative import Cell, NarrativeSection, Paragraph, Run, Table
from tests.browser.test_views_screens import _TAGS, _VIOLATIONS
from tests.browser.views_site import Scene
from views.catalogue.care_moments import CARE_MOMENTS
from views.catalogue.record import RECORD

_LISTS = [item.path for item in (*CARE_MOMENTS, *RECORD)]
_STATES = ["empty", "partial", "failed", "locked", "withheld"]
_SCROLLERS = """() => [...document.querySelectorAll('main *')]
  .filter((box) => box.clientWidth > 1 && box.scrollWidth > box.clientWidth + 1)
  .filter((box) => getComputedStyle(box).overflowX !== 'visible')
  .map((box) => box.className)"""


def violations(page: Page) -> list[object]:
    page.evaluate(Axe().axe_script)
    found: list[object] = page.evaluate(_VIOLATIONS, _TAGS)
    return found


@pytest.mark.proves("check:3")
@pytest.mark.proves("check:11")
@pytest.mark.parametrize("path", _LISTS)
def test_list_page_is_accessible_quiet_and_fits_every_width(
    page: Page, site: str, console: list[str], path: str
) -> None:
    for width in (1280, 900, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{site}/c/full/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert set(page.evaluate(_SCROLLERS)) <= {"list"}
        assert violations(page) == []
    assert console == []


@pytest.mark.proves("check:3")
@pytest.mark.parametrize("state", _STATES)
def test_list_page_is_accessible_in_every_state(page: Page, site: str, state: str) -> None:
    for path in ("zorgmomenten", "dossier/medicatie", "dossier/brieven"):
        page.goto(f"{site}/c/{state}/{path}")
        assert violations(page) == []


def test_narrow_window_names_every_value_of_a_row(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/c/full/dossier/medicatie")
    row = page.locator(".list tbody tr").first
    told = row.evaluate(
        "(row) => [...row.querySelectorAll('[data-label]')]"
        ".map((cell) => getComputedStyle(cell, '::before').content)"
    )
    assert told == [
        '"Middel"',
        '"Dosering"',
        '"Toediening"',
        '"Start"',
        '"Stop"',
        '"Voorschrijver"',
        '"Reden"',
    ]
    boxes = row.evaluate("(row) => [...row.children].map((cell) => cell.getBoundingClientRect().top)")
    assert boxes == sorted(boxes)


@pytest.mark.proves("feature:D02")
@pytest.mark.proves("feature:D12")
def test_details_open_by_keyboard_and_without_script(page: Page, site: str) -> None:
    page.goto(f"{site}/c/full/dossier/allergieen")
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("Reactie binnen 10 minuten na de eerste gift.").is_visible()


def test_structured_letter_is_accessible(page: Page, site: str, shown: dict[str, Scene]) -> None:
    table = Table(
        rows=((Cell((Paragraph((Run("Kalium"),)),), header=True), Cell((Paragraph((Run("4,1"),)),))),),
        head=(
            (
                Cell((Paragraph((Run("Bepaling"),)),), header=True),
                Cell((Paragraph((Run("Uitslag"),)),), header=True),
            ),
        ),
    )
    body = NarrativeSection((Run("Conclusie"),), blocks=(Paragraph((Run("Stabiel."),)), table))
    content = DocumentContent(DocumentForm.STRUCTURED, sections=(body,))
    name = "a" + "0" * 24
    shown["ok"].documents = {name: OpenedDocument(OutcomeState.OK, None, content)}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{site}/c/ok/brieven/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
