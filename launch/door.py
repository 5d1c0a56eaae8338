"""The launch door: from a posted form to an accepted launch, every POST recorded exactly once."""

from collections.abc import Callable
from dataclasses import replace

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import AuditNote, Clock
from launch.backend.model import Tickets
from launch.backend.readmission import readmit
from launch.claims import TokenForm
from launch.decisions import Decisions, launch_facts
from launch.errors import LaunchRefusedError
from launch.form import SignOnAnswer, TicketField, TokenField, parse_launch_form
from launch.gate import Gate
from launch.inspection import Inspection
from launch.replay import AcceptedLaunch, PendingLaunches
from launch.saml_sign_on import SamlAnswers
from launch.sign_on import SignOnAnswers
from launch.submission import Submission
from launch.verify import UnverifiedLaunch

_Keep = Callable[[AuditNote], AcceptedLaunch]


class LaunchDoor:
    """:param pending: accepts a token that was posted. :param tickets: accepts one that waited.

    :param answers, saml_answers: verify a token that we asked for.
    :param decisions: records every POST.
    """

    def __init__(
        self,
        gate: Gate,
        pending: PendingLaunches,
        tickets: Tickets,
        answers: SignOnAnswers,
        saml_answers: SamlAnswers,
        decisions: Decisions,
        clock: Clock,
    ) -> None:
        self._gate = gate
        self._pending = pending
        self._tickets = tickets
        self._answers = answers
        self._saml_answers = saml_answers
        self._decisions = decisions
        self._clock = clock

    def receive(self, hospital: Hospital, submission: Submission) -> AcceptedLaunch:
        """Verify and accept one launch.

        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: nothing was accepted and nothing could be recorded.
        """
        inspection = Inspection()
        try:
            launch, keep, more = self._admit(hospital, submission, inspection)
        except LaunchRefusedError as refusal:
            self._decisions.refuse(hospital, refusal, refusal.facts, inspection=inspection)
            raise
        try:
            accepted = self._decisions.accept(launch, keep, more, inspection)
            return replace(accepted, framed=bool(launch.frame_origins))
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, launch_facts(launch), inspection=inspection)
            raise

    def _admit(
        self, hospital: Hospital, submission: Submission, inspection: Inspection
    ) -> tuple[VerifiedLaunch, _Keep, dict[str, str]]:
        """A genuine launch, how it is kept, and what more its record says."""
        field = inspection.run("request", _parse, submission)
        if isinstance(field, TicketField):
            return self._redeem(hospital, submission, field, inspection)
        if isinstance(field, SignOnAnswer):
            shown, now = submission.browser_id, self._clock.now()
            launch = self._answers.verify(hospital, field, submission.origin, shown, now, inspection)
        else:
            launch = self._verify(hospital, submission, field, inspection)
        launch = self._in_its_window(launch, submission)
        return launch, lambda note: self._pending.add(launch, submission.browser_id, note), {}

    def _verify(
        self, hospital: Hospital, submission: Submission, field: TokenField, inspection: Inspection
    ) -> VerifiedLaunch:
        now, origin = self._clock.now(), submission.origin
        if field.form is TokenForm.SAML:
            return self._saml_answers.verify(hospital, field, origin, submission.browser_id, now, inspection)
        unverified = UnverifiedLaunch(field.form, field.text, origin, now)
        return self._gate.verify(unverified, hospital, inspection)

    def _redeem(
        self, hospital: Hospital, submission: Submission, field: TicketField, inspection: Inspection
    ) -> tuple[VerifiedLaunch, _Keep, dict[str, str]]:
        ticket = self._tickets.find(field.code)
        if ticket is None:
            raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "no such ticket")
        if ticket.hospital != hospital.slug:
            raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "the ticket is another hospital's")
        try:
            launch = readmit(
                ticket.launch, submission.origin, hospital, self._gate, self._clock.now(), inspection
            )
        except LaunchRefusedError as refused:
            raise LaunchRefusedError(refused.code, refused.detail, _facts(ticket.launch)) from None
        launch = self._in_its_window(launch, submission)

        def keep(note: AuditNote) -> AcceptedLaunch:
            return self._tickets.redeem(field.code, launch, submission.browser_id, note)

        return launch, keep, {"detail": f"ticket {ticket.reference}"}

    def _in_its_window(self, launch: VerifiedLaunch, submission: Submission) -> VerifiedLaunch:
        """The launch with the sites that may frame it: those of its grant when it comes into a frame, else
        none, also when it waited as a ticket (D2)."""
        trust = self._gate.trust.find_trust(launch.hospital, launch.issuer) if submission.framed else None
        grant = trust.grant if trust is not None else None
        return replace(launch, frame_origins=tuple(sorted(grant.frame_origins)) if grant is not None else ())


def _parse(submission: Submission) -> TokenField | TicketField | SignOnAnswer:
    body = submission.require_body()
    return parse_launch_form(submission.media_type, submission.charset, submission.query, body)


def _facts(launch: VerifiedLaunch) -> dict[str, str]:
    return {
        "issuer": launch.issuer,
        "his": launch.his,
        "token_form": launch.token_form,
        "token_id": launch.token_id,
        "practice_ura": launch.practice.ura_number,
        "user_id": launch.user.identifier,
        "grade": launch.grade,
    }
