"""Every page of every hospital, as a GP reaches it by its menus: accessible, quiet, and about nobody else.

The record is that of the sandbox's patient with something in every section.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.clicking import Witness, launch, names_of
from tests.stack import HOSPITALS, Stack

PERSONA = "everything"
_AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_VIOLATIONS = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']});
  return found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((node) => node.html)]);
}"""
# A second look at 900 px would find what the first two did; the webview's width is checked on its own.
_WIDTHS = (1280, 320)
# A phone, a mail address, and the images of an examination at the system that keeps them.
_ELSEWHERE = ("tel:", "mailto:", "https://beelden.example/")
_LINKS = "all => all.map((e) => e.href || e.action)"
_PORTAL_WORDS = ("zoeken", "home", "recente", "klinische patiënten", "seh overzicht")


def pages_of(page: Page) -> Iterator[str]:
    """Path of each page that the menus lead to, while the browser stands on it."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    seen: set[str] = set()
    waiting = _menus(page)
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        page.goto(origin + path)
        waiting += _menus(page)
        yield path


def _menus(page: Page) -> list[str]:
    hrefs = page.eval_on_selector_all(".tabs a, .menu a", "all => all.map((a) => a.href)")
    return [urlsplit(href).path for href in hrefs]


@pytest.mark.timeout(600)
@pytest.mark.proves("check:2")
@pytest.mark.proves("check:3")
@pytest.mark.proves("check:4")
@pytest.mark.proves("check:11")
@pytest.mark.proves("feature:A12")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_every_page_is_accessible_quiet_complete_and_tells_nothing_outside_itself(
    stack: Stack, page: Page, hospital: str
) -> None:
    witness = Witness(page)
    own = (launch(page, stack, PERSONA, hospital=hospital), f"{stack.base_url(hospital)}/static/")
    persona = stack.zis.personas[PERSONA]
    count = 0
    for path in pages_of(page):
        count += 1
        page.evaluate(Axe().axe_script)
        for width in _WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(_VIOLATIONS, _AXE_TAGS) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        page.set_viewport_size({"width": 1280, "height": 800})
        assert page.locator("footer .end").get_attribute("data-complete") == "ja", path
        assert not any(name in page.title() + page.url for name in (*names_of(persona), persona.bsn))
        buttons = page.locator("a, button, [role=button]").all_inner_texts()
        links = page.eval_on_selector_all("a[href], form, link", _LINKS)
        assert [link for link in links if not link.startswith((*own, *_ELSEWHERE))] == [], path
        assert not {text.strip().lower() for text in buttons} & set(_PORTAL_WORDS), path
    assert count >= 10
    assert witness.console == []
    witness.assert_same_origin_after_the_tile(stack.product.url)
    witness.assert_urls_and_history_tell_nothing(persona)


@pytest.mark.proves("check:3")
@pytest.mark.proves("feature:A12")
def test_pages_in_a_webview_of_900_pixels_are_accessible_and_do_not_scroll_sideways(
    stack: Stack, page: Page
) -> None:
    launch(page, stack, PERSONA)
    page.set_viewport_size({"width": 900, "height": 600})
    for path in pages_of(page):
        page.evaluate(Axe().axe_script)
        assert page.evaluate(_VIOLATIONS, _AXE_TAGS) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 900, path
