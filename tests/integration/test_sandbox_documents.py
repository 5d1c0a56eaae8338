"""Our reader and the sandbox's registry and repository, which were written apart, understand each other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from adapters.zis.documents.sections import DocumentSections
from adapters.zis.documents.source import HospitalDocumentSource
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from context.bsn import Bsn
from context.hospital import Hospital
from context.outcome import Outcome, OutcomeState
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import (
    Document,
    DocumentAnswer,
    DocumentFailure,
    DocumentForm,
    RecordEntry,
    Section,
    TextResult,
)
from context.records.narrative import lines_of
from context.zis import Endpoint, SectionSource
from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from tests.clock import SteppingClock
from tests.zis_messages import ASKER, hospital

PERSONAS = load_personas()
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECONDS = 30
KINDS = {
    Section.RADIOLOGY: "18748-4",
    Section.PATHOLOGY: "11526-1",
    Section.CARDIOLOGY: "34534-8",
    Section.ENDOSCOPY: "18746-8",
}


@dataclass
class Hospitals:
    """One hospital, asked by messages or by documents."""

    transport: SoapTransport
    by_message: Hospital
    by_document: Hospital

    def section(self, asked: Hospital, section: Section, persona: str) -> Outcome[RecordEntry]:
        documents = DocumentSections(self.transport, SteppingClock())
        source = HospitalRecordSource(self.transport, SteppingClock(), SECONDS, documents=documents)
        return source.fetch_section(asked, section, question(persona)).result(SECONDS)

    def letters(self, persona: str) -> dict[str, tuple[Document, DocumentAnswer]]:
        """Every letter that is listed, with what opening it gives, by title."""
        outcome = self.section(self.by_document, Section.LETTERS, persona)
        assert outcome.state is OutcomeState.OK
        source = HospitalDocumentSource(self.transport, SteppingClock())
        found: dict[str, tuple[Document, DocumentAnswer]] = {}
        for entry in outcome.entries:
            assert isinstance(entry, Document)
            assert entry.reference is not None
            answer = source.fetch_document(self.by_document, entry.reference, question(persona))
            found[entry.title.label or ""] = (entry, answer.result(SECONDS))
        return found


def question(persona: str) -> RecordQuestion:
    known = PERSONAS[persona]
    born = known.birth_date
    return RecordQuestion(Bsn(known.bsn), PartialDate(born.year, born.month, born.day), ASKER)


@pytest.fixture(scope="module")
def hospitals() -> Iterator[Hospitals]:
    transport = SoapTransport()
    transport.start()
    with ZisServer(now=lambda: NOW) as server:
        by_message = hospital(f"{server.url}/soap")
        exchange = Endpoint("xds", f"{server.url}/xds")
        sections = {
            section: (SectionSource("ITI-43", "xds", category=kind),) for section, kind in KINDS.items()
        }
        sections[Section.LETTERS] = (SectionSource("ITI-18", "xds", category="LETTER"),)
        endpoints = {"xds": exchange, "repository": exchange}
        zis = replace(by_message.zis, endpoints=endpoints, sections=sections)
        yield Hospitals(transport, by_message, replace(by_message, zis=zis))
    transport.stop()


@pytest.mark.proves("feature:D20", "feature:D21")
def test_letters_open_in_their_own_forms(hospitals: Hospitals) -> None:
    found = hospitals.letters("letters")
    forms = [answer.content.form for _, answer in found.values() if answer.content]
    assert len(forms) == len(found)
    assert set(forms) == set(DocumentForm)
    for letter, answer in found.values():
        assert letter.sender is not None
        assert letter.created is not None
        assert answer.content is not None
        assert not answer.content.cleaned


@pytest.mark.proves("attack:A144")
def test_hostile_letters_open_without_what_acts(hostile: dict[str, tuple[Document, DocumentAnswer]]) -> None:
    answers = [answer.content for _, answer in hostile.values() if answer.content is not None]
    by_form = {content.form: content for content in answers}
    assert by_form[DocumentForm.PDF].cleaned
    assert b"/JavaScript" not in by_form[DocumentForm.PDF].pdf
    assert by_form[DocumentForm.TEXT].text.count("<script>") == 2
    told = [line for part in by_form[DocumentForm.STRUCTURED].sections for line in lines_of(part.blocks)]
    assert any("alert('script')" in line for line in told)


@pytest.mark.proves("trap:14")
def test_letter_of_another_patient_does_not_open(
    hostile: dict[str, tuple[Document, DocumentAnswer]],
) -> None:
    failures = [answer.failure for _, answer in hostile.values() if answer.failure is not None]
    assert failures == [DocumentFailure.WRONG_PATIENT]


@pytest.fixture
def hostile(hospitals: Hospitals) -> dict[str, tuple[Document, DocumentAnswer]]:
    (persona,) = (key for key, known in PERSONAS.items() if "hostile_letters" in known.record)
    return hospitals.letters(persona)


def test_broken_letters_say_what_is_wrong(hospitals: Hospitals) -> None:
    (persona,) = (key for key, known in PERSONAS.items() if "broken_letters" in known.record)
    failures = {answer.failure for _, answer in hospitals.letters(persona).values()}
    assert failures == {DocumentFailure.TOO_LARGE, DocumentFailure.ALTERED, DocumentFailure.REJECTED}


@pytest.mark.parametrize("section", KINDS)
def test_reports_with_statements_read_the_same_by_message_and_by_document(
    hospitals: Hospitals, section: Section
) -> None:
    by_message = _results(hospitals.section(hospitals.by_message, section, "results"))
    by_document = _results(hospitals.section(hospitals.by_document, section, "results"))
    assert by_message
    assert set(by_document) == set(by_message)
    same = 0
    for name, document in by_document.items():
        message = by_message[name]
        assert document.document is not None
        if document.identifiers == message.identifiers:
            # The message names the material twice, as specimen and as what it is made of.
            twice = set(message.remarks) - set(document.remarks)
            assert twice <= {message.material.label if message.material else None}
            assert replace(document, document=None) == replace(message, remarks=document.remarks)
            same += 1
    assert same >= 1


def _results(outcome: Outcome[RecordEntry]) -> dict[str, TextResult]:
    assert outcome.state is OutcomeState.OK
    return {
        entry.examination.label or "": entry for entry in outcome.entries if isinstance(entry, TextResult)
    }
