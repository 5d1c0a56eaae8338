"""A plain laboratory result reads the same with and without the map: real ones, and any mixture of parts."""

import gc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.zis.sections import plain
from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.lab import LABORATORY
from adapters.zis.sections.plain import find_plain
from adapters.zis.sections.references import Batch
from adapters.zis.sections.statement import Link
from context.records import LabResult
from tests.contract.real_statements import load, sections

pytestmark = pytest.mark.proves("perf:P4")

BY_THE_MAP = replace(LABORATORY, plain=lambda _link: None)
_OBSERVATION = "{urn:hl7-org:v3}observation"
PLAIN_PARTS = (
    '<templateId root="1.2"/>',
    '<id root="1.2.3" extension="R-1"/>',
    '<code code="1988-5" codeSystem="2.16.840.1.113883.6.1" displayName="CRP"/>',
    '<statusCode code="completed"/>',
    '<effectiveTime value="20261124092300+0100"/>',
    '<value xsi:type="PQ" value="2" unit="mg/L"/>',
    '<interpretationCode code="H"/>',
    '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="0"/><high value="5"/></value>'
    "</observationRange></referenceRange>",
)
MATERIALS = (
    '<subject typeCode="SPC"><specimen><id root="1.2" extension="S-1"/><code nullFlavor="NI"/>'
    '<specimenNatural><code nullFlavor="OTH"><originalText>Bloed</originalText></code></specimenNatural>'
    "</specimen></subject>",
    '<specimen><specimenRole><specimenPlayingEntity><code code="BLD" displayName="Bloed"/>'
    "<desc>citraat</desc></specimenPlayingEntity></specimenRole></specimen>",
    '<entryRelationship typeCode="COMP"><procedure><code code="33882-2"/><participant typeCode="PRD">'
    '<participantRole><playingEntity><code code="UR" displayName="Urine"/></playingEntity></participantRole>'
    "</participant></procedure></entryRelationship>",
)
_WHEN_AND_WHAT = PLAIN_PARTS[4] + PLAIN_PARTS[5]
ODD_PARTS = (
    '<templateId root="1.2" nullFlavor="MSK"/>',
    "<id/>",
    '<id nullFlavor="UNK"/>',
    '<code nullFlavor="MSK"/>',
    '<code nullFlavor="UNK"/>',
    "<code/>",
    "<code>hemolytisch</code>",
    '<code value="9"/>',
    '<code value="9" xsi:type="UNHEARD"/>',
    '<code code="48767-8"/>',
    '<code code="CONC"/>',
    '<code code="92236-9"/>',
    '<code code="1"><originalText>Kreatinine</originalText></code>',
    '<code code="1"><qualifier><value code="7771000" displayName="links"/></qualifier></code>',
    '<code nullFlavor="OTH"><translation code="L1" displayName="Lokaal"/></code>',
    '<statusCode code="active"/>',
    '<statusCode code=" "/>',
    "<statusCode/>",
    '<effectiveTime value="2026"/>',
    '<effectiveTime value="gisteren"/>',
    '<effectiveTime nullFlavor="MSK"/>',
    "<effectiveTime/>",
    '<effectiveTime value="20261123"/>',
    '<effectiveTime value="20261122"><high value="20261125"/></effectiveTime>',
    '<effectiveTime><low value="20261124"/><high value="20261125"/></effectiveTime>',
    '<value xsi:type="PQ" nullFlavor="MSK"/>',
    '<value xsi:type="PQ" nullFlavor="NI"/>',
    '<value xsi:type="PQ" value="2" unit="mg/L" nullFlavor="MSK"/>',
    '<value xsi:type="PQ" value="2" unit="1"><translation value="2" displayName="stuk"/></value>',
    '<value xsi:type="PQ" value="5" unit="1"><translation value="2" displayName="stuk"/></value>',
    '<value xsi:type="ST">zie bijlage</value>',
    '<value xsi:type="CD" code="260385009" displayName="negatief"/>',
    '<value xsi:type="IVL_PQ"><low value="1" unit="g"/></value>',
    '<value xsi:type="UNHEARD"/>',
    "<value><strange/></value>",
    "<value/>",
    '<interpretationCode nullFlavor="MSK"/>',
    '<interpretationCode code=" "/>',
    '<interpretationCode code="H" nullFlavor="MSK"/>',
    '<interpretationCode code="H" nullFlavor="OTH" displayName="hoog"/>',
    '<interpretationCode code="L"><originalText>laag</originalText></interpretationCode>',
    "<referenceRange/>",
    "<referenceRange><observationRange><text>tot 5</text></observationRange></referenceRange>",
    '<referenceRange><observationRange><value xsi:type="UNHEARD"/></observationRange></referenceRange>',
    '<methodCode code="M" displayName="PCR"/>',
    "<text>CRP</text>",
    '<performer><assignedEntity><id root="1" extension="9"/></assignedEntity></performer>',
    '<author><time value="20261125"/><assignedAuthor><assignedPerson><name>A. Arts</name></assignedPerson>'
    "</assignedAuthor></author>",
    '<participant typeCode="REF"><participantRole><playingEntity><name>B. Huisarts</name></playingEntity>'
    "</participantRole></participant>",
    '<subject><specimen><specimenNatural><code nullFlavor="NI"/></specimenNatural></specimen></subject>',
    "<specimen/>",
    "<specimen><specimenRole><specimenPlayingEntity><quantity value='3' unit='ml'/></specimenPlayingEntity>"
    "</specimenRole></specimen>",
    f"<entryRelationship><procedure>{MATERIALS[2]}</procedure></entryRelationship>",
    MATERIALS[2].replace("COMP", 'COMP" negationInd="true'),
    MATERIALS[2].replace("procedure>", "act>"),
    MATERIALS[2].replace("</procedure>", "</procedure><observation><code code='3'/></observation>"),
    '<entryRelationship typeCode="COMP"><procedure><code code="1" displayName="Punctie"/></procedure>'
    "</entryRelationship>",
    '<entryRelationship typeCode="COMP"><observation><code code="92236-9"/>'
    '<value xsi:type="CD" code="final"/></observation></entryRelationship>',
    '<entryRelationship typeCode="SUBJ"><act><code code="48767-8"/><text>hemolytisch</text></act>'
    "</entryRelationship>",
    '<component typeCode="COMP"><observation><code code="2" displayName="Deel"/>'
    '<value xsi:type="INT" value="3"/></observation></component>',
    '<component><sequenceNumber value="1"/></component>',
    '<sdtc:text xmlns:sdtc="urn:hl7-org:sdtc">meer</sdtc:text>',
    '<vendor xmlns="urn:vendor">meer</vendor>',
)
ATTRIBUTES = ("", ' negationInd="true"', ' negationInd="false"', ' negationInd="?"', ' nullFlavor="NI"')
GROUPS = (
    "",
    '<organizer><code code="26436-6" displayName="Chemie"/><statusCode code="active"/>'
    '<effectiveTime value="20261101"/><author><assignedAuthor><assignedPerson><name>C. Lab</name>'
    "</assignedPerson></assignedAuthor></author>{}</organizer>",
    '<act negationInd="true"><code code="X" displayName="Order"/>{}</act>',
    '<organizer><participant typeCode="REF"><participantRole><playingEntity><name>D. Vrager</name>'
    "</playingEntity></participantRole></participant><text>CRP</text>{}</organizer>",
    '<organizer><specimen><specimenRole><specimenPlayingEntity><code code="LIQ" displayName="Liquor"/>'
    "</specimenPlayingEntity></specimenRole></specimen>{}</organizer>",
    '<observation><code code="B" displayName="Bloedbeeld"/>{}</observation>',
)


