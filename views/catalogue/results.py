"""The pages of the tab Uitslagen."""

from context.records import Section
from views import url_words
from views.catalogue.model import Item, PanelSpec, Tab
from views.laboratory import present_laboratory

RESULTS = (
    Item(
        "laboratory",
        Tab.RESULTS,
        url_words.LABORATORY,
        (PanelSpec("laboratory", (Section.LABORATORY,), present_laboratory, "panels/laboratory.html"),),
        scripts=("grid.js",),
    ),
)
