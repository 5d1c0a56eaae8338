"""The budgets of the screen (interface.md §4.11), by the service under measure in Chromium: what a page asks
for, when it first shows something, and how much that moves afterwards.

The first page is the first GET of a launch, so its first byte waits for patient and consent; the hospital of
the bench thinks as long as in ``bench/paging.py``.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.rendering import make_grid
from bench.stage import PORTAL, Stage
from sandbox.his.vendors import His
from views import url_words
from views.rendering import render

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
_PAINTED = """() => new Promise((done) => {
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shift += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  const painted = () => {
    const [first] = performance.getEntriesByName('first-contentful-paint');
    if (!first) return requestAnimationFrame(painted);
    const [page] = performance.getEntriesByType('navigation');
    const count = 1 + performance.getEntriesByType('resource').length;
    requestAnimationFrame(() => done({
      paint: first.startTime, firstByte: page.responseStart, bytes: page.decodedBodySize, shift, count,
    }));
  };
  painted();
})"""


@dataclass(slots=True)
class PaintingFigures:
    """Of every page looked at; times in seconds, sizes in bytes."""

    first_bytes: list[float] = field(default_factory=list)
    paints: list[float] = field(default_factory=list)
    shifts: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    grid_seconds: list[float] = field(default_factory=list)


def measure_painting(stage: Stage, looks: int) -> PaintingFigures:
    """:param looks: how many launches are followed to the first page, the laboratory and the allergies."""
    figures = PaintingFigures()
    # Once before it counts: a service has compiled its templates long ago.
    render("partials/grid_table.html", grid=make_grid(40, 12))
    for _ in range(looks):
        figures.grid_seconds.append(
            _timed(lambda: render("partials/grid_table.html", grid=make_grid(40, 12)))
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_ARGUMENTS)
        for form in stage.clicks.forms(His.JWT, looks):
            _look(browser, stage.hospital.launch_url, form, figures)
        browser.close()
    return figures


def _look(browser: Browser, launch_url: str, form: Mapping[str, str], figures: PaintingFigures) -> None:
    """A click on a tile, in a browser that has seen nothing yet, and two more pages."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    fields = "".join(f'<input name="{name}" value="{value}">' for name, value in form.items())
    tile = f'<form method="post" action="{launch_url}">{fields}<button>Tile</button></form>'
    page.route(f"{PORTAL}/", lambda route: route.fulfill(body=tile, content_type="text/html"))
    page.goto(f"{PORTAL}/")
    page.get_by_role("button").click()
    page.wait_for_url("**/c/*/")
    url = page.url
    figures.first_bytes.append(_note("first page", page, figures)["firstByte"] / 1000)
    for name, path in (("laboratory", url_words.LABORATORY), ("allergies", url_words.ALLERGIES)):
        page.goto(url + path)
        _note(name, page, figures)
    context.close()


def _note(name: str, page: Page, figures: PaintingFigures) -> dict[str, Any]:
    page.locator("footer .end").wait_for()
    seen: dict[str, Any] = page.evaluate(_PAINTED)
    figures.paints.append(seen["paint"] / 1000)
    figures.shifts.append(seen["shift"])
    figures.requests.append(seen["count"])
    figures.sizes[name] = max(seen["bytes"], figures.sizes.get(name, 0))
    return seen


def _timed(make: Callable[[], object]) -> float:
    begin = time.perf_counter()
    make()
    return time.perf_counter() - begin
