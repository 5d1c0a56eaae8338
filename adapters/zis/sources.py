"""One source of one section: its question, and the rest of a long answer (QUQI, zis.md §1.3)."""

import asyncio
from dataclasses import dataclass, replace
from uuid import uuid4

from lxml import etree

from adapters.zis.errors import SourceError
from adapters.zis.interactions import (
    CANCEL_RECORD,
    CONTINUE_NL,
    CONTINUE_RECORD,
    INTERACTIONS,
    Interaction,
    Operation,
)
from adapters.zis.merging import without_duplicates
from adapters.zis.nl_requests import write_nl_continuation, write_nl_query
from adapters.zis.record import Asked, Part, read_part
from adapters.zis.requests import write_continue_record, write_fetch_record
from adapters.zis.transport import SoapTransport, read_aside
from adapters.zis.wire import Message
from adapters.zis.wrapper import Earlier
from adapters.zis.writing import Stamp
from context.hospital import Hospital
from context.outcome import FailureCause
from context.ports import RecordQuestion
from context.records import Section
from context.zis import Dialect, Endpoint, SectionSource

MAX_PARTS = 20
"""Of one answer. A source that pages further is shown as incomplete."""

_CANCEL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Query:
    """A question that is open at a source."""

    hospital: Hospital
    source: SectionSource
    question: RecordQuestion
    stamp: Stamp

    @property
    def interaction(self) -> Interaction:
        return INTERACTIONS[self.source.interaction]

    @property
    def endpoint(self) -> Endpoint:
        return self.hospital.zis.endpoint_named(self.source.endpoint)

    @property
    def next_stamp(self) -> Stamp:
        return replace(self.stamp, message_id=uuid4())

    def first(self) -> Message:
        interaction, category = self.interaction, self.source.category or ""
        bsn, asker = self.question.bsn, self.question.asker
        if interaction.dialect is Dialect.UV:
            payload = write_fetch_record(self.hospital, category, bsn, self.stamp)
        else:
            payload = write_nl_query(interaction, self.hospital, bsn, asker, self.stamp, category)
        message = self._message(interaction.operation, self.stamp, payload)
        return replace(message, action=self.source.soap_action)

    def next(self, first: int, number: int) -> Message:
        stamp = self.next_stamp
        if self.interaction.dialect is Dialect.UV:
            payload = write_continue_record(self.hospital, stamp, first, number)
            return self._message(CONTINUE_RECORD, stamp, payload)
        payload = write_nl_continuation(self.hospital, self.question.asker, stamp)
        return self._message(CONTINUE_NL, stamp, payload)

    def cancel(self) -> Message:
        stamp = self.next_stamp
        if self.interaction.dialect is Dialect.UV:
            payload = write_continue_record(self.hospital, stamp, 0, 0, cancel=True)
            return self._message(CANCEL_RECORD, stamp, payload)
        payload = write_nl_continuation(self.hospital, self.question.asker, stamp, cancel=True)
        return self._message(CONTINUE_NL, stamp, payload)

    def _message(self, operation: Operation, stamp: Stamp, payload: etree._Element) -> Message:
        # A source's own action belongs to its question; an empty one is its way with all messages.
        action = "" if self.source.soap_action == "" else None
        return Message(operation, stamp.message_id, payload, self.question.bsn, self.question.asker, action)


class SourceReader:
    """Asks sources that answer in HL7v3 messages."""

    def __init__(self, transport: SoapTransport, max_parts: int = MAX_PARTS) -> None:
        self._transport = transport
        self._max_parts = max_parts
        self._cancelling: set[asyncio.Task[None]] = set()

    async def fetch(
        self,
        hospital: Hospital,
        section: Section,
        source: SectionSource,
        question: RecordQuestion,
        stamp: Stamp,
        deadline_seconds: float,
    ) -> Part:
        """Everything that the source has, as far as it comes in time: then ``remaining`` is above 0.

        :param deadline_seconds: for all parts together.
        :raises SourceError: no usable first part, or a part about anyone else.
        """
        until = asyncio.get_running_loop().time() + deadline_seconds
        query = _Query(hospital, source, question, stamp)
        asked = Asked(
            query.interaction,
            section,
            question,
            str(stamp.query_id),
            source.name or hospital.zis.source_name,
        )
        whole = part = await self._ask(query, query.first(), asked, until)
        parts = 1
        while part.remaining and part.results and parts < self._max_parts:
            message = query.next(whole.results + 1, part.remaining)
            asked = replace(asked, earlier=Earlier(whole.results, whole.remaining))
            try:
                part = await self._ask(query, message, asked, until)
            except SourceError as error:
                if error.cause is FailureCause.WRONG_PATIENT:
                    self._cancel(query)
                    raise
                whole = replace(whole, failure=whole.failure or error.cause)
                break
            parts += 1
            whole = _joined(whole, part)
        if whole.remaining:
            self._cancel(query)
        return whole

    async def _ask(self, query: _Query, message: Message, asked: Asked, until: float) -> Part:
        seconds = until - asyncio.get_running_loop().time()
        answer = await self._transport.call(query.endpoint, message, seconds)

        def read() -> Part:
            return read_part(self._transport.payload_of(answer.take_body(), message, query.endpoint), asked)

        return await read_aside(read, len(answer.body))

    def _cancel(self, query: _Query) -> None:
        """Tell the source that nobody will come for the rest. Nobody waits for it to hear that."""
        task = asyncio.get_running_loop().create_task(self._tell(query))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _tell(self, query: _Query) -> None:
        try:
            await self._transport.call(query.endpoint, query.cancel(), _CANCEL_SECONDS)
        except SourceError:
            return


def _joined(whole: Part, part: Part) -> Part:
    """What arrived so far. A last part without results leaves what remained before it."""
    return Part(
        entries=without_duplicates((whole.entries, part.entries)),
        missing=tuple(dict.fromkeys(whole.missing + part.missing)),
        failure=whole.failure or part.failure,
        results=whole.results + part.results,
        remaining=part.remaining if part.results else whole.remaining,
    )
