"""Each fault of the sandbox's hospital system, as an asker meets it."""

import threading
import time
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from sandbox.zis.faults import Fault, parse_step
from tests.sandbox_asking import BSN, ask, enveloped, patient_question

PERSONAS = load_personas()
GIVEN = PERSONAS["consent_given"].bsn
OTHER = PERSONAS["no_results"].bsn
INTERACTIONS = ("patient", "laboratory", "allergies", "consent")


@pytest.fixture
def zis() -> Iterator[ZisServer]:
    with ZisServer() as server:
        yield server


def test_sequence_takes_one_step_per_question_and_keeps_the_last(zis: ZisServer) -> None:
    zis.script(GIVEN, "patient", ["fault", "http500", "ok"])
    seen = [ask(zis, "patient", GIVEN).status for _ in range(4)]
    assert seen == [500, 500, 200, 200]
    zis.script(GIVEN, "patient", ["fault"])
    assert [ask(zis, "patient", GIVEN).status for _ in range(3)] == [500, 500, 500]
    zis.script(GIVEN, "patient", [])
    assert ask(zis, "patient", GIVEN).status == 200


def test_script_concerns_one_patient_and_one_interaction(zis: ZisServer) -> None:
    zis.script(GIVEN, "laboratory", ["fault"])
    assert ask(zis, "laboratory", GIVEN).fault
    assert not ask(zis, "allergies", GIVEN).fault
    assert not ask(zis, "laboratory", PERSONAS["deceased"].bsn).fault


def test_script_for_everybody_yields_to_a_patients_own(zis: ZisServer) -> None:
    zis.script("*", "patient", ["fault"])
    zis.script(OTHER, "patient", ["ok"])
    assert ask(zis, "patient", GIVEN).fault
    assert not ask(zis, "patient", OTHER).fault


def test_faulty_then_fine_persona_answers_the_second_time(zis: ZisServer) -> None:
    bsn = PERSONAS["faulty_then_fine"].bsn
    first, second = (ask(zis, "laboratory", bsn) for _ in range(2))
    assert (first.status, bool(first.fault)) == (500, True)
    assert (second.status, bool(second.fault)) == (200, False)


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_fault_is_a_receiver_fault(zis: ZisServer, interaction: str) -> None:
    zis.script(GIVEN, interaction, ["fault"])
    answer = ask(zis, interaction, GIVEN)
    assert answer.status == 500
    assert answer.values("//s:Fault/s:Code/s:Value/text()") == ["soap:Receiver"]
    assert GIVEN.encode() not in answer.body


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_html_is_a_page_with_status_200(zis: ZisServer, interaction: str) -> None:
    zis.script(GIVEN, interaction, ["html"])
    answer = ask(zis, interaction, GIVEN)
    assert (answer.status, answer.content_type) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("interaction", INTERACTIONS)
@pytest.mark.parametrize("fault", ["malformed", "charset"])
def test_spoiled_bytes_cannot_be_parsed(zis: ZisServer, interaction: str, fault: str) -> None:
    zis.script(GIVEN, interaction, [fault])
    answer = ask(zis, interaction, GIVEN)
    assert answer.status == 200
    with pytest.raises(etree.XMLSyntaxError):
        _ = answer.root


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_doctype_stands_before_an_otherwise_good_answer(zis: ZisServer, interaction: str) -> None:
    zis.script(GIVEN, interaction, ["doctype"])
    answer = ask(zis, interaction, GIVEN)
    assert b"<!DOCTYPE soap:Envelope>" in answer.body
    assert len(answer.elements("/s:Envelope/s:Body/*")) == 1


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_bomb_unfolds_beyond_what_a_parser_accepts(zis: ZisServer, interaction: str) -> None:
    zis.script(GIVEN, interaction, ["bomb"])
    answer = ask(zis, interaction, GIVEN)
    assert len(answer.body) < 200_000
    with pytest.raises(etree.XMLSyntaxError, match="amplification"):
        _ = answer.root


def test_huge_answer_is_well_formed_and_larger_than_any_cap(zis: ZisServer) -> None:
    zis.script(GIVEN, "laboratory", ["huge"])
    answer = ask(zis, "laboratory", GIVEN)
    assert len(answer.body) > 40 << 20
    assert len(answer.elements("//h:organizer/h:component/h:observation")) == 72


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_drop_closes_without_an_answer(zis: ZisServer, interaction: str) -> None:
    zis.script(GIVEN, interaction, ["drop"])
    with pytest.raises(requests.ConnectionError):
        ask(zis, interaction, GIVEN)
    assert len(zis.requests) == 1


