"""Problems, alerts, restrictions, devices, functional status and substance use, part by part."""

import pytest

from adapters.zis.interactions import LOINC, SNOMED_CT
from context.person import Identifier, Moment, PartialDate
from context.records import (
    Alert,
    CodedText,
    Device,
    FunctionalStatus,
    Problem,
    ResultValue,
    Section,
    SubstanceUse,
    TreatmentRestriction,
    ValueKind,
)
from tests.zis_sections import LINKS, code, coded, link, observation, only, period, read

IDS = '<id root="1.6" extension="3"/>'


def concern(content: str, status: str = "active", name: str = "sourceOf", more: str = "") -> str:
    return (
        f'<act classCode="ACT" moodCode="EVN"><code code="CONC"/><statusCode code="{status}"/>'
        f"{period('2015')}{link(content, 'SUBJ', name)}{more}</act>"
    )


@pytest.mark.proves("feature:D05")
@pytest.mark.parametrize("name", LINKS)
def test_problem_in_a_concern_keeps_its_own_period_and_status(name: str) -> None:
    status = link(observation(code("Status", "33999-4", LOINC), coded("Actief", "55561003")), "REFR", name)
    found = only(
        Section.DIAGNOSES,
        Problem,
        concern(
            observation(IDS + code("Diagnose", "282291009") + period("201508"), coded("COPD", "R95"), status),
            name=name,
        ),
    )
    assert found == Problem(
        problem=CodedText("R95", "9.9", "COPD"),
        kind=CodedText("282291009", "9.9", "Diagnose"),
        clinical_status=CodedText("55561003", "9.9", "Actief"),
        begins=Moment(PartialDate(2015, 8)),
        identifiers=(Identifier("1.6", "3"),),
        status="active",
    )


def test_problem_takes_over_the_period_of_its_concern() -> None:
    found = only(Section.CONDITIONS, Problem, concern(observation("", coded("COPD"))))
    assert found.begins == Moment(PartialDate(2015))


def test_problem_that_only_its_code_or_its_text_names_is_kept() -> None:
    named = only(Section.DIAGNOSES, Problem, observation(code("Hypertensie", "59621000", SNOMED_CT)))
    told = only(Section.DIAGNOSES, Problem, observation("<text>hoge bloeddruk</text>"))
    assert (named.problem.label, told.problem.label) == ("Hypertensie", "hoge bloeddruk")


def test_concern_without_a_problem_is_named_by_its_text() -> None:
    found = only(Section.DIAGNOSES, Problem, '<act><code code="CONC"/><text>COPD</text></act>')
    assert found.problem.label == "COPD"


@pytest.mark.proves("trap:5")
def test_denied_problem_is_negated() -> None:
    denied = observation("", coded("COPD")).replace("<observation", '<observation negationInd="true"', 1)
    assert only(Section.DIAGNOSES, Problem, denied).negated


@pytest.mark.proves("feature:D23")
def test_alert_is_its_value_and_keeps_its_code_as_kind() -> None:
    found = only(
        Section.ALERTS,
        Alert,
        observation(code("Alert", "74018-3") + period("20190130"), coded("MRSA")).replace(
            "</observation>", link(observation(code("x"), coded("drager")), "RSON") + "</observation>"
        ),
    )
    assert (found.alert.label, found.kind and found.kind.label) == ("MRSA", "Alert")
    assert [condition.label for condition in found.conditions] == ["drager"]


@pytest.mark.proves("feature:D26", "feature:D27")
def test_restriction_of_2020_has_its_decision_in_a_statement_below() -> None:
    will = link('<act><code displayName="wilsverklaring"/></act>', "SUBJ")
    verifier = (
        "<participant typeCode='VRF'><time value='20260102'/><participantRole><playingEntity>"
        "<name>Jansen</name></playingEntity></participantRole></participant>"
    )
    found = only(
        Section.TREATMENT_RESTRICTIONS,
        TreatmentRestriction,
        observation(
            code("reanimatie", "305351004") + period("2026") + verifier,
            "",
            will + link(observation(code("besluit"), coded("niet uitvoeren", "2")), "REFR"),
        ),
    )
    assert found.treatment.label == "reanimatie"
    assert found.decision == CodedText("2", "9.9", "niet uitvoeren")
    assert [party.name for party in found.agreed_with] == ["Jansen"]
    assert [each.label for each in found.wills] == ["wilsverklaring"]
    assert found.discussed == Moment(PartialDate(2026))
    assert found.remarks == ("Jansen: 02-01-2026",)
    assert found.authorised is None


