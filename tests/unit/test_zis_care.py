"""Contacts, procedures and referrals: class, stage, who and where; what another section shows is left out."""

import pytest

from context.person import Identifier, Moment, PartialDate
from context.records import CodedText, Encounter, Party, Procedure, Referral, Section, Stage
from tests.zis_sections import code, coded, link, observation, only, period, person, read

ACT_CODE = "2.16.840.1.113883.5.4"
ENCOUNTERS = (Section.APPOINTMENTS, Section.ADMISSIONS, Section.EMERGENCY_VISITS)


def encounter(kind: str = "IMP", mood: str = "EVN", more: str = "", status: str = "completed") -> str:
    return (
        f'<encounter classCode="ENC" moodCode="{mood}"><id root="1.5" extension="8"/>'
        f"{code('contact', kind, ACT_CODE)}<statusCode code='{status}'/>"
        f"{period('20190203', '20190205')}{more}</encounter>"
    )


@pytest.mark.proves("feature:Q05", "trap:8")
def test_admission_has_its_period_and_who_where_why() -> None:
    performer = person("Jansen", "CWZ", role=code("Internist", "01.016"))
    found = only(
        Section.ADMISSIONS,
        Encounter,
        encounter(
            more=f"<performer>{performer}</performer>"
            "<participant typeCode='LOC'><participantRole><playingEntity><name>Kamer 12</name>"
            "</playingEntity></participantRole></participant>"
            f"{code('naar huis', 'H', name='dischargeDispositionCode')}"
            + link(observation(code("diagnose"), coded("pneumonie")), "RSON")
        ),
    )
    assert found == Encounter(
        kind=CodedText("IMP", ACT_CODE, "contact"),
        begins=Moment(PartialDate(2019, 2, 3)),
        ends=Moment(PartialDate(2019, 2, 5)),
        specialism=CodedText("01.016", "9.9", "Internist"),
        performer=Party(
            "Jansen",
            "CWZ",
            CodedText("01.016", "9.9", "Internist"),
            (Identifier("2.16.528.1.1007.3.1", "9001"),),
        ),
        location="Kamer 12",
        reasons=(CodedText("1", "9.9", "pneumonie"),),
        destination=CodedText("H", "9.9", "naar huis"),
        identifiers=(Identifier("1.5", "8"),),
        status="completed",
    )


@pytest.mark.proves("feature:Q01", "feature:Q05", "feature:Q10")
@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("AMB", Section.APPOINTMENTS),
        ("VR", Section.APPOINTMENTS),
        ("IMP", Section.ADMISSIONS),
        ("SS", Section.ADMISSIONS),
        ("EMER", Section.EMERGENCY_VISITS),
    ],
)
def test_encounter_stands_in_the_section_of_its_class_only(kind: str, section: Section) -> None:
    for each in ENCOUNTERS:
        reading = read(each, encounter(kind))
        assert (len(reading.entries), reading.unread) == (int(each is section), 0)


@pytest.mark.parametrize("section", ENCOUNTERS)
def test_encounter_of_no_known_class_stands_wherever_it_was_asked_for(section: Section) -> None:
    assert only(section, Encounter, encounter("03")).kind is not None


def test_class_in_a_translation_counts() -> None:
    local = (
        '<encounter><code code="SEH" displayName="spoed"><translation code="EMER"/></code>'
        f"{period('2019')}</encounter>"
    )
    assert read(Section.ADMISSIONS, local).entries == []
    found = only(Section.EMERGENCY_VISITS, Encounter, local)
    assert found.kind is not None
    assert found.kind.label == "spoed"


