"""Every trap of zis.md §10 that a message can hold is held by some persona, so that readers can be tried.

Each row says where: persona, section, dialect, and an XPath that finds it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from sandbox.zis.quirks import QUIRKS
from sandbox.zis.sections import WAYS
from tests.sandbox_asking import BSN, Answered, ask, ask_category, ask_dutch

PERSONAS = load_personas()
NOW = datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
XSI_TYPE = "@*[local-name()='type']"
VALUE_TYPES = ["PQ", "INT", "REAL", "BL", "CE", "CO", "CV", "CD", "ST", "TS", "IVL_PQ", "RTO_PQ_PQ"]
TIMES = ("2019", "201902", "20190130", "201902031645", "20240101100000+0100", "20240114235959.000+0100")


@pytest.fixture(scope="module")
def zis() -> Iterator[ZisServer]:
    with ZisServer(now=lambda: NOW) as server:
        yield server


def told(zis: ZisServer, key: str, section: str, dialect: str = "uv") -> Answered:
    way, bsn = WAYS[section], PERSONAS[key].bsn
    if dialect == "uv":
        return ask_category(zis, bsn, way.uv)
    return ask_dutch(zis, bsn, way.nl, way.nl_category)


@pytest.mark.parametrize(
    ("key", "section", "path"),
    [
        pytest.param("masked_allergy", "allergies", "//*[@nullFlavor='MSK']", id="masked"),
        pytest.param("odd_results", "laboratory", "//h:value[@nullFlavor='MSK']", id="masked value"),
        pytest.param(
            "odd_allergies", "allergies", "//*[@nullFlavor='OTH' or @code]/h:originalText", id="originalText"
        ),
        pytest.param(
            "masked_allergy", "allergies", "//*[@nullFlavor='OTH']/h:originalText", id="OTH with words"
        ),
        pytest.param("no_known_allergies", "allergies", "//*[@negationInd='true']", id="none known"),
        pytest.param("odd_allergies", "allergies", "//*[@negationInd='true']", id="negated"),
        pytest.param("medication", "medication", "//*[@negationInd='true']", id="negated medication"),
        pytest.param("medical_record", "diagnoses", "//*[@negationInd='true']", id="excluded diagnosis"),
        pytest.param("odd_allergies", "allergies", "//*[@code='387517004'][not(@displayName)]", id="no name"),
        pytest.param("medication", "medication", f"//*[{XSI_TYPE}='PIVL_TS']", id="PIVL_TS"),
        pytest.param("medication", "medication", f"//*[{XSI_TYPE}='EIVL_TS']", id="EIVL_TS"),
        pytest.param("medication", "medication", f"//*[{XSI_TYPE}='IVL_TS']/h:width", id="width"),
        pytest.param("medication", "medication", "//h:high[@nullFlavor='NI']", id="until further notice"),
        pytest.param(
            "medical_record", "treatment_restrictions", "//*[@code='NEE' or @code='JA']", id="zib 2017"
        ),
        pytest.param("medical_record", "treatment_restrictions", "//*[@code='2']", id="zib 2020"),
        pytest.param("notes", "reports", "//h:signatureCode[@code='X']", id="not authorised"),
    ],
)
@pytest.mark.parametrize("dialect", ["uv", "nl"])
@pytest.mark.proves("trap:4", "trap:5", "trap:6", "trap:8", "trap:10")
def test_trap_is_there_in_both_dialects(
    zis: ZisServer, key: str, section: str, path: str, dialect: str
) -> None:
    assert told(zis, key, section, dialect).elements(path)


@pytest.mark.parametrize("dialect", ["uv", "nl"])
@pytest.mark.parametrize("kind", VALUE_TYPES)
@pytest.mark.proves("trap:9")
def test_values_have_every_type(zis: ZisServer, kind: str, dialect: str) -> None:
    answer = told(zis, "value_types", "measurements", dialect)
    assert answer.elements(f"//h:value[{XSI_TYPE}='{kind}']")


@pytest.mark.parametrize("dialect", ["uv", "nl"])
@pytest.mark.proves("trap:7")
def test_times_have_every_precision(zis: ZisServer, dialect: str) -> None:
    answer = told(zis, "value_types", "measurements", dialect)
    assert {*TIMES} <= {*answer.values("//h:effectiveTime/@value")}


@pytest.mark.proves("trap:6")
def test_empty_organizer_is_an_answer_without_a_statement(zis: ZisServer) -> None:
    answer = told(zis, "empty_organizer", "allergies", "nl")
    assert len(answer.elements("//h:organizer")) == 1
    assert answer.elements("//h:organizer/h:component") == []
    assert answer.values("//h:MCCI_IN200101/*/h:ControlActProcess/h:queryAck/h:queryResponseCode/@code") == [
        "OK"
    ]


CONCERN = "h:act[h:code/@code='CONC']"
REFERENCE = f"//h:entryRelationship[@typeCode='REFR']/{CONCERN}[not(h:entryRelationship)]/h:id/@extension"


@pytest.mark.proves("trap:11")
def test_reference_by_id_leads_into_another_answer(zis: ZisServer) -> None:
    (reference,) = told(zis, "medical_record", "contraindications", "nl").values(REFERENCE)
    known = told(zis, "medical_record", "diagnoses", "nl")
    assert reference in known.values(f"//h:component/{CONCERN}/h:id/@extension")


@pytest.mark.proves("trap:11")
def test_reference_by_id_leads_into_another_message_of_the_batch(zis: ZisServer) -> None:
    batch = told(zis, "linked_sources", "diagnoses", "nl")
    message = "//h:MCCI_IN200101/h:REPC_IN990111NL"
    concerns = [batch.values(f"{message}[{n}]//h:component/{CONCERN}/h:id/@extension") for n in (1, 2)]
    assert batch.values(REFERENCE) == concerns[1] == ["71"]
    assert concerns[0] == ["70"]


@pytest.mark.proves("trap:12")
def test_same_fact_comes_from_two_sources_with_one_number(zis: ZisServer) -> None:
    answer = told(zis, "same_fact_twice", "diagnoses", "nl")
    numbers = answer.values("//h:component/h:act/h:id/@extension")
    assert len(answer.elements("//h:MCCI_IN200101/h:REPC_IN990111NL")) == 2
    assert len(numbers) == 2 * len({*numbers})


@pytest.mark.proves("trap:13")
def test_name_has_every_qualifier(zis: ZisServer) -> None:
    answer = ask(zis, "patient", PERSONAS["name_parts"].bsn)
    found = {*answer.values("//h:patientPerson/h:name/*/@qualifier")}
    assert {"BR", "SP", "VV", "IN", "CL"} <= found


@pytest.mark.parametrize("dialect", ["uv", "nl"])
@pytest.mark.proves("trap:14")
def test_another_person_is_named_in_the_record(zis: ZisServer, dialect: str) -> None:
    bsn = PERSONAS["other_person_sections"].bsn
    wrong = told(zis, "other_person_sections", "diagnoses", dialect)
    found = wrong.values(f"//h:recordTarget//h:id[@root='{BSN}']/@extension")
    assert found
    assert bsn not in found
    born = told(zis, "other_person_sections", "medication", dialect)
    assert born.values("//h:recordTarget//h:birthTime/@value") == ["19010203"]


@pytest.mark.parametrize("dialect", ["uv", "nl"])
@pytest.mark.proves("trap:17", "trap:18")
def test_ways_of_writing_differ(zis: ZisServer, dialect: str) -> None:
    prefixed = told(zis, "prefixed", "allergies", dialect)
    assert b"<hl7:observation" in prefixed.body
    assert b"<observation" not in prefixed.body
    assert b"urn:hl7-org:v3/mif" in prefixed.body
    root = told(zis, "interaction_root", "allergies", dialect).values("//h:interactionId/@root")
    assert {*root} == {"2.16.840.1.113883.5"}
    named = told(zis, "no_display_names", "diagnoses", dialect)
    assert named.values("//@displayName") == []


def test_echo_stands_there_twice(zis: ZisServer) -> None:
    answer = told(zis, "two_parameter_lists", "allergies")
    assert len(answer.elements("//h:parameterList")) == 2


def test_every_quirk_has_its_persona() -> None:
    assert {quirk for persona in PERSONAS.values() for quirk in persona.quirks} == {*QUIRKS}


@pytest.mark.proves("trap:8")
def test_dispense_list_nests_its_times(zis: ZisServer) -> None:
    answer = ask_dutch(zis, PERSONAS["medication"].bsn, "QURX_IN990111NL")
    events = answer.elements("//h:MedicationDispenseList/h:component/h:medicationDispenseEvent")
    assert len(events) == 2
    assert answer.elements(f"//h:effectiveTime[{XSI_TYPE}='SXPR_TS']/h:comp[{XSI_TYPE}='PIVL_TS']")
    assert answer.values("//h:MedicationKind/h:code/h:translation/@code") == ["67903"]


def test_there_are_at_least_forty_personas_in_five_groups() -> None:
    assert len(PERSONAS) >= 40
    assert {each.group for each in PERSONAS.values()} == {"people", "record", "sources", "traps", "volume"}


def test_every_status_letter_of_radiology_is_there(zis: ZisServer) -> None:
    answer = told(zis, "results", "radiology")
    letters = answer.values("//h:pertinentInformation3/h:observation/h:statusCode/@code")
    assert {*letters} == {*"LBAFVX"}
