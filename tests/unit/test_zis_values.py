"""Result values and reference ranges are literal: never converted, rounded or re-united."""

import pytest

from adapters.zis.errors import SourceError
from adapters.zis.values import read_reference_range, read_value
from context.records import ReferenceRange, ResultValue, ValueKind
from tests.zis_messages import parsed

Q, T = ValueKind.QUANTITY, ValueKind.TEXT


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ('<value xsi:type="PQ" value="5.60" unit="mmol/L"/>', ResultValue(Q, "5.60", "mmol/L")),
        ('<value xsi:type="PQ" value="1"/>', ResultValue(Q, "1")),
        ('<value xsi:type="x:PQ" xmlns:x="urn:hl7-org:v3" value="1" unit="g"/>', ResultValue(Q, "1", "g")),
        ('<value value="5.60" unit="mmol/L"/>', ResultValue(Q, "5.60", "mmol/L")),
        ('<value xsi:type="INT" value="007"/>', ResultValue(Q, "007")),
        ('<value xsi:type="REAL" value="1e3"/>', ResultValue(Q, "1e3")),
        ('<value xsi:type="ST">&lt;0.5</value>', ResultValue(T, "<0.5")),
        ("<value>geen groei</value>", ResultValue(T, "geen groei")),
        ('<value xsi:type="ED">a <b>b</b> c</value>', ResultValue(T, "a b c")),
        ('<value xsi:type="BL" value="true"/>', ResultValue(T, "true")),
        ('<value xsi:type="TS" value="20240101"/>', ResultValue(T, "20240101")),
        (
            '<value xsi:type="CD" code="1" displayName="positief"/>',
            ResultValue(ValueKind.CODED, "positief"),
        ),
        (
            '<value xsi:type="CE" nullFlavor="OTH"><originalText>spoor</originalText></value>',
            ResultValue(ValueKind.CODED, "spoor"),
        ),
        ('<value code="260385009"/>', ResultValue(ValueKind.CODED, "260385009")),
        (
            '<value xsi:type="RTO"><numerator value="1"/><denominator value="128"/></value>',
            ResultValue(T, "1:128"),
        ),
        (
            '<value xsi:type="RTO_PQ_PQ"><numerator value="5" unit="mg"/>'
            '<denominator value="2" unit="mL"/></value>',
            ResultValue(T, "5:2", "mg/mL"),
        ),
        (
            '<value xsi:type="PQ" nullFlavor="OTH"><translation value="3">'
            "<originalText>kruisjes</originalText></translation></value>",
            ResultValue(Q, "3", "kruisjes"),
        ),
    ],
)
def test_value_is_literal(xml: str, value: ResultValue) -> None:
    assert read_value(parsed(xml)) == value


@pytest.mark.parametrize(
    ("bounds", "value"),
    [
        ('<high value="0.5" unit="g" inclusive="false"/>', ResultValue(Q, "0.5", "g", "<")),
        ('<high value="0.5" unit="g"/>', ResultValue(Q, "0.5", "g", "<=")),
        ('<low value="90" inclusive="false"/>', ResultValue(Q, "90", None, ">")),
        ('<low nullFlavor="NINF"/><high value="5"/>', ResultValue(Q, "5", None, "<=")),
        (
            '<low value="2" unit="g"/><high value="4" unit="g"/>',
            ResultValue(ValueKind.RANGE, "2 - 4", "g"),
        ),
        (
            '<low value="2" unit="g"/><high value="4" unit="kg"/>',
            ResultValue(ValueKind.RANGE, "2 g - 4 kg"),
        ),
        ('<center value="3" unit="g"/>', ResultValue(Q, "3", "g")),
    ],
)
def test_interval_with_one_bound_is_a_comparison(bounds: str, value: ResultValue) -> None:
    assert read_value(parsed(f'<value xsi:type="IVL_PQ">{bounds}</value>')) == value


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        ('<value xsi:type="PQ" nullFlavor="MSK"/>', ValueKind.MASKED),
        ('<value xsi:type="CD" nullFlavor="MSK" displayName="geheim"/>', ValueKind.MASKED),
        ('<value xsi:type="PQ" nullFlavor="UNK"/>', ValueKind.ABSENT),
        ('<value xsi:type="ST"/>', ValueKind.ABSENT),
        ('<value nullFlavor="NI"/>', ValueKind.ABSENT),
    ],
)
def test_value_that_is_not_there_says_why(xml: str, kind: ValueKind) -> None:
    assert read_value(parsed(xml)) == ResultValue(kind)


@pytest.mark.parametrize(
    "xml",
    [
        '<value xsi:type="SLIST_PQ"><origin value="0"/></value>',
        '<value xsi:type="ED" representation="B64">JVBERi0=</value>',
        '<value xsi:type="ED"><reference value="http://elsewhere.example/x"/></value>',
        '<value xsi:type="RTO"><numerator value="1"/></value>',
        '<value xsi:type="IVL_PQ"><low value="1" inclusive="misschien"/></value>',
        '<value xsi:type="IVL_PQ"><width value="4"/></value>',
        '<value xsi:type="IVL_PQ"><low nullFlavor="MSK"/><high value="4"/></value>',
    ],
)
def test_value_that_cannot_be_shown_is_refused(xml: str) -> None:
    with pytest.raises(SourceError):
        read_value(parsed(xml))


@pytest.mark.parametrize(
    ("xml", "reference"),
    [
        (
            '<value xsi:type="IVL_PQ"><low value="3.5" unit="mmol/L"/>'
            '<high value="5.0" unit="mmol/L"/></value>'
            '<interpretationCode code="N"/>',
            ReferenceRange("3.5", "5.0", "mmol/L"),
        ),
        ('<value xsi:type="IVL_PQ"><high value="5" unit="g"/></value>', ReferenceRange(None, "5", "g")),
        (
            '<text>vrouw</text><value xsi:type="IVL_PQ"><low value="1"/></value>',
            ReferenceRange("1", text="vrouw"),
        ),
        ('<text>negatief</text><value xsi:type="IVL_PQ" nullFlavor="NA"/>', ReferenceRange(text="negatief")),
        ('<value xsi:type="ST">negatief</value>', ReferenceRange(text="negatief")),
        (
            '<value xsi:type="IVL_PQ"><low value="1" unit="g"/><high value="2" unit="kg"/></value>',
            ReferenceRange(text="1 g - 2 kg"),
        ),
        (
            '<value xsi:type="IVL_PQ"><low value="7" unit="mmol/L"/></value><interpretationCode code="HH"/>',
            ReferenceRange(text="HH: >= 7 mmol/L"),
        ),
        ('<value xsi:type="IVL_PQ"/>', None),
    ],
)
def test_reference_range_is_literal(xml: str, reference: ReferenceRange | None) -> None:
    assert read_reference_range(parsed(f"<observationRange>{xml}</observationRange>")) == reference


def test_critical_limit_never_passes_for_a_normal_bound() -> None:
    reference = read_reference_range(
        parsed(
            '<observationRange><value xsi:type="IVL_PQ"><low value="2"/><high value="6"/></value>'
            '<interpretationCode code="LL"/></observationRange>'
        )
    )
    assert reference == ReferenceRange(text="LL: 2 - 6")
