"""The hospital's patient index (port ``PatientIndex``): PDQv3 by BSN."""

from concurrent.futures import Future
from functools import partial

from adapters.zis.asking import ask, new_stamp
from adapters.zis.interactions import FIND_PATIENT
from adapters.zis.person import read_lookup
from adapters.zis.requests import write_find_patient
from adapters.zis.soap import open_envelope
from adapters.zis.transport import DEADLINE_SECONDS, SoapTransport, read_aside
from context.bsn import Bsn
from context.hospital import Hospital
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from context.ports import Clock


class HospitalPatientIndex:
    """:param deadline_seconds: for one question, from connecting to the last byte."""

    def __init__(
        self, transport: SoapTransport, clock: Clock, deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def find_patient(self, hospital: Hospital, bsn: Bsn) -> "Future[PatientLookup]":
        """Ask who has this BSN; see the port."""
        return ask(self._transport, partial(self._find, hospital, bsn), _failed)

    async def _find(self, hospital: Hospital, bsn: Bsn) -> PatientLookup:
        stamp = new_stamp(self._clock)
        operation, endpoint = FIND_PATIENT.operation, hospital.zis.endpoint
        question = write_find_patient(hospital, bsn, stamp)
        envelope = self._transport.envelopes.seal(operation, endpoint, stamp.message_id, question)
        raw = await self._transport.call(endpoint, envelope, operation.action, self._deadline_seconds)
        number_root = hospital.zis.patient_number_root
        return await read_aside(
            lambda answer: read_lookup(open_envelope(answer), bsn, str(stamp.query_id), number_root), raw
        )


def _failed(cause: FailureCause) -> PatientLookup:
    return PatientLookup(LookupState.FAILED, failure=cause)
