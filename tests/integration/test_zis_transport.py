"""The transport's own promises: its life, its connections, and what it never follows."""

import threading
from collections.abc import Iterator

import pytest

from adapters.zis.errors import SourceError
from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.transport import SoapTransport
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from tests.clock import SteppingClock
from tests.zis_messages import ASKED, enveloped, hospital, pdq_answer
from tests.zis_server import HospitalServer, Reply, free_port

ANSWER_SECONDS = 30
PERSON = enveloped(pdq_answer())
UNREACHABLE = PatientLookup(LookupState.FAILED, failure=FailureCause.UNREACHABLE)


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
    return index.find_patient(asked, ASKED).result(ANSWER_SECONDS)


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
    future = transport.submit(transport.call(f"http://127.0.0.1:{free_port()}/", b"<a/>", "x", 5.0))
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
        futures = [index.find_patient(hospital(server.url), ASKED) for _ in range(5)]
        states = {future.result(ANSWER_SECONDS).state for future in futures}
    finally:
        transport.stop()
    assert states == {LookupState.FOUND}
    assert met == [False] * 5
