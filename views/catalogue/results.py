"""The pages of the tab Uitslagen."""

from context.records import Section
from views import url_words
from views.catalogue.model import Item, PanelSpec, Tab
from views.grid.page import present_grid_page
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


RESULTS = (
    _grid("laboratory", Section.LABORATORY, url_words.LABORATORY, url_words.LABORATORY_TREND),
    _grid("measurements", Section.MEASUREMENTS, url_words.MEASUREMENTS, url_words.MEASUREMENTS_TREND),
)
