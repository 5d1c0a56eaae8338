"""Laboratory results: groups, values, flags, ranges, material and remarks; nothing dropped in silence."""

from datetime import UTC, datetime

import pytest

from adapters.zis.sections.lab import read_laboratory
from adapters.zis.sections.statement import Reading
from context.person import Identifier, Moment, PartialDate
from context.records import CodedText, LabResult, ReferenceRange, ResultValue, ValueKind
from tests.zis_messages import parsed, potassium


def read(*statements: str) -> Reading[LabResult]:
    return read_laboratory(parsed(f"<list>{''.join(statements)}</list>"))


def only(statement: str) -> LabResult:
    reading = read(statement)
    assert (len(reading.entries), reading.unread) == (1, 0)
    return reading.entries[0]


def observation(
    content: str = "", status: str = "completed", name: str = "Kalium", attributes: str = ""
) -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN"{attributes}>'
        f'<code code="2823-3" displayName="{name}"/><statusCode code="{status}"/>{content}</observation>'
    )


def comment(text: str, link: str = "sourceOf") -> str:
    return (
        f'<{link} typeCode="SUBJ"><act><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/>'
        f"<text>{text}</text></act></{link}>"
    )


PQ = '<value xsi:type="PQ" value="4.1" unit="mmol/L"/>'


def test_loose_observation_is_one_result() -> None:
    assert only(potassium()) == LabResult(
        test=CodedText("2823-3", "2.16.840.1.113883.6.1", "Kalium"),
        value=ResultValue(ValueKind.QUANTITY, "4.1", "mmol/L"),
        identifiers=(Identifier("1.9", "77"),),
        taken=Moment(PartialDate(2026, 11, 21), datetime(2026, 11, 21, 8, 15, tzinfo=UTC)),
        status="completed",
    )


def test_results_in_nested_groups_take_over_group_time_material_and_remarks() -> None:
    reading = read(
        '<organizer><code nullFlavor="NA"/><effectiveTime value="20261120"/>'
        '<sourceOf typeCode="COMP"><organizer>'
        '<code code="1"><originalText>Elektrolyten</originalText></code>'
        "<specimen><specimenRole><specimenPlayingEntity><code><originalText>serum</originalText></code>"
        "</specimenPlayingEntity></specimenRole></specimen>"
        f'<component typeCode="COMP">{observation(PQ)}</component>'
        f"{comment('hemolytisch', 'entryRelationship')}"
        f'<component typeCode="COMP">{observation(PQ, name="Natrium")}</component>'
        "</organizer></sourceOf></organizer>"
    )
    assert reading.unread == 0
    assert [result.test.label for result in reading.entries] == ["Kalium", "Natrium"]
    for result in reading.entries:
        assert result.group == CodedText("1", original_text="Elektrolyten")
        assert result.material == CodedText(original_text="serum")
        assert result.taken == Moment(PartialDate(2026, 11, 20))
        assert result.remarks == ("hemolytisch",)


def test_battery_observation_is_a_group_and_no_empty_row() -> None:
    reading = read(observation(f'<sourceOf typeCode="COMP">{observation(PQ)}</sourceOf>', name="Bloedbeeld"))
    assert [(found.test.label, found.group and found.group.label) for found in reading.entries] == [
        ("Kalium", "Bloedbeeld")
    ]


def test_observation_with_a_value_and_parts_gives_all_and_repeats_no_remark() -> None:
    reading = read(
        observation(
            PQ + comment("van de kweek") + f'<sourceOf typeCode="COMP">{observation(PQ, name="R")}</sourceOf>'
        )
    )
    assert [(found.test.label, found.remarks) for found in reading.entries] == [
        ("Kalium", ("van de kweek",)),
        ("R", ()),
    ]


def test_flags_are_literal_and_empty_ones_left_out() -> None:
    flags = "".join(f'<interpretationCode code="{code}"/>' for code in ("HH", "", "vreemd"))
    assert only(observation(PQ + flags)).flags == ("HH", "vreemd")


def test_reference_ranges_are_read_in_order() -> None:
    ranges = (
        '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="3.5" unit="mmol/L"/>'
        '<high value="5.0" unit="mmol/L"/></value></observationRange></referenceRange>'
        "<referenceRange><observationRange><text>nuchter</text></observationRange></referenceRange>"
    )
    assert only(observation(PQ + ranges)).references == (
        ReferenceRange("3.5", "5.0", "mmol/L"),
        ReferenceRange(text="nuchter"),
    )


