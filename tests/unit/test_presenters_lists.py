"""Lists as they are presented: groups, order, words, what is told of what is not shown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from context.display import (
    DisplayProfile,
    MedicationNote,
    PlannedActs,
    ReferralSelection,
    ReportParts,
    ReportRelease,
    ReportsNote,
    StoppedMedication,
)
from context.hospital import Hospital
from context.medication import MedicationCategory
from context.outcome import Outcome
from context.person import Moment, PartialDate
from context.records import (
    Alert,
    Allergy,
    CodedText,
    Encounter,
    LabResult,
    MedicationEntry,
    MedicationKind,
    NursingEntry,
    Party,
    Problem,
    Procedure,
    RecordEntry,
    Referral,
    Report,
    ResultValue,
    Section,
    Stage,
    StopType,
    TextPart,
    TreatmentRestriction,
    ValueKind,
)
from tests.browser import views_entries as entries
from tests.browser import views_records as records
from tests.browser.views_records import at
from views.allergies import present_allergies
from views.catalogue.care_moments import OVERVIEW
from views.catalogue.items import ITEMS
from views.catalogue.model import PageRequest
from views.links import Links
from views.lists import care_moments, medical, medication, nursing, reports
from views.lists.cells import amount_cell
from views.lists.model import Group, ListSpec
from views.lists.panel import present_list
from views.lists.status import status_words
from views.lists.upcoming import is_upcoming
from views.texts import default_texts

TEXTS = default_texts()
NOW = records.NOW


def asked(key: str = "medication", hospital: Hospital = records.CWZ, **rules: Any) -> PageRequest:
    changed = replace(hospital, display=replace(hospital.display, **rules))
    return PageRequest(changed, records.opened(), ITEMS[key], NOW, {}, Links("/c/ok/"), TEXTS)


def presented(spec: ListSpec[Any], *found: RecordEntry, **rules: Any) -> dict[str, Any]:
    return dict(present_list(spec, asked(**rules), Outcome.of(found, NOW)))


def groups(spec: ListSpec[Any], *found: RecordEntry, **rules: Any) -> dict[str, list[str]]:
    shown: list[Group] = presented(spec, *found, **rules)["groups"]
    return {group.heading: [row.name for row in group.rows] for group in shown}


def cell(shown: dict[str, Any], key: str, row: int = 0) -> str:
    keys = [name for name, _ in shown["columns"]]
    return str(shown["groups"][0].rows[row].cells[keys.index(key)].text)


@pytest.mark.parametrize(
    ("begins", "stage", "coming"),
    [
        (Moment(PartialDate(2026, 11, 22), NOW), Stage.SCHEDULED, False),
        (Moment(PartialDate(2026, 11, 22), NOW + timedelta(seconds=1)), Stage.SCHEDULED, True),
        (Moment(PartialDate(2026, 11, 22), NOW + timedelta(seconds=1)), Stage.PERFORMED, True),
        (at("2026-11-22"), Stage.SCHEDULED, True),
        (at("2026-11-22"), Stage.PERFORMED, False),
        (at("2026-11-22"), Stage.CANCELLED, False),
        (at("2026-11-21"), Stage.SCHEDULED, False),
        (at("2026-11-23"), Stage.CANCELLED, True),
        (Moment(PartialDate(2026, 11)), Stage.WAITING, True),
        (Moment(PartialDate(2026, 11)), Stage.PERFORMED, False),
        (Moment(PartialDate(2026, 10)), Stage.WAITING, False),
        (Moment(PartialDate(2027)), Stage.WAITING, True),
        (None, Stage.WAITING, True),
        (None, Stage.PERFORMED, False),
    ],
)
def test_contact_is_to_come_until_it_has_begun(begins: Moment | None, stage: Stage, coming: bool) -> None:
    assert is_upcoming(begins, stage, NOW) == coming


@pytest.mark.proves("feature:Q01")
def test_appointments_to_come_stand_above_past_ones_each_from_now_on() -> None:
    def visit(name: str, begins: Moment | None, stage: Stage = Stage.SCHEDULED) -> Encounter:
        return Encounter(None, stage, begins, specialism=CodedText(display=name))

    found = groups(
        care_moments.APPOINTMENTS,
        visit("later", at("2027-02-01")),
        visit("older", at("2020-01-01"), Stage.PERFORMED),
        visit("undated", None),
        visit("sooner", at("2026-12-01", "09:00")),
        visit("recent", at("2026-11-01"), Stage.PERFORMED),
        visit("before nine", at("2026-12-01", "08:00")),
    )
    assert found == {
        "Toekomstig (4)": ["before nine", "sooner", "later", "undated"],
        "Verleden (2)": ["recent", "older"],
    }


@pytest.mark.proves("feature:Q04")
def test_where_only_past_operations_are_shown_nothing_is_said_about_those_to_come() -> None:
    hip = Procedure(CodedText(display="Heup"), begins=at("2021-05-06"))
    shown = presented(care_moments.SURGERIES, hip, surgeries=PlannedActs.PAST)
    assert [group.heading for group in shown["groups"]] == ["Verleden (1)"]
    assert shown["below"] == ["Alleen operaties uit het verleden worden hier getoond."]
    called = presented(care_moments.SURGERIES, hip, surgeries=PlannedActs.PAST_AND_CALLED)
    assert called["groups"][0].empty == "Geen toekomstige operaties waarvoor de patiënt is opgeroepen."
    assert "wachtlijst" in called["below"][0]
    assert presented(care_moments.SURGERIES, hip, surgeries=PlannedActs.ALL)["below"] == []


@pytest.mark.proves("feature:Q07")
@pytest.mark.proves("feature:Q08")
@pytest.mark.parametrize(
    ("rule", "empty"),
    [
        (ReferralSelection.OWN_PRACTICE, "Geen verwijzingen van uw praktijk."),
        (ReferralSelection.OPEN, "Geen openstaande verwijzingen."),
        (ReferralSelection.ALL, "Geen verwijzingen vastgelegd."),
    ],
)
def test_no_referrals_names_which_ones_were_looked_for(rule: ReferralSelection, empty: str) -> None:
    assert presented(care_moments.REFERRALS, referrals=rule)["panel"].message == empty


@pytest.mark.proves("feature:Q02")
def test_overview_shows_what_is_to_come_of_all_kinds_first_where_the_hospital_wants_it() -> None:
    saxenburgh = asked("care_moments", upcoming_first=True, surgeries=PlannedActs.PAST)
    assert [panel.key for panel in OVERVIEW.panels_at(saxenburgh.hospital)] == [
        "upcoming_appointments",
        "upcoming_admissions",
        "past_appointments",
        "past_admissions",
        "past_surgeries",
        "emergency_visits",
        "referrals",
    ]
    usual = asked("care_moments", items=("care_moments", "appointments", "referrals"))
    assert [panel.key for panel in OVERVIEW.panels_at(usual.hospital)] == ["appointments", "referrals"]


def test_half_of_a_list_holds_its_own_entries_and_says_none_only_of_them() -> None:
    found = entries.ENTRIES[Section.APPOINTMENTS]
    coming = presented(care_moments.UPCOMING_APPOINTMENTS, *found)
    past = presented(care_moments.PAST_APPOINTMENTS, *found)
    assert (coming["groups"][0].count, past["groups"][0].count) == (2, 3)
    assert coming["groups"][0].heading == ""
    nothing = presented(care_moments.UPCOMING_APPOINTMENTS, found[2])
    assert nothing["groups"][0].empty == "Geen toekomstige afspraken."


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Encounter(None, Stage.SCHEDULED), "Gepland"),
        (Encounter(None, ends=at("2026-11-21")), "Ontslagen"),
        (Encounter(None, ends=at("2026-11-23")), "Opgenomen"),
        (Encounter(None, status="active"), "Opgenomen"),
        (Encounter(None, status="completed"), "Einde niet vermeld"),
        (Encounter(None, status="nullified"), "ingetrokken"),
    ],
)
def test_admission_is_not_told_to_be_over_or_to_go_on_without_a_word_for_it(
    entry: Encounter, words: str
) -> None:
    shown = presented(care_moments.ADMISSIONS, entry, admissions=PlannedActs.PAST)
    assert cell(shown, "status") == words


@pytest.mark.proves("feature:D10")
def test_medication_stands_by_category_with_counts_and_by_name() -> None:
    assert groups(medication.MEDICATION, *entries.ENTRIES[Section.MEDICATION]) == {
        "Actieve thuismedicatie (2)": ["Acenocoumarol 1 mg", "Metoprolol retard 50 mg"],
        "Actieve klinische medicatie (1)": ["Paracetamol 1000 mg i.v."],
        "Geplande medicatie (1)": ["Semaglutide 0,25 mg"],
        "Gestopte medicatie (1)": ["Ibuprofen 400 mg"],
        "Beëindigde medicatie en tot nader order gestopte medicatie (2)": [
            "Amoxicilline 500 mg",
            "Simvastatine 40 mg",
        ],
    }


@pytest.mark.proves("trap:5")
def test_denied_medication_stands_apart_from_what_is_in_use() -> None:
    used = MedicationEntry(CodedText(display="Metoprolol"))
    denied = MedicationEntry(CodedText(display="Acenocoumarol"), kind=MedicationKind.USE, negated=True)
    active = {"medication_categories": (MedicationCategory.HOME_ACTIVE,)}
    assert groups(medication.MEDICATION, denied, used, **active) == {
        "Actieve thuismedicatie (1)": ["Metoprolol"],
        "Niet in gebruik (1)": ["niet: Acenocoumarol"],
    }


@pytest.mark.parametrize(
    ("stop", "mark"),
    [
        (StopType.TEMPORARY, "tot nader order gestopt"),
        (StopType.CANCELLED, "geannuleerd"),
        (StopType.UNKNOWN, "een stop is gemeld, zie de toelichting"),
    ],
)
def test_stop_that_the_list_does_not_tell_is_a_mark(stop: StopType, mark: str) -> None:
    shown = presented(medication.MEDICATION, MedicationEntry(CodedText(display="x"), stop=stop))
    (row,) = [row for group in shown["groups"] for row in group.rows]
    assert row.marks == (mark,)


@pytest.mark.proves("feature:D11")
def test_stopped_medication_names_its_days_when_there_is_none_and_when_there_is_more() -> None:
    rules: dict[str, Any] = {"stopped_medication": StoppedMedication.DAYS, "stopped_medication_days": 60}
    metoprolol = MedicationEntry(CodedText(display="Metoprolol"))
    shown = presented(medication.MEDICATION, metoprolol, **rules)
    assert "Geen medicatie gestopt in de laatste 60 dagen." in [group.empty for group in shown["groups"]]
    assert shown["below"] == ["Niet getoond worden: medicatie die langer dan 60 dagen geleden is gestopt."]


@pytest.mark.proves("feature:X04")
def test_no_medication_says_so_only_of_what_was_looked_for() -> None:
    rules: dict[str, Any] = {
        "stopped_medication": StoppedMedication.NONE,
        "medication_categories": (MedicationCategory.HOME_ACTIVE, MedicationCategory.STOPPED),
    }
    shown = presented(medication.MEDICATION, **rules)
    assert shown["panel"].message == "Geen actieve thuismedicatie."
    assert "gestopte medicatie" in shown["below"][0]


def test_medication_of_a_category_that_is_not_chosen_is_shown_when_release_passed_it_on() -> None:
    rules: dict[str, Any] = {"medication_categories": (MedicationCategory.HOME_ACTIVE,)}
    planned = MedicationEntry(CodedText(display="Semaglutide"), begins=at("2027-01-01"))
    assert groups(medication.MEDICATION, planned, **rules) == {
        "Actieve thuismedicatie (0)": [],
        "Geplande medicatie (1)": ["Semaglutide"],
    }


@pytest.mark.proves("feature:D13")
@pytest.mark.proves("feature:D14")
@pytest.mark.parametrize(
    ("note", "words"),
    [
        (MedicationNote.DEFINITIONS, "Thuismedicatie is poliklinisch voorgeschreven"),
        (MedicationNote.OWN_PRESCRIPTIONS, "Alleen medicatie die door CWZ is voorgeschreven."),
        (MedicationNote.CURRENT_OVERVIEW, "Actueel Medicatie Overzicht"),
    ],
)
def test_note_of_the_hospital_stands_above_its_medication(note: MedicationNote, words: str) -> None:
    (said,) = presented(medication.MEDICATION, medication_note=note)["above"]
    assert words in said


@pytest.mark.proves("feature:D16")
@pytest.mark.proves("feature:D17")
@pytest.mark.proves("feature:D19")
def test_reports_are_newest_first_by_day_and_time_with_their_warning_and_parts() -> None:
    found = (
        entries.report(at("2026-10-02", "09:25")),
        entries.report(at("2026-11-20", "15:40")),
        entries.report(None),
        entries.report(at("2026-11-20", "08:00")),
    )
    rules: dict[str, Any] = {
        "reports_note": ReportsNote.WORK_IN_PROGRESS,
        "report_release": ReportRelease.AFTER_HOUR,
    }
    shown = presented(reports.REPORTS, *found, **rules)
    assert [cell(shown, "moment", row) for row in range(4)] == [
        "20-11-2026 16:40",
        "20-11-2026 09:00",
        "02-10-2026 11:25",
        "Datum onbekend",
    ]
    assert shown["above"][0].startswith("LET OP: ")
    assert "Een verslag van vandaag is te zien vanaf 17.00 uur." in shown["below"]
    assert cell(shown, "conclusion") == "Stabiele situatie."
    assert "Subjectief" in dict(shown["groups"][0].rows[0].details)["Verslag"].text


@pytest.mark.proves("feature:D19")
def test_summary_of_a_report_leaves_other_parts_out_and_says_so() -> None:
    shown = presented(reports.REPORTS, entries.report(at("2026-10-02")), report_parts=ReportParts.SUMMARY)
    told = [details.text for row in shown["groups"][0].rows for _, details in row.details]
    assert "Subjectief" not in " ".join(told)
    assert any(note.startswith("Niet het hele verslag wordt getoond") for note in shown["below"])


def test_parts_of_a_report_are_known_by_code_or_by_name() -> None:
    parts = (
        TextPart(CodedText("51848-0", "2.16.840.1.113883.6.1"), "A"),
        TextPart(CodedText(display=" Beleid "), "B"),
        TextPart(CodedText(display="MEDICATIEBELEID"), "C"),
        TextPart(None, "D"),
    )
    shown = presented(reports.REPORTS, Report(None, parts=parts))
    columns = ("conclusion", "policy", "medication_policy")
    assert [cell(shown, key) for key in columns] == ["A", "B", "C"]
    assert dict(shown["groups"][0].rows[0].details)["Verslag"].text == "D"


@pytest.mark.proves("feature:D01")
def test_allergies_stand_by_severity_then_name_and_denied_ones_last() -> None:
    shown = presented(medical.ALLERGIES, *entries.ENTRIES[Section.ALLERGIES])
    rows = shown["groups"][0].rows
    assert [row.name for row in rows] == [
        "Amoxicilline",
        "afgeschermd",
        "Noten",
        "Latex",
        "niet: Penicilline",
    ]
    assert shown["above"] == ["Allergieën bekend: 3"]
    assert rows[3].marks == ("ingetrokken",)


def test_held_allergy_never_lets_the_banner_say_that_none_is_known() -> None:
    statement = Allergy(CodedText(), negated=True)
    held = replace(Outcome[RecordEntry].of((statement,), NOW), held_back=1)
    assert present_allergies(held, TEXTS).text == "Allergieën niet beschikbaar"
    known = replace(Outcome[RecordEntry].of((Allergy(CodedText(display="Noten")),), NOW), held_back=1)
    assert present_allergies(known, TEXTS).text == "Allergieën bekend: 1 (niet volledig)"
    assert present_allergies(Outcome.of((statement,), NOW), TEXTS).text.startswith("Geen allergieën bekend")


def test_statement_of_no_allergies_reads_as_a_denial_and_not_as_an_allergy() -> None:
    coded = Allergy(CodedText("716186003", display="No known allergy"))
    shown = presented(medical.ALLERGIES, coded, Allergy(CodedText(), negated=True))
    assert [row.name for row in shown["groups"][0].rows] == [
        "Geen allergieën bekend (verklaring)",
        "niet: allergie",
    ]


def test_empty_allergies_are_not_recorded_and_never_none() -> None:
    assert presented(medical.ALLERGIES)["panel"].message == "Allergieën niet vastgelegd"


@pytest.mark.proves("feature:D05")
def test_diagnoses_have_their_status_and_stand_active_first() -> None:
    found = (
        Problem(CodedText(display="over"), ends=at("2026-11-21"), begins=at("2026-11-01")),
        Problem(CodedText(display="old"), begins=at("2001-01-01")),
        Problem(CodedText(display="inactive"), clinical_status=CodedText("73425007", display="Inactief")),
        Problem(CodedText(display="new"), begins=at("2026-01-01")),
        Problem(CodedText(display="denied"), negated=True),
    )
    shown = presented(medical.DIAGNOSES, *found)
    names = [row.name for row in shown["groups"][0].rows]
    assert names == ["new", "old", "over", "inactive", "niet: denied"]
    assert cell(shown, "status", 3) == "Inactief"


@pytest.mark.proves("feature:D27")
def test_restrictions_that_count_now_stand_apart_from_those_that_do_not() -> None:
    def restriction(name: str, **more: Any) -> TreatmentRestriction:
        return TreatmentRestriction(CodedText(display=name), **more)

    found = groups(
        nursing.TREATMENT_RESTRICTIONS,
        restriction("withdrawn", status="nullified"),
        restriction("now"),
        restriction("until today", ends=at("2026-11-22"), discussed=at("2026-01-01")),
        restriction("over", ends=at("2026-11-21")),
    )
    assert found == {"Actueel (2)": ["until today", "now"], "Niet meer actueel (2)": ["withdrawn", "over"]}
    empty = presented(nursing.TREATMENT_RESTRICTIONS)["panel"].message
    assert empty.endswith("Dit is geen uitspraak over de wens van de patiënt.")


@pytest.mark.proves("feature:D23")
def test_no_alert_that_counts_now_is_said_only_of_a_whole_answer() -> None:
    over = Alert(CodedText(display="Valrisico"), ends=at("2026-11-01"))
    whole = presented(reports.ALERTS, over)["groups"][0]
    assert whole.empty == "Geen actuele signaleringen vastgelegd."
    part = Outcome[RecordEntry].partial((over,), ("x",), NOW)
    shown = dict(present_list(reports.ALERTS, asked("alerts"), part))
    groups_shown: Any = shown["groups"]
    assert "Geen" not in groups_shown[0].empty


def test_planned_procedure_does_not_read_as_done() -> None:
    shown = presented(reports.PROCEDURES, Procedure(CodedText(display="Coloscopie"), Stage.WAITING))
    assert cell(shown, "status") == "Wachtlijst"


def test_denied_procedure_or_operation_does_not_read_as_done() -> None:
    denied = Procedure(CodedText(display="Coloscopie"), negated=True)
    for spec in (reports.PROCEDURES, care_moments.SURGERIES):
        shown = presented(spec, denied, surgeries=PlannedActs.PAST)
        assert (cell(shown, "status"), shown["groups"][0].rows[0].name) == (
            "Niet uitgevoerd",
            "niet: Coloscopie",
        )


def test_denied_note_without_a_date_is_marked_and_its_date_is_not() -> None:
    shown = presented(nursing.NURSING_NOTES, NursingEntry(CodedText(display="Nacht"), negated=True))
    row = shown["groups"][0].rows[0]
    assert (row.name, row.marks) == ("Datum onbekend", ("ontkend",))


def test_appointment_that_was_halted_says_so_beside_its_stage() -> None:
    held = Encounter(None, Stage.SCHEDULED, at("2026-12-01"), status="suspended")
    assert cell(presented(care_moments.APPOINTMENTS, held), "status") == "Gepland, onderbroken"


def test_masked_values_and_parties_are_said_and_nothing_is_said_twice() -> None:
    masked = CodedText(masked=True)
    referral = Referral(masked, referrer=Party("P. Bakker", "P. Bakker"), specialism=masked)
    shown = presented(care_moments.REFERRALS, referral)
    assert [cell(shown, key) for key in ("kind", "specialism", "referrer")] == [
        "afgeschermd",
        "afgeschermd",
        "P. Bakker",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ResultValue(ValueKind.QUANTITY, "0.5", "ml"), "0,5 ml"),
        (ResultValue(ValueKind.QUANTITY, "5", "mg/l", "<"), "<5 mg/l"),
        (ResultValue(ValueKind.MASKED), "afgeschermd"),
        (ResultValue(ValueKind.PENDING), "-volgt-"),
        (ResultValue(ValueKind.ABSENT), ""),
        (None, ""),
    ],
)
def test_amount_is_as_received_with_a_decimal_comma(value: ResultValue | None, text: str) -> None:
    assert amount_cell(value, TEXTS).text == text


def test_status_that_is_not_known_is_literal_and_a_usual_one_is_not_said() -> None:
    said = [status_words(status, TEXTS) for status in ("completed", None, "aborted", "Deprecated", "Q7")]
    assert said == ["", "", "afgebroken", "vervangen door een nieuwere versie", "Q7"]


def test_entry_that_the_groups_of_a_list_lose_is_an_error() -> None:
    leaking = replace(medication.MEDICATION, groups=lambda entries, request: ())
    with pytest.raises(ValueError, match="every entry"):
        presented(leaking, MedicationEntry(CodedText(display="x")))


def test_entry_of_another_kind_is_an_error() -> None:
    lab = LabResult(CodedText(), ResultValue(ValueKind.ABSENT))
    with pytest.raises(TypeError, match="LabResult"):
        presented(medication.MEDICATION, lab)


def test_default_profile_shows_every_category() -> None:
    assert medication.shown_categories(DisplayProfile()) == tuple(MedicationCategory)
