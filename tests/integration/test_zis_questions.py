"""The three ports of the hospital over real HTTP: good answers, and every bad one as a value."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import pytest
from lxml import etree

from adapters.zis.consent_source import XacmlConsentSource
from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from context.consent import ConsentAnswer, ConsentState
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import LookupState, PartialDate, PatientLookup
from context.ports import ConsentSource, PatientIndex, RecordQuestion, RecordSource
from context.records import LabResult, RecordEntry, Section
from tests.clock import SteppingClock
from tests.zis_messages import (
    ASKED,
    ASKER,
    OTHER,
    SOURCE,
    counters,
    enveloped,
    hospital,
    launch,
    pdq_answer,
    pdq_subject,
    potassium,
    qed_answer,
    qed_subject,
    xacml_answer,
    xacml_result,
)
from tests.zis_server import SOAP_TYPE, HospitalServer, Reply, free_port

T = TypeVar("T")

ANSWER_SECONDS = 30
QUESTION = RecordQuestion(ASKED, PartialDate(1980, 5, 12), ASKER)
PERSON = enveloped(pdq_answer())
RESULTS = enveloped(qed_answer(qed_subject(potassium())))


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


@dataclass
class Asker:
    """Asks the three questions and waits for the value."""

    transport: SoapTransport
    hospital: Hospital
    deadline_seconds: float = 10.0

    def person(self) -> PatientLookup:
        index: PatientIndex = HospitalPatientIndex(self.transport, SteppingClock(), self.deadline_seconds)
        return _value(index.find_patient(self.hospital, launch()))

    def section(self, section: Section = Section.LABORATORY) -> Outcome[RecordEntry]:
        source: RecordSource = HospitalRecordSource(self.transport, SteppingClock(), self.deadline_seconds)
        return _value(source.fetch_section(self.hospital, section, QUESTION))

    def consent(self) -> ConsentAnswer:
        source: ConsentSource = XacmlConsentSource(self.transport, self.deadline_seconds)
        return _value(source.ask_consent(self.hospital, launch()))

    def causes(self) -> set[FailureCause | str | None]:
        """Why each of the three failed; asserts that all did."""
        person, section, consent = self.person(), self.section(), self.consent()
        assert (person.state, person.patient) == (LookupState.FAILED, None)
        assert (section.state, section.entries) == (OutcomeState.FAILED, ())
        assert (consent.state, consent.categories) == (ConsentState.UNAVAILABLE, frozenset())
        return {person.failure, section.failure, consent.cause}


def _value(future: "Future[T]") -> T:
    return future.result(ANSWER_SECONDS)


@pytest.fixture
def asker(transport: SoapTransport, server: HospitalServer) -> Asker:
    return Asker(transport, hospital(server.url, server.url.replace("soap", "consent")))


def test_person_is_found(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(PERSON)]
    lookup = asker.person()
    assert lookup.state is LookupState.FOUND
    assert lookup.patient is not None
    assert lookup.patient.bsn == ASKED


def test_results_are_fetched_with_the_time_of_the_answer(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(RESULTS)]
    outcome = asker.section()
    assert (outcome.state, outcome.fetched_at) == (OutcomeState.OK, SteppingClock().now())
    assert isinstance(outcome.entries[0], LabResult)


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        ("Permit", ConsentState.PERMIT),
        ("Deny", ConsentState.REFUSED),
        ("NotApplicable", ConsentState.NOT_ANSWERED),
        ("Indeterminate", ConsentState.UNAVAILABLE),
    ],
)
def test_consent_is_asked(asker: Asker, server: HospitalServer, decision: str, state: ConsentState) -> None:
    server.replies = [Reply(enveloped(xacml_answer(xacml_result(decision))))]
    answer = asker.consent()
    assert answer.state is state
    assert answer.categories == (frozenset({"GGC002"}) if state is ConsentState.PERMIT else frozenset())
    assert server.questions[0].path == "/consent"


def test_question_goes_out_as_soap_1_2_to_the_endpoint(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(RESULTS)]
    asker.section(Section.ALLERGIES)
    question = server.questions[0]
    assert question.headers["Content-Type"] == (
        'application/soap+xml; charset=utf-8; action="urn:hl7-org:v3:QUPC_IN043100UV01"'
    )
    root = etree.fromstring(question.body)
    assert root.findtext(".//{http://www.w3.org/2005/08/addressing}To") == server.url
    code = root.find(".//{urn:hl7-org:v3}careProvisionCode/{urn:hl7-org:v3}value")
    assert code is not None
    assert code.get("code") == "INTOLIST"
    assert ASKED.reveal() not in f"{question.path}{question.headers}"


def test_every_question_has_ids_of_its_own(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(PERSON)]
    asker.person()
    asker.person()
    paths = [".//{http://www.w3.org/2005/08/addressing}MessageID", ".//{urn:hl7-org:v3}queryId"]
    first, second = (etree.fromstring(question.body) for question in server.questions)
    for path in paths:
        one, other = first.find(path), second.find(path)
        assert one is not None
        assert other is not None
        assert (one.text, one.get("extension")) != (other.text, other.get("extension"))


@pytest.mark.proves("attack:A105")
def test_answer_about_another_bsn_is_dropped(asker: Asker, server: HospitalServer) -> None:
    server.replies = [
        Reply(enveloped(pdq_answer(pdq_subject(OTHER)))),
        Reply(enveloped(qed_answer(qed_subject(potassium(), bsn=OTHER)))),
        Reply(enveloped(xacml_answer(xacml_result(bsn=OTHER)))),
    ]
    assert asker.causes() == {FailureCause.WRONG_PATIENT}


@pytest.mark.proves("attack:A105")
def test_answer_with_another_birth_date_is_dropped(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(enveloped(qed_answer(qed_subject(potassium(), birth_date="19010203"))))]
    assert asker.section() == Outcome.failed(FailureCause.WRONG_PATIENT)


@pytest.mark.proves("attack:A105")
def test_answer_to_an_earlier_question_is_refused(asker: Asker, server: HospitalServer) -> None:
    stale = qed_answer(qed_subject(potassium()), query_id="99999999-2222-4222-8222-222222222222")
    server.replies = [Reply(enveloped(stale))]
    assert asker.section() == Outcome.failed(FailureCause.MALFORMED)


def test_half_of_the_results_is_partial_and_names_the_source(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(enveloped(qed_answer(qed_subject(potassium()), counted=counters(2, 1, 1))))]
    outcome = asker.section()
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))


def test_counters_that_do_not_add_up_are_refused(asker: Asker, server: HospitalServer) -> None:
    server.replies = [Reply(enveloped(qed_answer(qed_subject(potassium()), counted=counters(9, 1, 0))))]
    assert asker.section() == Outcome.failed(FailureCause.MALFORMED)


HTML = {"Content-Type": "text/html; charset=utf-8"}
FAULT = (
    '<s:Fault xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Code><s:Value>s:Receiver</s:Value></s:Code>'
    "<s:Reason><s:Text>&lt;html&gt;stacktrace&lt;/html&gt;</s:Text></s:Reason></s:Fault>"
)
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "{url}/entity"> <!ENTITY % p SYSTEM "{url}/parameter"> %p;]>'


def with_doctype(doctype: str) -> bytes:
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>'
    entity = enveloped("<a>&a;</a>") if "ENTITY" in doctype else RESULTS
    return entity.replace(declaration, declaration + doctype.encode())


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(enveloped(FAULT)), FailureCause.FAULT),
        (Reply(enveloped(FAULT), 500), FailureCause.FAULT),
        (Reply(b"<html>Er ging iets mis</html>", 200, HTML), FailureCause.MALFORMED),
        (Reply(b"<html>Er ging iets mis</html>"), FailureCause.MALFORMED),
        (Reply(b"<html>Er ging iets mis</html>", 503, HTML), FailureCause.FAULT),
        (Reply(b"", 500), FailureCause.FAULT),
        (Reply(b"", 202), FailureCause.MALFORMED),
        (Reply(b""), FailureCause.MALFORMED),
        (Reply(RESULTS[: len(RESULTS) // 2]), FailureCause.MALFORMED),
        (Reply(b"\x00\xff" * 100), FailureCause.MALFORMED),
        (Reply(with_doctype("<!DOCTYPE x>")), FailureCause.MALFORMED),
        (Reply(with_doctype(LAUGHS)), FailureCause.MALFORMED),
        (
            Reply(RESULTS, headers={"Content-Type": "application/soap+xml; charset=iso-8859-1"}),
            FailureCause.MALFORMED,
        ),
        (Reply(RESULTS.replace(b"UTF-8", b"ISO-8859-1")), FailureCause.MALFORMED),
        (Reply(RESULTS.decode().encode("utf-16")), FailureCause.MALFORMED),
        (
            Reply(RESULTS, headers={"Content-Type": 'multipart/related; boundary="x"; type="a/b"'}),
            FailureCause.MALFORMED,
        ),
        (
            Reply(RESULTS, headers={"Content-Type": SOAP_TYPE, "Content-Encoding": "gzip"}),
            FailureCause.MALFORMED,
        ),
        (Reply(enveloped("<anything/>")), FailureCause.MALFORMED),
        (Reply(endless=True), FailureCause.TOO_LARGE),
        (Reply(b" " * (16 * 1024 * 1024 + 1)), FailureCause.TOO_LARGE),
        (Reply(drop=True), FailureCause.UNREACHABLE),
        (Reply(headers={"Content-Type": "application/soap+xml; charset=utf-8; x"}), FailureCause.MALFORMED),
    ],
    ids=[
        "fault",
        "fault with 500",
        "html",
        "html as soap",
        "html with 503",
        "500",
        "202",
        "empty",
        "cut",
        "binary",
        "doctype",
        "bomb",
        "latin-1 header",
        "latin-1 declaration",
        "utf-16",
        "mtom",
        "gzip",
        "another payload",
        "endless",
        "too large",
        "drop",
        "nothing",
    ],
)
def test_bad_answer_is_a_typed_failure_of_all_three(
    asker: Asker, server: HospitalServer, reply: Reply, cause: FailureCause
) -> None:
    server.replies = [reply]
    assert asker.causes() == {cause}


@pytest.mark.proves("attack:A143")
def test_nothing_that_an_answer_points_at_is_fetched(asker: Asker, server: HospitalServer) -> None:
    pointing = qed_answer(
        qed_subject(
            potassium().replace(
                "</observation>", f'<text><reference value="{server.url}"/></text></observation>'
            )
        )
    ).replace("<controlActProcess", f'<?xml-stylesheet href="{server.url}"?><controlActProcess', 1)
    schema = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a {server.url}"'
    server.replies = [
        Reply(enveloped(pointing).replace(b"<s:Body>", f"<s:Body {schema}>".encode())),
        Reply(with_doctype(EXTERNAL.format(url=server.url))),
        Reply(with_doctype(f'<!DOCTYPE x SYSTEM "{server.url}/dtd">')),
    ]
    assert asker.section().state is OutcomeState.OK
    assert [asker.section().failure for _ in range(2)] == [FailureCause.MALFORMED] * 2
    assert [question.path for question in server.questions] == ["/soap"] * 3


@pytest.mark.proves("attack:A143")
def test_slow_answer_hits_the_deadline(asker: Asker, server: HospitalServer) -> None:
    release = threading.Event()
    server.replies = [Reply(RESULTS, before=lambda: release.wait(ANSWER_SECONDS))]
    asker.deadline_seconds = 0.05
    try:
        assert asker.causes() == {FailureCause.TIMEOUT}
    finally:
        release.set()


def test_nobody_listening_is_unreachable(transport: SoapTransport) -> None:
    url = f"http://127.0.0.1:{free_port()}/soap"
    assert Asker(transport, hospital(url, url)).causes() == {FailureCause.UNREACHABLE}


def test_endpoint_that_is_no_url_is_a_value_too(transport: SoapTransport) -> None:
    assert Asker(transport, hospital("nonsense", "nonsense")).causes() == {FailureCause.UNREACHABLE}


def test_unexpected_fault_is_a_value_and_logs_no_content(
    asker: Asker, server: HospitalServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(ASKED.reveal())

    monkeypatch.setattr("adapters.zis.patient_index.read_lookup", broken)
    server.replies = [Reply(PERSON)]
    assert asker.person() == PatientLookup(LookupState.FAILED, failure=FailureCause.MALFORMED)
    assert "KeyError" in caplog.text
    assert ASKED.reveal() not in caplog.text


def many(ask: Callable[[], "Future[PatientLookup]"], number: int) -> list[PatientLookup]:
    return [future.result(ANSWER_SECONDS) for future in [ask() for _ in range(number)]]


def test_questions_are_under_way_at_the_same_time(transport: SoapTransport, server: HospitalServer) -> None:
    together = threading.Barrier(30)
    server.replies = [Reply(PERSON, before=lambda: together.wait(ANSWER_SECONDS))]
    index = HospitalPatientIndex(transport, SteppingClock(), ANSWER_SECONDS)
    answers = many(lambda: index.find_patient(hospital(server.url), launch()), 30)
    assert {answer.state for answer in answers} == {LookupState.FOUND}


def test_large_answer_is_read_whole(asker: Asker, server: HospitalServer) -> None:
    entries = [potassium(f"{number}.5") for number in range(2000)]
    server.replies = [Reply(enveloped(qed_answer(qed_subject(*entries))))]
    outcome = asker.section()
    assert [entry.value.text for entry in outcome.entries if isinstance(entry, LabResult)] == [
        f"{number}.5" for number in range(2000)
    ]
