"""The clinical line of the banner: allergies, treatment restriction, alerts (interface.md §4.3). Pure.

It stands on every page, so it must never read "none" for "no answer".
"""

from dataclasses import dataclass
from datetime import date

from context.outcome import OutcomeState
from context.records import BANNER_SECTIONS, Alert, RecordEntry, Section, TreatmentRestriction
from views.allergies import AllergyLabel, present_allergies
from views.catalogue.items import items_of
from views.catalogue.model import Outcomes, PageRequest
from views.current import WITHDRAWN, is_current
from views.dates import local_date


@dataclass(frozen=True, slots=True)
class ClinicalItem:
    """:param kind: known, none-known, not-recorded or unavailable; the style sheet tells them apart.
    :param url: the page that tells more; None where the hospital has none."""

    key: str
    kind: AllergyLabel
    text: str
    url: str | None


def clinical_sections(request: PageRequest) -> tuple[Section, ...]:
    """What the line asks for at this hospital."""
    return tuple(section for section in BANNER_SECTIONS if section in request.hospital.sections)


def present_clinical(request: PageRequest, outcomes: Outcomes) -> tuple[ClinicalItem, ...]:
    """The three items; a section that was not asked reads as not available."""
    allergies = present_allergies(outcomes.get(Section.ALLERGIES), request.texts)
    return (
        ClinicalItem("allergies", allergies.label, allergies.text, _url(request, Section.ALLERGIES)),
        _counted("restriction", Section.TREATMENT_RESTRICTIONS, request, outcomes),
        _counted("alerts", Section.ALERTS, request, outcomes),
    )


def _counted(key: str, section: Section, request: PageRequest, outcomes: Outcomes) -> ClinicalItem:
    """An item that tells how many current entries there are, given how complete the answer is."""
    outcome, url = outcomes.get(section), _url(request, section)
    if outcome is None or outcome.state not in (OutcomeState.OK, OutcomeState.EMPTY, OutcomeState.PARTIAL):
        return ClinicalItem(key, AllergyLabel.UNAVAILABLE, request.texts(f"clinical.{key}_unavailable"), url)
    complete = outcome.state is not OutcomeState.PARTIAL and not outcome.is_held
    today = local_date(request.now)
    count = sum(_is_current(entry, today) for entry in outcome.entries)
    if count:
        text = f"clinical.{key}" if complete else f"clinical.{key}_incomplete"
        return ClinicalItem(key, AllergyLabel.KNOWN, request.texts(text, n=count), url)
    if not complete:
        return ClinicalItem(key, AllergyLabel.UNAVAILABLE, request.texts(f"clinical.{key}_unavailable"), url)
    # Something that is over or denied was recorded all the same.
    recorded = any(entry.status not in WITHDRAWN for entry in outcome.entries)
    text = f"clinical.{key}_past" if recorded else f"clinical.{key}_none"
    return ClinicalItem(key, AllergyLabel.NOT_RECORDED, request.texts(text), url)


def _is_current(entry: RecordEntry, today: date) -> bool:
    return isinstance(entry, Alert | TreatmentRestriction) and is_current(entry, entry.ends, today)


def _url(request: PageRequest, section: Section) -> str | None:
    pages = (item for item in items_of(request.hospital) if section in item.sections)
    return next((request.url(item) for item in pages), None)