@pytest.mark.parametrize(
    "material",
    [
        "<subject><specimen><code/><specimenNatural><code><originalText>urine</originalText></code>"
        "</specimenNatural></specimen></subject>",
        "<subject><specimen><specimenManufactured><desc>urine</desc></specimenManufactured></specimen></subject>",
        "<specimen><specimenRole><specimenPlayingEntity><code displayName='urine'/></specimenPlayingEntity>"
        "</specimenRole></specimen>",
        '<entryRelationship><procedure><code code="33882-2"/><participant typeCode="PRD"><participantRole>'
        "<playingEntity><name>urine</name></playingEntity></participantRole></participant></procedure>"
        "</entryRelationship>",
    ],
)
def test_material_is_found_in_each_spelling(material: str) -> None:
    found = only(observation(PQ + material)).material
    assert found is not None
    assert found.label == "urine"


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        ("", "active", ValueKind.PENDING),
        ('<value xsi:type="PQ" nullFlavor="NAV"/>', "active", ValueKind.PENDING),
        ("", "completed", ValueKind.ABSENT),
        (PQ, "active", ValueKind.QUANTITY),
        ('<value xsi:type="PQ" nullFlavor="MSK"/>', "active", ValueKind.MASKED),
        (
            '<entryRelationship><observation><code code="92236-9"/><value xsi:type="CD" code="pending"/>'
            "</observation></entryRelationship>",
            "completed",
            ValueKind.PENDING,
        ),
    ],
)
def test_result_without_a_value_is_pending_only_while_active(
    content: str, status: str, kind: ValueKind
) -> None:
    assert only(observation(content, status)).value.kind is kind


def test_status_observation_tells_the_status() -> None:
    status = (
        '<entryRelationship><observation><code code="92236-9"/><value xsi:type="CD" code="preliminary"/>'
        "</observation></entryRelationship>"
    )
    assert only(observation(PQ + status)).status == "preliminary"


def test_negated_result_says_so() -> None:
    assert only(observation(PQ, attributes=' negationInd="true"')).negated
    assert not only(observation(PQ, attributes=' negationInd=" false"')).negated


def test_text_beside_the_name_is_a_remark_and_the_name_itself_is_not() -> None:
    assert only(observation(f'<text><reference value=""/>GOT</text>{PQ}')).remarks == ("GOT",)
    assert only(observation(f"<text>Kalium</text>{PQ}")).remarks == ()


def test_result_without_a_code_takes_its_name_from_the_text() -> None:
    found = only(f'<observation><code nullFlavor="NI"/><text>Kalium (K)</text>{PQ}</observation>')
    assert found.test.label == "Kalium (K)"


def test_masked_test_is_kept_masked() -> None:
    assert only(f'<observation><code nullFlavor="MSK"/>{PQ}</observation>').test.masked


def test_several_values_become_several_results() -> None:
    reading = read(observation(PQ + PQ.replace("4.1", "4.2")))
    assert [found.value.text for found in reading.entries] == ["4.1", "4.2"]


def test_comment_as_an_observation_is_a_remark() -> None:
    note = (
        '<entryRelationship><observation><code code="48767-8"/><value xsi:type="ST">herhaald</value>'
        "</observation></entryRelationship>"
    )
    assert only(observation(PQ + note)).remarks == ("herhaald",)


@pytest.mark.parametrize(
    "statement",
    [
        f"<observation>{PQ}</observation>",
        '<observation><code nullFlavor="NI"/></observation>',
        observation('<value xsi:type="SLIST_PQ"/>'),
        observation(PQ, attributes=' negationInd="misschien"'),
        observation('<effectiveTime value="gisteren"/>' + PQ),
        observation(PQ + '<sourceOf negationInd="true"><act/></sourceOf>'),
        "<encounter/>",
        "<procedure/>",
        "<organizer/>",
        f'<organizer><component negationInd="true">{observation(PQ)}</component></organizer>',
        f'<act negationInd="true"><sourceOf>{observation(PQ)}</sourceOf></act>',
        "<organizer><component><supply/></component></organizer>",
    ],
)
def test_statement_that_cannot_be_read_is_counted_and_leaves_the_others(statement: str) -> None:
    reading = read(statement, potassium())
    assert reading.unread == 1
    assert [found.test.label for found in reading.entries] == ["Kalium"]
