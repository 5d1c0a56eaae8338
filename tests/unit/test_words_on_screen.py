"""What a doctor reads instead of codes; nothing is told twice or counted where it does not belong."""

from typing import Any

import pytest

from context.person import Moment, PartialDate
from context.records import (
    CodedText,
    Document,
    Encounter,
    MedicationEntry,
    Party,
    Procedure,
    Referral,
    Report,
    ResultValue,
    Section,
    Stage,
    TreatmentRestriction,
    ValueKind,
)
from tests.browser.views_records import at, lab
from tests.unit.test_grid import grid, on_days
from tests.unit.test_presenters_lists import cell, groups, presented
from tests.zis_sections import code, link, only, person
from views.code_list import label_of, unit_words
from views.lists import care_moments, letters, medication, reports
from views.lists.model import Row
from views.results.status import result_status
from views.texts import default_texts

SNOMED_CT = "2.16.840.1.113883.6.96"
TEXTS = default_texts()
PARACETAMOL = CodedText(display="Paracetamol 500 mg")


def told(row: Row) -> list[tuple[str, str]]:
    return [(heading, found.text) for heading, found in row.details]


def only_row(shown: dict[str, Any]) -> Row:
    (row,) = (row for group in shown["groups"] for row in group.rows)
    assert isinstance(row, Row)
    return row


@pytest.mark.proves("trap:10")
def test_side_of_a_place_is_a_word_beside_it() -> None:
    right = CodedText("24028007", SNOMED_CT)
    assert label_of(CodedText("72696002", SNOMED_CT, "Knie", laterality=right)) == "Knie, rechts"
    assert label_of(CodedText(laterality=right)) == "rechts"
    # Even who knows no list of codes never loses the side.
    assert CodedText(display="Knie", laterality=right).label == "Knie, 24028007"


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("mm[Hg]", "mmHg"),
        ("{packyears}", "pakjaren"),
        ("1", ""),
        (None, ""),
        ("mmol/L", "mmol/L"),
        ("umol/L", "umol/L"),
        ("MM[HG]", "MM[HG]"),
        ("d/wk", "d/wk"),
    ],
)
def test_unit_reads_as_sent_but_for_the_signs_of_the_list(unit: str | None, words: str) -> None:
    assert unit_words(unit) == words


@pytest.mark.proves("feature:D10", "feature:D13")
def test_medication_that_is_not_used_is_not_counted_among_the_active() -> None:
    denied = MedicationEntry(CodedText(display="Simvastatine 40 mg"), negated=True)
    assert groups(medication.MEDICATION, MedicationEntry(PARACETAMOL), denied) == {
        "Actieve thuismedicatie (1)": ["Paracetamol 500 mg"],
        "Actieve klinische medicatie (0)": [],
        "Geplande medicatie (0)": [],
        "Gestopte medicatie (0)": [],
        "Beëindigde medicatie en tot nader order gestopte medicatie (0)": [],
        "Niet in gebruik (1)": ["niet: Simvastatine 40 mg"],
    }


def test_schedule_and_duration_are_told_in_words_beside_those_of_the_prescriber() -> None:
    entry = MedicationEntry(
        PARACETAMOL,
        instructions="3 maal per dag 2 stuks",
        schedule=("1×/8 h", "1×/0.3333 d", "bij het ontbijt", "HS -1 h"),
        dose=ResultValue(ValueKind.QUANTITY, "2", "1"),
        duration="7 d",
        remarks=("3 maal per dag 2 stuks", "Bij pijn."),
    )
    shown = presented(medication.MEDICATION, entry)
    assert (cell(shown, "dosage"), cell(shown, "stop")) == ("3 maal per dag 2 stuks", "duurt 7 dag(en)")
    assert told(only_row(shown)) == [
        ("Dosis", "2"),
        ("Schema", "1× per 8 uur; 1× per 0,3333 dag(en); bij het ontbijt; voor het slapen -1 h"),
        ("Duur", "7 dag(en)"),
        ("Opmerking", "Bij pijn."),
    ]


@pytest.mark.proves("feature:Q05")
def test_patient_who_is_admitted_now_does_not_stand_among_the_past() -> None:
    now = Encounter(None, department="B2", status="active", begins=at("2026-11-20"))
    over = Encounter(None, department="C3", begins=at("2026-05-01"), ends=at("2026-05-08"))
    unsaid = Encounter(None, department="D4", begins=at("2026-06-01"))
    assert groups(care_moments.ADMISSIONS, over, now, unsaid) == {
        "Toekomstig (0)": [],
        "Nu opgenomen (1)": ["B2"],
        "Verleden (2)": ["D4", "C3"],
    }
    half = presented(care_moments.PAST_ADMISSIONS, over, now)
    assert [(group.heading, group.count) for group in half["groups"]] == [
        ("Nu opgenomen (1)", 1),
        ("Verleden (1)", 1),
    ]
    assert "Nu opgenomen" not in str(groups(care_moments.ADMISSIONS, over))


