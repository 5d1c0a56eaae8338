"""Allergies: substance, denial, reactions; a denial never reads as an allergy."""

import pytest

from adapters.zis.sections.allergies import read_allergies
from adapters.zis.sections.statement import Reading
from context.person import Identifier, Moment, PartialDate
from context.records import Allergy, CodedText
from tests.zis_messages import parsed

SNOMED = "2.16.840.1.113883.6.96"
PENICILLIN = f'<value xsi:type="CD" code="91936005" codeSystem="{SNOMED}" displayName="Penicilline"/>'


def read(*statements: str) -> Reading[Allergy]:
    return read_allergies(parsed(f"<list>{''.join(statements)}</list>"))


def only(statement: str) -> Allergy:
    reading = read(statement)
    assert (len(reading.entries), reading.unread) == (1, 0)
    return reading.entries[0]


def observation(content: str = PENICILLIN, attributes: str = "", before: str = "") -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN"{attributes}><id root="1.8" extension="5"/>'
        f'<code code="DALG" displayName="drug allergy"/><statusCode code="completed"/>{before}{content}'
        "</observation>"
    )


def concern(
    content: str, attributes: str = "", beside: str = "", kind: str = "SUBJ", status: str = "active"
) -> str:
    return (
        f'<act classCode="ACT" moodCode="EVN"{attributes}><code code="CONC"/><statusCode code="{status}"/>'
        f'<effectiveTime><low value="2019"/></effectiveTime><sourceOf typeCode="{kind}">{content}</sourceOf>'
        f"{beside}</act>"
    )


def detail(content: str, kind: str = "SUBJ") -> str:
    return f'<sourceOf typeCode="{kind}"><observation>{content}</observation></sourceOf>'


def agent(code: str) -> str:
    return (
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        f"{code}</playingEntity></participantRole></participant>"
    )


def test_concern_gives_status_and_time_to_its_allergy() -> None:
    assert only(concern(observation())) == Allergy(
        substance=CodedText("91936005", SNOMED, "Penicilline"),
        identifiers=(Identifier("1.8", "5"),),
        category=CodedText("DALG", display="drug allergy"),
        status="active",
        recorded=Moment(PartialDate(2019)),
    )


def test_consumable_is_the_substance_and_the_value_its_category() -> None:
    value = '<value xsi:type="CD" code="419511003" displayName="Neiging tot bijwerking"/>'
    allergy = only(observation(value + agent('<code code="J01CA" displayName="Penicillines"/>')))
    assert allergy.substance.label == "Penicillines"
    assert allergy.category is not None
    assert allergy.category.label == "Neiging tot bijwerking"
    assert allergy.remarks == ("drug allergy",)


@pytest.mark.parametrize(
    "entity",
    [
        '<code nullFlavor="OTH"><originalText>noten</originalText></code>',
        '<code nullFlavor="UNK"/><name>noten</name>',
        '<code code="X1"/><name>noten</name>',
        "<desc>noten</desc>",
    ],
)
def test_substance_in_free_text_is_kept(entity: str) -> None:
    assert only(observation(agent(entity))).substance.label == "noten"


def test_masked_substance_is_masked() -> None:
    assert only(observation('<value xsi:type="CD" nullFlavor="MSK"/>')).substance.masked
    assert only(observation(agent('<code nullFlavor="MSK"/>'))).substance.masked


def test_value_of_another_type_is_a_substance_in_words() -> None:
    assert only(observation('<value xsi:type="ST">noten</value>')).substance.label == "noten"


def test_allergy_told_in_text_only_is_kept() -> None:
    assert only(observation("", before="<text>iets met noten</text>")).substance.label == "iets met noten"


@pytest.mark.parametrize(
    "statement",
    [
        observation(attributes=' negationInd="true"'),
        concern(observation(), attributes=' negationInd="true"'),
        observation(f'<value xsi:type="CD" code="716186003" codeSystem="{SNOMED}"/>'),
        observation(f'<value xsi:type="CD" code="409137002" codeSystem="{SNOMED}"/>'),
    ],
    ids=["observation", "concern", "no known allergy", "no known drug allergy"],
)
def test_denied_allergy_is_negated(statement: str) -> None:
    assert only(statement).negated


