"""The hospital's record (port ``RecordSource``): every source of a section at once, each in its dialect."""

import asyncio
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Protocol

from adapters.zis.asking import ask, new_stamp, settled
from adapters.zis.interactions import INTERACTIONS
from adapters.zis.merging import merge
from adapters.zis.sections.table import SECTIONS
from adapters.zis.sources import SourceReader
from adapters.zis.transport import DEADLINE_SECONDS, SoapTransport
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome
from context.ports import Clock, RecordQuestion
from context.records import RecordEntry, Section
from context.zis import REGISTRY_ENDPOINT, SectionSource, ZisConnection


class DocumentReader(Protocol):
    """Reads the sections that are documents (XDS.b): their list, or the entries in their CDA."""

    async def fetch_section(
        self,
        hospital: Hospital,
        section: Section,
        source: SectionSource,
        question: RecordQuestion,
        deadline_seconds: float,
    ) -> Outcome[RecordEntry]:
        """:raises SourceError: no usable answer, or one about anyone else (D19)."""


class HospitalRecordSource:
    """:param documents: for sources whose interaction is ITI-18 or ITI-43.

    :param deadline_seconds: for each source of a section, from connecting to the last byte of its last
        part.
    """

    def __init__(
        self,
        transport: SoapTransport,
        clock: Clock,
        deadline_seconds: float = DEADLINE_SECONDS,
        documents: DocumentReader | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._documents = documents
        self._messages = SourceReader(transport)

    def fetch_section(
        self, hospital: Hospital, section: Section, question: RecordQuestion
    ) -> "Future[Outcome[RecordEntry]]":
        """Ask for one section; see the port."""
        return ask(self._transport, partial(self._fetch, hospital, section, question), _failed)

    async def _fetch(
        self, hospital: Hospital, section: Section, question: RecordQuestion
    ) -> Outcome[RecordEntry]:
        sources = sources_of(hospital.zis, section)
        outcomes = await asyncio.gather(
            *(settled(partial(self._ask, hospital, section, source, question), _failed) for source in sources)
        )
        names = [source.name or hospital.zis.source_name for source in sources]
        return merge(list(zip(names, outcomes, strict=True)), self._clock.now())

    async def _ask(
        self, hospital: Hospital, section: Section, source: SectionSource, question: RecordQuestion
    ) -> Outcome[RecordEntry]:
        if source.interaction in INTERACTIONS:
            stamp = new_stamp(self._clock)
            part = await self._messages.fetch(
                hospital, section, source, question, stamp, self._deadline_seconds
            )
            return part.outcome(source.name or hospital.zis.source_name, self._clock.now())
        if self._documents is None:
            raise ValueError("a source of documents, and nothing that reads documents")
        return await self._documents.fetch_section(
            hospital, section, source, question, self._deadline_seconds
        )


def sources_of(zis: ZisConnection, section: Section) -> tuple[SectionSource, ...]:
    """Where a section is asked for: as the hospital file says, else by the dialect's own table.

    Documents have a registry of their own where the file names an endpoint ``registry``.
    """
    if section in zis.sections:
        return zis.sections[section]
    source = SECTIONS[section].source(zis.dialect)
    if source.interaction not in INTERACTIONS and REGISTRY_ENDPOINT in zis.endpoints:
        source = replace(source, endpoint=REGISTRY_ENDPOINT)
    return (source,)


def _failed(cause: FailureCause) -> Outcome[RecordEntry]:
    return Outcome.failed(cause)