def root_of(xml: str) -> list[etree._Element]:
    return list(etree.fromstring(f'<v xmlns="urn:hl7-org:v3" xmlns:xsi="{_XSI}">{xml}</v>'))


_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def observation(parts: list[str], attributes: str = "") -> str:
    return f"<observation{attributes}>{''.join(parts)}</observation>"


def read(by: EntryMap[LabResult], statements: list[etree._Element]) -> tuple[list[LabResult], int]:
    reading = by.read(statements)
    return reading.entries, reading.unread


def is_plain(element: etree._Element) -> bool:
    return find_plain(Link("", element, Batch([]))) is not None


@pytest.mark.parametrize("material", MATERIALS)
def test_result_of_the_common_shape_is_plain(material: str) -> None:
    [element] = root_of(observation([*PLAIN_PARTS, material]))
    assert is_plain(element)
    entries, unread = read(BY_THE_MAP, [element])
    assert (len(entries), unread) == (1, 0)
    assert read(LABORATORY, [element]) == (entries, unread)


@pytest.mark.parametrize("material", ["", *MATERIALS])
def test_result_alike_but_for_number_moment_amount_and_sample_is_compared_and_not_read(
    material: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "_FEW", 0)
    batch = Batch([])
    # The standard's order: the material comes before the range.
    one, *others = root_of("".join(siblings(observation([*PLAIN_PARTS[:-1], material, PLAIN_PARTS[-1]]))[:4]))
    read_in_full = find_plain(Link("", one, batch))
    assert read_in_full is not None
    for other in others:
        found = find_plain(Link("", other, batch))
        assert found is not None
        # Ranges that are read anew are other objects, alike or not.
        assert found.ranges is read_in_full.ranges


