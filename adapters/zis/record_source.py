"""The hospital's record (port ``RecordSource``): QED, one question per section."""

from concurrent.futures import Future
from functools import partial

from adapters.zis.asking import ask, new_stamp
from adapters.zis.interactions import FETCH_RECORD
from adapters.zis.record import read_section
from adapters.zis.requests import write_fetch_record
from adapters.zis.sections.table import SECTIONS
from adapters.zis.transport import DEADLINE_SECONDS, SoapTransport, read_aside
from adapters.zis.wire import Message
from context.hospital import Hospital
from context.outcome import FailureCause, Outcome
from context.ports import Clock, RecordQuestion
from context.records import RecordEntry, Section
from context.zis import MAIN_ENDPOINT


class HospitalRecordSource:
    """:param deadline_seconds: for one section, from connecting to the last byte."""

    def __init__(
        self, transport: SoapTransport, clock: Clock, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def fetch_section(
        self, hospital: Hospital, section: Section, question: RecordQuestion
    ) -> "Future[Outcome[RecordEntry]]":
        """Ask for one section; see the port."""
        return ask(self._transport, partial(self._fetch, hospital, section, question), _failed)

    async def _fetch(
        self, hospital: Hospital, section: Section, question: RecordQuestion
    ) -> Outcome[RecordEntry]:
        stamp = new_stamp(self._clock)
        category = SECTIONS[section].uv.category or ""
        payload = write_fetch_record(hospital, category, question.bsn, stamp)
        message = Message(FETCH_RECORD.operation, stamp.message_id, payload, question.bsn, question.asker)
        endpoint = hospital.zis.endpoint_named(MAIN_ENDPOINT)
        answer = await self._transport.call(endpoint, message, self._deadline_seconds)
        fetched_at = self._clock.now()
        return await read_aside(
            lambda raw: read_section(
                self._transport.payload_of(raw, message, endpoint),
                section,
                question,
                str(stamp.query_id),
                hospital.zis.source_name,
                fetched_at,
            ),
            answer.body,
        )


def _failed(cause: FailureCause) -> Outcome[RecordEntry]:
    return Outcome.failed(cause)
