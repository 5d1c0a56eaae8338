"""``POST /context-ended``: the HIS says that a patient was closed or a user logged out (launch.md §11.3).

Only what the message names closes. The open page learns it from its next poll, within ten seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from context.bsn import Bsn
from context.codes import RefusalCode
from context.errors import BsnFormatError, RefusedError
from context.hospital import Hospital
from context.ports import AuditEvent, AuditNote, AuditValue, Clock
from launch.backend.message import Message, MessageKind, verify_message
from launch.backend.model import ContextEndings, Ending, HisEvent
from launch.claim_checks import is_plain_text
from launch.decisions import Decisions
from launch.errors import LaunchRefusedError
from launch.form import parse_message_form
from launch.gate import Gate
from launch.grant_checks import find_practice
from launch.hidden_bsn import holds_bsn, may_hold_bsn
from launch.jwt_claims import missing, optional_text_of, text_of
from launch.submission import Submission

TYPE = "his-context-ended+jwt"
MAX_LIFE = timedelta(seconds=120)
BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"


@dataclass(frozen=True, slots=True)
class Ended:
    """:param count: how many contexts, pending launches and tickets ended; of the vendor's own only."""

    reference: str
    count: int


class ContextEndedDoor:
    """Verifies the message, ends what it names and records it, whatever comes of it."""

    def __init__(self, gate: Gate, endings: ContextEndings, decisions: Decisions, clock: Clock) -> None:
        self._gate = gate
        self._endings = endings
        self._decisions = decisions
        self._clock = clock

    def receive(self, hospital: Hospital, submission: Submission) -> Ended:
        """End what the message names; nothing at all may be found, which is no fault.

        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: nothing ended.
        """
        facts: dict[str, str] = {}
        try:
            message, ending = self._read(hospital, submission, facts)
            return self._end(message, ending, facts)
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, facts, AuditEvent.CONTEXT_END_ASKED)
            raise

    def _read(
        self, hospital: Hospital, submission: Submission, facts: dict[str, str]
    ) -> tuple[Message, Ending]:
        now = self._clock.now()
        body = submission.require_body()
        text = parse_message_form(submission.media_type, submission.charset, submission.query, body)
        kind = MessageKind((TYPE,), hospital.context_ended_url, MAX_LIFE)
        message = verify_message(text, kind, hospital, self._gate, now, facts)
        facts |= _recordable(None, token_id=message.used.message_id)
        ending = _ending(message, hospital)
        named = {"token_id": message.used.message_id, "user_id": ending.user_id}
        facts |= _recordable(ending.bsn, **named, his_session=ending.session)
        facts["detail"] = ending.event.value
        # A suspended practice may still close what it had opened.
        find_practice(self._gate.trust, message.grant, ending.practice_ura)
        facts["practice_ura"] = ending.practice_ura
        return message, ending

    def _end(self, message: Message, ending: Ending, facts: Mapping[str, str]) -> Ended:
        fields: dict[str, AuditValue] = {
            **facts,
            "hospital": ending.hospital,
            "patient": ending.bsn,
            "outcome": "accepted",
        }

        def end(note: AuditNote) -> Ended:
            return Ended(note.reference, self._endings.end_named(ending, message.used, note))

        return self._decisions.keep(AuditEvent.CONTEXT_END_ASKED, fields, end)


def _ending(message: Message, hospital: Hospital) -> Ending:
    """What the message names.

    :raises LaunchRefusedError: L501 a claim is missing or malformed, L601.
    """
    claims = message.claims
    event = _event(text_of(claims, "event"))
    bsn = _patient(claims) if event is HisEvent.PATIENT_CLOSED else None
    user, session = text_of(claims, "sub"), optional_text_of(claims, "sid")
    if bsn is not None and holds_bsn(message.used.message_id, bsn.reveal()):
        raise LaunchRefusedError(RefusalCode.TOKEN_ID_WEAK, "the message id holds the BSN")
    for name, text in (("sub", user), ("sid", session)):
        if text is not None and (not text.strip() or not is_plain_text(text)):
            raise missing(name)
        if text is not None and bsn is not None and holds_bsn(text, bsn.reveal()):
            raise LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"{name} holds the BSN")
    practice = text_of(claims, "practice")
    return Ending(
        hospital=hospital.slug,
        issuer=message.vendor.issuer,
        practice_ura=message.grant.organisations.get(practice, practice),
        user_id=user,
        event=event,
        session=session,
        bsn=bsn,
    )


def _recordable(bsn: Bsn | None, **named: str | None) -> dict[str, str]:
    """Those that hold no BSN, because a record shows them readable (D8).

    :param bsn: against which they were checked; None when it is not known whose they might hold.
    """
    return {
        name: text
        for name, text in named.items()
        if text is not None and (bsn is not None or not may_hold_bsn(text))
    }


def _event(text: str) -> HisEvent:
    try:
        return HisEvent(text)
    except ValueError:
        raise missing("event") from None


def _patient(claims: Mapping[str, object]) -> Bsn:
    patient = claims.get("patient")
    if not isinstance(patient, dict) or patient.get("system") != BSN_SYSTEM:
        raise missing("patient")
    try:
        return Bsn(text_of(patient, "value"))
    except BsnFormatError as fault:
        raise LaunchRefusedError(RefusalCode.BSN_INVALID, str(fault)) from None
