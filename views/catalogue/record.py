"""The pages of the tab Dossier, under their four headings (feature D30)."""

from dataclasses import replace

from views import url_words
from views.catalogue.model import Group, Item, Tab
from views.documents import DOCUMENT
from views.lists import letters, medical, medication, nursing, reports
from views.lists.model import E, ListSpec
from views.lists.panel import list_panel


def _item(group: Group, path: str, spec: ListSpec[E]) -> Item:
    return Item(spec.key, Tab.RECORD, path, (list_panel(spec),), group)


_ALERTS = Item(
    "alerts",
    Tab.RECORD,
    url_words.ALERTS,
    # What must be known before treating, and before prescribing: read together, so shown together.
    (list_panel(reports.ALERTS), list_panel(reports.CONTRAINDICATIONS)),
    Group.REPORTS,
)

RECORD: tuple[Item, ...] = (
    _item(Group.MEDICAL, url_words.ALLERGIES, medical.ALLERGIES),
    _item(Group.MEDICAL, url_words.CONDITIONS, medical.CONDITIONS),
    _item(Group.MEDICAL, url_words.SUBSTANCE_USE, medical.SUBSTANCE_USE),
    _item(Group.MEDICAL, url_words.DIAGNOSES, medical.DIAGNOSES),
    _item(Group.MEDICAL, url_words.IMPLANTS, medical.IMPLANTS),
    _item(Group.MEDICAL, url_words.MATERIALS, medical.MATERIALS),
    _item(Group.MEDICAL, url_words.FUNCTIONAL_STATUS, medical.FUNCTIONAL_STATUS),
    _item(Group.MEDICAL, url_words.DEVICES, medical.DEVICES),
    _item(Group.MEDICAL, url_words.MEDICATION, medication.MEDICATION),
    _item(Group.MEDICAL, url_words.VACCINATIONS, medical.VACCINATIONS),
    _item(Group.REPORTS, url_words.REPORTS, reports.REPORTS),
    replace(_item(Group.REPORTS, url_words.LETTERS, letters.LETTERS), below=(DOCUMENT,)),
    _ALERTS,
    _item(Group.REPORTS, url_words.PROCEDURES, reports.PROCEDURES),
    _item(Group.NURSING, url_words.NURSING_PROBLEMS, nursing.NURSING_PROBLEMS),
    _item(Group.NURSING, url_words.NURSING_PLAN, nursing.NURSING_PLAN),
    _item(Group.NURSING, url_words.NURSING_NOTES, nursing.NURSING_NOTES),
    _item(Group.OTHER, url_words.DIET_ADVICE, nursing.DIET_ADVICE),
    _item(Group.OTHER, url_words.DIET_AGREEMENTS, nursing.DIET_AGREEMENTS),
    _item(Group.OTHER, url_words.TREATMENT_RESTRICTIONS, nursing.TREATMENT_RESTRICTIONS),
    _item(Group.OTHER, url_words.TEAM_MEETINGS, reports.TEAM_MEETINGS),
)
