"""What we send is valid by the official schemas, and the consent question has the public sample's shape."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from adapters.xml import parse_xml
from adapters.zis.interactions import ASK_CONSENT, FETCH_RECORD, FIND_PATIENT, INTERACTIONS
from adapters.zis.requests import write_continue_record, write_fetch_record, write_find_patient
from adapters.zis.sections.table import QED, SECTIONS
from adapters.zis.soap import open_envelope
from adapters.zis.xacml import write_question
from context.bsn import Bsn
from context.consent import TREATMENT_DATA
from context.hospital import Environment
from context.zis import Dialect
from tests.zis_messages import ASKED, STAMP, envelope, hospital, launch

SCHEMAS = "hl7v3/oehf-ipf/schema/HL7V3/NE2008/multicacheschemas"
CATEGORIES = sorted({row.uv.category or "" for row in SECTIONS.values() if row.uv.interaction == QED})
SAMPLE_BSN = Bsn("900186021")


def schema(shared_data: Path, name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    return etree.XMLSchema(etree.parse(shared_data / SCHEMAS / f"{name}.xsd", parser))


@pytest.mark.parametrize("environment", Environment)
def test_question_for_a_person_is_valid(shared_data: Path, environment: Environment) -> None:
    message = write_find_patient(hospital(environment=environment), ASKED, STAMP)
    schema(shared_data, "PRPA_IN201305UV02").assertValid(message)


@pytest.mark.parametrize("category", CATEGORIES)
def test_question_for_a_section_is_valid(shared_data: Path, category: str) -> None:
    message = write_fetch_record(hospital(), category, ASKED, STAMP)
    schema(shared_data, "QUPC_IN043100UV01").assertValid(message)


def test_question_is_valid_as_it_leaves_in_its_envelope(shared_data: Path) -> None:
    person = write_find_patient(hospital(), ASKED, STAMP)
    record = write_fetch_record(hospital(), "LABCAT", ASKED, STAMP)
    for interaction, message in ((FIND_PATIENT, person), (FETCH_RECORD, record)):
        sealed = envelope(interaction.operation, message)
        schema(shared_data, interaction.operation.element).assertValid(_alone(open_envelope(sealed)))


@pytest.mark.parametrize("cancel", [False, True])
def test_question_for_the_rest_or_no_more_is_valid(shared_data: Path, *, cancel: bool) -> None:
    message = write_continue_record(hospital(), STAMP, 3, 4, cancel=cancel)
    schema(shared_data, "QUQI_IN000003UV01").assertValid(message)


VOCABULARY = "hl7v3/reference-nictiz/vocab/interactions.tsv"


def test_dutch_interactions_are_those_of_the_national_vocabulary(shared_data: Path) -> None:
    with (shared_data / VOCABULARY).open(encoding="utf-8") as lines:
        known = {row["code"]: row for row in csv.DictReader(lines, delimiter="\t")}
    dutch = [each for each in INTERACTIONS.values() if each.dialect is Dialect.NL]
    assert len(dutch) > 20
    for interaction in dutch:
        row = known[interaction.request_id]
        assert row["trigger"] == interaction.trigger
        assert (row["querytype"] == "Indirect") is interaction.indirect, interaction.request_id
        assert interaction.answer is None or interaction.answer in known


def _alone(payload: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(payload))


def test_schema_refuses_what_is_not_valid(shared_data: Path) -> None:
    message = write_find_patient(hospital(), ASKED, STAMP)
    message.remove(message[0])
    assert not schema(shared_data, "PRPA_IN201305UV02").validate(message)


def test_consent_question_has_the_shape_of_the_public_sample(shared_data: Path) -> None:
    sample = (shared_data / "audit" / "mitz_gesloten_vraag_example.xml").read_bytes()
    asking = replace(hospital(), facility_type="Z3")
    question = write_question(asking, launch(bsn=SAMPLE_BSN), TREATMENT_DATA)
    ours = envelope(ASK_CONSENT, question, "http://localhost:8000/4")
    for part in ("Header", "Body"):
        assert outline(ours, part) == outline(sample, part)


def outline(raw: bytes, part: str) -> list[tuple[str, dict[str, str], str]]:
    """Every element with attributes and text; the message's own id is left out."""
    root = parse_xml(raw, max_bytes=1 << 20)
    return [
        (
            str(element.tag),
            {str(name): str(value) for name, value in element.attrib.items()},
            "" if str(element.tag).endswith("MessageID") else (element.text or "").strip(),
        )
        for element in root.find(f"{{*}}{part}").iter()  # type: ignore[union-attr]
    ]
