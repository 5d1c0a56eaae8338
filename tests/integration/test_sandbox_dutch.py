"""The sandbox's Dutch dialect over real HTTP: SOAP 1.1, batches, faults, and pages in both dialects."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from lxml import etree

from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from sandbox.zis.sections import WAYS
from tests.sandbox_asking import (
    HL7,
    SOAP_11,
    Answered,
    ask_category,
    ask_dutch,
    dutch_enveloped,
    dutch_question,
    enveloped,
    hl7_question,
    post,
    post_dutch,
)

PERSONAS = load_personas()
NOW = datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
GIVEN = PERSONAS["consent_given"].bsn
LAB = "POLB_IN354001NL03"
ALLERGIES = "REPC_IN990130NL"
PAGED = PERSONAS["paged"].bsn
FAULT = f"//*[namespace-uri()='{SOAP_11}'][local-name()='Fault']/faultcode/text()"


@pytest.fixture
def zis() -> Iterator[ZisServer]:
    with ZisServer(now=lambda: NOW) as server:
        yield server


def counters(answer: Answered) -> list[tuple[str, ...]]:
    names = ("resultTotalQuantity", "resultCurrentQuantity", "resultRemainingQuantity")
    columns = [answer.values(f"//h:queryAck/h:{name}/@value") for name in names]
    return list(zip(*columns, strict=True))


def test_answer_is_a_batch_that_acknowledges_the_question(zis: ZisServer) -> None:
    answer = ask_dutch(zis, GIVEN, ALLERGIES)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.root.tag == f"{{{SOAP_11}}}Envelope"
    assert answer.values("//h:MCCI_IN200101/h:acknowledgement/@typeCode") == ["AA"]
    assert answer.values("//h:acknowledgement/h:targetTransmission/h:id/@extension") == ["m-1"]
    assert answer.values("//h:REPC_IN990131NL/h:acknowledgement/h:targetMessage/h:id/@extension") == ["m-1"]
    assert answer.values("//h:queryAck/h:queryId/@extension") == ["q-1"]
    assert answer.values("//h:organizer/h:participant/@typeCode") == ["CST"]
    assert [(each.interaction, each.bsn) for each in zis.requests] == [("allergies", GIVEN)]


def test_unknown_patient_is_not_found(zis: ZisServer) -> None:
    answer = ask_dutch(zis, PERSONAS["unknown_in_hospital"].bsn, LAB)
    assert answer.values("//h:queryAck/h:queryResponseCode/@code") == ["NF"]
    assert answer.elements("//h:subject") == []


def test_one_source_may_fail_beside_a_good_one(zis: ZisServer) -> None:
    answer = ask_dutch(zis, PERSONAS["source_failed"].bsn, LAB)
    message = "//h:MCCI_IN200101/h:POLB_IN364001NL03"
    assert answer.values(f"{message}/h:acknowledgement/@typeCode") == ["AA", "AE"]
    assert answer.values(f"{message}//h:queryResponseCode/@code") == ["OK", "AE"]
    assert answer.values(f"{message}//h:justifiedDetectedIssue/h:code/@code") == ["AUTERR_SWV_FALSE"]
    subject = f"{message}/h:ControlActProcess/h:subject"
    assert len(answer.elements(f"{subject}/h:organizer")) == len(answer.elements(subject)) == 1


@pytest.mark.parametrize("section", [name for name, way in WAYS.items() if way.answer])
def test_script_is_for_one_section(zis: ZisServer, section: str) -> None:
    way = WAYS[section]
    zis.script(GIVEN, section, ["ae", "fault", "ok"])
    refused = ask_dutch(zis, GIVEN, way.nl, way.nl_category)
    assert refused.values("//h:queryResponseCode/@code") == ["AE"]
    broken = ask_dutch(zis, GIVEN, way.nl, way.nl_category)
    assert (broken.status, broken.values(FAULT)) == (500, ["soap:Server"])
    assert ask_dutch(zis, GIVEN, way.nl, way.nl_category).values("//h:queryResponseCode/@code") != ["AE"]


@pytest.mark.parametrize("fault", ["malformed", "charset", "bomb"])
def test_spoiled_bytes_cannot_be_parsed(zis: ZisServer, fault: str) -> None:
    zis.script(GIVEN, "allergies", [fault])
    with pytest.raises(etree.XMLSyntaxError):
        _ = ask_dutch(zis, GIVEN, ALLERGIES).root


def test_transport_faults_are_the_same_as_in_the_other_dialect(zis: ZisServer) -> None:
    zis.script(GIVEN, "allergies", ["html", "http500", "doctype", "drop"])
    assert ask_dutch(zis, GIVEN, ALLERGIES).content_type.startswith("text/html")
    assert ask_dutch(zis, GIVEN, ALLERGIES).status == 500
    assert b"<!DOCTYPE soap:Envelope>" in ask_dutch(zis, GIVEN, ALLERGIES).body
    with pytest.raises(requests.ConnectionError):
        ask_dutch(zis, GIVEN, ALLERGIES)


def test_counters_can_be_wrong_and_a_batch_half_good(zis: ZisServer) -> None:
    zis.script(GIVEN, "allergies", ["counters", "source_ae", "half"])
    assert counters(ask_dutch(zis, GIVEN, ALLERGIES)) == [("2", "2", "0")]
    half = ask_dutch(zis, GIVEN, ALLERGIES)
    assert half.values("//h:REPC_IN990131NL/h:acknowledgement/@typeCode") == ["AA", "AE"]
    assert counters(ask_dutch(zis, GIVEN, ALLERGIES)) == [("2", "1", "1")]


@pytest.mark.parametrize(
    "body",
    [
        dutch_question(GIVEN, "REPC_IN999999NL"),
        dutch_question(GIVEN, "GQZG_IN000001NL", "nonsense"),
        dutch_question(GIVEN, LAB).replace("executing", "new"),
        dutch_question(GIVEN, LAB).replace(f'extension="{LAB}"', 'extension="X"'),
        dutch_question(GIVEN, LAB).replace("2.16.840.1.113883.2.4.6.3", "2.999"),
        "<x/>",
    ],
)
def test_unmatched_question_is_a_client_fault(zis: ZisServer, body: str) -> None:
    answer = post_dutch(zis, body)
    assert (answer.status, answer.values(FAULT)) == (500, ["soap:Client"])
    assert zis.requests == ()


def test_question_needs_a_soap_action(zis: ZisServer) -> None:
    body = dutch_enveloped(dutch_question(GIVEN, LAB))
    with requests.post(f"{zis.url}/nl", body, headers={"Content-Type": "text/xml"}, timeout=5) as answer:
        assert answer.status_code == 500


def _continued(query_id: str, status: str, start: int, name: str = "QUQI_IN000003UV01") -> str:
    """IHE's continuation, made of the wrappers that every question has."""
    begin, _, rest = hl7_question(name, "").partition("<queryByParameter>")
    _, _, end = rest.partition("</queryByParameter>")
    return (
        f'{begin}<queryContinuation><queryId root="2.999.1" extension="{query_id}"/>'
        f'<startResultNumber value="{start}"/><continuationQuantity value="1"/>'
        f'<statusCode code="{status}"/></queryContinuation>{end}'
    )


