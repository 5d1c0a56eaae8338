"""A consent service says that a patient's choices have changed: what no longer stands ends at once, and
about all else of that patient consent is asked again before anything more is shown."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from adapters.xml import XmlFault, XmlRefusedError
from adapters.zis.consent_notice import NoticeShapeError, read_notice
from app.audit_bridge import AuditBridge
from app.consuming import SessionKeys
from app.crypto import Cipher
from app.sealed import SealedValues
from app.writer import Writer
from context.codes import RefusalCode
from context.consent import ConsentAnswer, ConsentState, NotPermitted, Scope, categories_of
from context.errors import BsnFormatError, RefusedError
from context.hospital import Hospital
from context.notes import consent_fields, launch_fields, refused_note
from context.notice import ConsentNotice
from context.ports import AuditEvent, AuditNote, AuditValue, Clock, ContextPhase
from context.rows import ContextRow
from context.store import doubt_row, end_row, find_living_of_patient
from launch.decisions import Decisions

WITHDRAWN = "consent_withdrawn_by_notice"

_MEDIA_TYPES = frozenset({"application/fhir+xml", "application/xml", "text/xml"})
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class NoticeRequest:
    """One request. ``repr`` holds nothing of it.

    :param body: None when ``refused`` says why there is none.
    """

    authorization: str
    media_type: str
    query: bytes
    body: bytes | None
    refused: RefusalCode | None = None

    def __repr__(self) -> str:
        return "NoticeRequest(...)"


@dataclass(frozen=True, slots=True)
class Noticed:
    """:param ended: how many contexts ended."""

    reference: str
    ended: int


class ConsentNoticeDoor:
    """:param secrets: by hospital, the texts of which the sender shows one."""

    def __init__(
        self,
        secrets: Mapping[str, tuple[str, ...]],
        endings: "NoticedEndings",
        decisions: Decisions,
    ) -> None:
        self._secrets = {slug: tuple(map(_digest, texts)) for slug, texts in secrets.items()}
        self._endings = endings
        self._decisions = decisions

    def receive(self, hospital: Hospital, request: NoticeRequest) -> Noticed:
        """Take in one notice. The same notice twice does what it does once.

        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: nothing changed.
        """
        try:
            self._authenticate(hospital, request)
            notice = _read(hospital, request)
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, {}, AuditEvent.CONSENT_NOTICED)
            raise
        fields: dict[str, AuditValue] = {
            "hospital": hospital.slug,
            "outcome": "accepted",
            "patient": notice.bsn,
            "consent_categories": tuple(sorted(notice.refused)),
        }

        def end(note: AuditNote) -> Noticed:
            return Noticed(note.reference, self._endings.end_withdrawn(hospital, notice, note))

        return self._decisions.keep(AuditEvent.CONSENT_NOTICED, fields, end)

    def _authenticate(self, hospital: Hospital, request: NoticeRequest) -> None:
        """:raises RefusedError: L100; L202, whether the secret is wrong, absent or not set up at all."""
        if request.refused is RefusalCode.METHOD_NOT_ALLOWED:
            raise RefusedError(request.refused, "transport")
        shown = _digest(request.authorization.removeprefix(_BEARER))
        # Every one is compared, so that the time tells nothing.
        same = [hmac.compare_digest(shown, known) for known in self._secrets.get(hospital.slug, ())]
        if not request.authorization.startswith(_BEARER) or not any(same):
            raise RefusedError(RefusalCode.KEY_UNKNOWN, "the sender's secret is wrong")


class NoticedEndings:
    """Does in the database what a notice asks for."""

    def __init__(self, writer: Writer, audit: AuditBridge, cipher: Cipher, clock: Clock) -> None:
        self._writer = writer
        self._audit = audit
        self._clock = clock
        self._values = SealedValues(cipher)
        self._keys = SessionKeys(cipher)

    def end_withdrawn(self, hospital: Hospital, notice: ConsentNotice, note: AuditNote) -> int:
        """End what no longer stands and doubt the rest, with one record each and the notice's own.

        :returns: how many contexts ended.
        """
        now = self._clock.now()
        keys = self._keys.patients(notice.bsn)

        def job(connection: Connection) -> int:
            living = find_living_of_patient(connection, hospital.slug, keys)
            count = sum(self._apply(connection, hospital, row, notice, now) for row in living)
            self._audit.job(replace(note, fields={**note.fields, "count": count}))(connection)
            return count

        (ended,) = self._writer.submit(job)
        return int(ended)

    def _apply(
        self,
        connection: Connection,
        hospital: Hospital,
        row: ContextRow,
        notice: ConsentNotice,
        now: datetime,
    ) -> bool:
        # One that is about to open was perhaps permitted before the patient's choice.
        scope = row.scope or Scope.FULL
        shown = row.categories if row.scope is not None else frozenset(categories_of(hospital))
        if not notice.withdraws(scope, shown):
            doubt_row(row.context_id)(connection)
            return False
        code = RefusalCode.NOTHING_TO_SHOW
        if not end_row(row.context_id, ContextPhase.REFUSED, now, code)(connection):
            return False
        self._record(connection, row, NotPermitted(code, WITHDRAWN))
        return True

    def _record(self, connection: Connection, row: ContextRow, decision: NotPermitted) -> None:
        if row.claims is None:
            return
        launch = self._values.open_launch(row.claims, row.context_id)
        answer = ConsentAnswer(ConsentState.REFUSED)
        fields = {**launch_fields(row.context_id, launch), **consent_fields(answer)}
        self._audit.job(refused_note(row, fields, decision))(connection)


def _read(hospital: Hospital, request: NoticeRequest) -> ConsentNotice:
    """:raises RefusedError: L101 to L103, L210, L501, L502 for another record holder, L601."""
    if request.refused is not None or request.body is None:
        raise RefusedError(request.refused or RefusalCode.TOKEN_FIELDS_WRONG, "transport")
    if request.media_type not in _MEDIA_TYPES or request.query:
        raise RefusedError(RefusalCode.TOKEN_FIELDS_WRONG, "another media type, or a query")
    try:
        notice = read_notice(request.body)
    except XmlRefusedError as fault:
        raise RefusedError(_XML_CODES[fault.fault], fault.reason) from None
    except NoticeShapeError as fault:
        raise RefusedError(RefusalCode.CLAIM_MISSING, str(fault)) from None
    except BsnFormatError as fault:
        raise RefusedError(RefusalCode.BSN_INVALID, str(fault)) from None
    if hospital.ura_number not in notice.holders:
        raise RefusedError(RefusalCode.AUDIENCE_WRONG, "about another record holder")
    return notice


_XML_CODES = {
    XmlFault.TOO_LARGE: RefusalCode.TOO_LARGE,
    XmlFault.MALFORMED: RefusalCode.NOT_A_TOKEN,
    XmlFault.FORBIDDEN: RefusalCode.XML_SHAPE_REFUSED,
}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
