"""Measurements and results in words: panels, texts, pictures, isolates with their antibiogram."""

import pytest

from context.person import Moment, PartialDate
from context.records import (
    CodedText,
    Measurement,
    ResultValue,
    Section,
    Susceptibility,
    TextPart,
    TextResult,
    ValueKind,
)
from tests.zis_sections import LINKS, code, coded, link, observation, only, read

PQ = '<value xsi:type="PQ" value="{}" unit="mm[Hg]"/>'
TOLD = (Section.PATHOLOGY, Section.RADIOLOGY, Section.CARDIOLOGY, Section.ENDOSCOPY)


def text(words: str) -> str:
    return f'<value xsi:type="ST">{words}</value>'


@pytest.mark.proves("feature:R16")
@pytest.mark.parametrize("name", LINKS)
def test_blood_pressure_is_two_measurements_in_one_group(name: str) -> None:
    parts = link(observation(code("systolisch", "8480-6"), PQ.format(140)), "COMP", name)
    parts += link(observation(code("diastolisch", "8462-4"), PQ.format(90)), "COMP", name)
    reading = read(
        Section.MEASUREMENTS,
        f"<organizer>{code('bloeddruk')}<effectiveTime value='20260102'/>{parts}</organizer>",
    )
    assert reading.unread == 0
    found = [entry for entry in reading.entries if isinstance(entry, Measurement)]
    assert [(each.test.label, each.value.text) for each in found] == [
        ("systolisch", "140"),
        ("diastolisch", "90"),
    ]
    assert {each.group and each.group.label for each in found} == {"bloeddruk"}
    assert {each.taken for each in found} == {Moment(PartialDate(2026, 1, 2))}


def test_measurement_keeps_site_method_and_flag() -> None:
    more = code("arm", name="targetSiteCode") + code("manchet", name="methodCode")
    flag = '<interpretationCode code="H"/>'
    found = only(Section.MEASUREMENTS, Measurement, observation(code("RR"), PQ.format(140), more + flag))
    assert found.position is not None
    assert found.method is not None
    assert (found.position.label, found.method.label, found.flags) == ("arm", "manchet", ("H",))


@pytest.mark.proves("feature:R18", "feature:R19", "feature:R21", "feature:R22")
@pytest.mark.parametrize("section", TOLD)
def test_examination_tells_its_parts_under_their_headings(section: Section) -> None:
    parts = link(observation(code("Bevindingen"), text("geen infiltraat")))
    parts += link(observation(code("Conclusie"), text("normaal")))
    parts += link(observation(code("Grootte"), '<value xsi:type="PQ" value="45" unit="mm"/>'))
    found = only(
        section,
        TextResult,
        f"<act>{code('X-thorax')}<statusCode code='completed'/><effectiveTime value='20260102'/>"
        f"<text>verslag</text>{parts}</act>",
    )
    assert found.examination.label == "X-thorax"
    assert found.taken == Moment(PartialDate(2026, 1, 2))
    assert found.parts == (
        TextPart(None, "verslag"),
        TextPart(CodedText("1", "9.9", "Bevindingen"), "geen infiltraat"),
        TextPart(CodedText("1", "9.9", "Conclusie"), "normaal"),
    )
    assert [(each.test.label, each.value) for each in found.values] == [
        ("Grootte", ResultValue(ValueKind.QUANTITY, "45", "mm"))
    ]
    assert found.remarks == ()


@pytest.mark.proves("feature:R20")
def test_pictures_are_links_and_no_text() -> None:
    picture = (
        '<observationMedia><value mediaType="image/png"><reference value="https://pacs.example/1"/></value>'
        "</observationMedia>"
    )
    dicom = observation(code("beeld"), more='<text><reference value="https://pacs.example/2"/></text>')
    found = only(Section.RADIOLOGY, TextResult, f"<act>{code('CT')}{link(picture)}{link(dicom)}</act>")
    assert found.images == ("https://pacs.example/1", "https://pacs.example/2")


def test_examination_without_pictures_has_no_links() -> None:
    assert only(Section.RADIOLOGY, TextResult, f"<act>{code('CT')}<text>x</text></act>").images == ()