@pytest.mark.parametrize(
    ("parts", "old", "new"),
    [
        (
            ['<templateId root="1" extension="R-1"/>', *PLAIN_PARTS],
            '"1" extension="R-1"',
            '"1" extension="R-2"',
        ),
        (
            [*PLAIN_PARTS[:3], MATERIALS[2].replace("<code", f"{_WHEN_AND_WHAT}<code", 1), *PLAIN_PARTS[4:]],
            f"{_WHEN_AND_WHAT}<code",
            f'<effectiveTime value="20261125"/>{PLAIN_PARTS[5]}<code',
        ),
        (
            [
                *PLAIN_PARTS[:5],
                f"<referenceRange><observationRange>{PLAIN_PARTS[5]}</observationRange></referenceRange>",
                PLAIN_PARTS[5],
            ],
            f"{PLAIN_PARTS[5]}</observationRange>",
            '<value xsi:type="PQ" value="9" unit="mg/L"/></observationRange>',
        ),
    ],
    ids=["number", "moment", "amount"],
)
def test_what_only_looks_like_number_moment_or_amount_is_none(
    parts: list[str], old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands before the real one, and says the same in the first result."""
    monkeypatch.setattr(plain, "_FEW", 0)
    one = observation(parts)
    assert is_plain(root_of(one)[0])
    assert one.count(old) == 1
    statements = root_of(one + one.replace(old, new))
    assert read(LABORATORY, statements) == read(BY_THE_MAP, statements)


@pytest.mark.parametrize("kind", ["act", "organizer", "procedure", "encounter"])
def test_other_statement_with_the_parts_of_a_result_is_none(kind: str) -> None:
    [element] = root_of(observation([*PLAIN_PARTS]).replace("observation>", f"{kind}>"))
    assert not is_plain(element)
    assert read(LABORATORY, [element]) == read(BY_THE_MAP, [element])


def test_what_is_written_out_in_vain_has_an_end_later_when_more_was_gained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else what is nested a hundred deep would be written a hundred times."""
    monkeypatch.setattr(plain, "_FEW", 0)
    monkeypatch.setattr(plain, "_MOST_IN_VAIN", 3_000)
    nested = observation([*PLAIN_PARTS])
    for _ in range(20):
        nested = observation([*PLAIN_PARTS[:3], f'<component typeCode="COMP">{nested}</component>'])
    few, many = (written_in_vain(nested, gained, monkeypatch) for gained in (3, 30))
    assert 0 < len(few) < len(many) < 20


def written_in_vain(nested: str, gained: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The nested statements that were written out after so many that were alike."""
    written: list[str] = []

    def write(element: etree._Element) -> str:
        written.append(etree.tostring(element, encoding="unicode"))
        return written[-1]

    monkeypatch.setattr(plain, "write", write)
    statements = root_of(observation([*PLAIN_PARTS]) * (1 + gained) + nested)
    assert read(LABORATORY, statements) == read(BY_THE_MAP, statements)
    return written[1 + gained :]


def test_answer_is_gone_when_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only when the collector comes by: the tree of a long answer takes ten times its bytes."""
    monkeypatch.setattr(plain, "_FEW", 0)
    statements = root_of("".join([*siblings(observation([*PLAIN_PARTS, MATERIALS[0]])), observation([])]))
    gc.collect()
    gc.disable()
    try:
        read(LABORATORY, statements)
        read(BY_THE_MAP, statements)
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.fixture(params=[True, False], ids=["compared", "few"])
def _compared(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are compared with earlier ones from the first on, as in a long answer, or not at all."""
    if request.param:
        monkeypatch.setattr(plain, "_FEW", 0)


def siblings(statement: str) -> list[str]:
    """The statement, others that differ where results alike may differ, and in what only looks like it."""
    others = [
        ('extension="R-1"', 'extension="R-2"'),
        ('extension="S-1"', 'extension="S-2"'),
        ('value="20261124092300+0100"', 'value="20261125"'),
        ('value="20261124092300+0100"', 'value="vandaag"'),
        ('value="2" unit', 'value="&lt;3" unit'),
        ('value="2" unit', 'value=" 4 " unit'),
        ('value="2" unit', 'value="4\u00a0" unit'),
        ('value="2" unit', 'value="" unit'),
        ('value="2" unit="mg/L"', 'value="5" unit="g/L"'),
        ('value="2" unit="1"', 'value="5" unit="1"'),
        ('value="5" unit="1"', 'value="2" unit="1"'),
        ('<low value="0"/>', '<low value="2"/>'),
        ('displayName="CRP"', 'displayName="PCR"'),
        ('root="1.2.3"', 'root="1.2.4"'),
    ]
    return [statement, *(statement.replace(old, new) for old, new in others), statement]


@pytest.mark.usefixtures("_compared")
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("odd", [*ODD_PARTS, *PLAIN_PARTS, *MATERIALS])
def test_every_odd_part_reads_as_the_map_reads_it(odd: str, group: str) -> None:
    """Before the plain parts, after them, in place of the one of its name, and in place of the material."""
    name = odd[: len(odd) - len(odd.lstrip("<abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
    instead = [odd if part.startswith(name) else part for part in PLAIN_PARTS]
    for parts in (
        [odd, *PLAIN_PARTS[:-1], MATERIALS[0], PLAIN_PARTS[-1]],
        [*PLAIN_PARTS[:-1], odd, MATERIALS[0], PLAIN_PARTS[-1]],
        [*PLAIN_PARTS, MATERIALS[0], odd],
        [*instead[:-1], MATERIALS[0], instead[-1]],
        instead,
        [*PLAIN_PARTS, odd],
    ):
        all_alike = siblings(observation(parts))
        held = "".join(f'<component typeCode="COMP">{one}</component>' for one in all_alike)
        statements = root_of(group.format(held) if group else "".join(all_alike))
        assert read(LABORATORY, statements) == read(BY_THE_MAP, statements), parts


@pytest.mark.usefixtures("_compared")
@given(
    group=st.sampled_from(GROUPS),
    link=st.sampled_from(["COMP", "SUBJ", "REFR", ""]),
    attributes=st.sampled_from(ATTRIBUTES),
    own=st.permutations([*PLAIN_PARTS, MATERIALS[0]]),
    others=st.lists(st.sampled_from([*ODD_PARTS, *PLAIN_PARTS, *MATERIALS]), max_size=2),
    without=st.sets(st.integers(0, len(PLAIN_PARTS)), max_size=3),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mixture_of_parts_reads_as_the_map_reads_it(
    group: str, link: str, attributes: str, own: list[str], others: list[str], without: set[int]
) -> None:
    kept = [part for place, part in enumerate(own) if place not in without]
    one = observation([*others[:1], *kept, *others[1:]], attributes)
    held = f'<component typeCode="{link}">{one}</component>'
    statements = root_of(group.format(held + held) if group else one)
    assert read(LABORATORY, statements) == read(BY_THE_MAP, statements)


@pytest.mark.usefixtures("_compared")
def test_every_real_statement_reads_as_the_map_reads_it(shared_data: Path) -> None:
    """Everything that the files hold, whatever section it is of: each by itself, and all twice over."""
    statements = [each for path, root in load(shared_data) for each, _ in sections(path, root)]
    assert len(statements) > 250
    for some in (*([each] for each in statements), statements * 2):
        assert read(LABORATORY, some) == read(BY_THE_MAP, some)
    found = [each for whole in statements for each in whole.iter(_OBSERVATION) if is_plain(each)]
    assert len(found) > 20
