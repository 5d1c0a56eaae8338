"""Launching by ticket: the HIS's back end brings the token, the browser only a one-time code (launch.md
§11).

What passes through the browser is then worth nothing after a minute or a use, and says nothing.
"""

from datetime import datetime

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import AuditNote, Clock
from launch.backend.client_assertion import verify_client
from launch.backend.message import Message
from launch.backend.model import IssuedTicket, Tickets
from launch.decisions import Decisions, launch_facts
from launch.errors import LaunchRefusedError
from launch.form import TicketRequest, TokenField, parse_ticket_form
from launch.gate import Gate
from launch.inspection import Inspection
from launch.submission import Submission
from launch.trust.model import LaunchGrade
from launch.verify import UnverifiedLaunch

PAGE = "ticket"
"""How the audit trail tells the issue of a ticket from the launch that redeems it."""


class TicketDoor:
    """``POST /launch/ticket``, of the HIS's back end."""

    def __init__(self, gate: Gate, tickets: Tickets, decisions: Decisions, clock: Clock) -> None:
        self._gate = gate
        self._tickets = tickets
        self._decisions = decisions
        self._clock = clock

    def issue(self, hospital: Hospital, submission: Submission) -> IssuedTicket:
        """Verify the back end and its launch token, and give a ticket for it.

        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: no ticket was issued.
        """
        facts = {"page": PAGE, "grade": LaunchGrade.TICKET.value}
        inspection = Inspection()
        try:
            launch, caller = self._verify(hospital, submission, facts, inspection)
        except LaunchRefusedError as refusal:
            known = {**refusal.facts, **facts}
            self._decisions.refuse(hospital, refusal, known, inspection=inspection)
            raise

        def keep(note: AuditNote) -> IssuedTicket:
            return self._tickets.issue(launch, caller.used, note)

        try:
            return self._decisions.accept(launch, keep, {"page": PAGE}, inspection)
        except RefusedError as refusal:
            proven = {**launch_facts(launch), "page": PAGE}
            self._decisions.refuse(hospital, refusal, proven, inspection=inspection)
            raise

    def _verify(
        self,
        hospital: Hospital,
        submission: Submission,
        facts: dict[str, str],
        inspection: Inspection,
    ) -> tuple[VerifiedLaunch, Message]:
        now = self._clock.now()
        see = inspection.run
        asked = see("request", _parse, submission)
        caller = see(
            "request", verify_client, asked.assertion, hospital.ticket_url, hospital, self._gate, now, facts
        )
        launch = self._gate.verify(_by_ticket(asked.token, now), hospital, inspection)
        if launch.issuer != caller.vendor.issuer:
            proven = {"token_form": launch.token_form, "token_id": launch.token_id}
            raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "the token is another vendor's", proven)
        return launch, caller


def _parse(submission: Submission) -> TicketRequest:
    body = submission.require_body()
    return parse_ticket_form(submission.media_type, submission.charset, submission.query, body)


def _by_ticket(token: TokenField, now: datetime) -> UnverifiedLaunch:
    return UnverifiedLaunch(token.form, token.text, None, now, grade=LaunchGrade.TICKET, posted_by_page=False)
