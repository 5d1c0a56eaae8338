"""The clinical line of the banner never says "none" for "no answer" (interface.md §4.3)."""

from datetime import date

import pytest

from context.outcome import FailureCause, Outcome
from context.person import Moment, PartialDate
from context.records import Alert, CodedText, RecordEntry, Section, TreatmentRestriction
from tests.browser import views_records as records
from views.allergies import AllergyLabel
from views.catalogue.items import PATIENT_INFORMATION
from views.catalogue.model import PageRequest
from views.clinical import ClinicalItem, present_clinical
from views.links import Links
from views.texts import default_texts

TODAY = date(2026, 11, 22)


def request() -> PageRequest:
    return PageRequest(
        hospital=records.CWZ,
        opened=records.opened(),
        item=PATIENT_INFORMATION,
        now=records.NOW,
        query={},
        links=Links("/c/ok/"),
        texts=default_texts(),
    )


def day(year: int, month: int | None = None, number: int | None = None) -> Moment:
    return Moment(PartialDate(year, month, number))


def restriction(
    ends: Moment | None = None, *, negated: bool = False, status: str | None = None
) -> RecordEntry:
    return TreatmentRestriction(CodedText(display="Reanimatie"), ends=ends, negated=negated, status=status)


def alert(ends: Moment | None = None) -> RecordEntry:
    return Alert(CodedText(display="MRSA"), ends=ends)


def whole(*entries: RecordEntry) -> Outcome[RecordEntry]:
    return Outcome.of(entries, records.NOW)


def shown(section: Section, outcome: Outcome[RecordEntry] | None) -> ClinicalItem:
    outcomes = {} if outcome is None else {section: outcome}
    key = "alerts" if section is Section.ALERTS else "restriction"
    (item,) = [item for item in present_clinical(request(), outcomes) if item.key == key]
    return item


@pytest.mark.parametrize(
    ("outcome", "kind", "text"),
    [
        (whole(restriction()), "known", "Behandelbeperking: ja, zie Dossier (1)"),
        (whole(restriction(), restriction(day(2026, 11, 22))), "known", "ja, zie Dossier (2)"),
        (whole(), "not-recorded", "Behandelbeperking: niet vastgelegd"),
        (whole(restriction(day(2026, 11, 21))), "not-recorded", "geen actuele, zie Dossier"),
        (whole(restriction(negated=True)), "not-recorded", "geen actuele, zie Dossier"),
        (whole(restriction(status="nullified")), "not-recorded", "Behandelbeperking: niet vastgelegd"),
        (None, "unavailable", "Behandelbeperking: niet beschikbaar"),
        (Outcome.failed(FailureCause.TIMEOUT), "unavailable", "niet beschikbaar"),
        (Outcome.not_permitted(), "unavailable", "niet beschikbaar"),
        (Outcome.withheld(held_back=1), "unavailable", "niet beschikbaar"),
        (Outcome.partial((), ("het ZIS",), records.NOW), "unavailable", "niet beschikbaar"),
        (Outcome.partial((restriction(),), ("het ZIS",), records.NOW), "known", "(1, niet volledig)"),
    ],
)
def test_restriction_reads_as_what_is_certain(
    outcome: Outcome[RecordEntry] | None, kind: str, text: str
) -> None:
    item = shown(Section.TREATMENT_RESTRICTIONS, outcome)
    assert item.kind is AllergyLabel(kind)
    assert text in item.text


@pytest.mark.parametrize(
    ("ends", "current"),
    [
        (None, True),
        (day(2026, 11, 22), True),
        (day(2026, 11, 21), False),
        (day(2026, 11), True),
        (day(2026, 10), False),
        (day(2026), True),
        (day(2025), False),
    ],
)
def test_alert_counts_until_it_is_surely_over(ends: Moment | None, current: bool) -> None:
    item = shown(Section.ALERTS, whole(alert(ends)))
    assert item.text == ("Signaleringen: 1" if current else "Signaleringen: geen actuele, zie Dossier")


def test_each_item_leads_to_the_page_that_tells_more_where_the_hospital_has_one() -> None:
    outcomes = {section: whole() for section in (Section.ALLERGIES, Section.ALERTS)}
    for item in present_clinical(request(), outcomes):
        assert item.url is None or item.url.startswith("/c/ok/dossier/")
