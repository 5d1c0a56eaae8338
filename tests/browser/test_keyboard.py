"""Every kind of page by keyboard, enlarged, spaced out and in forced colours (interface.md §4.8)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.views_site import Scene

_PAGES = {
    "patient": "/c/full/",
    "overview": "/c/full/zorgmomenten",
    "list": "/c/full/dossier/allergieen",
    "medication": "/c/full/dossier/medicatie",
    "letters": "/c/full/dossier/brieven",
    "recent": "/c/ok/uitslagen/recent",
    "grid": "/c/ok/uitslagen/lab",
    "on paper": "/c/full/dossier/diagnoses?weergave=afdruk",
    "failed": "/c/failed/uitslagen/recent",
    "refusal": "/page/L07",
}
_SIZES = {"webview": (900, 600), "phone": (320, 640)}
# What has focus is seen where it stands, not under something sticky, and is outlined (WCAG 2.4.7, 2.4.11).
_FOCUS = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const boxes = [...focused.getClientRects()].filter((box) => box.width && box.height);
  const seen = boxes.some((box) => {
    // Of what is higher than a line some part is enough: a long table cannot be seen at once.
    const depths = box.height > 60 ? [12, box.height / 2, box.height - 12] : [box.height / 2];
    return depths.some((depth) => {
      const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 40), 0), innerWidth - 1);
      const top = document.elementFromPoint(x, box.top + depth);
      return top && (focused.contains(top) || top.contains(focused) && top.matches('summary, label'));
    });
  });
  const style = getComputedStyle(focused);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {name: focused.outerHTML.slice(0, 90), seen, outlined: outlined || focused.matches('main, h1')};
}"""
# Smaller than 24 by 24 pixels, in no sentence, and too near to another target (WCAG 2.5.8).
_CROWDED = """() => {
  const chosen = 'a:not(.skip), button, summary, select, input:not([type=hidden]):not([type=checkbox])';
  const targets = [...document.querySelectorAll(chosen)].filter((e) => e.checkVisibility())
    .map((e) => ({e, box: e.getBoundingClientRect()})).filter(({box}) => box.width);
  const small = ({box}) => Math.min(box.width, box.height) < 24;
  const middle = ({box}) => [box.left + box.width / 2, box.top + box.height / 2];
  const distance = ([x, y], other) => {
    if (small(other)) { const [u, v] = middle(other); return Math.hypot(x - u, y - v) - 12; }
    const {box} = other;
    return Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  };
  return targets.filter((t) => small(t) && !t.e.closest('p:not(.clinical)')
    && targets.some((other) => other !== t && distance(middle(t), other) < 12))
    .map(({e}) => e.outerHTML.slice(0, 90));
}"""
# Enough to pass all menus and the first rows of what they lead to.
_MOST = 40
_TEXT_SPACING = """* { line-height: 1.5 !important; }
  * { letter-spacing: .12em !important; word-spacing: .16em !important; }
  p { margin-bottom: 2em !important; }"""


@pytest.mark.proves("check:9")
@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("name", _PAGES)
def test_focus_is_seen_on_every_kind_of_page_both_ways(site: str, page: Page, name: str, size: str) -> None:
    width, height = _SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site + _PAGES[name])
    for key in ("Tab", "Shift+Tab"):
        for _ in range(_MOST):
            page.keyboard.press(key)
            focus = page.evaluate(_FOCUS)
            if focus is None:
                break
            assert focus["seen"], focus["name"]
            assert focus["outlined"], focus["name"]
        page.evaluate("scrollTo(0, document.body.scrollHeight)")


@pytest.mark.proves("check:9")
def test_first_tab_shows_the_way_past_the_menus_and_it_leads_to_the_heading(site: str, page: Page) -> None:
    page.goto(f"{site}/c/full/dossier/medicatie")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Naar de inhoud")
    expect(skip).to_be_focused()
    focus = page.evaluate(_FOCUS)
    assert focus["seen"]
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_focused()
    box, banner = heading.bounding_box(), page.locator(".banner").bounding_box()
    assert box is not None
    assert banner is not None
    assert box["y"] >= banner["y"] + banner["height"]


