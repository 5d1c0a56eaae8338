"""Mutual TLS and signed answers over real connections: what is not as agreed never becomes an answer."""

import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from lxml import etree

from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.security.wire import EndpointSecurity
from adapters.zis.transport import SoapTransport
from context.hospital import Hospital
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from context.zis import MAIN_ENDPOINT, ClientTls, Endpoint, WireSigning
from tests.clock import SteppingClock
from tests.pki import Authority, Pair
from tests.zis_messages import QUERY_ID, enveloped, hospital, launch, pdq_answer
from tests.zis_server import HospitalServer, Reply
from tests.zis_signing import DS, WSA, WSSE, answer_envelope, signed_answer, signing

PERSON = Reply(enveloped(pdq_answer()))
ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Stage:
    """A server with a certificate of ``root``, which asks its clients for one of ``clients``."""

    root: Authority
    clients: Authority
    folder: Path

    def server(self, name: str = "server") -> HospitalServer:
        pair = self.root.issue(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        context.load_verify_locations(cafile=self.clients.file)
        context.verify_mode = ssl.CERT_REQUIRED
        running = HospitalServer(context)
        running.replies = [PERSON]
        return running

    def tls(self, pair: Pair) -> ClientTls:
        return ClientTls(pair.certificate, pair.key, self.root.file)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(Authority(tmp_path, "hospital"), Authority(tmp_path, "clients"), tmp_path)


def at(endpoint: Endpoint) -> Hospital:
    known = hospital(endpoint.url)
    return replace(known, zis=replace(known.zis, endpoints={MAIN_ENDPOINT: endpoint}))


def ask(endpoint: Endpoint, *ready: Endpoint) -> PatientLookup:
    clock = SteppingClock()
    transport = SoapTransport(security=EndpointSecurity(ready or [endpoint], clock))
    transport.start()
    try:
        future: Future[PatientLookup] = HospitalPatientIndex(transport, clock, 5.0).find_patient(
            at(endpoint), launch()
        )
        return future.result(ANSWER_SECONDS)
    finally:
        transport.stop()


def main(url: str, tls: ClientTls | None = None, signed: WireSigning | None = None) -> Endpoint:
    return Endpoint(MAIN_ENDPOINT, url, tls, signed)


UNREACHABLE = PatientLookup(LookupState.FAILED, failure=FailureCause.UNREACHABLE)


def test_right_certificates_on_both_sides_get_an_answer(stage: Stage) -> None:
    with stage.server() as server:
        found = ask(main(server.url, stage.tls(stage.clients.issue("we"))))
    assert found.state is LookupState.FOUND


def test_client_certificate_of_another_authority_gets_none(stage: Stage) -> None:
    stranger = Authority(stage.folder, "stranger").issue("we")
    with stage.server() as server:
        assert ask(main(server.url, stage.tls(stranger))) == UNREACHABLE
        assert server.questions == []


def test_expired_client_certificate_gets_none(stage: Stage) -> None:
    ended = stage.clients.issue("we", end=datetime(2021, 1, 1, tzinfo=UTC))
    with stage.server() as server:
        assert ask(main(server.url, stage.tls(ended))) == UNREACHABLE
        assert server.questions == []


def test_no_client_certificate_gets_none(stage: Stage) -> None:
    with stage.server() as server:
        assert ask(main(server.url)) == UNREACHABLE
        assert server.questions == []


def test_server_of_another_authority_is_not_asked(stage: Stage) -> None:
    tls = replace(stage.tls(stage.clients.issue("we")), authorities=stage.clients.file)
    with stage.server() as server:
        assert ask(main(server.url, tls)) == UNREACHABLE
        assert server.questions == []


def test_server_with_an_expired_certificate_is_not_asked(stage: Stage) -> None:
    pair = stage.root.issue("old", end=datetime(2021, 1, 1, tzinfo=UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    with HospitalServer(context) as server:
        assert ask(main(server.url, stage.tls(stage.clients.issue("we")))) == UNREACHABLE
        assert server.questions == []


def test_server_by_another_name_is_not_asked(stage: Stage) -> None:
    with stage.server() as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert ask(main(url, stage.tls(stage.clients.issue("we")))) == UNREACHABLE
        assert server.questions == []


def test_server_that_speaks_no_tls_is_not_asked_in_plain(stage: Stage) -> None:
    with HospitalServer() as server:
        url = server.url.replace("http://", "https://")
        assert ask(main(url, stage.tls(stage.clients.issue("we")))) == UNREACHABLE
        assert server.questions == []


def test_endpoint_that_was_not_made_ready_is_not_asked(stage: Stage) -> None:
    with stage.server() as server:
        endpoint = main(server.url, stage.tls(stage.clients.issue("we")))
        assert ask(endpoint, main("https://other.example/")) == UNREACHABLE
        assert server.questions == []


@pytest.fixture
def plain_server() -> Iterator[HospitalServer]:
    with HospitalServer() as running:
        yield running


def test_question_leaves_signed(stage: Stage, plain_server: HospitalServer) -> None:
    plain_server.replies = [PERSON]
    found = ask(main(plain_server.url, signed=signing(stage.clients.issue("we"))))
    assert found.state is LookupState.FOUND
    sent = etree.fromstring(plain_server.questions[0].body)
    assert sent.find(f".//{{{WSSE}}}Security/{{{DS}}}Signature") is not None


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("signed_by", ["nobody", "stranger"])
def test_answer_without_the_agreed_signature_is_rejected(
    stage: Stage, plain_server: HospitalServer, signed_by: str
) -> None:
    pinned = stage.root.issue("answers")
    root = answer_envelope(pdq_answer())
    if signed_by == "stranger":
        root = signed_answer(root, stage.root.issue("stranger"))
    plain_server.replies = [Reply(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))]
    signed = signing(stage.clients.issue("we"), answer_certificates=pinned.certificate)
    found = ask(main(plain_server.url, signed=signed))
    assert found == PatientLookup(LookupState.FAILED, failure=FailureCause.REJECTED)


def test_answer_signed_as_agreed_is_read(stage: Stage, plain_server: HospitalServer) -> None:
    pinned = stage.root.issue("answers")
    plain_server.replies = [Reply(sign=lambda question: _signed_reply(question, pinned))]
    signed = signing(stage.clients.issue("we"), answer_certificates=pinned.certificate)
    assert ask(main(plain_server.url, signed=signed)).state is LookupState.FOUND


def test_signed_answer_to_an_earlier_question_is_rejected(stage: Stage, plain_server: HospitalServer) -> None:
    pinned = stage.root.issue("answers")
    earlier = signed_answer(answer_envelope(pdq_answer(), uuid4()), pinned)
    plain_server.replies = [Reply(etree.tostring(earlier, xml_declaration=True, encoding="UTF-8"))]
    signed = signing(stage.clients.issue("we"), answer_certificates=pinned.certificate)
    found = ask(main(plain_server.url, signed=signed))
    assert found == PatientLookup(LookupState.FAILED, failure=FailureCause.REJECTED)


def _signed_reply(question: bytes, pair: Pair) -> bytes:
    asked = etree.fromstring(question)
    message_id = UUID(str(asked.findtext(f".//{{{WSA}}}MessageID")))
    query_id = asked.find(".//{urn:hl7-org:v3}queryId")
    assert query_id is not None
    payload = pdq_answer().replace(QUERY_ID, str(query_id.get("extension")))
    return etree.tostring(signed_answer(answer_envelope(payload, message_id), pair))
