"""LAUNCH_DECISION: every POST of a launch leaves exactly one record, whichever door it came by (D3, D18)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from context.errors import ReferenceTakenError, RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import AuditEvent, AuditNote, AuditPort, AuditValue, Clock
from launch.floods import RefusalMeter

_DRAWS = 5
_T = TypeVar("_T")
_NOTHING: Mapping[str, AuditValue] = MappingProxyType({})


class Decisions:
    """:param draw_reference: gives ``XXXX-XXXX``."""

    def __init__(
        self, audit: AuditPort, clock: Clock, meter: RefusalMeter, draw_reference: Callable[[], str]
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._meter = meter
        self._draw_reference = draw_reference

    def accept(
        self,
        launch: VerifiedLaunch,
        keep: Callable[[AuditNote], _T],
        more: Mapping[str, AuditValue] = _NOTHING,
    ) -> _T:
        """Accept a launch together with its record.

        :param keep: commits what is accepted and the record it is given, both or neither. It may refuse.
        :param more: further fields of the record.
        """
        fields = {**launch_facts(launch), **more, "outcome": "accepted"}
        return self.keep(AuditEvent.LAUNCH_DECISION, fields, keep)

    def keep(
        self, event: AuditEvent, fields: Mapping[str, AuditValue], keep: Callable[[AuditNote], _T]
    ) -> _T:
        """Have something kept with a record that opens a reference. :param keep: as for ``accept``."""
        for _ in range(_DRAWS):
            try:
                return keep(AuditNote(event, self._draw_reference(), fields))
            except ReferenceTakenError:
                continue
        raise ReferenceTakenError("no free reference")

    def refuse(
        self,
        hospital: Hospital,
        refusal: RefusedError,
        facts: Mapping[str, AuditValue],
        event: AuditEvent = AuditEvent.LAUNCH_DECISION,
    ) -> None:
        """Record a refusal and give it its ``reference``.

        :param facts: what was proven by then, or equals a registered value.
        :raises StorageUnavailableError: it could not be recorded.
        """
        refusal.reference = self._draw_reference()
        # The token id is a fact only once signature, audience and time were proven: anyone on the network
        # can cause the refusals before that, so those are metered (D18).
        if "token_id" not in facts and not self._admit(hospital):
            return
        fields = {
            **facts,
            "hospital": hospital.slug,
            "outcome": "refused",
            "code": refusal.code.value,
            "detail": refusal.detail,
        }
        for _ in range(_DRAWS):
            try:
                self._audit.commit(AuditNote(event, refusal.reference, fields))
            except ReferenceTakenError:
                refusal.reference = self._draw_reference()
            else:
                return
        raise ReferenceTakenError("no free reference")

    def _admit(self, hospital: Hospital) -> bool:
        admission = self._meter.admit(hospital.slug, self._clock.monotonic())
        if admission.passed_over:
            counted: dict[str, AuditValue] = {"hospital": hospital.slug, "count": admission.passed_over}
            self._audit.commit(AuditNote(AuditEvent.REFUSALS_SUMMARISED, self._draw_reference(), counted))
        return admission.record


def launch_facts(launch: VerifiedLaunch) -> dict[str, AuditValue]:
    """What a record says about a launch that was proven genuine."""
    return {
        "hospital": launch.hospital,
        "issuer": launch.issuer,
        "his": launch.his,
        "token_form": launch.token_form,
        "token_id": launch.token_id,
        "user_id": launch.user.identifier,
        "user_name": launch.user.name,
        "user_role": launch.user.role,
        "user_source_role": launch.user.source_role,
        "practice_ura": launch.practice.ura_number,
        "practice_name": launch.practice.name,
        "patient": launch.bsn,
        "purpose": launch.purpose,
        "grade": launch.grade,
        "relaxations": launch.relaxations or None,
    }