def test_tab_order_is_the_order_of_reading(site: str, page: Page) -> None:
    page.goto(f"{site}/c/full/dossier/allergieen")
    order: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        place = page.evaluate(
            "() => { const e = document.activeElement; return e.closest('.skip, .hospital, .tabs, .menu,"
            " .clinical, main, footer')?.className || e.closest('main, footer')?.localName || ''; }"
        )
        if place and place not in order:
            order.append(place)
    wanted = ["skip", "hospital", "tabs", "menu", "clinical arrived"]
    assert [place for place in order if place in wanted] == wanted


@pytest.mark.proves("check:10")
@pytest.mark.parametrize("size", ["webview", "phone"])
@pytest.mark.parametrize("name", _PAGES)
def test_every_target_is_large_enough_or_has_room_around_it(
    site: str, page: Page, name: str, size: str
) -> None:
    width, height = _SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(site + _PAGES[name])
    assert page.evaluate(_CROWDED) == []


@pytest.mark.proves("check:11")
@pytest.mark.parametrize("name", _PAGES)
def test_page_stays_whole_at_320_pixels_and_with_more_space_between_letters(
    site: str, page: Page, name: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(site + _PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 850})
    session = page.context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("DOM.enable")
    session.send("CSS.enable")
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    sheet = session.send("CSS.createStyleSheet", {"frameId": frame})["styleSheetId"]
    session.send("CSS.setStyleSheetText", {"styleSheetId": sheet, "text": _TEXT_SPACING})
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    cut = page.eval_on_selector_all(
        ".banner *, .tabs a, .menu a, button, h1, h2, .clinical a",
        "all => all.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).overflowX !== 'visible').map((e) => e.outerHTML.slice(0, 90))",
    )
    assert cut == []


@pytest.mark.parametrize("name", _PAGES)
def test_page_at_twice_the_size_keeps_the_name_in_view_and_room_to_read(
    site: str, page: Page, name: str
) -> None:
    # 200 % on a screen of 1280 x 850 leaves half of it in CSS pixels.
    page.set_viewport_size({"width": 640, "height": 425})
    page.goto(site + _PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    if name == "refusal":
        return
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    sticky = page.locator(".banner .who").bounding_box()
    assert sticky is not None
    assert sticky["y"] >= 0
    assert sticky["height"] <= 425 / 3


def test_forced_colours_keep_what_matters_apart(site: str, page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{site}/c/failed/uitslagen/lab")
    failed = page.locator(".state.failed").first
    assert failed.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    page.goto(f"{site}/c/full/dossier/allergieen")
    tab = page.locator(".tabs a[aria-current]")
    assert tab.evaluate("e => parseFloat(getComputedStyle(e).borderBottomWidth)") >= 3
    expect(page.locator(".clinical")).to_have_count(2)


def test_nothing_moves_by_itself(site: str, page: Page) -> None:
    page.goto(f"{site}/c/ok/uitslagen/lab")
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter((e) => { const s = getComputedStyle(e);"
        " return s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0"
        " || s.scrollBehavior === 'smooth'; }).length"
    )
    assert moving == 0


def test_banner_and_clinical_line_stay_in_view_on_a_tall_screen(
    site: str, page: Page, shown: dict[str, Scene]
) -> None:
    page.set_viewport_size({"width": 1280, "height": 850})
    for scene in ("ok", "long", "dead"):
        page.goto(f"{site}/c/{scene}/uitslagen/lab")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        banner = page.locator(".banner").bounding_box()
        line = page.locator(".clinical.arrived").bounding_box()
        assert banner is not None
        assert line is not None
        assert banner["y"] == 0
        assert abs(line["y"] - banner["height"]) <= 1
        page.evaluate("scrollTo(0, 0)")