def test_pages_follow_until_nothing_remains(zis: ZisServer) -> None:
    pages = [ask_category(zis, PAGED, "PROBLIST")]
    while counters(pages[-1])[0][2] != "0":
        body = _continued("q-1", "waitContinuedQueryResponse", len(pages) + 1)
        action = f"{HL7}:QUQI_IN000003UV01_Continue"
        pages.append(post(zis.endpoint, enveloped(body, action, zis.endpoint)))
    assert [counters(page) for page in pages] == [[("2", "1", "1")], [("2", "1", "0")]]
    numbers = [
        number for page in pages for number in page.values("//h:pertinentInformation3/h:act/h:id/@extension")
    ]
    assert numbers == ["1", "2", "3", "4"]
    assert all(page.values("//h:queryAck/h:queryId/@extension") == ["q-1"] for page in pages)


def test_pages_can_be_cancelled(zis: ZisServer) -> None:
    ask_category(zis, PAGED, "PROBLIST")
    body = _continued("q-1", "aborted", 1, "QUQI_IN000003UV01_Cancel")
    action = f"{HL7}:QUQI_IN000003UV01_Cancel"
    done = post(zis.endpoint, enveloped(body, action, zis.endpoint))
    assert len(done.elements("//h:MCCI_IN000002UV01")) == 1
    again = post(zis.endpoint, enveloped(body, action, zis.endpoint))
    assert again.fault == "no such query is being answered"


def test_dutch_pages_follow_and_can_be_cancelled(zis: ZisServer) -> None:
    first = ask_dutch(zis, PAGED, "REPC_IN990110NL")
    more = dutch_question(PAGED, "QUQI_IN000003UV").replace("executing", "waitContinuedQueryResponse")
    second = post_dutch(zis, more)
    numbers = [
        number for page in (first, second) for number in page.values("//h:component/h:act/h:id/@extension")
    ]
    assert numbers == ["1", "2", "3", "4"]
    assert [counters(page)[0][2] for page in (first, second)] == ["1", "0"]
    stop = dutch_question(PAGED, "QUQI_IN000003UV").replace("executing", "aborted")
    assert len(post_dutch(zis, stop).elements("//h:QUQI_IN000002UV")) == 1
    assert post_dutch(zis, more).values(FAULT) == ["soap:Client"]


def test_answers_are_the_same_for_the_same_now(zis: ZisServer) -> None:
    """All but the ids of the messages themselves."""

    def stable(answer: Answered) -> bytes:
        for element in answer.elements("//h:MCCI_IN200101"):
            for own in [*element.findall(f"{{{HL7}}}id"), *element.findall(f"{{{HL7}}}*/{{{HL7}}}id")]:
                own.clear()
            return etree.tostring(element)
        raise AssertionError("no batch")

    bsn = PERSONAS["everything"].bsn
    with ZisServer(now=lambda: NOW) as another:
        for way in WAYS.values():
            if way.answer:
                first = ask_dutch(zis, bsn, way.nl, way.nl_category)
                assert stable(first) == stable(ask_dutch(another, bsn, way.nl, way.nl_category))


def test_care_records_are_the_same_for_the_same_now(zis: ZisServer) -> None:
    bsn = PERSONAS["everything"].bsn
    with ZisServer(now=lambda: NOW) as another:
        for way in WAYS.values():
            if way.uv:
                answers = [ask_category(server, bsn, way.uv) for server in (zis, another)]
                first, second = (each.elements("//h:controlActProcess") for each in answers)
                assert [*map(etree.tostring, first)] == [*map(etree.tostring, second)] != []
