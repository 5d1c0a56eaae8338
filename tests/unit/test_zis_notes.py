"""Nursing, eating and drinking, reports and letters: titles, goals, scores and headed texts."""

import pytest

from context.person import Moment, PartialDate
from context.records import (
    DietEntry,
    Document,
    NursingEntry,
    Report,
    ResultValue,
    Section,
    TextPart,
    ValueKind,
)
from tests.zis_sections import code, coded, link, observation, only, period, person, read

NURSING = (Section.NURSING_PROBLEMS, Section.NURSING_PLAN, Section.NURSING_NOTES)


@pytest.mark.proves("feature:D25")
@pytest.mark.parametrize("section", NURSING)
def test_nursing_entry_has_its_goals_its_score_and_its_texts(section: Section) -> None:
    goal = link(
        '<observation moodCode="GOL">' + code("doel") + coded("zelfstandig") + "</observation>", "OBJF"
    )
    note = link(f"<act>{code('toelichting')}<text>gaat goed</text></act>")
    found = only(
        section,
        NursingEntry,
        observation(
            code("mobiliteit") + period("2026", "2027"), '<value xsi:type="INT" value="3"/>', goal + note
        ),
    )
    assert found.title is not None
    assert found.title.label == "mobiliteit"
    assert (found.about, found.ends) == (Moment(PartialDate(2026)), Moment(PartialDate(2027)))
    assert found.value == ResultValue(ValueKind.QUANTITY, "3")
    assert [each.label for each in found.goals] == ["zelfstandig"]
    assert [(part.heading and part.heading.label, part.text) for part in found.texts] == [
        ("toelichting", "gaat goed")
    ]


@pytest.mark.proves("feature:D26")
@pytest.mark.parametrize("section", [Section.DIET_ADVICE, Section.DIET_AGREEMENTS])
def test_diet_entry_has_its_consistency_and_its_words(section: Section) -> None:
    thickness = link(observation(code("consistentie", "CONSISTENCY"), coded("gemalen")))
    found = only(section, DietEntry, f"<act>{code('zoutarm')}<text>max 2 g</text>{thickness}</act>")
    assert found.consistency is not None
    assert (found.consistency.label, found.texts) == ("gemalen", (TextPart(None, "max 2 g"),))


@pytest.mark.proves("feature:D15", "feature:D16", "feature:D19", "feature:D26")
@pytest.mark.parametrize("section", [Section.REPORTS, Section.TEAM_MEETINGS])
def test_report_has_only_the_parts_that_were_filled_in(section: Section) -> None:
    lines = link(f"<act>{code('S')}<text>benauwd</text></act>")
    lines += link(f"<act>{code('O')}<text/></act>")
    lines += link(
        f"<act>{code('E')}<text>COPD</text>{link(observation(code('Diagnose'), coded('R95')), 'REFR')}</act>"
    )
    found = only(
        section,
        Report,
        f"<act>{code('consult')}<effectiveTime value='20190130'/>"
        f"<performer>{person('Jansen', role=code('Longarts', '1'))}</performer>{lines}</act>",
    )
    assert found.about == Moment(PartialDate(2019, 1, 30))
    assert [(part.heading and part.heading.label, part.text) for part in found.parts] == [
        ("S", "benauwd"),
        ("E", "COPD\nDiagnose: R95"),
    ]
    assert found.remarks == ()
    assert found.specialism is not None
    assert found.specialism.label == "Longarts"
    assert found.author is not None
    assert found.author.name == "Jansen"


def test_letter_that_is_an_act_is_a_document_without_a_place() -> None:
    found = only(Section.LETTERS, Document, f"<act>{code('ontslagbrief')}<text>Brief</text></act>")
    assert (found.title.label, found.reference) == ("Brief", None)


def test_note_that_says_nothing_is_unread() -> None:
    reading = read(Section.NURSING_NOTES, "<act/>", "<organizer/>")
    assert (reading.entries, reading.unread) == ([], 2)