@pytest.mark.proves("feature:Q03", "feature:Q06")
@pytest.mark.parametrize(
    ("mood", "status", "stage"),
    [
        ("INT", "active", Stage.WAITING),
        ("RQO", "active", Stage.WAITING),
        ("ARQ", "active", Stage.WAITING),
        ("PRP", "active", Stage.WAITING),
        ("APT", "active", Stage.SCHEDULED),
        ("PRMS", "active", Stage.SCHEDULED),
        ("EVN", "completed", Stage.PERFORMED),
        ("EVN", "active", Stage.PERFORMED),
        ("APT", "cancelled", Stage.CANCELLED),
        ("RQO", "aborted", Stage.CANCELLED),
    ],
)
def test_stage_follows_mood_and_status(mood: str, status: str, stage: Stage) -> None:
    assert only(Section.ADMISSIONS, Encounter, encounter("IMP", mood, status=status)).stage is stage


def procedure(more: str = "", name: str = "procedure", mood: str = "EVN") -> str:
    return f'<{name} moodCode="{mood}">{code("appendectomie", "80146002")}{more}</{name}>'


@pytest.mark.proves("feature:Q03", "feature:D24")
def test_procedure_tells_method_site_material_indication_and_result() -> None:
    found = only(
        Section.SURGERIES,
        Procedure,
        procedure(
            period("20200101", "20200102")
            + code("laparoscopisch", name="methodCode")
            + code("appendix", name="targetSiteCode")
            + "<participant typeCode='DEV'><participantRole><playingDevice>"
            + code("clip")
            + "</playingDevice></participantRole></participant>"
            + link(observation(code("reden"), coded("appendicitis")), "RSON")
            + link(observation(code("verslag"), "<value xsi:type='ST'>geen bijzonderheden</value>"), "RSLT")
        ),
    )
    assert found.procedure.label == "appendectomie"
    assert found.method is not None
    assert found.method.label == "laparoscopisch"
    assert [site.label for site in found.sites] == ["appendix"]
    assert [material.label for material in found.materials] == ["clip"]
    assert [reason.label for reason in found.indications] == ["appendicitis"]
    assert [(part.heading and part.heading.label, part.text) for part in found.results] == [
        ("verslag", "geen bijzonderheden")
    ]


@pytest.mark.parametrize("name", ["procedure", "act", "observation"])
def test_procedure_may_be_any_of_the_three_statements_of_a_cda(name: str) -> None:
    assert only(Section.PROCEDURES, Procedure, procedure(name=name)).procedure.label == "appendectomie"


def test_encounters_among_the_procedures_are_left_out_and_medication_is_unread() -> None:
    reading = read(Section.PROCEDURES, encounter(), "<substanceAdministration/>", procedure())
    assert (len(reading.entries), reading.unread) == (1, 1)


@pytest.mark.proves("feature:Q07", "feature:Q08")
def test_referral_tells_who_referred_to_which_specialism() -> None:
    found = only(
        Section.REFERRALS,
        Referral,
        '<act moodCode="RQO"><id root="2.16.1" extension="ZD200123"/>'
        f"{code('verwijzing')}<statusCode code='active'/><effectiveTime value='20260102'/>"
        f"<author>{person('Arts', 'Praktijk', 'assignedAuthor')}</author>"
        "<performer><assignedEntity><code code='1' displayName='Cardiologie'/></assignedEntity></performer>"
        + link(observation(code("klacht"), coded("hartkloppingen")), "RSON")
        + "</act>",
    )
    assert found.number == "ZD200123"
    assert found.is_open is True
    assert found.referrer is not None
    assert (found.referrer.name, found.referrer.organisation) == ("Arts", "Praktijk")
    assert found.specialism is not None
    assert found.specialism.label == "Cardiologie"
    assert [reason.label for reason in found.reasons] == ["hartkloppingen"]


@pytest.mark.parametrize(("status", "is_open"), [("completed", False), ("cancelled", False), ("x", None)])
def test_referral_is_open_only_while_its_source_says_so(status: str, is_open: bool | None) -> None:
    found = only(Section.REFERRALS, Referral, f"<act>{code('v')}<statusCode code='{status}'/></act>")
    assert found.is_open is is_open
