"""Documents over real HTTP: listed, fetched by MTOM, read, and every failure told as what it is."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from adapters.zis.documents.sections import MAX_DOCUMENTS, DocumentSections
from adapters.zis.documents.source import HospitalDocumentSource
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome, OutcomeState
from context.ports import DocumentSource, RecordSource
from context.records import (
    Allergy,
    Document,
    DocumentAnswer,
    DocumentContent,
    DocumentFailure,
    DocumentForm,
    DocumentReference,
    RecordEntry,
    Referral,
    Section,
    TextResult,
)
from context.records.narrative import Omission, OmissionKind, Paragraph
from context.zis import Endpoint, SectionSource
from tests.clock import SteppingClock
from tests.document_messages import (
    DOCUMENT,
    ERROR,
    FAILURE,
    PARTIAL,
    QUESTION,
    attached,
    cda,
    extrinsic,
    registry_answer,
    repository_answer,
    section,
    sections,
    stated,
)
from tests.pdf_files import HOSTILE, encrypted, letter, words_in
from tests.xds_server import XdsServer, delivery, listing
from tests.zis_messages import OTHER, SOURCE, enveloped, hospital, penicillin
from tests.zis_server import Reply, free_port

ANSWER_SECONDS = 30
LETTER = letter()
REPORT = cda(sections(section("18782-3", "Geen afwijkingen.")))
PENICILLIN = penicillin().replace("sourceOf", "entryRelationship")
IN_PARTS = {"Content-Type": 'multipart/related; boundary="a"'}
FAULT = enveloped("<s:Fault xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>")
SUMMARY = cda(sections(section("48765-2", "Penicilline", PENICILLIN)))


@pytest.fixture(scope="module")
def transport() -> Iterator[SoapTransport]:
    carrier = SoapTransport()
    carrier.start()
    yield carrier
    carrier.stop()


@pytest.fixture
def server() -> Iterator[XdsServer]:
    with XdsServer() as running:
        yield running


@dataclass
class Reader:
    """Asks as a page does, and waits for the value."""

    transport: SoapTransport
    hospital: Hospital
    seconds: float = 10.0

    def document(self, reference: DocumentReference) -> DocumentAnswer:
        source: DocumentSource = HospitalDocumentSource(
            self.transport, SteppingClock(), fetch_seconds=self.seconds
        )
        return source.fetch_document(self.hospital, reference, QUESTION).result(ANSWER_SECONDS)

    def section(self, asked: Section, interaction: str | None = None) -> Outcome[RecordEntry]:
        """:param interaction: in place of what the table says."""
        asking = self.hospital
        if interaction is not None:
            sources = {asked: (SectionSource(interaction, category="1, 2^^1.2"),)}
            asking = replace(asking, zis=replace(asking.zis, sections=sources))
        documents = DocumentSections(self.transport, SteppingClock())
        source: RecordSource = HospitalRecordSource(
            self.transport, SteppingClock(), self.seconds, documents=documents
        )
        return source.fetch_section(asking, asked, QUESTION).result(ANSWER_SECONDS)


@pytest.fixture
def reader(transport: SoapTransport, server: XdsServer) -> Reader:
    return Reader(transport, hospital(server.url))


def content_of(answer: DocumentAnswer) -> DocumentContent:
    assert answer.failure is None
    assert answer.content is not None
    return answer.content


@pytest.mark.proves("feature:D20")
def test_letters_are_the_list_of_the_registry(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, LETTER, "application/pdf")
    outcome = reader.section(Section.LETTERS)
    assert outcome.state is OutcomeState.OK
    (found,) = outcome.entries
    assert isinstance(found, Document)
    assert found.reference == stated(LETTER)
    assert b"'LETTER^^'" in server.questions[0].body


@pytest.mark.proves("feature:D21")
def test_letter_of_the_list_opens_as_a_pdf(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, LETTER, "application/pdf")
    (found,) = reader.section(Section.LETTERS).entries
    assert isinstance(found, Document)
    assert found.reference is not None
    content = content_of(reader.document(found.reference))
    assert (content.form, content.cleaned) == (DocumentForm.PDF, False)
    assert "Ontslagbrief" in words_in(content.pdf)


def test_referrals_can_be_documents(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, LETTER, "application/pdf")
    (found,) = reader.section(Section.REFERRALS, "ITI-18").entries
    assert isinstance(found, Referral)
    assert found.letter == stated(LETTER)
    assert found.referrer is not None


def test_empty_list_is_empty(reader: Reader) -> None:
    assert reader.section(Section.LETTERS).state is OutcomeState.EMPTY


@pytest.mark.parametrize(
    ("answer", "state", "failure"),
    [
        (registry_answer(extrinsic(), status=PARTIAL, errors=ERROR), OutcomeState.PARTIAL, "malformed"),
        (registry_answer(status=PARTIAL, errors=ERROR), OutcomeState.PARTIAL, "malformed"),
        (registry_answer(status=FAILURE, errors=ERROR), OutcomeState.FAILED, "rejected"),
        (registry_answer(extrinsic(patient_id="1^^^&1.2&ISO")), OutcomeState.FAILED, "wrong_patient"),
    ],
)
@pytest.mark.parametrize("interaction", ["ITI-18", "ITI-43"])
def test_registry_that_does_not_tell_all_is_never_complete(
    reader: Reader, server: XdsServer, interaction: str, answer: str, state: OutcomeState, failure: str
) -> None:
    server.keep(DOCUMENT, REPORT)
    server.other[None] = Reply(enveloped(answer))
    outcome = reader.section(Section.RADIOLOGY, interaction)
    assert (outcome.state, outcome.failure) == (state, FailureCause(failure))


def test_report_is_read_out_of_its_cda(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, REPORT)
    outcome = reader.section(Section.RADIOLOGY, "ITI-43")
    assert outcome.state is OutcomeState.OK
    (found,) = outcome.entries
    assert isinstance(found, TextResult)
    assert [(part.heading.label if part.heading else None, part.text) for part in found.parts] == [
        ("Conclusie", "Geen afwijkingen.")
    ]
    assert found.document == stated(REPORT, mime_type="text/xml")
    assert found.author is not None
    assert found.author.name == "dr. Anna Vries"
    assert (found.authorised, found.taken and found.taken.date.day) == (True, 19)


def test_every_part_of_a_report_is_told(reader: Reader, server: XdsServer) -> None:
    observation = (
        '<observation classCode="OBS" moodCode="EVN"><code code="36643-5" displayName="Thorax"/>'
        '<statusCode code="completed"/></observation>'
    )
    parts = (
        section("18782-3", "Hart te groot.", observation),
        section("19005-8", "Cardiomegalie.", title="C"),
    )
    server.keep(DOCUMENT, cda(sections(*parts)))
    results = reader.section(Section.RADIOLOGY, "ITI-43").entries
    told = [part.text for entry in results if isinstance(entry, TextResult) for part in entry.parts]
    assert told == ["Hart te groot.", "Cardiomegalie."]
    assert len(results) == 2


def test_summary_adds_only_its_own_part_to_a_section(reader: Reader, server: XdsServer) -> None:
    parts = (section("18782-3", "Hart te groot."), section("48765-2", "Penicilline"))
    summary = cda(sections(*parts)).replace(b'code="18748-4"', b'code="60591-5"')
    server.keep(DOCUMENT, summary)
    (found,) = reader.section(Section.RADIOLOGY, "ITI-43").entries
    assert isinstance(found, TextResult)
    assert [part.text for part in found.parts] == ["Hart te groot."]


def test_report_in_a_pdf_is_an_entry_that_names_its_document(reader: Reader, server: XdsServer) -> None:
    server.keep("1.1", LETTER, "application/pdf")
    server.keep("1.2", cda(attached(LETTER, "application/pdf")))
    outcome = reader.section(Section.RADIOLOGY, "ITI-43")
    assert outcome.state is OutcomeState.OK
    results = [entry for entry in outcome.entries if isinstance(entry, TextResult)]
    assert sorted(entry.document.document for entry in results if entry.document) == ["1.1", "1.2"]
    assert all(entry.parts == () for entry in results)


def test_report_in_plain_text_is_read(reader: Reader, server: XdsServer) -> None:
    server.keep("1.1", b"Geen afwijkingen.", "text/plain")
    (found,) = reader.section(Section.RADIOLOGY, "ITI-43").entries
    assert isinstance(found, TextResult)
    assert found.parts[0].text == "Geen afwijkingen."


def test_entries_are_read_out_of_a_summary(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, SUMMARY)
    outcome = reader.section(Section.ALLERGIES, "ITI-43")
    assert outcome.state is OutcomeState.OK
    (found,) = outcome.entries
    assert isinstance(found, Allergy)


@pytest.mark.proves("trap:6")
@pytest.mark.parametrize(
    "summary",
    [
        cda(sections(section("48765-2", "Penicilline, zie brief"))),
        cda(sections(section("11450-4", "Astma"))),
        cda(attached(LETTER, "application/pdf")),
    ],
)
def test_summary_without_readable_entries_is_not_empty(
    reader: Reader, server: XdsServer, summary: bytes
) -> None:
    server.keep(DOCUMENT, summary)
    outcome = reader.section(Section.ALLERGIES, "ITI-43")
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))


def test_summary_whose_section_is_empty_is_empty(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, cda(sections(section("48765-2", ""))))
    assert reader.section(Section.ALLERGIES, "ITI-43").state is OutcomeState.EMPTY


@pytest.mark.proves("trap:12")
def test_fact_in_two_documents_is_shown_once(reader: Reader, server: XdsServer) -> None:
    fact = PENICILLIN.replace('<code code="DALG"/>', '<id root="1.9" extension="1"/><code code="DALG"/>')
    for document in ("1.1", "1.2"):
        server.keep(document, cda(sections(section("48765-2", "Penicilline", fact)), title=document))
    assert len(reader.section(Section.ALLERGIES, "ITI-43").entries) == 1


def test_one_document_that_fails_leaves_the_section_partial(reader: Reader, server: XdsServer) -> None:
    server.keep("1.1", REPORT, created="20261119")
    server.keep("1.2", REPORT, created="20261120")
    server.other["1.2"] = Reply(status=500)
    outcome = reader.section(Section.RADIOLOGY, "ITI-43")
    assert (outcome.state, outcome.failure) == (OutcomeState.PARTIAL, FailureCause.FAULT)
    told = [bool(entry.parts) for entry in outcome.entries if isinstance(entry, TextResult)]
    assert told == [False, True]


def test_document_of_another_in_the_list_fails_the_section(reader: Reader, server: XdsServer) -> None:
    server.keep("1.1", REPORT)
    server.keep("1.2", cda(sections(), bsn=OTHER))
    outcome = reader.section(Section.RADIOLOGY, "ITI-43")
    assert (outcome.state, outcome.failure) == (OutcomeState.FAILED, FailureCause.WRONG_PATIENT)


def test_more_documents_than_are_read_leave_the_section_partial(reader: Reader, server: XdsServer) -> None:
    for number in range(MAX_DOCUMENTS + 1):
        server.keep(f"1.{number}", REPORT, created=f"{2000 + number}")
    outcome = reader.section(Section.RADIOLOGY, "ITI-43")
    assert (outcome.state, outcome.failure) == (OutcomeState.PARTIAL, FailureCause.TOO_LARGE)
    assert len(outcome.entries) == MAX_DOCUMENTS + 1
    last = outcome.entries[-1]
    assert isinstance(last, TextResult)
    assert (last.parts, last.document and last.document.document) == ((), "1.0")


def test_documents_that_take_too_long_leave_the_section_partial(reader: Reader, server: XdsServer) -> None:
    server.keep("1.1", REPORT)
    server.other["1.1"] = Reply(before=server.answered.wait)
    outcome = replace(reader, seconds=1.0).section(Section.RADIOLOGY, "ITI-43")
    server.answered.set()
    assert (outcome.state, outcome.failure) == (OutcomeState.PARTIAL, FailureCause.TIMEOUT)


def test_repository_is_asked_at_the_endpoint_of_its_number(
    transport: SoapTransport, server: XdsServer
) -> None:
    server.keep(DOCUMENT, REPORT)
    nowhere = hospital(f"http://127.0.0.1:{free_port()}/")
    reference = stated(REPORT, mime_type="text/xml")
    zis = replace(nowhere.zis, endpoints={reference.repository: Endpoint("any", server.url)})
    answer = Reader(transport, replace(nowhere, zis=zis)).document(reference)
    assert content_of(answer).form is DocumentForm.STRUCTURED


def test_structured_document_is_told_with_its_header(reader: Reader, server: XdsServer) -> None:
    server.keep(DOCUMENT, REPORT)
    content = content_of(reader.document(stated(REPORT)))
    assert content.form is DocumentForm.STRUCTURED
    assert content.header is not None
    assert content.header.title == "Verslag"
    assert len(content.sections) == 1


def test_cda_around_a_pdf_opens_as_the_pdf(reader: Reader, server: XdsServer) -> None:
    wrapped = cda(attached(HOSTILE["open_action"], "application/pdf"))
    server.keep(DOCUMENT, wrapped)
    content = content_of(reader.document(stated(wrapped)))
    assert (content.form, content.cleaned) == (DocumentForm.PDF, True)
    assert content.header is not None
    assert b"app.alert" not in content.pdf


def test_body_kept_elsewhere_is_told_as_not_here(reader: Reader, server: XdsServer) -> None:
    other = cda(f'<nonXMLBody><text><reference value="{server.url}"/></text></nonXMLBody>')
    server.keep(DOCUMENT, other)
    content = content_of(reader.document(stated(other)))
    assert content.sections[0].blocks == (Paragraph((Omission(OmissionKind.ELSEWHERE),)),)
    assert len(server.questions) == 1


def test_document_inside_the_envelope_opens(reader: Reader, server: XdsServer) -> None:
    large = cda(attached(b"x" * (9 << 20), "text/plain"))
    answer = repository_answer(base64.b64encode(large).decode(), mime_type="text/xml")
    server.other[DOCUMENT] = Reply(enveloped(answer))
    assert len(content_of(reader.document(stated(large))).text) == 9 << 20


@pytest.mark.parametrize(
    ("content", "mime_type", "failure"),
    [
        (encrypted(), "application/pdf", DocumentFailure.UNSUPPORTED),
        (b"GIF89a", "image/gif", DocumentFailure.UNSUPPORTED),
        (b"{\\rtf1}", "text/rtf", DocumentFailure.UNSUPPORTED),
        (b"<html/>", "text/html", DocumentFailure.UNSUPPORTED),
        (b"MZ", "application/pdf", DocumentFailure.MALFORMED),
        (LETTER, "text/plain", DocumentFailure.MALFORMED),
        (LETTER, "text/xml", DocumentFailure.MALFORMED),
        (b"\xff\xfe", "text/plain", DocumentFailure.MALFORMED),
        (b"a\x00b", "text/plain", DocumentFailure.MALFORMED),
        (b"a", "text/plain; charset=utf-7", DocumentFailure.UNSUPPORTED),
        (cda(sections(), bsn=OTHER), "text/xml", DocumentFailure.WRONG_PATIENT),
        (cda(sections(), bsn=OTHER), "", DocumentFailure.WRONG_PATIENT),
    ],
)
def test_document_that_may_not_be_shown_says_why(
    reader: Reader, server: XdsServer, content: bytes, mime_type: str, failure: DocumentFailure
) -> None:
    server.other[DOCUMENT] = delivery(content, DOCUMENT, mime_type)
    answer = reader.document(stated(content))
    assert (answer.content, answer.failure) == (None, failure)


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (delivery(LETTER + b" ", DOCUMENT, "application/pdf"), DocumentFailure.ALTERED),
        (delivery(LETTER, "1.2", "application/pdf"), DocumentFailure.MALFORMED),
        (delivery(b"x" * ((20 << 20) + 1), DOCUMENT, "application/pdf"), DocumentFailure.TOO_LARGE),
        (Reply(endless=True, headers=IN_PARTS), DocumentFailure.TOO_LARGE),
        (Reply(b"x", headers=IN_PARTS), DocumentFailure.MALFORMED),
        (Reply(status=500), DocumentFailure.FAULT),
        (Reply(drop=True), DocumentFailure.UNREACHABLE),
        (Reply(enveloped(repository_answer("", status=FAILURE, errors=ERROR))), DocumentFailure.REJECTED),
        (Reply(FAULT), DocumentFailure.FAULT),
        (listing(), DocumentFailure.MALFORMED),
    ],
)
def test_repository_that_does_not_give_the_document_says_why(
    reader: Reader, server: XdsServer, reply: Reply, failure: DocumentFailure
) -> None:
    server.other[DOCUMENT] = reply
    answer = reader.document(stated(LETTER))
    assert (answer.content, answer.failure) == (None, failure)


def test_repository_that_is_silent_times_out(transport: SoapTransport, server: XdsServer) -> None:
    server.other[DOCUMENT] = Reply(before=server.answered.wait)
    answer = Reader(transport, hospital(server.url), seconds=0.3).document(stated(LETTER))
    server.answered.set()
    assert answer.failure is DocumentFailure.TIMEOUT


def test_transport_that_is_not_running_finds_nobody() -> None:
    answer = Reader(SoapTransport(), hospital()).document(stated(LETTER))
    assert answer.failure is DocumentFailure.UNREACHABLE
