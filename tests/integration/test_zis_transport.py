"""The transport's own promises: its life, its connections, and what it never follows."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.errors import SourceError
from adapters.zis.interactions import CONTINUE_NL, HL7, RETRIEVE_DOCUMENTS, Operation
from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.transport import SoapTransport
from adapters.zis.wire import Answer, Message
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from context.zis import Endpoint, WireSigning
from tests.clock import SteppingClock
from tests.zis_messages import ASKED, ASKER, STAMP, enveloped, hospital, launch, pdq_answer
from tests.zis_server import HospitalServer, Reply, free_port

ANSWER_SECONDS = 30
SIGNING = WireSigning(Path("/no/certificate"), Path("/no/key"))
PERSON = enveloped(pdq_answer())
UNREACHABLE = PatientLookup(LookupState.FAILED, failure=FailureCause.UNREACHABLE)


def nl_message(action: str | None = None, operation: Operation = CONTINUE_NL) -> Message:
    payload = etree.Element(f"{{{HL7}}}{operation.element}")
    return Message(operation, STAMP.message_id, payload, ASKED, ASKER, action)


@pytest.fixture
def server() -> Iterator[HospitalServer]:
    with HospitalServer() as running:
        running.replies = [Reply(PERSON)]
        yield running


@pytest.fixture
def transport() -> Iterator[SoapTransport]:
    carrier = SoapTransport()
    carrier.start()
    yield carrier
    carrier.stop()


def find(transport: SoapTransport, server: HospitalServer, host: str = "127.0.0.1") -> PatientLookup:
    index = HospitalPatientIndex(transport, SteppingClock(), 10.0)
    asked = hospital(server.url.replace("127.0.0.1", host))
    return index.find_patient(asked, launch()).result(ANSWER_SECONDS)


def test_question_before_the_start_finds_nobody(server: HospitalServer) -> None:
    assert find(SoapTransport(), server) == UNREACHABLE
    assert server.questions == []


def test_question_after_the_stop_finds_nobody(server: HospitalServer) -> None:
    transport = SoapTransport()
    transport.start()
    transport.stop()
    assert find(transport, server) == UNREACHABLE
    transport.stop()


def test_transport_can_start_again(server: HospitalServer) -> None:
    transport = SoapTransport()
    for _ in range(2):
        transport.start()
        assert find(transport, server).state is LookupState.FOUND
        transport.stop()


def test_second_start_is_refused(transport: SoapTransport) -> None:
    with pytest.raises(RuntimeError, match="already"):
        transport.start()


def test_question_under_way_at_the_stop_gets_a_value(server: HospitalServer) -> None:
    transport = SoapTransport()
    transport.start()
    server.replies = [Reply(PERSON, before=transport.stop)]
    assert find(transport, server) == UNREACHABLE


def test_idle_connection_that_was_closed_is_no_failure(
    transport: SoapTransport, server: HospitalServer
) -> None:
    server.replies = [Reply(PERSON), Reply(drop=True), Reply(PERSON)]
    assert find(transport, server).state is LookupState.FOUND
    assert find(transport, server).state is LookupState.FOUND
    assert len(server.questions) == 3


def test_drop_on_a_fresh_connection_is_not_asked_again(
    transport: SoapTransport, server: HospitalServer
) -> None:
    server.replies = [Reply(drop=True), Reply(PERSON)]
    assert find(transport, server) == UNREACHABLE
    assert len(server.questions) == 1


def test_redirect_is_not_followed(transport: SoapTransport, server: HospitalServer) -> None:
    for status in (301, 302, 303, 307, 308):
        server.replies = [Reply(status=status, headers={"Location": f"{server.url}/elsewhere"})]
        assert find(transport, server).failure is FailureCause.FAULT
    assert {question.path for question in server.questions} == {"/soap"}


def test_proxy_of_the_environment_is_not_used(
    server: HospitalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    transport = SoapTransport()
    transport.start()
    try:
        assert find(transport, server).state is LookupState.FOUND
    finally:
        transport.stop()


def test_cookie_of_an_answer_is_not_sent_back(transport: SoapTransport, server: HospitalServer) -> None:
    server.replies = [Reply(PERSON, headers={"Content-Type": "text/xml", "Set-Cookie": "patient=1; Path=/"})]
    for _ in range(2):
        # A cookie jar would never keep the cookie of a bare address.
        assert find(transport, server, "localhost").state is LookupState.FOUND
    assert "Cookie" not in server.questions[1].headers


def test_call_raises_only_typed_errors(transport: SoapTransport) -> None:
    endpoint = Endpoint("main", f"http://127.0.0.1:{free_port()}/")
    future = transport.submit(transport.call(endpoint, nl_message(), 5.0))
    with pytest.raises(SourceError) as caught:
        future.result(ANSWER_SECONDS)
    assert caught.value.cause is FailureCause.UNREACHABLE


def test_calls_beyond_the_limit_wait_for_their_turn(server: HospitalServer) -> None:
    three_at_once = threading.Barrier(3)
    met: list[bool] = []

    def meet() -> None:
        try:
            three_at_once.wait(0.2)
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)

    server.replies = [Reply(PERSON, before=meet)]
    transport = SoapTransport(max_calls=2)
    transport.start()
    try:
        index = HospitalPatientIndex(transport, SteppingClock(), ANSWER_SECONDS)
        futures = [index.find_patient(hospital(server.url), launch()) for _ in range(5)]
        states = {future.result(ANSWER_SECONDS).state for future in futures}
    finally:
        transport.stop()
    assert states == {LookupState.FOUND}
    assert met == [False] * 5


def call(transport: SoapTransport, endpoint: Endpoint, message: Message) -> Answer:
    return transport.submit(transport.call(endpoint, message, 10.0)).result(ANSWER_SECONDS)


@pytest.mark.parametrize(("action", "sent"), [(None, CONTINUE_NL.action), ("urn:own", "urn:own"), ("", "")])
def test_dutch_message_goes_by_soap_1_1_with_its_action_in_quotes(
    transport: SoapTransport, server: HospitalServer, action: str | None, sent: str
) -> None:
    server.replies = [Reply(PERSON, headers={"Content-Type": "text/xml; charset=utf-8"})]
    answer = call(transport, Endpoint("main", server.url), nl_message(action))
    headers = server.questions[0].headers
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert headers["SOAPAction"] == f'"{sent}"'
    envelope = etree.fromstring(server.questions[0].body)
    assert envelope.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert b"addressing" not in server.questions[0].body
    assert [child.tag for child in envelope[-1]] == [f"{{{HL7}}}QUQI_IN000003UV"]
    assert answer.content_type == "text/xml; charset=utf-8"
    assert answer.body.startswith(PERSON[:100])


MTOM = 'multipart/related; type="application/xop+xml"; boundary="x"'


def test_documents_come_raw_in_their_multipart(transport: SoapTransport, server: HospitalServer) -> None:
    body = b"--x" + b"\xff" * (17 * 1024 * 1024)
    server.replies = [Reply(body, headers={"Content-Type": MTOM})]
    answer = call(transport, Endpoint("main", server.url), nl_message(operation=RETRIEVE_DOCUMENTS))
    assert (answer.content_type, len(answer.body)) == (MTOM, len(body))


def test_documents_have_a_limit_of_their_own(transport: SoapTransport, server: HospitalServer) -> None:
    server.replies = [Reply(b" " * (32 * 1024 * 1024 + 1), headers={"Content-Type": MTOM})]
    with pytest.raises(SourceError) as caught:
        call(transport, Endpoint("main", server.url), nl_message(operation=RETRIEVE_DOCUMENTS))
    assert caught.value.cause is FailureCause.TOO_LARGE


def test_endpoint_that_wants_a_signature_is_not_asked_without(
    transport: SoapTransport, server: HospitalServer
) -> None:
    endpoint = Endpoint("main", server.url, signing=SIGNING)
    with pytest.raises(SourceError) as caught:
        call(transport, endpoint, nl_message())
    assert caught.value.cause is FailureCause.UNREACHABLE
    assert server.questions == []


@dataclass
class NotingWire:
    """Notes who is secured, and lets no answer pass."""

    noted: list[tuple[str, str]] = field(default_factory=list)

    def tls(self, endpoint: Endpoint) -> None:
        self.noted.append(("tls", endpoint.name))

    def seal(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> bytes:
        self.noted.append(("seal", endpoint.name))
        etree.SubElement(envelope[0], "sealed").text = message.asker.practice.ura_number
        return etree.tostring(envelope)

    def check(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> etree._Element:
        self.noted.append(("check", endpoint.name))
        raise SourceError(FailureCause.REJECTED, "no signature")


def test_every_message_passes_the_security_of_its_endpoint(server: HospitalServer) -> None:
    wire = NotingWire()
    transport = SoapTransport(security=wire)
    transport.start()
    try:
        lookup = find(transport, server)
    finally:
        transport.stop()
    assert wire.noted == [("seal", "main"), ("tls", "main"), ("check", "main")]
    assert lookup.failure is FailureCause.REJECTED
    assert b"<sealed>00000666</sealed>" in server.questions[0].body