@pytest.mark.parametrize(
    "statement",
    [
        concern(observation(attributes=' negationInd="true"'), attributes=' negationInd="true"'),
        observation(f'<value xsi:type="CD" code="716186003" codeSystem="{SNOMED}"/>', ' negationInd="true"'),
    ],
)
def test_allergy_denied_twice_is_not_guessed_at(statement: str) -> None:
    reading = read(statement)
    assert (reading.entries, reading.unread) == ([], 1)


def test_reactions_keep_their_severity_as_a_remark() -> None:
    severity = detail('<code code="SEV"/><value xsi:type="CD" code="1" displayName="ernstig"/>')
    reaction = detail(
        f'<code code="ASSERTION"/><value xsi:type="CD" code="2" displayName="urticaria"/>{severity}', "MFST"
    )
    allergy = only(observation(PENICILLIN + reaction))
    assert [found.label for found in allergy.reactions] == ["urticaria"]
    assert allergy.remarks == ("urticaria: SEV: ernstig",)
    assert allergy.criticality is None


@pytest.mark.parametrize(
    "code",
    [
        '<code code="SEV"/>',
        '<code code="82606-5" codeSystem="2.16.840.1.113883.6.1"/>',
        f'<code code="246112005" codeSystem="{SNOMED}"/>',
    ],
)
def test_criticality_is_read_from_each_code_used_for_it(code: str) -> None:
    high = detail(f'{code}<value xsi:type="CD" code="24484000" displayName="ernstig"/>')
    found = only(observation(PENICILLIN + high)).criticality
    assert found is not None
    assert found.label == "ernstig"


def test_clinical_status_wins_over_the_status_of_the_concern() -> None:
    status = detail(
        '<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/>'
        '<value xsi:type="CE" code="73425007" displayName="inactief"/>',
        "REFR",
    )
    assert only(concern(observation(PENICILLIN + status))).status == "inactief"


def test_observation_that_is_completed_says_nothing_about_the_allergy() -> None:
    assert only(observation()).status is None


def test_comments_and_unknown_details_become_remarks() -> None:
    note = '<sourceOf typeCode="SUBJ"><act><code code="48767-8"/><text>anamnestisch</text></act></sourceOf>'
    other = detail('<code displayName="Bron"/><value xsi:type="ST">patiënt</value>', "REFR")
    allergy = only(concern(observation(PENICILLIN + note + other), beside=note.replace("anam", "hetero")))
    assert allergy.remarks == ("heteronestisch", "anamnestisch", "Bron: patiënt")


def test_two_allergies_in_one_concern_are_both_read() -> None:
    reading = read(concern(observation(), beside=f'<sourceOf typeCode="SUBJ">{observation()}</sourceOf>'))
    assert (len(reading.entries), reading.unread) == (2, 0)


@pytest.mark.parametrize(
    "statement",
    [
        observation(""),
        observation('<value xsi:type="CD" nullFlavor="UNK"/>'),
        observation(attributes=' negationInd="misschien"'),
        observation(PENICILLIN + detail('<code code="x"/><value xsi:type="SLIST_PQ"/>')),
        observation(PENICILLIN + detail("", "MFST")),
        concern("<act><code/></act>"),
        concern(observation(), beside='<sourceOf negationInd="true"><act/></sourceOf>'),
        "<substanceAdministration/>",
        observation('<value xsi:type="CD" nullFlavor="UNK"/>', before='<effectiveTime value="x"/>'),
    ],
)
def test_allergy_that_cannot_be_read_is_counted_and_leaves_the_others(statement: str) -> None:
    reading = read(statement, observation())
    assert (len(reading.entries), reading.unread) == (1, 1)
