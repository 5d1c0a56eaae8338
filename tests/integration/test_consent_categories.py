"""Consent per data category over real SOAP: one question for each, and only an explicit Permit opens one."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from lxml import etree

from adapters.zis.consent_source import XacmlConsentSource
from adapters.zis.transport import SoapTransport
from context.consent import ConsentAnswer, ConsentState
from context.hospital import Hospital
from context.records import Section
from tests.zis_messages import OTHER, enveloped, hospital, launch, xacml_answer, xacml_result
from tests.zis_server import HospitalServer, Reply

HL7 = "urn:hl7-org:v3"
CATEGORIES = {Section.MEDICATION: "GGC003", Section.LABORATORY: "GGC004"}


@pytest.fixture(scope="module")
def transport() -> Iterator[SoapTransport]:
    carrier = SoapTransport()
    carrier.start()
    yield carrier
    carrier.stop()


@pytest.fixture
def server() -> Iterator[HospitalServer]:
    with HospitalServer() as running:
        yield running


def category_asked(question: bytes) -> str:
    root = etree.fromstring(question)
    (code,) = [
        str(value.get("code"))
        for value in root.iter(f"{{{HL7}}}CodedValue")
        if value.get("codeSystem") == "2.16.840.1.113883.2.4.3.111.5.10.1"
    ]
    return code


def echo(category: str) -> str:
    return f'<CodedValue xmlns="{HL7}" codeSystem="2.16.840.1.113883.2.4.3.111.5.10.1" code="{category}"/>'


def by_category(decisions: Mapping[str, str]) -> Reply:
    """Decides each category for itself; what is not named is no SOAP message at all."""

    def answer(question: bytes) -> bytes:
        category = category_asked(question)
        decision = decisions.get(category)
        if decision is None:
            return b"<html/>"
        return enveloped(xacml_answer(xacml_result(decision, extra=echo(category))), f"urn:uuid:{category}")

    return Reply(sign=answer)


def three(server: HospitalServer) -> Hospital:
    return replace(hospital(consent_endpoint=server.url), consent_categories=CATEGORIES)


def ask(transport: SoapTransport, asked: Hospital, seconds: float = 10.0) -> ConsentAnswer:
    return XacmlConsentSource(transport, seconds).ask_consent(asked, launch()).result(30)


def test_one_question_leaves_for_each_category_with_an_id_of_its_own(
    transport: SoapTransport, server: HospitalServer
) -> None:
    server.replies = [by_category(dict.fromkeys(("GGC002", "GGC003", "GGC004"), "Permit"))]
    found = ask(transport, three(server))
    assert found.state is ConsentState.PERMIT
    assert found.categories == {"GGC002", "GGC003", "GGC004"}
    assert found.decision_id == "urn:uuid:GGC002 urn:uuid:GGC003 urn:uuid:GGC004"
    assert sorted(category_asked(each.body) for each in server.questions) == ["GGC002", "GGC003", "GGC004"]
    ids = {etree.fromstring(each.body).findtext(".//{*}MessageID") for each in server.questions}
    assert len(ids) == 3


@pytest.mark.proves("feature:B07")
def test_consent_at_one_hospital_says_nothing_about_another(
    transport: SoapTransport, server: HospitalServer
) -> None:
    def answer(question: bytes) -> bytes:
        holders = [
            value.get("extension")
            for attribute in etree.fromstring(question).iter("{*}Attribute")
            if str(attribute.get("AttributeId")).endswith("author-institution:id")
            for value in attribute.iter(f"{{{HL7}}}InstanceIdentifier")
        ]
        return enveloped(xacml_answer(xacml_result("Permit" if holders == ["00000659"] else "Deny")))

    server.replies = [Reply(sign=answer)]
    here = hospital(consent_endpoint=server.url)
    there = replace(here, slug="saxenburgh", ura_number="00000777")
    assert ask(transport, here).state is ConsentState.PERMIT
    assert ask(transport, there).state is ConsentState.REFUSED


def test_questions_for_all_categories_are_under_way_at_once(
    transport: SoapTransport, server: HospitalServer
) -> None:
    together = threading.Barrier(3)
    good = by_category(dict.fromkeys(("GGC002", "GGC003", "GGC004"), "Permit"))
    server.replies = [replace(good, before=lambda: together.wait(10))]
    assert ask(transport, three(server)).state is ConsentState.PERMIT


@pytest.mark.parametrize("no", ["Deny", "NotApplicable"])
def test_category_that_is_not_permitted_is_left_out(
    transport: SoapTransport, server: HospitalServer, no: str
) -> None:
    server.replies = [by_category({"GGC002": "Permit", "GGC003": no, "GGC004": "Permit"})]
    found = ask(transport, three(server))
    assert (found.state, found.categories) == (ConsentState.PERMIT, frozenset({"GGC002", "GGC004"}))


def test_no_permit_at_all_is_a_refusal(transport: SoapTransport, server: HospitalServer) -> None:
    server.replies = [by_category({"GGC002": "NotApplicable", "GGC003": "Deny", "GGC004": "Deny"})]
    assert ask(transport, three(server)).state is ConsentState.REFUSED


@pytest.mark.proves("attack:A137")
@pytest.mark.parametrize("undecided", ["Indeterminate", "permit", None])
def test_one_category_without_a_decision_leaves_all_undecided(
    transport: SoapTransport, server: HospitalServer, undecided: str | None
) -> None:
    decisions = {"GGC002": "Permit", "GGC004": "Permit"} | ({"GGC003": undecided} if undecided else {})
    server.replies = [by_category(decisions)]
    found = ask(transport, three(server))
    assert (found.state, found.categories) == (ConsentState.UNAVAILABLE, frozenset())


@pytest.mark.proves("attack:A137")
def test_answer_about_another_category_than_asked_is_none(
    transport: SoapTransport, server: HospitalServer
) -> None:
    server.replies = [Reply(enveloped(xacml_answer(xacml_result("Permit", extra=echo("GGC003")))))]
    found = ask(transport, hospital(consent_endpoint=server.url))
    assert (found.state, found.cause) == (ConsentState.UNAVAILABLE, "malformed")


@pytest.mark.proves("attack:A137")
def test_answer_about_another_patient_is_none(transport: SoapTransport, server: HospitalServer) -> None:
    server.replies = [Reply(enveloped(xacml_answer(xacml_result("Permit", OTHER))))]
    found = ask(transport, three(server))
    assert (found.state, found.cause) == (ConsentState.UNAVAILABLE, "wrong_patient")


@pytest.mark.proves("attack:A137")
def test_service_that_does_not_answer_in_time_is_none(
    transport: SoapTransport, server: HospitalServer
) -> None:
    stop = threading.Event()
    server.replies = [Reply(before=lambda: stop.wait(10))]
    found = ask(transport, three(server), 0.3)
    stop.set()
    assert (found.state, found.cause) == (ConsentState.UNAVAILABLE, "timeout")
