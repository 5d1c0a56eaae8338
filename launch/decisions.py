"""LAUNCH_DECISION: every POST of a launch leaves exactly one record, whichever door it came by (D3, D18)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NoReturn, TypeVar

from context.errors import ReferenceTakenError, RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import AuditEvent, AuditNote, AuditPort, AuditValue, Clock
from launch.errors import LaunchRefusedError, LaunchReportedError
from launch.floods import RefusalMeter
from launch.inspection import Inspection
from launch.inspector.report import LaunchReport, make_report

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
        inspection: Inspection | None = None,
    ) -> _T:
        """Accept a launch together with its record.

        :param keep: commits what is accepted and the record it is given, both or neither. It may refuse.
        :param more: further fields of the record.
        :param inspection: what was checked; its report is kept with the record.
        :raises LaunchReportedError: the launch may only be reported; that is recorded, nothing is kept.
        """
        report = make_report(inspection or Inspection(), launch.hospital, self._now(), None)
        fields = {**launch_facts(launch), **more}
        if launch.report_only:
            self._report(fields, report)
        fields["outcome"] = "accepted"
        return self.keep(AuditEvent.LAUNCH_DECISION, fields, keep, report.to_json() if inspection else None)

    def _report(self, fields: Mapping[str, AuditValue], report: LaunchReport) -> NoReturn:
        def keep(note: AuditNote) -> str:
            self._audit.commit(note)
            return note.reference

        reported = {**fields, "outcome": "reported"}
        reference = self.keep(AuditEvent.LAUNCH_DECISION, reported, keep, report.to_json())
        raise LaunchReportedError(report, reference)

    def keep(
        self,
        event: AuditEvent,
        fields: Mapping[str, AuditValue],
        keep: Callable[[AuditNote], _T],
        report: bytes | None = None,
    ) -> _T:
        """Have something kept with a record that opens a reference. :param keep: as for ``accept``."""
        for _ in range(_DRAWS):
            try:
                return keep(AuditNote(event, self._draw_reference(), fields, report))
            except ReferenceTakenError:
                continue
        raise ReferenceTakenError("no free reference")

    def refuse(
        self,
        hospital: Hospital,
        refusal: RefusedError,
        facts: Mapping[str, AuditValue],
        event: AuditEvent = AuditEvent.LAUNCH_DECISION,
        inspection: Inspection | None = None,
    ) -> None:
        """Record a refusal and give it its ``reference``.

        :param facts: what was proven by then, or equals a registered value.
        :param inspection: what was checked; its report is kept with the record.
        :raises StorageUnavailableError: it could not be recorded.
        """
        refusal.reference = self._draw_reference()
        report = self._report_of(hospital, refusal, inspection)
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
        # Not before it is sure to be kept: it is a third of what refusing a flood would cost (A132).
        kept = report.to_json() if report is not None else None
        for _ in range(_DRAWS):
            try:
                self._audit.commit(AuditNote(event, refusal.reference, fields, kept))
            except ReferenceTakenError:
                refusal.reference = self._draw_reference()
            else:
                return
        raise ReferenceTakenError("no free reference")

    def _report_of(
        self, hospital: Hospital, refusal: RefusedError, inspection: Inspection | None
    ) -> LaunchReport | None:
        """The report to keep; a vendor in test mode is shown it too."""
        if inspection is None:
            return None
        code, detail = refusal.code.value, refusal.detail
        report = make_report(inspection, hospital.slug, self._now(), code, detail)
        if inspection.reports and isinstance(refusal, LaunchRefusedError):
            refusal.report = report.for_the_vendor()
        return report

    def _now(self) -> str:
        return f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}"

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
