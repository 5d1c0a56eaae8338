"""What goes out, in both dialects, message by message: the golden files are what a hospital sees."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.interactions import (
    CANCEL_RECORD,
    CONTINUE_NL,
    CONTINUE_RECORD,
    INTERACTIONS,
    PATIENT_INTERACTIONS,
    Operation,
)
from adapters.zis.nl_requests import write_nl_continuation, write_nl_query
from adapters.zis.requests import write_continue_record, write_fetch_record
from adapters.zis.sections.table import FIND_DOCUMENTS, READ_DOCUMENTS, SECTIONS
from context.hospital import Environment
from context.launch import Asker, Practice, User
from context.zis import Dialect
from tests.zis_messages import ASKED, ASKER, STAMP, envelope, hospital

GOLDEN = Path(__file__).parent.parent / "golden" / "zis"
NAMES = {"h": "urn:hl7-org:v3"}
NL = {name: each for name, each in INTERACTIONS.items() if each.dialect is Dialect.NL}


def nl_query(name: str, category: str = "", asker: Asker = ASKER) -> etree._Element:
    return write_nl_query(NL[name], hospital(), ASKED, asker, STAMP, category)


def values(message: etree._Element, path: str) -> list[str]:
    found = message.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return [str(each) for each in found]


WRITTEN: dict[str, tuple[Operation, Callable[[], etree._Element]]] = {
    "nl_allergies": (NL["REPC_IN990130NL"].operation, lambda: nl_query("REPC_IN990130NL")),
    "nl_medication": (NL["QUMO_IN991321NL02"].operation, lambda: nl_query("QUMO_IN991321NL02")),
    "nl_dispenses": (NL["QURX_IN990111NL"].operation, lambda: nl_query("QURX_IN990111NL")),
    "nl_care_context": (NL["GQZG_IN000001NL"].operation, lambda: nl_query("GQZG_IN000001NL", "46264-8")),
    "nl_patient": (NL["QUPA_IN101101"].operation, lambda: nl_query("QUPA_IN101101")),
    "nl_continue": (CONTINUE_NL, lambda: write_nl_continuation(hospital(), ASKER, STAMP)),
    "nl_cancel": (CONTINUE_NL, lambda: write_nl_continuation(hospital(), ASKER, STAMP, cancel=True)),
    "continue_record": (CONTINUE_RECORD, lambda: write_continue_record(hospital(), STAMP, 3, 4)),
    "cancel_record": (CANCEL_RECORD, lambda: write_continue_record(hospital(), STAMP, 0, 0, cancel=True)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_question_is_the_golden_message(name: str) -> None:
    operation, write = WRITTEN[name]
    sent = envelope(operation, write(), "https://zis.example/soap")
    assert canonical(sent) == canonical((GOLDEN / f"{name}.xml").read_bytes())


def canonical(raw: bytes) -> bytes:
    root = etree.fromstring(raw, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(root, method="c14n2")


@pytest.mark.parametrize("name", NL)
def test_dutch_question_keeps_the_rules_of_aorta(name: str) -> None:
    message, interaction = nl_query(name, "46264-8"), NL[name]
    assert values(message, "h:interactionId/@*") == ["2.16.840.1.113883.1.6", name]
    assert values(message, "h:versionCode/@code") == ["NICTIZEd2005-Okt"]
    assert values(message, "h:profileId/@*") == ["2.16.840.1.113883.2.4.3.11.1", "810"]
    assert values(message, "h:acceptAckCode/@code") == ["NE"]
    act = "h:ControlActProcess/"
    assert values(message, f"{act}h:code/@*") == [interaction.trigger, "2.16.840.1.113883.1.18"]
    modality = "B" if interaction.indirect else "R"
    assert values(message, f"{act}h:queryByParameter/*/@code") == ["executing", modality, "I"]
    bsn = f"{act}h:queryByParameter/h:patientID/h:value/@extension"
    assert values(message, bsn) == [ASKED.reveal()]
    forbidden = ("responseElementGroupId", "initialQuantity", "sortControl", "informationRecipient")
    assert not any(values(message, f".//h:{tag}") for tag in forbidden)


def test_question_names_user_role_and_practice() -> None:
    message = nl_query("REPC_IN990130NL")
    for person in ("h:authorOrPerformer/h:participant/h:AssignedPerson", "h:overseer/h:assignedEntity"):
        found = values(message, f"h:ControlActProcess/{person}/h:id/@*")
        assert found == ["2.16.528.1.1007.3.1", "000095254"]
        assert values(message, f"h:ControlActProcess/{person}/h:code/@code") == ["01.015"]
        organisation = f"h:ControlActProcess/{person}/h:Organization"
        assert values(message, f"{organisation}/h:id/@*") == ["2.16.528.1.1007.3.3", "00000666"]
        assert values(message, f"{organisation}/h:name/text()") == ["Praktijk De Linde"]


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        (User("1", "A", "01.015", "x", agb_code="01000001"), ["2.16.840.1.113883.2.4.6.1", "01000001"]),
        (User("1", "A", "01.015", "x"), ["NI"]),
    ],
)
def test_user_without_uzi_number_is_never_given_another_one(user: User, sent: list[str]) -> None:
    message = nl_query("REPC_IN990130NL", asker=Asker(user, Practice("00000666")))
    assert values(message, "h:ControlActProcess/h:overseer//h:assignedEntity/h:id/@*") == sent


def test_application_number_of_aorta_is_an_extension() -> None:
    zis = replace(hospital().zis, sender="2.16.840.1.113883.2.4.6.6.90000101")
    asked = replace(hospital(), zis=zis, environment=Environment.PRODUCTION)
    message = write_nl_query(NL["REPC_IN990130NL"], asked, ASKED, ASKER, STAMP, "")
    assert values(message, "h:sender/h:device/h:id/@*") == ["2.16.840.1.113883.2.4.6.6", "90000101"]
    assert values(message, "h:receiver/h:device/h:id/@*") == [zis.receiver]
    assert values(message, "h:processingCode/@code") == ["P"]


def test_category_is_a_loinc_code_or_one_of_the_hospital() -> None:
    path = ".//h:careProvisionCode/h:value/@*"
    for category, system in (("46264-8", "2.16.840.1.113883.6.1"), ("DEVICES", "2.16.840.1.113883.5.4")):
        message = write_fetch_record(hospital(), category, ASKED, STAMP)
        assert values(message, path) == [category, system]


def test_every_section_of_the_table_can_be_asked_for() -> None:
    for section, row in SECTIONS.items():
        for source in (row.uv, row.nl):
            documents = source.interaction in {FIND_DOCUMENTS, READ_DOCUMENTS}
            assert documents or source.interaction in INTERACTIONS.keys() - PATIENT_INTERACTIONS, section
