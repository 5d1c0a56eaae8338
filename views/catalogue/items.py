"""Every page there is: each tab has a module beside this one; the texts are in ``templates/texts``."""

from collections.abc import Mapping
from types import MappingProxyType

from context.hospital import Hospital, StartPage
from views import url_words
from views.catalogue.care_moments import CARE_MOMENTS
from views.catalogue.model import Item, PanelSpec, Tab
from views.catalogue.record import RECORD
from views.catalogue.results import RESULTS
from views.patient_information import present_patient_panel

PATIENT_INFORMATION = Item(
    "patient_information",
    Tab.PATIENT_INFORMATION,
    url_words.PATIENT_INFORMATION,
    (PanelSpec("patient_information", (), present_patient_panel, "panels/patient_information.html"),),
    needs_consent=False,
)

_ALL = (PATIENT_INFORMATION, *CARE_MOMENTS, *RECORD, *RESULTS)

ITEMS: Mapping[str, Item] = MappingProxyType({item.key: item for item in _ALL})
"""By key, in the catalogue's own order."""


def items_of(hospital: Hospital) -> tuple[Item, ...]:
    """The pages that a hospital shows, in its own order: patient information always, and of the others
    those that it chose and whose sections it serves."""
    chosen = [ITEMS[key] for key in hospital.display.items] or list(ITEMS.values())
    served = [item for item in chosen if item.panels_at(hospital)]
    return (PATIENT_INFORMATION, *(item for item in served if item is not PATIENT_INFORMATION))


def start_item(hospital: Hospital) -> Item:
    """The landing page (feature X01)."""
    results = [item for item in items_of(hospital) if item.tab is Tab.RESULTS]
    return results[0] if hospital.start_page is StartPage.RESULTS and results else PATIENT_INFORMATION
