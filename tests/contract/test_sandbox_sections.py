"""The sandbox's hospital system answers every section in both dialects, as the product's own table asks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.sections.table import SECTIONS
from context.records import Section
from context.zis import Dialect
from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from sandbox.zis.sections import FIND_DOCUMENTS, QED, WAYS
from tests.sandbox_asking import BSN, HL7, ask_category, ask_dutch

PERSONAS = load_personas()
NOW = datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
SCHEMA = Path("hl7v3/oehf-ipf/schema/HL7V3/NE2008/multicacheschemas/QUPC_IN043200UV01.xsd")
BY_QED = [section for section, way in WAYS.items() if way.uv]
BY_MESSAGE = [section for section, way in WAYS.items() if way.nl != FIND_DOCUMENTS]
# Two echoes are what this persona is for; the schema allows one.
AGAINST_THE_SCHEMA = {"two_parameter_lists"}


@pytest.fixture(scope="module")
def zis() -> Iterator[ZisServer]:
    with ZisServer(now=lambda: NOW) as server:
        for persona in PERSONAS.values():
            for interaction in persona.faults:
                server.script(persona.bsn, interaction, [])
        yield server


def test_both_sides_know_the_same_sections() -> None:
    assert set(WAYS) == {str(section) for section in Section}


@pytest.mark.parametrize("section", Section)
def test_sandbox_answers_what_the_product_asks(section: Section) -> None:
    way = WAYS[section]
    uv, nl = SECTIONS[section].source(Dialect.UV), SECTIONS[section].source(Dialect.NL)
    expected = (QED, way.uv) if way.uv else (way.nl, way.nl_category)
    assert (uv.interaction, uv.category or "") == expected
    assert (nl.interaction, nl.category or "") == (way.nl, way.nl_category)
    assert (SECTIONS[section].document or "") == (way.document if way.uv else "")


@pytest.mark.parametrize("section", BY_QED)
def test_uv_answer_about_everybody_is_valid(zis: ZisServer, shared_data: Path, section: str) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / SCHEMA))
    for persona in PERSONAS.values():
        answer = ask_category(zis, persona.bsn, WAYS[section].uv)
        (message,) = answer.elements("/s:Envelope/s:Body/h:QUPC_IN043200UV01")
        if persona.key not in AGAINST_THE_SCHEMA:
            schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(message))))


@pytest.mark.parametrize("section", BY_MESSAGE)
def test_nl_answer_about_everybody_is_a_batch_whose_counters_add_up(zis: ZisServer, section: str) -> None:
    way = WAYS[section]
    for persona in PERSONAS.values():
        answer = ask_dutch(zis, persona.bsn, way.nl, way.nl_category)
        (batch,) = answer.elements("//h:MCCI_IN200101")
        (count,) = answer.values("//h:MCCI_IN200101/h:transmissionQuantity/@value")
        messages = batch.findall(f"{{{HL7}}}{way.answer}")
        assert len(messages) == int(count) == 1 + len(persona.sources)
        for message in messages:
            subjects = message.findall(f"{{{HL7}}}ControlActProcess/{{{HL7}}}subject")
            current = message.find(f".//{{{HL7}}}resultCurrentQuantity")
            assert current is not None
            assert current.get("value") == str(len(subjects))
        assert set(answer.values(f"//h:recordTarget//h:id[@root='{BSN}']/@extension")) <= {persona.bsn}


@pytest.mark.parametrize("section", sorted({*BY_QED} & {*BY_MESSAGE}))
def test_both_dialects_tell_the_same_facts_of_the_same_numbers(zis: ZisServer, section: str) -> None:
    way, bsn = WAYS[section], PERSONAS["everything"].bsn
    path = "h:id[starts-with(@root, '2.16.840.1.113883.2.4.3.7.')]"
    uv = ask_category(zis, bsn, way.uv).values(f"//h:pertinentInformation3//{path}/@extension")
    nl = ask_dutch(zis, bsn, way.nl, way.nl_category).values(f"//h:organizer//{path}/@extension")
    assert uv
    assert sorted({*nl}) == sorted({*uv})


@pytest.mark.parametrize("section", BY_QED)
def test_everything_persona_has_every_section(zis: ZisServer, section: str) -> None:
    answer = ask_category(zis, PERSONAS["everything"].bsn, WAYS[section].uv)
    assert len(answer.elements("//h:pertinentInformation3/*")) > 0