def test_restriction_of_2017_has_its_decision_as_its_value() -> None:
    found = only(
        Section.TREATMENT_RESTRICTIONS,
        TreatmentRestriction,
        observation(code("reanimatie"), coded("Nee", "NEE")),
    )
    assert found.decision == CodedText("NEE", "9.9", "Nee")


@pytest.mark.proves("feature:D06", "feature:D07", "feature:D09")
@pytest.mark.parametrize("section", [Section.IMPLANTS, Section.MATERIALS, Section.DEVICES])
def test_device_has_its_numbers_its_site_and_its_side(section: Section) -> None:
    site = (
        '<targetSiteCode code="1" displayName="knie"><qualifier><name code="272741003"/>'
        '<value code="7771000" displayName="links"/></qualifier></targetSiteCode>'
    )
    found = only(
        section,
        Device,
        f"<organizer><component><supply>{period('2018')}"
        "<participant typeCode='PRD'><participantRole><id root='1.3.160' extension='0871'/><playingDevice>"
        f"{code('knieprothese')}</playingDevice><scopingEntity><desc>Fabriek</desc></scopingEntity>"
        f"</participantRole></participant>{site}</supply></component></organizer>",
    )
    assert (found.product.label, found.product_ids) == ("knieprothese", ("0871",))
    assert [each.label for each in found.sites] == ["knie, links"]
    assert found.begins == Moment(PartialDate(2018))
    assert "Fabriek" in found.remarks


def test_site_in_the_procedure_that_placed_it_is_the_device_s() -> None:
    placed = (
        '<procedure><targetSiteCode code="1" displayName="heup"><qualifier><name code="272741003"/>'
        '<value code="7771000" displayName="links"/></qualifier></targetSiteCode></procedure>'
    )
    product = (
        "<participant typeCode='PRD'><participantRole><playingDevice><code displayName='prothese'/>"
        "</playingDevice></participantRole></participant>"
    )
    found = only(Section.IMPLANTS, Device, f"<supply>{product}{link(placed, 'REFR')}</supply>")
    assert [each.label for each in found.sites] == ["heup, links"]
    assert found.remarks == ()


@pytest.mark.proves("feature:D08")
def test_functional_status_is_what_and_how() -> None:
    found = only(
        Section.FUNCTIONAL_STATUS,
        FunctionalStatus,
        observation(code("lopen") + period("2020"), coded("hulp")),
    )
    assert (found.subject.label, found.value) == ("lopen", ResultValue(ValueKind.CODED, "hulp"))


@pytest.mark.proves("feature:D04")
def test_use_is_told_by_value_or_by_the_finding_beside_the_amount() -> None:
    smoking = only(Section.SUBSTANCE_USE, SubstanceUse, observation(code("tabak"), coded("rookt niet")))
    assert (smoking.use and smoking.use.label, smoking.amount) == ("rookt niet", None)
    drinking = only(
        Section.SUBSTANCE_USE,
        SubstanceUse,
        observation(
            code("alcohol"),
            '<value xsi:type="PQ" value="1" unit="L/d"/>',
            link(observation(code("bevinding"), coded("drinkt")), "REFR"),
        ),
    )
    assert (drinking.use and drinking.use.label) == "drinkt"
    assert drinking.amount == ResultValue(ValueKind.QUANTITY, "1", "L/d")


@pytest.mark.parametrize(
    ("section", "statement"),
    [
        (Section.DIAGNOSES, observation()),
        (Section.DIAGNOSES, "<encounter/>"),
        (Section.ALERTS, "<organizer/>"),
        (Section.IMPLANTS, "<supply/>"),
        (Section.TREATMENT_RESTRICTIONS, observation("", coded("nee"))),
        (Section.FUNCTIONAL_STATUS, observation(code("lopen"), '<value xsi:type="SLIST_PQ"/>')),
        (Section.SUBSTANCE_USE, observation(code("alcohol") + '<effectiveTime value="gisteren"/>')),
    ],
)
def test_statement_that_cannot_be_read_is_counted(section: Section, statement: str) -> None:
    assert (read(section, statement).entries, read(section, statement).unread) == ([], 1)
