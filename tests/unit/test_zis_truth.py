"""What every entry says truthfully, whatever its section: zis.md §10."""

import pytest

from adapters.zis.times import moment_in_words, read_period
from context.person import Identifier, Moment, PartialDate
from context.records import (
    Alert,
    Allergy,
    CodedText,
    Encounter,
    LabResult,
    Problem,
    Procedure,
    Section,
    TextResult,
    ValueKind,
)
from tests.zis_messages import parsed
from tests.zis_sections import LINKS, code, coded, link, observation, only, period, person, read

AUTHORISED = "<{0} {1}><time value='202601021030'/>{2}</{0}>"
POTASSIUM = '<value xsi:type="PQ" value="4.1" unit="mmol/L"/>'


def problem(more: str = "", value: str = "") -> Problem:
    return only(Section.DIAGNOSES, Problem, observation(code("Diagnose"), value or coded("COPD"), more))


@pytest.mark.proves("trap:4")
def test_text_of_the_source_goes_before_the_name_of_the_code() -> None:
    own = '<value xsi:type="CD" nullFlavor="OTH"><originalText>COPD, via longarts</originalText></value>'
    assert problem(value=own).problem == CodedText(original_text="COPD, via longarts", null_flavor="OTH")


@pytest.mark.proves("trap:4")
def test_what_is_hidden_on_purpose_is_masked_in_fields_and_named_in_remarks() -> None:
    assert problem(value='<value xsi:type="CD" nullFlavor="MSK"/>').problem.masked
    hidden = link(observation(code("Bron"), '<value xsi:type="CD" nullFlavor="MSK"/>'), "REFR")
    assert problem(hidden).remarks == ("Bron: MSK",)


@pytest.mark.proves("trap:4", "trap:8")
@pytest.mark.parametrize("bound", ['<high nullFlavor="PINF"/>', '<high nullFlavor="NAV"/>', "<high/>", ""])
def test_period_without_an_end_is_open(bound: str) -> None:
    found = problem(f'<effectiveTime><low value="2015"/>{bound}</effectiveTime>')
    assert (found.begins, found.ends) == (Moment(PartialDate(2015)), None)


@pytest.mark.proves("trap:5")
@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("section", [each for each in Section if each is not Section.LETTERS])
def test_denied_relationship_is_never_read_as_an_affirmed_one(section: Section, name: str) -> None:
    denied = f'<{name} typeCode="SUBJ" negationInd="true">{observation(code("x"), coded("COPD"))}</{name}>'
    reading = read(section, f'<act><code code="CONC"/><text>x</text>{denied}</act>')
    assert (reading.entries, reading.unread) == ([], 1)


@pytest.mark.proves("trap:5")
def test_denial_of_a_concern_and_of_what_it_holds_is_not_guessed_at() -> None:
    inner = observation(code("Diagnose"), coded("COPD")).replace(
        "<observation", '<observation negationInd="true"'
    )
    twice = f'<act negationInd="true"><code code="CONC"/>{link(inner, "SUBJ")}</act>'
    assert (read(Section.DIAGNOSES, twice).entries, read(Section.DIAGNOSES, twice).unread) == ([], 1)


@pytest.mark.proves("trap:5")
def test_denied_statement_below_an_entry_makes_it_unread_instead_of_affirmed() -> None:
    denied = '<observation negationInd="true"><code displayName="koorts"/></observation>'
    reading = read(Section.DIAGNOSES, observation(code("Diagnose"), coded("COPD"), link(denied)))
    assert (reading.entries, reading.unread) == ([], 1)


@pytest.mark.proves("trap:6")
def test_no_statements_are_not_no_known_allergies() -> None:
    assert read(Section.ALLERGIES).entries == []
    told = only(
        Section.ALLERGIES,
        Allergy,
        observation(code("Allergie"), coded("Geen bekende allergie", "716186003", "2.16.840.1.113883.6.96")),
    )
    assert told.negated


