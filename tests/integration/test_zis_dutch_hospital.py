"""A hospital that speaks the NL dialect, over real HTTP: the person, the bad answers, the large ones."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import etree

from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome
from context.person import Gender, LookupState, PartialDate, PatientLookup
from context.ports import RecordQuestion
from context.records import RecordEntry, Section
from context.zis import Dialect
from tests.clock import SteppingClock
from tests.zis_messages import ASKED, ASKER, BSN_ROOT, NUMBER_ROOT, OTHER, counters, hospital, launch
from tests.zis_nl_messages import batch, nl_enveloped, nl_potassium, organizer, refused, response
from tests.zis_server import HospitalServer, Reply, free_port

ANSWER_SECONDS = 30
QUESTION = RecordQuestion(ASKED, PartialDate(1980, 5, 12), ASKER)
TEXT_XML = {"Content-Type": "text/xml; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


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


def dutch(url: str) -> Hospital:
    asked = hospital(url)
    zis = replace(asked.zis, dialect=Dialect.NL, patient_interaction="QUPA_IN101101")
    return replace(asked, zis=zis)


def section(transport: SoapTransport, url: str, deadline_seconds: float = 10.0) -> Outcome[RecordEntry]:
    source = HospitalRecordSource(transport, SteppingClock(), deadline_seconds)
    return source.fetch_section(dutch(url), Section.LABORATORY, QUESTION).result(ANSWER_SECONDS)


def person(transport: SoapTransport, url: str, deadline_seconds: float = 10.0) -> PatientLookup:
    index = HospitalPatientIndex(transport, SteppingClock(), deadline_seconds)
    return index.find_patient(dutch(url), launch()).result(ANSWER_SECONDS)


def patient(bsn: str = ASKED.reveal()) -> str:
    return (
        f'<subject><Patient><id root="{BSN_ROOT}" extension="{bsn}"/><id root="{NUMBER_ROOT}" extension="7"/>'
        '<Person><name><given qualifier="IN">J.</given><family qualifier="BR">Jansen</family></name>'
        '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>'
        '<birthTime value="19800512"/></Person></Patient></subject>'
    )


def people(*subjects: str, **options: str) -> Reply:
    return Reply(nl_enveloped(response(*subjects, name="QUPA_IN101102", **options)), headers=TEXT_XML)


def test_person_is_found_by_qupa(transport: SoapTransport, server: HospitalServer) -> None:
    server.replies = [people(patient())]
    lookup = person(transport, server.url)
    assert (lookup.state, lookup.failure) == (LookupState.FOUND, None)
    assert lookup.patient is not None
    found = lookup.patient
    assert (found.birth_date, found.gender) == (PartialDate(1980, 5, 12), Gender.FEMALE)
    assert [part.text for part in found.names[0].parts] == ["J.", "Jansen"]
    assert [number.extension for number in found.hospital_numbers] == ["7"]
    envelope = etree.fromstring(server.questions[0].body)
    assert etree.QName(envelope[-1][0]).localname == "QUPA_IN101101"


@pytest.mark.parametrize(
    ("reply", "state", "failure"),
    [
        (people(code="NF"), LookupState.UNKNOWN, None),
        (people(patient(), patient()), LookupState.SEVERAL, None),
        (people(patient(), counted=counters(2, 1, 1)), LookupState.SEVERAL, None),
        (people(patient(OTHER)), LookupState.FAILED, FailureCause.WRONG_PATIENT),
        (people(patient("")), LookupState.FAILED, FailureCause.WRONG_PATIENT),
        (people(patient(), acknowledged="AE"), LookupState.FAILED, FailureCause.REJECTED),
        (people("<subject/>"), LookupState.FAILED, FailureCause.MALFORMED),
        (
            Reply(
                nl_enveloped(batch(response(patient(), name="QUPA_IN101102"), refused(name="QUPA_IN101102")))
            ),
            LookupState.FAILED,
            FailureCause.REJECTED,
        ),
    ],
    ids=["unknown", "two", "more to come", "other", "no bsn", "refused", "nobody", "half a batch"],
)
@pytest.mark.proves("attack:A105")
def test_person_is_never_guessed(
    transport: SoapTransport,
    server: HospitalServer,
    reply: Reply,
    state: LookupState,
    failure: FailureCause | None,
) -> None:
    server.replies = [reply]
    lookup = person(transport, server.url)
    assert (lookup.state, lookup.failure, lookup.patient) == (state, failure, None)


GOOD = nl_enveloped(batch(response(organizer(nl_potassium()))))
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'
BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
FAULT = (
    '<e:Fault xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>e:Server</faultcode>'
    "<faultstring>&lt;html&gt;stacktrace&lt;/html&gt;</faultstring></e:Fault>"
)
EXIST = (
    b'<h:response xmlns:h="http://exist-db.org/xquery/httpclient" statusCode="200"><h:body>'
    + GOOD.removeprefix(DECLARATION)
    + b"</h:body></h:response>"
)


@pytest.mark.proves("attack:A143", "trap:2", "trap:15")
@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(nl_enveloped(FAULT), headers=TEXT_XML), FailureCause.FAULT),
        (Reply(nl_enveloped(FAULT), 500, TEXT_XML), FailureCause.FAULT),
        (Reply(GOOD, 500, TEXT_XML), FailureCause.FAULT),
        (Reply(GOOD, 302, {**TEXT_XML, "Location": "http://127.0.0.1/"}), FailureCause.FAULT),
        (Reply(b"<html>Er ging iets mis</html>", 200, HTML), FailureCause.MALFORMED),
        (Reply(b"<html>Er ging iets mis</html>", 503, HTML), FailureCause.FAULT),
        (Reply(b"<html/>", headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(b"", headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(GOOD[: len(GOOD) // 2], headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(GOOD.replace(DECLARATION, DECLARATION + BOMB), headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(GOOD.decode().encode("utf-16"), headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(GOOD, headers={"Content-Type": "text/xml; charset=iso-8859-1"}), FailureCause.MALFORMED),
        (Reply(nl_enveloped("<anything/>"), headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(EXIST, headers=TEXT_XML), FailureCause.MALFORMED),
        (Reply(endless=True, headers=TEXT_XML), FailureCause.TOO_LARGE),
        (Reply(drop=True), FailureCause.UNREACHABLE),
    ],
    ids=[
        *("fault", "fault with 500", "good with 500", "redirect", "html", "html with 503", "html as xml"),
        *("empty", "cut", "bomb", "utf-16", "latin-1", "another payload", "wrapped by eXist", "endless"),
        "drop",
    ],
)
def test_bad_answer_is_a_typed_failure(
    transport: SoapTransport, server: HospitalServer, reply: Reply, cause: FailureCause
) -> None:
    server.replies = [reply]
    assert section(transport, server.url) == Outcome.failed(cause)
    lookup = person(transport, server.url)
    assert (lookup.state, lookup.failure) == (LookupState.FAILED, cause)


@pytest.mark.proves("attack:A143")
def test_slow_answer_hits_the_deadline(transport: SoapTransport, server: HospitalServer) -> None:
    release = threading.Event()
    server.replies = [Reply(GOOD, headers=TEXT_XML, before=lambda: release.wait(ANSWER_SECONDS))]
    try:
        assert section(transport, server.url, 0.05) == Outcome.failed(FailureCause.TIMEOUT)
    finally:
        release.set()


def test_nobody_listening_is_unreachable(transport: SoapTransport) -> None:
    outcome = section(transport, f"http://127.0.0.1:{free_port()}/nl")
    assert outcome == Outcome.failed(FailureCause.UNREACHABLE)
