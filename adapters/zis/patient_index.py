"""The hospital's patient index (port ``PatientIndex``): PDQv3 by BSN."""

from concurrent.futures import Future
from functools import partial

from adapters.zis.asking import ask, new_stamp
from adapters.zis.interactions import FIND_PATIENT
from adapters.zis.person import read_lookup
from adapters.zis.requests import write_find_patient
from adapters.zis.transport import DEADLINE_SECONDS, SoapTransport, read_aside
from adapters.zis.wire import Message
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from context.ports import Clock
from context.zis import MAIN_ENDPOINT


class HospitalPatientIndex:
    """:param deadline_seconds: for one question, from connecting to the last byte."""

    def __init__(
        self, transport: SoapTransport, clock: Clock, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def find_patient(self, hospital: Hospital, launch: VerifiedLaunch) -> "Future[PatientLookup]":
        """Ask who has this BSN; see the port."""
        return ask(self._transport, partial(self._find, hospital, launch), _failed)

    async def _find(self, hospital: Hospital, launch: VerifiedLaunch) -> PatientLookup:
        stamp, bsn = new_stamp(self._clock), launch.bsn
        payload = write_find_patient(hospital, bsn, stamp)
        message = Message(FIND_PATIENT.operation, stamp.message_id, payload, bsn, launch.asker)
        endpoint = hospital.zis.endpoint_named(MAIN_ENDPOINT)
        answer = await self._transport.call(endpoint, message, self._deadline_seconds)
        number_root = hospital.zis.patient_number_root
        return await read_aside(
            lambda raw: read_lookup(
                self._transport.payload_of(raw, message, endpoint), bsn, str(stamp.query_id), number_root
            ),
            answer.body,
        )


def _failed(cause: FailureCause) -> PatientLookup:
    return PatientLookup(LookupState.FAILED, failure=cause)