def test_never_holds_until_the_client_leaves(zis: ZisServer) -> None:
    zis.script(GIVEN, "patient", ["never"])
    before = threading.active_count()
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            zis.endpoint,
            enveloped(patient_question(GIVEN), "urn:hl7-org:v3:PRPA_IN201305UV02", zis.endpoint),
            headers={"Content-Type": "application/soap+xml"},
            timeout=0.3,
        )
    ticks = threading.Event()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        ticks.wait(0.02)
    assert threading.active_count() <= before
    assert len(zis.requests) == 1


def test_delay_answers_well_after_its_seconds(zis: ZisServer) -> None:
    zis.script(GIVEN, "patient", ["delay:0.3"])
    began = time.monotonic()
    assert ask(zis, "patient", GIVEN).status == 200
    assert time.monotonic() - began >= 0.3


def test_wrong_bsn_changes_the_person_and_not_the_question(zis: ZisServer) -> None:
    for interaction in ("patient", "laboratory", "allergies"):
        zis.script(GIVEN, interaction, ["wrong_bsn"])
        answer = ask(zis, interaction, GIVEN)
        (found,) = answer.values(f"//h:subject//h:patient/h:id[@root='{BSN}']/@extension")
        assert found != GIVEN
        assert answer.values(f"//h:parameterList//h:value[@root='{BSN}']/@extension") == [GIVEN]
    zis.script(GIVEN, "consent", ["wrong_bsn"])
    answer = ask(zis, "consent", GIVEN)
    assert GIVEN not in answer.values("//x:Result//h:InstanceIdentifier/@extension")


def test_wrong_birthdate_changes_only_the_birth_date(zis: ZisServer) -> None:
    for interaction in ("patient", "laboratory", "allergies"):
        zis.script(GIVEN, interaction, ["wrong_birthdate"])
        answer = ask(zis, interaction, GIVEN)
        assert answer.values("//h:subject//h:patientPerson/h:birthTime/@value") == ["19010203"]
        assert answer.values(f"//h:subject//h:patient/h:id[@root='{BSN}']/@extension") == [GIVEN]


def test_half_says_that_something_remains(zis: ZisServer) -> None:
    bsn = PERSONAS["partial_answer"].bsn
    answer = ask(zis, "laboratory", bsn)
    assert answer.values("//h:resultRemainingQuantity/@value") == ["1"]
    assert answer.values("//h:resultTotalQuantity/@value") == ["2"]
    found = len(answer.elements("//h:organizer/h:component/h:observation"))
    assert 0 < found < 72


def test_application_error_has_no_results(zis: ZisServer) -> None:
    zis.script(GIVEN, "laboratory", ["ae"])
    answer = ask(zis, "laboratory", GIVEN)
    assert answer.values("//h:acknowledgement/h:typeCode/@code") == ["AE"]
    assert answer.values("//h:queryAck/h:queryResponseCode/@code") == ["AE"]
    assert answer.elements("//h:subject") == []
    zis.script(GIVEN, "consent", ["ae"])
    assert ask(zis, "consent", GIVEN).values("//x:Decision/text()") == ["Indeterminate"]


def test_script_over_http_is_obeyed(zis: ZisServer) -> None:
    order = {"bsn": GIVEN, "interaction": "allergies", "steps": ["fault", "ok"]}
    with requests.post(f"{zis.url}/sandbox/script", json=order, timeout=5) as answer:
        assert answer.status_code == 204
    assert [ask(zis, "allergies", GIVEN).status for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(
    "order",
    [
        [],
        {"bsn": GIVEN},
        {"bsn": GIVEN, "interaction": "allergies", "steps": ["explode"]},
        {"bsn": GIVEN, "interaction": "weather", "steps": ["ok"]},
        {"bsn": GIVEN, "interaction": "allergies", "steps": ["delay"]},
    ],
)
def test_senseless_script_is_refused(zis: ZisServer, order: object) -> None:
    with requests.post(f"{zis.url}/sandbox/script", json=order, timeout=5) as answer:
        assert answer.status_code == 400
    assert ask(zis, "allergies", GIVEN).status == 200


@pytest.mark.parametrize("name", [fault for fault in Fault if fault is not Fault.DELAY])
def test_every_fault_can_be_delayed(name: Fault) -> None:
    assert parse_step(f"{name}:1.5").seconds == 1.5
    assert parse_step(name).fault is name
