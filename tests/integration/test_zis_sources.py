"""Sections from one or several sources over real HTTP, in both dialects, part by part."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from lxml import etree

from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.sources import MAX_PARTS
from adapters.zis.transport import SoapTransport
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import LabResult, RecordEntry, Section
from context.zis import Dialect, Endpoint, SectionSource
from tests.clock import SteppingClock
from tests.zis_messages import (
    ASKED,
    ASKER,
    OTHER,
    SOURCE,
    counters,
    enveloped,
    hospital,
    potassium,
    qed_answer,
    qed_subject,
)
from tests.zis_nl_messages import batch, nl_enveloped, nl_potassium, organizer, refused, response
from tests.zis_server import HospitalServer, Reply

ANSWER_SECONDS = 30
QUESTION = RecordQuestion(ASKED, PartialDate(1980, 5, 12), ASKER)
TEXT_XML = {"Content-Type": "text/xml; charset=utf-8"}
HL7 = "{urn:hl7-org:v3}"


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


@pytest.fixture
def second() -> Iterator[HospitalServer]:
    with HospitalServer() as running:
        yield running


def in_dutch(url: str) -> Hospital:
    asked = hospital(url)
    return replace(asked, zis=replace(asked.zis, dialect=Dialect.NL))


def with_sources(url: str, **sources: str) -> Hospital:
    """Laboratory results by QED from each of these addresses, by name."""
    asked = hospital(url)
    found = tuple(SectionSource("QUPC_IN043100UV01", name, "LABCAT", name=f"bron {name}") for name in sources)
    endpoints = {name: Endpoint(name, address) for name, address in sources.items()}
    zis = replace(asked.zis, sections={Section.LABORATORY: found}, endpoints=endpoints)
    return replace(asked, zis=zis)


def fetch(
    transport: SoapTransport,
    asked: Hospital,
    section: Section = Section.LABORATORY,
    deadline_seconds: float = 10.0,
) -> Outcome[RecordEntry]:
    source = HospitalRecordSource(transport, SteppingClock(), deadline_seconds)
    return source.fetch_section(asked, section, QUESTION).result(ANSWER_SECONDS)


def results(outcome: Outcome[RecordEntry]) -> list[str]:
    return [entry.value.text for entry in outcome.entries if isinstance(entry, LabResult)]


def numbered(value: str) -> str:
    """A result whose identifier is its value."""
    return potassium(value).replace('extension="77"', f'extension="{value}"')


def uv_part(values: list[str], total: int, remaining: int) -> Reply:
    subjects = "".join(qed_subject(numbered(value)) for value in values)
    counted = counters(total, len(values), remaining)
    return Reply(enveloped(qed_answer(subjects, counted=counted)))


def nl_part(values: list[str], total: int, remaining: int) -> Reply:
    subjects = [organizer(nl_potassium(value, value)) for value in values]
    counted = counters(total, len(values), remaining)
    return Reply(nl_enveloped(batch(response(*subjects, counted=counted))), headers=TEXT_XML)


PartMaker = Callable[[list[str], int, int], Reply]


def asked_of(server: HospitalServer) -> list[str]:
    """Local names of the payloads that a server was sent."""
    envelopes = [etree.fromstring(question.body) for question in server.questions]
    return [etree.QName(envelope[-1][0]).localname for envelope in envelopes]


@pytest.mark.parametrize(
    ("section", "interaction", "answer"),
    [
        (Section.LABORATORY, "POLB_IN354001NL03", "POLB_IN364001NL03"),
        (Section.MEASUREMENTS, "POOB_IN990001NL", "POOB_IN990003NL"),
        (Section.IMPLANTS, "GQZG_IN000001NL", "GQZG_IN000002NL"),
    ],
)
def test_dutch_hospital_is_asked_in_dutch(
    transport: SoapTransport, server: HospitalServer, section: Section, interaction: str, answer: str
) -> None:
    server.replies = [Reply(nl_enveloped(response(code="NF", name=answer)), headers=TEXT_XML)]
    assert fetch(transport, in_dutch(server.url), section).state is OutcomeState.EMPTY
    assert asked_of(server) == [interaction]
    assert server.questions[0].headers["SOAPAction"].startswith('"urn:hl7-org:v3/')


def test_batch_names_who_did_not_answer(transport: SoapTransport, server: HospitalServer) -> None:
    body = batch(refused(organisation="Apotheek"), response(organizer(nl_potassium())))
    server.replies = [Reply(nl_enveloped(body), headers=TEXT_XML)]
    outcome = fetch(transport, in_dutch(server.url))
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, ("Apotheek",))
    assert results(outcome) == ["4.1"]


def test_sources_are_asked_at_once_and_their_entries_joined(
    transport: SoapTransport, server: HospitalServer, second: HospitalServer
) -> None:
    together = threading.Barrier(2)
    for number, each in enumerate((server, second)):
        part = uv_part(["1.0", f"2.{number}"], 2, 0)
        each.replies = [replace(part, before=lambda: together.wait(ANSWER_SECONDS))]
    outcome = fetch(transport, with_sources(server.url, a=server.url, b=second.url))
    assert (outcome.state, results(outcome)) == (OutcomeState.OK, ["1.0", "2.0", "2.1"])


def test_slow_source_is_named_and_the_other_shown(
    transport: SoapTransport, server: HospitalServer, second: HospitalServer
) -> None:
    release = threading.Event()
    server.replies = [uv_part(["1.0"], 1, 0)]
    second.replies = [replace(uv_part(["2.0"], 1, 0), before=lambda: release.wait(ANSWER_SECONDS))]
    try:
        outcome = fetch(transport, with_sources(server.url, a=server.url, b=second.url), deadline_seconds=0.5)
    finally:
        release.set()
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, ("bron b",))
    assert (results(outcome), outcome.failure) == (["1.0"], FailureCause.TIMEOUT)


def test_all_sources_down_is_failed(transport: SoapTransport, server: HospitalServer) -> None:
    server.replies = [Reply(status=500)]
    outcome = fetch(transport, with_sources(server.url, a=server.url, b=server.url))
    assert outcome == Outcome.failed(FailureCause.FAULT)


@pytest.mark.parametrize("dutch", [False, True], ids=["uv", "nl"])
@pytest.mark.parametrize("totals", [(5, 5, 5), (5, 3, 1)], ids=["of all", "of what is left"])
def test_long_answer_is_fetched_part_by_part(
    transport: SoapTransport, server: HospitalServer, totals: tuple[int, int, int], *, dutch: bool
) -> None:
    part = nl_part if dutch else uv_part
    values = (["1.0", "2.0"], ["3.0", "4.0"], ["5.0"])
    server.replies = [part(*each) for each in zip(values, totals, (3, 1, 0), strict=True)]
    outcome = fetch(transport, in_dutch(server.url) if dutch else hospital(server.url))
    assert (outcome.state, results(outcome)) == (OutcomeState.OK, ["1.0", "2.0", "3.0", "4.0", "5.0"])
    again = "QUQI_IN000003UV" if dutch else "QUQI_IN000003UV01"
    assert asked_of(server)[1:] == [again, again]
    first, *more = [etree.fromstring(question.body) for question in server.questions]
    ids = [each.find(f".//{HL7}queryId") for each in (first, *more)]
    assert len({each.get("extension") for each in ids if each is not None}) == 1
    starts = [each.find(f".//{HL7}startResultNumber") for each in more]
    assert [each.get("value") for each in starts if each is not None] == ([] if dutch else ["3", "5"])


class Cancelled:
    """Waits for what a source is told when nobody comes for the rest."""

    def __init__(self) -> None:
        self._heard = threading.Event()

    def reply(self) -> Reply:
        return Reply(status=202, before=self._heard.set)

    def wait(self) -> bool:
        return self._heard.wait(ANSWER_SECONDS)


@pytest.mark.parametrize("dutch", [False, True], ids=["uv", "nl"])
@pytest.mark.parametrize(
    ("second_part", "failure"),
    [
        (lambda part: part([], 3, 3), FailureCause.MALFORMED),
        (lambda part: part([], 3, 2), None),
        (lambda part: part(["9.0", "9.1", "9.2"], 3, 0), FailureCause.MALFORMED),
        (lambda part: part(["9.0"], 3, 0), FailureCause.MALFORMED),
        (lambda part: part(["9.0"], 1, 0), FailureCause.MALFORMED),
        (lambda part: Reply(status=500), FailureCause.FAULT),
    ],
    ids=["counts wrong", "nothing comes", "more than all", "forgets one", "forgets one alone", "fails"],
)
def test_answer_that_stops_half_way_is_partial_and_cancelled(
    transport: SoapTransport,
    server: HospitalServer,
    second_part: Callable[[PartMaker], Reply],
    failure: FailureCause | None,
    *,
    dutch: bool,
) -> None:
    part, cancelled = nl_part if dutch else uv_part, Cancelled()
    server.replies = [part(["1.0"], 3, 2), second_part(part), cancelled.reply()]
    outcome = fetch(transport, in_dutch(server.url) if dutch else hospital(server.url))
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))
    assert (results(outcome), outcome.failure) == (["1.0"], failure)
    assert cancelled.wait()
    assert asked_of(server)[-1] == ("QUQI_IN000003UV" if dutch else "QUQI_IN000003UV01_Cancel")
    assert b"aborted" in server.questions[-1].body


def test_pages_without_end_are_cut_off(transport: SoapTransport, server: HospitalServer) -> None:
    cancelled = Cancelled()
    parts = [uv_part([f"{number}.5"], 1000, 999 - number) for number in range(MAX_PARTS)]
    server.replies = [*parts, cancelled.reply()]
    outcome = fetch(transport, hospital(server.url))
    assert (outcome.state, len(outcome.entries)) == (OutcomeState.PARTIAL, MAX_PARTS)
    assert cancelled.wait()
    assert asked_of(server).count("QUQI_IN000003UV01") == MAX_PARTS - 1


def test_parts_share_the_time_of_one_source(transport: SoapTransport, server: HospitalServer) -> None:
    release = threading.Event()
    slow = replace(uv_part(["2.0"], 2, 0), before=lambda: release.wait(ANSWER_SECONDS))
    server.replies = [uv_part(["1.0"], 2, 1), slow]
    try:
        outcome = fetch(transport, hospital(server.url), deadline_seconds=0.5)
    finally:
        release.set()
    assert (results(outcome), outcome.failure) == (["1.0"], FailureCause.TIMEOUT)


@pytest.mark.proves("attack:A105")
def test_later_part_about_another_patient_takes_the_first_away(
    transport: SoapTransport, server: HospitalServer
) -> None:
    stranger = enveloped(qed_answer(qed_subject(numbered("2.0"), bsn=OTHER), counted=counters(2, 1, 0)))
    server.replies = [uv_part(["1.0"], 2, 1), Reply(stranger)]
    assert fetch(transport, hospital(server.url)) == Outcome.failed(FailureCause.WRONG_PATIENT)


def test_end_of_a_dutch_delivery_is_no_proof_that_all_came(
    transport: SoapTransport, server: HospitalServer
) -> None:
    end = Reply(nl_enveloped(response(name="QUQI_IN000002UV")), headers=TEXT_XML)
    server.replies = [nl_part(["1.0"], 2, 1), end]
    outcome = fetch(transport, in_dutch(server.url))
    assert (outcome.state, results(outcome)) == (OutcomeState.PARTIAL, ["1.0"])


def test_document_section_without_a_reader_of_documents_is_failed(
    transport: SoapTransport, server: HospitalServer
) -> None:
    outcome = fetch(transport, hospital(server.url), Section.LETTERS)
    assert outcome.state is OutcomeState.FAILED
    assert server.questions == []
