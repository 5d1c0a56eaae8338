"""Every good answer of the sandbox's hospital system is valid against HL7's own schemas."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from tests.sandbox_asking import QUESTIONS, ask

PERSONAS = load_personas()
SCHEMAS = Path("hl7v3/oehf-ipf/schema/HL7V3/NE2008/multicacheschemas")
ANSWERS = {
    "patient": "PRPA_IN201306UV02",
    "laboratory": "QUPC_IN043200UV01",
    "allergies": "QUPC_IN043200UV01",
}


@pytest.fixture(scope="module")
def zis() -> Iterator[ZisServer]:
    with ZisServer() as server:
        for persona in PERSONAS.values():
            for interaction in persona.faults:
                server.script(persona.bsn, interaction, [])
        yield server


def _schema(shared_data: Path, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared_data / SCHEMAS / f"{name}.xsd"))


@pytest.fixture(scope="module")
def schemas(shared_data: Path) -> dict[str, etree.XMLSchema]:
    return {name: _schema(shared_data, name) for name in {*ANSWERS.values()}}


# The echo stands there twice on purpose, where the schema has room for one.
VALID = [key for key, persona in PERSONAS.items() if "two_parameter_lists" not in persona.quirks]


@pytest.mark.parametrize("key", VALID)
@pytest.mark.parametrize("interaction", ANSWERS)
def test_answer_about_each_patient_is_valid(
    zis: ZisServer, schemas: dict[str, etree.XMLSchema], interaction: str, key: str
) -> None:
    answer = ask(zis, interaction, PERSONAS[key].bsn)
    (message,) = answer.elements(f"/s:Envelope/s:Body/h:{ANSWERS[interaction]}")
    # Cut off from the envelope, so that only the message's own namespaces are in scope.
    schemas[ANSWERS[interaction]].assertValid(etree.ElementTree(etree.fromstring(etree.tostring(message))))


@pytest.mark.parametrize("fault", ["half", "ae", "wrong_bsn", "wrong_birthdate"])
@pytest.mark.parametrize("interaction", ANSWERS)
def test_answer_with_spoiled_content_is_still_valid(
    zis: ZisServer, schemas: dict[str, etree.XMLSchema], interaction: str, fault: str
) -> None:
    bsn = PERSONAS["consent_given"].bsn
    zis.script(bsn, interaction, [fault])
    answer = ask(zis, interaction, bsn)
    zis.script(bsn, interaction, [])
    (message,) = answer.elements(f"/s:Envelope/s:Body/h:{ANSWERS[interaction]}")
    schemas[ANSWERS[interaction]].assertValid(etree.ElementTree(etree.fromstring(etree.tostring(message))))


@pytest.mark.parametrize(
    ("interaction", "name"),
    [
        ("patient", "PRPA_IN201305UV02"),
        ("laboratory", "QUPC_IN043100UV01"),
        ("allergies", "QUPC_IN043100UV01"),
    ],
)
def test_questions_of_these_tests_are_valid(shared_data: Path, interaction: str, name: str) -> None:
    _schema(shared_data, name).assertValid(
        etree.ElementTree(etree.fromstring(QUESTIONS[interaction]("999900006")))
    )
