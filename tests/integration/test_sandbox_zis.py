"""The sandbox's hospital system over real HTTP: each patient, each fault, and what it refuses."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import requests
from lxml import etree

from sandbox.patients import is_test_bsn, load_personas
from sandbox.servers import ZisServer
from tests.sandbox_asking import (
    BSN,
    MESSAGE_ID,
    Answered,
    ask,
    enveloped,
    hl7_question,
    patient_question,
    post,
    record_question,
)

PERSONAS = load_personas()
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
GIVEN = PERSONAS["consent_given"].bsn
PATIENT = "//h:subject/h:registrationEvent/h:subject1/h:patient"


@pytest.fixture
def zis() -> Iterator[ZisServer]:
    with ZisServer(now=lambda: NOW) as server:
        yield server


def _ask(server: ZisServer, interaction: str, key: str) -> Answered:
    return ask(server, interaction, PERSONAS[key].bsn)


def _counters(answer: Answered) -> tuple[str, ...]:
    names = ("resultTotalQuantity", "resultCurrentQuantity", "resultRemainingQuantity")
    return tuple("".join(answer.values(f"//h:queryAck/h:{name}/@value")) for name in names)


def test_patients_have_test_bsns_of_their_own() -> None:
    bsns = [persona.bsn for persona in PERSONAS.values()]
    assert len(bsns) >= 14
    assert all(map(is_test_bsn, bsns))
    assert len(set(bsns)) == len(bsns)
    assert not is_test_bsn("999900007")


def test_patient_answer_relates_to_the_question(zis: ZisServer) -> None:
    answer = ask(zis, "patient", GIVEN)
    assert answer.status == 200
    assert answer.content_type == "application/soap+xml; charset=utf-8"
    assert answer.values("/s:Envelope/s:Header/w:RelatesTo/text()") == [MESSAGE_ID]
    assert answer.values("/s:Envelope/s:Header/w:Action/text()") == ["urn:hl7-org:v3:PRPA_IN201306UV02"]
    assert answer.values("//h:acknowledgement/h:targetMessage/h:id/@extension") == ["m-1"]
    assert answer.values("//h:queryAck/h:queryId/@extension") == ["q-1"]


def test_patient_answer_tells_person_number_care_providers_and_insurer(zis: ZisServer) -> None:
    answer = ask(zis, "patient", GIVEN)
    assert answer.values(f"{PATIENT}/h:id[@root='{BSN}']/@extension") == [GIVEN]
    assert answer.values(f"{PATIENT}/h:id[@root='2.16.840.1.113883.2.4.3.7.1']/@extension") == ["7000101"]
    person = f"{PATIENT}/h:patientPerson"
    assert answer.values(f"{person}/h:birthTime/@value") == ["19570314"]
    assert answer.values(f"{person}/h:name/h:family/text()") == ["Vries", "Berg"]
    assert answer.values(f"{person}/h:name/h:family/@qualifier") == ["SP", "BR"]
    provision = f"{person}/h:asPatientOfOtherProvider/h:subjectOf/h:careProvision"
    assert answer.values(f"{provision}/h:code/@code") == ["Z3", "J8"]
    agb = "2.16.840.1.113883.2.4.6.1"
    provider = f"{provision}/h:performer/h:assignedProvider"
    assert [n[:2] for n in answer.values(f"{provider}/h:id[@root='{agb}']/@extension")] == ["01", "02", "12"]
    record = f"{PATIENT}/h:coveredPartyOf/h:coverageRecord"
    assert set(answer.values(f"{record}//h:id[@root='2.16.840.1.113883.2.4.6.4']/@extension")) == {"9991"}


@pytest.mark.parametrize(
    ("key", "path", "expected"),
    [
        ("birth_date_differs", "h:patientPerson/h:birthTime/@value", ["19650908"]),
        ("name_differs", "h:patientPerson/h:name/h:family/text()", ["Mulder"]),
        ("deceased", "h:patientPerson/h:deceasedInd/@value", ["true"]),
        ("deceased", "h:patientPerson/h:deceasedTime/@value", ["20260911"]),
        ("partial_birth_date", "h:patientPerson/h:birthTime/@value", ["194305"]),
        ("several_matches", f"h:id[@root='{BSN}']/@extension", [PERSONAS["several_matches"].bsn] * 2),
        ("few_details", "h:patientPerson/h:addr", []),
        ("few_details", "h:patientPerson/h:asPatientOfOtherProvider", []),
        ("few_details", "h:coveredPartyOf", []),
        ("odd_results", "h:patientPerson/h:name/h:family/text()", ["Müller", "Wiel"]),
    ],
)
def test_each_patient_is_answered_as_named(zis: ZisServer, key: str, path: str, expected: list[str]) -> None:
    answer = _ask(zis, "patient", key)
    assert _counters(answer)[1] == str(len(PERSONAS[key].people))
    assert answer.values(f"{PATIENT}/{path}") == expected


def test_persona_other_person_is_answered_about_somebody_else(zis: ZisServer) -> None:
    answer = _ask(zis, "patient", "other_person")
    (bsn,) = answer.values(f"{PATIENT}/h:id[@root='{BSN}']/@extension")
    assert bsn not in {persona.bsn for persona in PERSONAS.values()}
    assert is_test_bsn(bsn)


@pytest.mark.parametrize("bsn", [PERSONAS["unknown_in_hospital"].bsn, "999904498"])
def test_unknown_patient_is_not_found(zis: ZisServer, bsn: str) -> None:
    answer = ask(zis, "patient", bsn)
    assert answer.values("//h:acknowledgement/h:typeCode/@code") == ["AA"]
    assert answer.values("//h:queryAck/h:queryResponseCode/@code") == ["NF"]
    assert _counters(answer) == ("0", "0", "0")


@pytest.mark.parametrize(
    ("key", "count"), [("many_results", 400), ("no_results", 0), ("consent_given", 72), ("odd_results", 14)]
)
def test_laboratory_answer_holds_all_results(zis: ZisServer, key: str, count: int) -> None:
    answer = _ask(zis, "laboratory", key)
    observations = answer.elements("//h:pertinentInformation3/h:organizer/h:component/h:observation")
    assert len(observations) == count
    record = "//h:careProvisionEvent/h:recordTarget/h:patient"
    assert answer.values(f"{record}/h:id[@root='{BSN}']/@extension") == ([PERSONAS[key].bsn] if count else [])


def test_results_of_one_patient_on_one_day_are_always_the_same(zis: ZisServer) -> None:
    path = "//h:organizer/h:component/h:observation/h:value/@value"
    first = _ask(zis, "laboratory", "many_results").values(path)
    with ZisServer(now=lambda: NOW) as another:
        assert _ask(another, "laboratory", "many_results").values(path) == first
        assert _ask(another, "laboratory", "consent_given").values(path) != first


def test_odd_results_hold_every_kind_of_value(zis: ZisServer) -> None:
    answer = _ask(zis, "laboratory", "odd_results")
    observation = "//h:organizer/h:component/h:observation"
    assert set(answer.values(f"{observation}/h:interpretationCode/@code")) == {"H", "HH", "LL", "A"}
    assert len(answer.elements(f"{observation}[h:statusCode/@code='active'][not(h:value)]")) == 1
    assert answer.values(f"{observation}/h:value/h:high[@inclusive='false']/@value") == ["1"]
    assert answer.values(f"{observation}/h:value/h:low[@inclusive='false']/@value") == ["100"]
    assert answer.values(f"{observation}[h:code/@code='59261-8']/h:value/@unit") == ["mmol/mol", "%"]
    assert answer.values(f"{observation}[h:code/@code='882-1']/h:value/text()") == ["O RhD positief"]
    assert answer.values(f"{observation}/h:value[@nullFlavor='MSK']/@nullFlavor") == ["MSK"]
    times = answer.values(f"{observation}[h:code/@code='2823-3']/h:effectiveTime/@value")
    assert [text[:12] for text in times] == ["202611210805", "202611191640", "202611190805"]
    assert len(answer.values(f"{observation}/h:sourceOf/h:act[h:code/@code='48767-8']/h:text/text()")) == 4


@pytest.mark.parametrize(
    ("key", "path", "expected"),
    [
        ("consent_given", "h:value/@displayName", ["Penicilline", "Pinda"]),
        ("consent_given", "@negationInd", ["false", "false"]),
        ("no_known_allergies", "@negationInd", ["true"]),
        ("masked_allergy", "h:value/@nullFlavor", ["MSK", "OTH"]),
        ("masked_allergy", "h:value/h:originalText/text()", ["Pleisterlijm, merk onbekend"]),
        ("few_details", "@classCode", []),
    ],
)
def test_allergies_are_answered_as_named(zis: ZisServer, key: str, path: str, expected: list[str]) -> None:
    answer = _ask(zis, "allergies", key)
    observation = (
        "//h:pertinentInformation3/h:act[h:code/@code='CONC']/h:sourceOf[@typeCode='SUBJ']/h:observation"
    )
    assert answer.values(f"{observation}/{path}") == expected


@pytest.mark.parametrize(
    ("key", "decision"),
    [
        ("consent_given", "Permit"),
        ("consent_refused", "Deny"),
        ("consent_not_answered", "NotApplicable"),
        ("consent_unclear", "Indeterminate"),
    ],
)
def test_consent_is_answered_as_the_patient_chose(zis: ZisServer, key: str, decision: str) -> None:
    answer = _ask(zis, "consent", key)
    assert answer.values("/s:Envelope/s:Body/x:Response/x:Result/x:Decision/text()") == [decision]
    assert answer.values(f"//x:Result//h:InstanceIdentifier[@root='{BSN}']/@extension") == [PERSONAS[key].bsn]
    assert answer.values("//x:Result//h:CodedValue[@code='GGC002']/@code") == ["GGC002"]
    institution = "urn:ihe:iti:appc:2016:author-institution:id"
    assert answer.elements(f"//x:Result//x:Attribute[@AttributeId='{institution}']") == []


def test_requests_are_logged_in_order(zis: ZisServer) -> None:
    for interaction in ("consent", "patient", "laboratory"):
        ask(zis, interaction, GIVEN)
    assert [(str(each.interaction), each.bsn) for each in zis.requests] == [
        ("consent", GIVEN),
        ("patient", GIVEN),
        ("laboratory", GIVEN),
    ]
    zis.forget_requests()
    assert zis.requests == ()


PDQ_ACTION = "urn:hl7-org:v3:PRPA_IN201305UV02"
QED_ACTION = "urn:hl7-org:v3:QUPC_IN043100UV01"


@pytest.mark.parametrize(
    ("body", "action"),
    [
        (patient_question(GIVEN), QED_ACTION),
        (patient_question(GIVEN).replace(BSN, "2.999"), PDQ_ACTION),
        (patient_question(GIVEN).replace('extension="PRPA_IN201305UV02"', 'extension="X"'), PDQ_ACTION),
        (patient_question(GIVEN).replace('code="new"', 'code="executing"'), PDQ_ACTION),
        (record_question(GIVEN, "RXCAT"), QED_ACTION),
        (hl7_question("QUQI_IN000003UV01", ""), "urn:hl7-org:v3:QUQI_IN000003UV01"),
        ("<x/>", PDQ_ACTION),
        ("", PDQ_ACTION),
    ],
)
def test_unmatched_question_is_a_soap_fault_and_no_request(zis: ZisServer, body: str, action: str) -> None:
    answer = post(zis.endpoint, enveloped(body, action, zis.endpoint))
    assert answer.status == 400
    assert answer.fault
    assert answer.values("//s:Fault/s:Code/s:Value/text()") == ["soap:Sender"]
    assert zis.requests == ()


def test_question_at_the_wrong_endpoint_is_a_soap_fault(zis: ZisServer) -> None:
    body = enveloped(patient_question(GIVEN), PDQ_ACTION, zis.consent_endpoint)
    assert post(zis.consent_endpoint, body).fault


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw.replace(b"<w:MessageID>", b"<w:Other>").replace(b"</w:MessageID>", b"</w:Other>"),
        lambda raw: raw.replace(b"2003/05/soap-envelope", b"2003/05/other"),
        lambda raw: b"<!DOCTYPE x>" + raw,
        lambda raw: raw[:-20],
    ],
)
def test_broken_envelope_is_a_soap_fault(zis: ZisServer, spoil: Callable[[bytes], bytes]) -> None:
    raw = enveloped(patient_question(GIVEN), PDQ_ACTION, zis.endpoint)
    assert post(zis.endpoint, spoil(raw)).status == 400
    assert post(zis.endpoint, raw, "text/xml").status == 400
    assert zis.requests == ()


def test_wsdl_names_its_own_address(zis: ZisServer) -> None:
    with requests.get(f"{zis.endpoint}?wsdl", timeout=5) as answer:
        root = etree.fromstring(answer.content)
    (address,) = root.iter("{http://schemas.xmlsoap.org/wsdl/soap12/}address")
    assert address.get("location") == zis.endpoint


def test_stop_ends_delays_and_silent_connections_at_once() -> None:
    server = ZisServer()
    server.script(GIVEN, "patient", ["delay:600"])
    server.start()
    silent = socket.create_connection(("127.0.0.1", server.port))
    asked = threading.Thread(target=ask, args=(server, "patient", GIVEN))
    asked.start()
    deadline = threading.Event()
    while not server.requests:
        assert not deadline.wait(0.01)
    began = time.monotonic()
    server.stop()
    asked.join(10)
    silent.close()
    assert not asked.is_alive()
    assert time.monotonic() - began < 5
