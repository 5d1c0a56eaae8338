"""Two hospitals with the same record, one per dialect: the same page, section by section.

The hospital's side is the sandbox, which writes each dialect on its own; the hospital files are the
committed ones. What a document exchange holds is asked alike by both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.zis.documents.sections import DocumentSections
from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from app.clock import SystemClock
from app.endpoints import secure_endpoints
from app.hospitals import load_hospitals
from context.bsn import Bsn
from context.hospital import Hospital
from context.outcome import Outcome, OutcomeState
from context.person import LookupState, PatientLookup
from context.ports import RecordQuestion
from context.records import RecordEntry, Section
from context.zis import Dialect
from sandbox.hospital_files import write_local_hospitals
from sandbox.servers import ZisServer
from tests.zis_messages import ASKER, launch

ANSWER_SECONDS = 30
UV, NL = "cwz", "mst"
RICH, PAGED, REPEATED, REFUSED = "everything", "paged", "same_fact_twice", "source_failed"
BY_MESSAGE = [
    section
    for section in Section
    if section
    not in {Section.LETTERS, Section.PATHOLOGY, Section.RADIOLOGY, Section.CARDIOLOGY, Section.ENDOSCOPY}
]


@dataclass(frozen=True)
class Region:
    """Hospitals that ask the same sandbox, each as its file says."""

    zis: ZisServer
    hospitals: Mapping[str, Hospital]
    index: HospitalPatientIndex
    records: HospitalRecordSource

    def person(self, slug: str, key: str) -> PatientLookup:
        asked = launch(bsn=self._bsn(key))
        return self.index.find_patient(self.hospitals[slug], asked).result(ANSWER_SECONDS)

    def section(self, slug: str, key: str, section: Section) -> Outcome[RecordEntry]:
        question = RecordQuestion(self._bsn(key), None, ASKER)
        future = self.records.fetch_section(self.hospitals[slug], section, question)
        return future.result(ANSWER_SECONDS)

    def _bsn(self, key: str) -> Bsn:
        return Bsn(self.zis.personas[key].bsn)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    folder, clock = tmp_path_factory.mktemp("hospitals"), SystemClock()
    with ZisServer() as zis:
        write_local_hospitals(Path(folder), "http://127.0.0.1:1", zis.url)
        hospitals = load_hospitals(folder, strict=False)
        transport = SoapTransport(security=secure_endpoints(hospitals, clock, strict=False))
        transport.start()
        documents = DocumentSections(transport, clock)
        try:
            yield Region(
                zis,
                hospitals,
                HospitalPatientIndex(transport, clock, ANSWER_SECONDS),
                HospitalRecordSource(transport, clock, ANSWER_SECONDS, documents),
            )
        finally:
            transport.stop()


def ids(outcome: Outcome[RecordEntry]) -> list[tuple[str, str]]:
    return [(each.root, each.extension) for entry in outcome.entries for each in entry.identifiers]


def test_the_two_hospitals_speak_different_dialects(region: Region) -> None:
    dialects = [region.hospitals[slug].zis.dialect for slug in (UV, NL)]
    assert dialects == [Dialect.UV, Dialect.NL]


@pytest.mark.parametrize("slug", [UV, NL])
def test_person_is_found_in_both(region: Region, slug: str) -> None:
    lookup = region.person(slug, RICH)
    assert (lookup.state, lookup.failure) == (LookupState.FOUND, None)


@pytest.mark.proves("trap:12")
@pytest.mark.parametrize("section", BY_MESSAGE)
@pytest.mark.parametrize("key", [RICH, PAGED, REPEATED])
def test_section_has_the_same_facts_in_both(region: Region, key: str, section: Section) -> None:
    uv, nl = region.section(UV, key, section), region.section(NL, key, section)
    assert (nl.state, nl.missing_sources) == (uv.state, uv.missing_sources)
    assert (len(nl.entries), ids(nl)) == (len(uv.entries), ids(uv))


def test_record_that_is_compared_is_no_empty_one(region: Region) -> None:
    filled = [each for each in BY_MESSAGE if region.section(NL, RICH, each).state is OutcomeState.OK]
    assert len(filled) > 20


def test_source_that_refuses_is_named_and_the_others_shown(region: Region) -> None:
    outcome = region.section(NL, REFUSED, Section.ALLERGIES)
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, ("Ziekenhuis Oost",))
    assert outcome.entries
