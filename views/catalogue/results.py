"""The pages of the tab Uitslagen."""

from context.records import Section, TextResult
from views import url_words
from views.catalogue.model import Item, PanelSpec, Tab
from views.grid.page import present_grid_page
from views.lists.model import ListSpec
from views.lists.panel import list_panel
from views.results import lists
from views.results.item import present_result_page
from views.results.keys import item_path
from views.results.recent import recent_panel
from views.trend.page import present_trend


def _grid(key: str, section: Section, path: str, trend_path: str) -> Item:
    """A grid, and below it the page of one test."""
    trend = f"{key}_trend"
    return Item(
        key,
        Tab.RESULTS,
        path,
        (PanelSpec(key, (section,), present_grid_page, "panels/grid.html"),),
        scripts=("grid.js",),
        below=(
            Item(
                trend,
                Tab.RESULTS,
                trend_path,
                (PanelSpec(trend, (section,), present_trend, "panels/trend.html"),),
            ),
        ),
    )


def _in_words(path: str, spec: ListSpec[TextResult]) -> Item:
    """A list of results, and below it the page of one of them."""
    result, section = f"{spec.key}_result", spec.section
    return Item(
        spec.key,
        Tab.RESULTS,
        path,
        (list_panel(spec),),
        below=(
            Item(
                result,
                Tab.RESULTS,
                item_path(section),
                (PanelSpec(result, (section,), present_result_page, "panels/result.html"),),
            ),
        ),
    )


_BY_KIND = {
    Section.LABORATORY: _grid(
        "laboratory", Section.LABORATORY, url_words.LABORATORY, url_words.LABORATORY_TREND
    ),
    Section.MEASUREMENTS: _grid(
        "measurements", Section.MEASUREMENTS, url_words.MEASUREMENTS, url_words.MEASUREMENTS_TREND
    ),
    Section.MICROBIOLOGY: _in_words(url_words.MICROBIOLOGY, lists.MICROBIOLOGY),
    Section.PATHOLOGY: _in_words(url_words.PATHOLOGY, lists.PATHOLOGY),
    Section.RADIOLOGY: _in_words(url_words.RADIOLOGY, lists.RADIOLOGY),
    Section.CARDIOLOGY: _in_words(url_words.CARDIOLOGY, lists.CARDIOLOGY),
    Section.ENDOSCOPY: _in_words(url_words.ENDOSCOPY, lists.ENDOSCOPY),
}
_PAGES = {section: (item.path, item.below[0].path) for section, item in _BY_KIND.items()}
_RECENT = Item("recent", Tab.RESULTS, url_words.RECENT, (recent_panel("panels/recent.html", _PAGES),))

RESULTS = (_RECENT, *_BY_KIND.values())
