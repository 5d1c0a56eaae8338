"""Sections that are documents (XDS.b): the list is the section (ITI-18), or each is read (ITI-43)."""

import asyncio
from dataclasses import dataclass

from adapters.zis.documents.entries import TOLD_IN_WORDS, as_text_result, listed, read_entries
from adapters.zis.documents.exchange import DocumentExchange
from adapters.zis.errors import SourceError
from adapters.zis.merging import without_duplicates
from adapters.zis.sections.statement import Reading
from adapters.zis.sections.table import FIND_DOCUMENTS, READ_DOCUMENTS
from adapters.zis.transport import SoapTransport, read_aside
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome
from context.ports import Clock, RecordQuestion
from context.records import Document, RecordEntry, Section
from context.zis import SectionSource

MAX_DOCUMENTS = 25
"""That are read for one section, the newest first; older ones leave it incomplete."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Task:
    """What is being read, for whom, and until when on the loop's own clock."""

    hospital: Hospital
    section: Section
    question: RecordQuestion
    until: float

    @property
    def seconds(self) -> float:
        """What is left of the time.

        :raises SourceError: nothing.
        """
        left = self.until - asyncio.get_running_loop().time()
        if left <= 0:
            raise SourceError(FailureCause.TIMEOUT, "no time is left for this document")
        return left


class DocumentSections:
    """See ``DocumentReader`` in ``adapters/zis/record_source.py``, which asks this."""

    def __init__(self, transport: SoapTransport, clock: Clock) -> None:
        self._exchange = DocumentExchange(transport, clock)
        self._clock = clock

    async def fetch_section(
        self,
        hospital: Hospital,
        section: Section,
        source: SectionSource,
        question: RecordQuestion,
        deadline_seconds: float,
    ) -> Outcome[RecordEntry]:
        """One section from one registry.

        Partial, naming the source, when the registry holds something back, a document does not come or
        cannot be read, or there are more than may be read.

        :param deadline_seconds: for the list and all documents together.
        :raises SourceError: no usable answer, or one about anyone else (D19).
        :raises ValueError: the source's interaction is not one of XDS.b.
        """
        if source.interaction not in (FIND_DOCUMENTS, READ_DOCUMENTS):
            raise ValueError("not a source of documents")
        until = asyncio.get_running_loop().time() + deadline_seconds
        task = _Task(hospital, section, question, until)
        found = await self._exchange.find(hospital, source, question, task.seconds)
        if source.interaction == FIND_DOCUMENTS:
            entries = tuple(listed(document, section) for document in found.entries)
            failures = [FailureCause.MALFORMED] if found.unread else []
        else:
            entries, failures = await self._read_all(task, found)
        fetched_at = self._clock.now()
        if failures:
            name = source.name or hospital.zis.source_name
            return Outcome.partial(entries, (name,), fetched_at, failures[0])
        return Outcome.of(entries, fetched_at)

    async def _read_all(
        self, task: _Task, found: Reading[Document]
    ) -> tuple[tuple[RecordEntry, ...], list[FailureCause]]:
        """The entries of all documents, the newest first, and what went wrong with some."""
        documents = sorted(found.entries, key=_age)
        turns = asyncio.Semaphore(_AT_ONCE)
        readings = await asyncio.gather(
            *(self._read_one(task, document, turns) for document in documents[:MAX_DOCUMENTS])
        )
        failures = [failure for _, failure in readings if failure is not None]
        if FailureCause.WRONG_PATIENT in failures:
            raise SourceError(FailureCause.WRONG_PATIENT, "a document in the patient's list is another's")
        left_over = documents[MAX_DOCUMENTS:]
        if found.unread or left_over:
            failures.append(FailureCause.TOO_LARGE if left_over else FailureCause.MALFORMED)
        groups = [entries for entries, _ in readings] + [_unopened(task, document) for document in left_over]
        return without_duplicates(groups), failures

    async def _read_one(
        self, task: _Task, document: Document, turns: asyncio.Semaphore
    ) -> tuple[list[RecordEntry], FailureCause | None]:
        if document.reference is None:
            return _unopened(task, document), FailureCause.MALFORMED
        reference = document.reference
        try:
            async with turns:
                raw = await self._exchange.retrieve(task.hospital, reference, task.question, task.seconds)
                reading = await read_aside(
                    lambda: read_entries(raw, document, task.section, task.question), len(raw.content)
                )
        except SourceError as error:
            return _unopened(task, document), error.cause
        return reading.entries, FailureCause.MALFORMED if reading.unread else None


def _age(document: Document) -> tuple[float, ...]:
    """A key that puts the newest first, and documents without a date last."""
    if document.created is None:
        return (1.0,)
    (year, month, day), seconds = document.created.sort_key
    return (0.0, -year, -month, -day, -seconds)


def _unopened(task: _Task, document: Document) -> list[RecordEntry]:
    """A document that is known and was not read: a reader can still try to open a text."""
    return [as_text_result(document)] if task.section in TOLD_IN_WORDS else []
