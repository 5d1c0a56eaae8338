"""The hospital's patient index (port ``PatientIndex``): PDQv3 by BSN, or AORTA's QUPA_IN101101."""

from concurrent.futures import Future
from functools import partial

from lxml import etree

from adapters.zis.asking import ask, new_stamp
from adapters.zis.interactions import INTERACTIONS, Interaction
from adapters.zis.nl_requests import write_nl_query
from adapters.zis.person import read_lookup
from adapters.zis.requests import write_find_patient
from adapters.zis.transport import DEADLINE_SECONDS, SoapTransport, read_aside
from adapters.zis.wire import Message
from adapters.zis.writing import Stamp
from context.hospital import Hospital
from context.launch import Inquiry
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from context.ports import Clock
from context.zis import Dialect


class HospitalPatientIndex:
    """:param deadline_seconds: for one question, from connecting to the last byte."""

    def __init__(
        self, transport: SoapTransport, clock: Clock, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def find_patient(self, hospital: Hospital, inquiry: Inquiry) -> "Future[PatientLookup]":
        """Ask who has this BSN; see the port."""
        return ask(self._transport, partial(self._find, hospital, inquiry), _failed)

    async def _find(self, hospital: Hospital, inquiry: Inquiry) -> PatientLookup:
        stamp, zis = new_stamp(self._clock), hospital.zis
        interaction = INTERACTIONS[zis.patient_interaction]
        payload = _write(interaction, hospital, inquiry, stamp)
        message = Message(interaction.operation, stamp.message_id, payload, inquiry.bsn, inquiry.asker)
        endpoint = zis.endpoint_named(zis.patient_endpoint)
        answer = await self._transport.call(endpoint, message, self._deadline_seconds)

        def read() -> PatientLookup:
            root = self._transport.payload_of(answer.take_body(), message, endpoint)
            return read_lookup(root, inquiry.bsn, str(stamp.query_id), zis.patient_number_root, interaction)

        return await read_aside(read, len(answer.body))


def _write(interaction: Interaction, hospital: Hospital, inquiry: Inquiry, stamp: Stamp) -> etree._Element:
    if interaction.dialect is Dialect.NL:
        return write_nl_query(interaction, hospital, inquiry.bsn, inquiry.asker, stamp, "")
    return write_find_patient(hospital, inquiry.bsn, stamp)


def _failed(cause: FailureCause) -> PatientLookup:
    return PatientLookup(LookupState.FAILED, failure=cause)