def test_ward_that_is_sent_as_a_place_stands_under_department_once() -> None:
    entry = Encounter(None, location="Afdeling C3", ends=at("2026-05-08"))
    row = only_row(presented(care_moments.ADMISSIONS, entry))
    assert (row.name, told(row)) == ("Afdeling C3", [])


@pytest.mark.proves("feature:Q08")
def test_referral_says_to_whom_and_shows_no_other_number_as_that_of_zorgdomein() -> None:
    ids = (
        "<id root='2.16.840.1.1' extension='1'/>"
        "<id root='2.16.840.1.2' extension='ZD200012345' assigningAuthorityName='ZorgDomein'/>"
    )
    who = f"<performer>{person('dr. Veen')}</performer>"
    found = only(Section.REFERRALS, Referral, f"<act>{ids}{code('Verwijzing')}{who}</act>")
    assert (found.number, found.remarks) == ("ZD200012345", ())
    assert told(only_row(presented(care_moments.REFERRALS, found)))[0] == ("Verwezen naar", "dr. Veen")
    own_number = "<id root='2.16.840.1.1' extension='1'/>"
    own = only(Section.REFERRALS, Referral, f"<act>{own_number}{code('Verwijzing')}</act>")
    assert own.number is None


def test_report_says_who_authorised_it_or_still_has_to() -> None:
    kamphuis = Party("dr. E.J. Kamphuis")
    report = Report(
        CodedText(display="Consult"), Moment(PartialDate(2026, 11, 20)), author=Party("P. Jansma")
    )
    for authorised, words in ((True, "Geaccordeerd door"), (False, "Te accorderen door")):
        entry = Report(
            report.kind, report.about, author=report.author, authorised=authorised, authoriser=kamphuis
        )
        assert (words, "dr. E.J. Kamphuis") in told(only_row(presented(reports.REPORTS, entry)))
    own = Report(report.kind, report.about, author=kamphuis, authorised=True, authoriser=kamphuis)
    assert told(only_row(presented(reports.REPORTS, own))) == []


def test_operation_keeps_a_remark_that_nothing_else_says() -> None:
    entry = Procedure(
        CodedText(display="Meniscectomie"),
        Stage.PERFORMED,
        at("2026-01-01"),
        remarks=("Meniscectomie", "Links."),
    )
    assert told(only_row(presented(care_moments.SURGERIES, entry)))[-1] == ("Opmerking", "Links.")


def test_bepaling_without_value_here_is_told_from_the_other_of_its_name() -> None:
    older, newer = (ResultValue(ValueKind.QUANTITY, *each) for each in (("7.1", "%"), ("53", "mmol/mol")))
    hba1c = (lab("HbA1c", older, at("2026-01-02")), lab("HbA1c", newer, at("2026-01-14")))
    shown = grid((*on_days(14), *hba1c))
    assert [(row.label, row.note) for row in shown.absent] == [("HbA1c", "%")]


@pytest.mark.proves("feature:X11")
def test_preliminary_is_a_word_where_f_is_final_and_stays_a_letter_in_radiology() -> None:
    assert result_status(Section.PATHOLOGY, "P", TEXTS) == "Voorlopig"
    assert result_status(Section.RADIOLOGY, "P", TEXTS) == "P"


@pytest.mark.parametrize(("language", "shown"), [("nl-NL", ""), ("nl", ""), (None, ""), ("en-GB", "en-GB")])
def test_language_of_a_letter_is_told_when_it_is_not_dutch(language: str | None, shown: str) -> None:
    entry = Document(title=CodedText(display="Brief"), reference=None, language=language)
    found = dict(told(only_row(presented(letters.LETTERS, entry))))
    assert found.get("Taal", "") == shown


def test_moment_of_a_decision_and_of_who_agreed_is_told_when_it_differs() -> None:
    agreed = "<participant typeCode='VRF'><time value='{}'/>" + person("Dochter", wrapper="participantRole")
    decision = "<observation><effectiveTime value='{}'/><value xsi:type='ST'>Nee</value></observation>"
    when, later = "20261018", "20261020"

    def remarks(moment: str) -> tuple[str, ...]:
        inside = agreed.format(moment) + "</participant>" + link(decision.format(moment), "REFR")
        body = f"<act>{code('Reanimatie')}<effectiveTime value='{when}'/>{inside}</act>"
        return only(Section.TREATMENT_RESTRICTIONS, TreatmentRestriction, body).remarks

    assert remarks(when) == ()
    assert remarks(later) == ("Nee: 20-10-2026", "Dochter: 20-10-2026")