@pytest.mark.proves("trap:7")
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("2019", "2019"),
        ("201901", "01-2019"),
        ("20190130", "30-01-2019"),
        ("201907031645", "03-07-2019 16:45"),
        ("20240114235959.000+0100", "14-01-2024 23:59"),
        ("20240114233000+0000", "15-01-2024 00:30"),
    ],
)
def test_moment_in_words_keeps_the_precision_in_dutch_time(sent: str, words: str) -> None:
    (told,) = read_period([parsed(f'<time value="{sent}"/>')]).rest()
    assert told == words


@pytest.mark.proves("trap:8")
@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ('<effectiveTime value="2026"/>', ["2026"]),
        ('<effectiveTime><low value="2025"/><high value="2026"/></effectiveTime>', ["2025 - 2026"]),
        ('<effectiveTime><center value="2026"/></effectiveTime>', ["2026"]),
        ('<effectiveTime><width value="3" unit="d"/></effectiveTime>', ["3 d"]),
        ('<effectiveTime xsi:type="PIVL_TS"><period value="12" unit="h"/></effectiveTime>', ["1×/12 h"]),
        (
            '<effectiveTime xsi:type="PIVL_TS"><phase><low value="2026"/></phase><period value="1" unit="d"/>'
            "</effectiveTime>",
            ["2026", "1×/1 d"],
        ),
        ('<effectiveTime xsi:type="EIVL_TS"><event code="AC"/></effectiveTime>', ["AC"]),
        (
            "<effectiveTime><repeat><frequency value='2'/><period value='1'/><periodUnit value='d'/></repeat>"
            "</effectiveTime>",
            ["2×/1 d"],
        ),
        ('<effectiveTime nullFlavor="UNK"/>', []),
        ('<effectiveTime><low nullFlavor="MSK"/></effectiveTime>', ["MSK"]),
    ],
)
def test_every_shape_of_time_is_told(xml: str, told: list[str]) -> None:
    assert read_period([parsed(xml)]).rest() == told


@pytest.mark.proves("trap:9")
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ('<value xsi:type="IVL_PQ"><low value="90" inclusive="false"/></value>', ValueKind.QUANTITY),
        (
            '<value xsi:type="RTO_PQ_PQ"><numerator value="1"/><denominator value="2"/></value>',
            ValueKind.TEXT,
        ),
        ('<value xsi:type="BL" value="true"/>', ValueKind.TEXT),
        ('<value xsi:type="CO" code="2" displayName="matig"/>', ValueKind.CODED),
        ('<value xsi:type="ST">troebel</value>', ValueKind.TEXT),
    ],
)
def test_every_type_of_value_is_a_result(value: str, kind: ValueKind) -> None:
    found = only(Section.LABORATORY, LabResult, observation(code("test"), value))
    assert found.value.kind is kind


@pytest.mark.proves("trap:10")
def test_code_without_a_name_is_shown_as_it_is() -> None:
    assert problem(value='<value xsi:type="CD" code="R95" codeSystem="9"/>').problem.label == "R95"


@pytest.mark.proves("trap:11")
def test_reference_by_id_is_told_by_what_it_refers_to() -> None:
    episode = '<act><id root="1.2" extension="1826"/><code code="CONC"/><text>COPD</text></act>'
    refers = link('<act><id root="1.2" extension="{}"/><code code="CONC"/></act>', "REFR")
    alerts = [observation(code("Alert"), coded("roken"), refers.format(number)) for number in (1826, 9)]
    reading = read(Section.ALERTS, episode, *alerts)
    found = [entry for entry in reading.entries if isinstance(entry, Alert)]
    assert [each.remarks for each in found[1:]] == [("COPD",), ()]


@pytest.mark.proves("trap:11")
def test_reason_by_id_is_the_reason_it_refers_to() -> None:
    reason = observation('<id root="1.2" extension="5"/>' + code("Diagnose"), coded("pneumonie"))
    refers = link('<act><id root="1.2" extension="5"/><code code="CONC"/></act>', "RSON")
    reading = read(
        Section.ADMISSIONS, f"<encounter>{code('c', 'IMP')}{period('2019')}{refers}</encounter>", reason
    )
    (found,) = reading.entries
    assert isinstance(found, Encounter)
    assert [each.label for each in found.reasons] == ["pneumonie"]


