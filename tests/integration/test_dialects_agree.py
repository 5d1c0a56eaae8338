"""The same facts in the UV and in the NL dialect, over real SOAP, are the same domain entries, one by one.

Letters and other documents come by one exchange (XDS.b) in both dialects; they are asked here too, so that
every section there is takes part.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from adapters.zis.documents.sections import DocumentSections
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.sections.table import SECTIONS
from adapters.zis.transport import SoapTransport
from context.bsn import Bsn
from context.hospital import Hospital
from context.outcome import Outcome, OutcomeState
from context.ports import RecordQuestion
from context.records import RecordEntry, Section
from context.zis import Dialect, Endpoint, SectionSource, ZisConnection
from sandbox.servers import ZisServer
from tests.clock import SteppingClock
from tests.people import a_hospital
from tests.zis_messages import ASKER

ANSWER_SECONDS = 60
_DEADLINE_SECONDS = 30.0
_DEVICE = "2.16.840.1.113883.2.4.6.6.90000102"
# Sources that fail on purpose, pages, and answers about others are tested elsewhere, dialect by dialect.
_ONE_GOOD_ANSWER = frozenset({"records", "traps"})
_TELLS_TWO_SOURCES = frozenset({"same_fact_twice"})


@dataclass(frozen=True)
class Asked:
    """The hospital of the sandbox, asked in both dialects."""

    source: HospitalRecordSource
    zis: ZisServer

    def both(self, persona: str, section: Section) -> tuple[Outcome[RecordEntry], Outcome[RecordEntry]]:
        question = RecordQuestion(Bsn(self.zis.personas[persona].bsn), None, ASKER)
        uv, nl = (
            self.source.fetch_section(_hospital(self.zis, dialect), section, question)
            for dialect in (Dialect.UV, Dialect.NL)
        )
        return uv.result(ANSWER_SECONDS), nl.result(ANSWER_SECONDS)


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    clock, transport = SteppingClock(), SoapTransport()
    transport.start()
    with ZisServer(now=clock.now) as zis:
        documents = DocumentSections(transport, clock)
        yield Asked(HospitalRecordSource(transport, clock, _DEADLINE_SECONDS, documents), zis)
    transport.stop()


def _hospital(zis: ZisServer, dialect: Dialect) -> Hospital:
    url = zis.endpoint if dialect is Dialect.UV else f"{zis.url}/nl"
    category = SECTIONS[Section.LETTERS].source(dialect).category
    return a_hospital(
        zis=ZisConnection(
            endpoint=url,
            consent_endpoint=zis.consent_endpoint,
            sender="2.16.840.1.113883.2.4.6.6.90000101",
            receiver=_DEVICE,
            patient_number_root="2.16.840.1.113883.2.4.3.7.1",
            source_name="ZIS",
            dialect=dialect,
            sections={Section.LETTERS: (SectionSource("ITI-18", "xds", category),)},
            endpoints={"xds": Endpoint("xds", f"{zis.url}/xds")},
        )
    )


@pytest.mark.parametrize("section", Section)
def test_every_section_of_one_patient_is_the_same_entry_by_entry(asked: Asked, section: Section) -> None:
    uv, nl = asked.both("everything", section)
    assert (uv.state, nl.state) == (OutcomeState.OK, OutcomeState.OK)
    assert len(uv.entries) == len(nl.entries)
    for one, other in zip(uv.entries, nl.entries, strict=True):
        assert one == other


def _other_patients() -> list[str]:
    with_record = [
        key
        for key, persona in ZisServer().personas.items()
        if persona.group in _ONE_GOOD_ANSWER and not persona.faults and key != "everything"
    ]
    return [key for key in with_record if key not in _TELLS_TWO_SOURCES]


@pytest.mark.parametrize("persona", _other_patients())
def test_every_section_of_every_other_patient_is_the_same(asked: Asked, persona: str) -> None:
    differing = []
    for section in Section:
        uv, nl = asked.both(persona, section)
        if (uv.state, uv.entries, uv.failure) != (nl.state, nl.entries, nl.failure):
            differing.append(section.value)
    assert differing == []
