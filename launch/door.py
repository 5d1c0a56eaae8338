"""The launch door: from a posted form to an accepted launch, every POST recorded exactly once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from context.codes import RefusalCode
from context.errors import ReferenceTakenError, RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import AuditEvent, AuditNote, AuditPort, AuditValue, Clock
from launch.claims import ClaimMap
from launch.errors import LaunchRefusedError
from launch.floods import RefusalMeter
from launch.form import parse_launch_form
from launch.opening import TokenOpener
from launch.replay import AcceptedLaunch, PendingLaunches
from launch.trust.model import TrustRegistry
from launch.verify import NO_OPENER, UnverifiedLaunch, verify_launch

_DRAWS = 5


@dataclass(frozen=True, slots=True)
class Submission:
    """One request to ``/launch``, as bytes and headers. ``repr`` holds nothing of the body.

    :param body: None when the method is not POST or the body was over the limit.
    :param refused: a refusal that the transport already knows (L100, L102).
    """

    media_type: str
    charset: str | None
    query: bytes
    body: bytes | None
    origin: str | None
    browser_id: str | None
    refused: RefusalCode | None = None

    def __repr__(self) -> str:
        return "Submission(...)"


class LaunchDoor:
    """:param maps: claim maps by adapter name. :param draw_reference: gives ``XXXX-XXXX``.

    :param opener: opens encrypted tokens.
    """

    def __init__(
        self,
        trust: TrustRegistry,
        maps: Mapping[str, ClaimMap],
        pending: PendingLaunches,
        audit: AuditPort,
        clock: Clock,
        meter: RefusalMeter,
        draw_reference: Callable[[], str],
        opener: TokenOpener = NO_OPENER,
    ) -> None:
        self._trust = trust
        self._maps = maps
        self._pending = pending
        self._audit = audit
        self._clock = clock
        self._meter = meter
        self._draw_reference = draw_reference
        self._opener = opener

    def receive(self, hospital: Hospital, submission: Submission) -> AcceptedLaunch:
        """Verify and accept one launch.

        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: nothing was accepted and nothing could be recorded.
        """
        try:
            launch = self._verify(hospital, submission)
        except LaunchRefusedError as refusal:
            self._record_refusal(hospital, refusal, refusal.facts)
            raise
        try:
            return self._accept(launch, submission.browser_id)
        except RefusedError as refusal:
            self._record_refusal(hospital, refusal, _facts(launch))
            raise

    def _verify(self, hospital: Hospital, submission: Submission) -> VerifiedLaunch:
        received_at = self._clock.now()
        if submission.refused is not None or submission.body is None:
            raise LaunchRefusedError(submission.refused or RefusalCode.TOKEN_FIELDS_WRONG, "transport")
        field = parse_launch_form(
            submission.media_type, submission.charset, submission.query, submission.body
        )
        unverified = UnverifiedLaunch(field.form, field.text, submission.origin, received_at)
        try:
            return verify_launch(unverified, hospital, self._trust, self._maps, received_at, self._opener)
        except (LaunchRefusedError, MemoryError):
            raise
        except RecursionError as error:
            raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "nested too deeply") from error

    def _accept(self, launch: VerifiedLaunch, browser_id: str | None) -> AcceptedLaunch:
        for _ in range(_DRAWS):
            note = AuditNote(
                AuditEvent.LAUNCH_DECISION, self._draw_reference(), {**_facts(launch), "outcome": "accepted"}
            )
            try:
                return self._pending.add(launch, browser_id, note)
            except ReferenceTakenError:
                continue
        raise ReferenceTakenError("no free reference")

    def _record_refusal(
        self, hospital: Hospital, refusal: RefusedError, facts: Mapping[str, AuditValue]
    ) -> None:
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
                self._audit.commit(AuditNote(AuditEvent.LAUNCH_DECISION, refusal.reference, fields))
            except ReferenceTakenError:
                refusal.reference = self._draw_reference()
            else:
                return
        raise ReferenceTakenError("no free reference")

    def _admit(self, hospital: Hospital) -> bool:
        admission = self._meter.admit(hospital.slug, self._clock.monotonic())
        if admission.passed_over:
            self._audit.commit(
                AuditNote(
                    AuditEvent.REFUSALS_SUMMARISED,
                    self._draw_reference(),
                    {"hospital": hospital.slug, "count": admission.passed_over},
                )
            )
        return admission.record


def _facts(launch: VerifiedLaunch) -> dict[str, AuditValue]:
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