@pytest.mark.proves("trap:13")
@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (
            '<given qualifier="IN">P.</given><prefix qualifier="VV">van </prefix><family>Pulver</family>',
            "P. van Pulver",
        ),
        (
            '<given qualifier="BR">Peter</given><given qualifier="IN">P.</given><family>Pulver</family>',
            "P. (Peter) Pulver",
        ),
        (
            '<family qualifier="SP">Jong</family><delimiter>-</delimiter><family>Pulver</family>',
            "Jong-Pulver",
        ),
        ('<given>A</given><prefix qualifier="AC">dr.</prefix><family>Pulver</family>', "dr. A Pulver"),
        ("P. Pulver, arts", "P. Pulver, arts"),
    ],
)
def test_name_of_a_care_provider_follows_its_qualifiers(parts: str, name: str) -> None:
    who = f"<assignedEntity><assignedPerson><name>{parts}</name></assignedPerson></assignedEntity>"
    found = problem(f"<performer>{who}</performer>").performer
    assert found is not None
    assert found.name == name


@pytest.mark.proves("feature:D01")
@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("authenticator", ""),
        ("legalAuthenticator", ""),
        ("verifier", ""),
        ("participant", "typeCode='VRF'"),
        ("participant", "typeCode='AUTHEN'"),
        ("participant", "typeCode='LA'"),
    ],
)
def test_authorisation_is_read_from_each_participation_for_it(name: str, attribute: str) -> None:
    wrapper = "participantRole" if name == "participant" else "assignedEntity"
    found = problem(AUTHORISED.format(name, attribute, person("Jansen", wrapper=wrapper)))
    assert found.authorised is True
    assert found.authorised_on is not None
    assert found.authorised_on.date == PartialDate(2026, 1, 2)
    assert (found.authoriser and found.authoriser.name, found.remarks) == ("Jansen", ())


def test_source_that_says_nothing_of_authorisation_is_not_taken_to_deny_it() -> None:
    assert (problem().authorised, problem().authorised_on) == (None, None)


def test_author_and_when_are_taken_over_from_the_group() -> None:
    author = f"<author><time value='2026'/>{person('Jansen', wrapper='assignedAuthor')}</author>"
    found = only(
        Section.PROCEDURES,
        Procedure,
        f"<organizer>{author}{link('<procedure>' + code('x') + '</procedure>')}</organizer>",
    )
    assert found.author is not None
    assert (found.author.name, found.recorded) == ("Jansen", Moment(PartialDate(2026)))
    assert found.author.identifiers == (Identifier("2.16.528.1.1007.3.1", "9001"),)


@pytest.mark.proves("feature:R12")
@pytest.mark.parametrize(
    "asked",
    [
        "<participant typeCode='REF'>{}</participant>",
        "<inFulfillmentOf><order><author>{}</author></order></inFulfillmentOf>",
    ],
)
def test_requester_of_an_order_is_that_of_its_results(asked: str) -> None:
    order = asked.format(person("Arts", "Praktijk"))
    panel = f"<organizer>{code('bloed')}{order}{link(observation(code('Kalium'), POTASSIUM))}</organizer>"
    for found in (
        only(Section.LABORATORY, LabResult, panel).requester,
        only(Section.RADIOLOGY, TextResult, f"<act>{code('CT')}<text>x</text>{order}</act>").requester,
    ):
        assert found is not None
        assert (found.name, found.organisation) == ("Arts", "Praktijk")


def test_statement_of_an_unknown_kind_of_part_is_told_in_words() -> None:
    part = "<nieuw><code displayName='iets'/><deel><name><family>Jansen</family></name></deel></nieuw>"
    assert problem(part).remarks == ("iets, Jansen",)


def test_moment_that_is_none_is_told_as_sent_only_where_it_is_no_field() -> None:
    late = "<performer><time value='201102019'/>" + person("Jansen") + "</performer>"
    assert problem(late).remarks == ("Jansen: 201102019",)
    reading = read(Section.DIAGNOSES, observation("", coded("COPD"), '<effectiveTime value="201102019"/>'))
    assert (reading.entries, reading.unread) == ([], 1)


def test_words_of_a_moment_and_of_its_date_agree() -> None:
    assert moment_in_words(Moment(PartialDate(2026, 1, 2))) == "02-01-2026"
