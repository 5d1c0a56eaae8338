"""The launch door: from a posted form to an accepted launch, every POST recorded exactly once."""

from dataclasses import dataclass

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import Clock
from launch.decisions import Decisions, launch_facts
from launch.errors import LaunchRefusedError
from launch.form import TicketField, parse_launch_form
from launch.gate import Gate
from launch.replay import AcceptedLaunch, PendingLaunches
from launch.verify import UnverifiedLaunch


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
    """:param decisions: records every POST."""

    def __init__(self, gate: Gate, pending: PendingLaunches, decisions: Decisions, clock: Clock) -> None:
        self._gate = gate
        self._pending = pending
        self._decisions = decisions
        self._clock = clock

    def receive(self, hospital: Hospital, submission: Submission) -> AcceptedLaunch:
        """Verify and accept one launch.

        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: nothing was accepted and nothing could be recorded.
        """
        try:
            launch = self._verify(hospital, submission)
        except LaunchRefusedError as refusal:
            self._decisions.refuse(hospital, refusal, refusal.facts)
            raise
        try:
            return self._accept(launch, submission.browser_id)
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, launch_facts(launch))
            raise

    def _verify(self, hospital: Hospital, submission: Submission) -> VerifiedLaunch:
        received_at = self._clock.now()
        if submission.refused is not None or submission.body is None:
            raise LaunchRefusedError(submission.refused or RefusalCode.TOKEN_FIELDS_WRONG, "transport")
        field = parse_launch_form(
            submission.media_type, submission.charset, submission.query, submission.body
        )
        if isinstance(field, TicketField):
            raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "tickets are not taken here")
        unverified = UnverifiedLaunch(field.form, field.text, submission.origin, received_at)
        return self._gate.verify(unverified, hospital)

    def _accept(self, launch: VerifiedLaunch, browser_id: str | None) -> AcceptedLaunch:
        return self._decisions.accept(launch, lambda note: self._pending.add(launch, browser_id, note))
