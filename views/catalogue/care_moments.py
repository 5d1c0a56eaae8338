"""The pages of the tab Zorgmomenten: an overview, and a page for each kind of contact."""

from dataclasses import replace

from context.display import PlannedActs
from context.hospital import Hospital
from views import url_words
from views.catalogue.model import Item, PanelSpec, Tab
from views.lists import care_moments as lists
from views.lists.model import E, ListSpec
from views.lists.panel import list_panel


def _item(spec: ListSpec[E], path: str) -> Item:
    return Item(spec.key, Tab.CARE_MOMENTS, path, (list_panel(spec),))


def _on_overview(spec: ListSpec[E], item: str, *, upcoming_first: bool | None = None) -> PanelSpec:
    """A panel of the overview, where the hospital has the page of that kind as well.

    :param upcoming_first: for which order of the overview (feature Q02); None for both.
    """

    def shown(hospital: Hospital) -> bool:
        display = hospital.display
        chosen = not display.items or item in display.items
        return chosen and upcoming_first in (None, display.upcoming_first)

    return replace(list_panel(spec), shown=shown)


def _surgeries_to_come() -> PanelSpec:
    panel = _on_overview(lists.UPCOMING_SURGERIES, "surgeries", upcoming_first=True)

    def shown(hospital: Hospital) -> bool:
        return panel.shown(hospital) and hospital.display.surgeries is not PlannedActs.PAST

    return replace(panel, shown=shown)


OVERVIEW = Item(
    "care_moments",
    Tab.CARE_MOMENTS,
    url_words.CARE_MOMENTS,
    (
        _on_overview(lists.APPOINTMENTS, "appointments", upcoming_first=False),
        _on_overview(lists.SURGERIES, "surgeries", upcoming_first=False),
        _on_overview(lists.ADMISSIONS, "admissions", upcoming_first=False),
        _on_overview(lists.UPCOMING_APPOINTMENTS, "appointments", upcoming_first=True),
        _on_overview(lists.UPCOMING_ADMISSIONS, "admissions", upcoming_first=True),
        _surgeries_to_come(),
        _on_overview(lists.PAST_APPOINTMENTS, "appointments", upcoming_first=True),
        _on_overview(lists.PAST_ADMISSIONS, "admissions", upcoming_first=True),
        _on_overview(lists.PAST_SURGERIES, "surgeries", upcoming_first=True),
        _on_overview(lists.EMERGENCY_VISITS, "emergency_visits"),
        _on_overview(lists.REFERRALS, "referrals"),
    ),
)

CARE_MOMENTS = (
    OVERVIEW,
    _item(lists.APPOINTMENTS, url_words.APPOINTMENTS),
    _item(lists.SURGERIES, url_words.SURGERIES),
    _item(lists.ADMISSIONS, url_words.ADMISSIONS),
    _item(lists.EMERGENCY_VISITS, url_words.EMERGENCY_VISITS),
    _item(lists.REFERRALS, url_words.REFERRALS),
)