@pytest.mark.proves("feature:R19")
def test_status_observation_is_the_status_of_the_examination() -> None:
    status = link(observation(code("status", "92235-1"), coded("Definitief", "F")))
    found = only(Section.PATHOLOGY, TextResult, f"<act>{code('PA')}<text>x</text>{status}</act>")
    assert found.status == "F"


def test_organizer_of_examinations_is_no_examination() -> None:
    acts = "".join(link(f"<act>{code(name)}<text>x</text></act>", name="component") for name in ("CT", "MRI"))
    reading = read(Section.RADIOLOGY, f"<organizer>{code('Radiologie')}{acts}</organizer>")
    assert [entry.examination.label for entry in reading.entries if isinstance(entry, TextResult)] == [
        "CT",
        "MRI",
    ]


def isolate(more: str = "") -> str:
    panel = link(
        f"<organizer>{code('antibiogram', '29576-6')}"
        + link(
            observation(
                code("amoxicilline"),
                '<value xsi:type="PQ" value="13" unit="ug/ml"/>',
                '<interpretationCode code="R"/>',
            ),
            name="component",
        )
        + link(observation(code("cefazoline"), "", '<interpretationCode code="S"/>'), name="component")
        + "</organizer>",
        name="component",
    )
    growth = link(observation(code("Growth amount"), coded("matig")), name="component")
    organism = (
        "<specimen><specimenRole><specimenPlayingEntity classCode='MIC'>"
        f"{code('Staphylococcus aureus')}</specimenPlayingEntity></specimenRole></specimen>"
    )
    return f"<organizer>{code('isolaat', '42803-7')}{organism}{growth}{panel}{more}</organizer>"


@pytest.mark.proves("feature:R17")
def test_culture_has_its_isolates_with_their_antibiogram() -> None:
    material = (
        "<specimen><specimenRole><specimenPlayingEntity><code displayName='urine'/></specimenPlayingEntity>"
        "</specimenRole></specimen>"
    )
    found = only(
        Section.MICROBIOLOGY,
        TextResult,
        f"<act>{code('kweek')}{material}{link(isolate())}"
        f"{link(observation(code('gram'), coded('positief')))}</act>",
    )
    assert found.material is not None
    assert found.material.label == "urine"
    (organism,) = found.isolates
    assert organism.organism.label == "Staphylococcus aureus"
    assert organism.growth == ResultValue(ValueKind.CODED, "matig")
    assert organism.susceptibilities == (
        Susceptibility(
            CodedText("1", "9.9", "amoxicilline"), ResultValue(ValueKind.QUANTITY, "13", "ug/ml"), "R"
        ),
        Susceptibility(CodedText("1", "9.9", "cefazoline"), None, "S"),
    )
    assert [value.test.label for value in found.values] == ["gram"]


@pytest.mark.proves("feature:R17")
def test_isolate_may_be_an_observation_with_its_agents_below() -> None:
    agent = link(observation(code("ceftriaxon"), more='<interpretationCode code="S"/>'))
    growth = link(observation(code("Groei", "365690003"), text("in beide flessen")))
    found = only(
        Section.MICROBIOLOGY,
        TextResult,
        f"<act>{code('bloedkweek')}"
        + link(observation(code("Micro-organisme", "264395009"), coded("Escherichia coli"), growth + agent))
        + "</act>",
    )
    (isolated,) = found.isolates
    assert isolated.organism.label == "Escherichia coli"
    assert isolated.growth == ResultValue(ValueKind.TEXT, "in beide flessen")
    assert [(each.agent.label, each.interpretation) for each in isolated.susceptibilities] == [
        ("ceftriaxon", "S")
    ]


DENIED = '<observation negationInd="true"/>'


@pytest.mark.proves("trap:5")
@pytest.mark.parametrize(
    "statement",
    [
        f"<act>{code('PA')}{link(DENIED)}</act>",
        f"<act>{code('kweek')}{link(isolate().replace('classCode=', 'x=').replace('specimen', 'y'))}</act>",
        "<act><text/></act>",
        "<supply/>",
    ],
    ids=["denied finding", "isolate without an organism", "no name", "no examination"],
)
def test_examination_that_cannot_be_told_whole_is_counted(statement: str) -> None:
    reading = read(Section.MICROBIOLOGY, statement)
    assert (reading.entries, reading.unread) == ([], 1)
