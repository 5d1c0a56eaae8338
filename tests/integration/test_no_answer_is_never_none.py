"""Every section, in both dialects, under every fault that a hospital can have: never "none", never less.

A source that fails, answers half or about somebody else ends as failed or partial, in the answer, in each
panel, in the banner and in the recent results. Only what is whole may read as whole. The hospital's side is
the sandbox over real SOAP; the hospital files are the committed ones.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.zis.documents.sections import DocumentSections
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from app.clock import SystemClock
from app.endpoints import secure_endpoints
from app.hospitals import load_hospitals
from context.bsn import Bsn
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import RecordEntry, Section
from context.release import Viewing, release
from sandbox.hospital_files import write_local_hospitals
from sandbox.servers import ZisServer
from sandbox.zis.faults import Fault
from tests.browser import views_records as records
from tests.zis_messages import ASKER
from views.catalogue.items import items_of
from views.catalogue.model import PageRequest
from views.links import Links
from views.page import make_clinical, make_panels
from views.texts import default_texts

FULL, EMPTY = "everything", "few_details"
HOSPITALS = ("cwz", "mst")
_ANSWER_SECONDS, _DEADLINE_SECONDS, _AT_ONCE = 60, 30.0, 8
_ONE_OF_MANY = frozenset({Fault.DELAY, Fault.NEVER, Fault.HUGE})
"""Slow or large: tried by one section each elsewhere."""
FAULTS = [fault for fault in Fault if fault is not Fault.OK and fault not in _ONE_OF_MANY]
_DOCUMENTS = frozenset({Section.LETTERS})
_MAY_STILL_BE_WHOLE: Mapping[tuple[Fault, str], frozenset[Section]] = {
    # In the UV dialect messages have one source; documents are not counted, and only they are attached.
    (Fault.SOURCE_AE, "cwz"): frozenset(Section) - _DOCUMENTS,
    **{(Fault.COUNTERS, slug): _DOCUMENTS for slug in HOSPITALS},
    **{(Fault.MISSING_PART, slug): frozenset(Section) for slug in HOSPITALS},
    **{(Fault.WRONG_BOUNDARY, slug): frozenset(Section) for slug in HOSPITALS},
}
_WRONG_PERSON = (Fault.WRONG_BSN, Fault.WRONG_BIRTHDATE)
_INCOMPLETE = (OutcomeState.FAILED, OutcomeState.PARTIAL)
_NONE = re.compile(r"\bGeen\b|niet vastgelegd")
_QUOTED = re.compile(r"<t[dh].*?</t[dh]>|<article.*?</article>", re.DOTALL)
"""Words of the source itself."""

Outcomes = Mapping[Section, Outcome[RecordEntry]]


@dataclass(frozen=True)
class Region:
    """Hospitals that ask the same sandbox, each as its file says."""

    zis: ZisServer
    hospitals: Mapping[str, Hospital]
    records: HospitalRecordSource
    answers: dict[tuple[str, str], Outcomes] = field(default_factory=dict)

    def whole(self, slug: str, key: str) -> Outcomes:
        """What is told without any fault; asked once."""
        if (slug, key) not in self.answers:
            self.answers[slug, key] = self.ask(slug, key, Fault.OK)
        return self.answers[slug, key]

    def ask(self, slug: str, key: str, fault: Fault) -> Outcomes:
        """Every section, all with this fault."""
        persona = self.zis.personas[key]
        born = persona.birth_date
        question = RecordQuestion(Bsn(persona.bsn), PartialDate(born.year, born.month, born.day), ASKER)
        for section in Section:
            self.zis.script(persona.bsn, section.value, [fault.value])
        hospital = self.hospitals[slug]
        found: dict[Section, Outcome[RecordEntry]] = {}
        # A few at a time, as a page does: all at once would try how many connections a sandbox takes.
        for first in range(0, len(Section), _AT_ONCE):
            asked = {
                each: self.records.fetch_section(hospital, each, question)
                for each in list(Section)[first : first + _AT_ONCE]
            }
            found |= {each: future.result(_ANSWER_SECONDS) for each, future in asked.items()}
        return found


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    folder, clock = tmp_path_factory.mktemp("hospitals"), SystemClock()
    with ZisServer() as zis:
        write_local_hospitals(Path(folder), "http://127.0.0.1:1", zis.url)
        hospitals = load_hospitals(folder, strict=False)
        transport = SoapTransport(security=secure_endpoints(hospitals, clock, strict=False))
        transport.start()
        try:
            documents = DocumentSections(transport, clock)
            yield Region(zis, hospitals, HospitalRecordSource(transport, clock, _DEADLINE_SECONDS, documents))
        finally:
            transport.stop()


def facts(outcome: Outcome[RecordEntry]) -> tuple[object, ...]:
    return outcome.state, outcome.entries, outcome.missing_sources


@pytest.mark.proves("attack:A143")
@pytest.mark.proves("trap:2")
@pytest.mark.proves("trap:6")
@pytest.mark.proves("trap:14")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("slug", HOSPITALS)
@pytest.mark.parametrize("key", [FULL, EMPTY])
def test_section_with_a_fault_is_whole_all_the_same_or_failed_or_partial(
    region: Region, key: str, slug: str, fault: Fault
) -> None:
    whole, found = region.whole(slug, key), region.ask(slug, key, fault)
    shorter = [s for s in Section if found[s].state not in _INCOMPLETE and facts(found[s]) != facts(whole[s])]
    assert shorter == []
    may_be_whole = _MAY_STILL_BE_WHOLE.get((fault, slug), frozenset())
    if key == EMPTY and fault in _WRONG_PERSON:
        may_be_whole = frozenset(Section)  # an answer without results names nobody
    assert [s for s in Section if found[s].state not in _INCOMPLETE and s not in may_be_whole] == []
    for page in pages(region.hospitals[slug], found):
        page.assert_nothing_incomplete_reads_as_none()


@pytest.mark.proves("trap:14")
@pytest.mark.parametrize("fault", _WRONG_PERSON)
@pytest.mark.parametrize("slug", HOSPITALS)
def test_answer_about_somebody_else_fails_whole_with_the_cause_that_raises_the_alarm(
    region: Region, slug: str, fault: Fault
) -> None:
    found = region.ask(slug, FULL, fault)
    assert {(each.state, each.failure, each.entries) for each in found.values()} == {
        (OutcomeState.FAILED, FailureCause.WRONG_PATIENT, ())
    }


def test_matrix_compares_with_a_record_that_is_full_and_with_one_that_is_empty(region: Region) -> None:
    for slug in HOSPITALS:
        assert {each.state for each in region.whole(slug, FULL).values()} == {OutcomeState.OK}
        assert {each.state for each in region.whole(slug, EMPTY).values()} == {OutcomeState.EMPTY}


@dataclass(frozen=True)
class PagePart:
    """One rendered panel or clinical line, with the answers that it shows."""

    name: str
    outcomes: Outcomes
    html: str

    def assert_nothing_incomplete_reads_as_none(self) -> None:
        states = {outcome.state for outcome in self.outcomes.values()}
        if states & set(_INCOMPLETE):
            assert not _NONE.search(_QUOTED.sub("", self.html)), self.name
            assert 'data-state="ok"' not in self.html, self.name
            assert 'data-state="leeg"' not in self.html, self.name


def pages(hospital: Hospital, found: Outcomes) -> Iterator[PagePart]:
    """Every panel of every page of a hospital, and the clinical line, as the product makes them."""
    now = SystemClock().now()
    opened = records.opened()
    viewing = Viewing(hospital, opened.launch, now)
    shown = {section: release(section, outcome, viewing) for section, outcome in found.items()}
    for item in items_of(hospital):
        request = PageRequest(hospital, opened, item, now, {}, Links("/c/x/"), default_texts())
        for part in (make_clinical(request), *make_panels(request)):
            outcomes = {section: shown[section] for section in part.sections}
            yield PagePart(f"{item.key} {outcomes.keys()}", outcomes, part.render(outcomes))
