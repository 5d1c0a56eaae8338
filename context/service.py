"""The life of one context as a browser meets it: who may enter, what it may read, when it ends.

Authority is the path and the context cookie together, nothing else (architecture.md D2); every method
looks the context up by hospital and id, so that nothing about a patient is held per browser or thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from context.codes import RefusalCode
from context.documents import DOCUMENT_DEADLINE_SECONDS, DocumentReader, OpenedDocument
from context.entering import ENTRY_DEADLINE_SECONDS, Entrance, refusal
from context.errors import (
    ContextClosedError,
    ContextError,
    ContextExpiredError,
    ContextMovedError,
    ContextReplacedError,
    ContextUnknownError,
    CookiesBlockedError,
)
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.notes import PageView, closed_note, extended_note, printed_note, replay_note
from context.ports import (
    AuditPort,
    Clock,
    ConsentSource,
    Consumption,
    ContextName,
    ContextPhase,
    Contexts,
    Credentials,
    DocumentSource,
    PatientIndex,
    RecordSource,
    StoredContext,
)
from context.reading import PAGE_DEADLINE_SECONDS, PageReading, Reader
from context.records import Section
from context.session import OpenContext, Standing, open_context

_ENDED: Mapping[ContextPhase, type[ContextError]] = {
    ContextPhase.EXPIRED: ContextExpiredError,
    ContextPhase.REPLACED: ContextReplacedError,
    ContextPhase.CLOSED: ContextClosedError,
}
_NO_CREDENTIALS = Credentials(None, None)


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom the hospital's answers come from."""

    index: PatientIndex
    consent: ConsentSource
    records: RecordSource
    documents: DocumentSource


class ContextService:
    """Raises only the errors of ``context/errors.py``, each with the reference to tell by telephone.

    :param entry_deadline_seconds, page_deadline_seconds, document_deadline_seconds: how long the hospital
        may take, above 0.
    """

    def __init__(
        self,
        contexts: Contexts,
        sources: Sources,
        audit: AuditPort,
        clock: Clock,
        *,
        entry_deadline_seconds: float = ENTRY_DEADLINE_SECONDS,
        page_deadline_seconds: float = PAGE_DEADLINE_SECONDS,
        document_deadline_seconds: float = DOCUMENT_DEADLINE_SECONDS,
    ) -> None:
        self._contexts = contexts
        self._audit = audit
        self._clock = clock
        self._entrance = Entrance(
            contexts, sources.index, sources.consent, audit, clock, entry_deadline_seconds
        )
        self._reader = Reader(contexts, sources.consent, sources.records, audit, clock, page_deadline_seconds)
        self._documents = DocumentReader(
            self._reader, sources.documents, contexts, clock, document_deadline_seconds
        )

    def visit(self, hospital: Hospital, context_id: str, credentials: Credentials) -> OpenContext:
        """The open context; its first visit consumes the token and decides (D3, D6).

        What a path answers is the list under the decisions in architecture.md §5, first match wins.

        :raises ContextUnknownError: no such context here, or not for this browser.
        :raises CookiesBlockedError: a pending context, and the browser sent no cookie at all.
        :raises ContextMovedError: this browser opened the same token under another context, or has a newer
            cookie for this one.
        :raises ContextExpiredError, ContextReplacedError, ContextClosedError: it is over.
        :raises RefusedError: L405 another browser came; L603, L604, L701, L702 the decision.
        :raises StorageUnavailableError: nothing could be read or recorded, so nothing is shown.
        """
        started = self._clock.monotonic()
        stored = self._admit(hospital, context_id, credentials)
        if stored.phase is ContextPhase.PENDING:
            stored = self._consume(hospital, stored, credentials)
        elif stored.phase is ContextPhase.ENTERING and self._clock.now() >= stored.retry_until:
            self._expire(stored, stored.launch)
        if stored.phase is ContextPhase.ENTERING and stored.launch is not None:
            self._entrance.decide(hospital, stored, stored.launch, started)
            stored = self._admit_still(hospital, context_id, credentials)
        return self._opened(hospital, stored)

    def read(
        self,
        hospital: Hospital,
        opened: OpenContext,
        sections: tuple[Section, ...],
        page: str,
        *,
        on_paper: bool = False,
    ) -> PageReading:
        """The sections of one page, to be taken as they arrive. When this returns, the page and its banner
        are on record, and the context's idle time has started anew.

        :param opened: from ``visit`` in this same request.
        :param page: the page's name for the audit trail. :param on_paper: it is made to be printed.
        :returns: to be closed by the caller.
        :raises RefusedError: L603 consent was withdrawn; L701 it cannot be established now.
        :raises ContextExpiredError, ContextReplacedError, ContextClosedError: it ended meanwhile.
        :raises StorageUnavailableError: it could not be recorded, so it may not be shown.
        """
        if opened.has_ended(self._clock.now()):
            self._expire(opened, opened.launch)
        reading = self._reader.read(hospital, opened, sections, page, on_paper=on_paper)
        if reading is None:
            self._raise_why_ended(hospital, opened)
        return reading

    def open_document(self, hospital: Hospital, opened: OpenContext, name: str) -> OpenedDocument:
        """One document out of the patient's own lists. When this returns, what became of it is on record.

        :param opened: from ``visit`` in this same request.
        :param name: as the URL has it (``context.documents.document_name``).
        :raises: as ``read``.
        """
        if opened.has_ended(self._clock.now()):
            self._expire(opened, opened.launch)
        found = self._documents.open(hospital, opened, name)
        if found is None:
            self._raise_why_ended(hospital, opened)
        return found

    def status(self, hospital: Hospital, context_id: str, credentials: Credentials) -> Standing | None:
        """What a window asks to know whether, and how long, it may still show its page. Extends and
        changes nothing.

        :returns: None where ``visit`` would not know the context for this browser.
        """
        stored = self._contexts.find(hospital.slug, context_id, credentials)
        if stored is None or not stored.context_matches:
            return None
        if stored.phase is ContextPhase.OPEN:
            return open_context(hospital, stored).standing(self._clock.now())
        return Standing(stored.phase)

    def extend(self, hospital: Hospital, context_id: str, credentials: Credentials) -> OpenContext:
        """Start the idle time anew (D17); the absolute end does not move. Errors as ``visit``, except
        that a context that was never opened is unknown here: nothing opens by this way."""
        opened = self._require_open(hospital, context_id, credentials)
        now = self._clock.now()
        if not self._contexts.touch(opened, now, (extended_note(opened),)):
            self._raise_why_ended(hospital, opened)
        return self._require_open(hospital, context_id, credentials)

    def printed(self, hospital: Hospital, context_id: str, credentials: Credentials, page: str) -> None:
        """Put on record that a browser prints a page that it showed. Errors as ``extend``.

        :param page: the page's name for the audit trail.
        """
        opened = self._require_open(hospital, context_id, credentials)
        note = printed_note(PageView(hospital, opened, page), "browser")
        if not self._contexts.touch(opened, self._clock.now(), (note,)):
            self._raise_why_ended(hospital, opened)

    def close(self, hospital: Hospital, context_id: str, credentials: Credentials) -> None:
        """ "Sluiten": end it and erase what it held. Closing twice is closing once; other errors as
        ``extend``. A context ends even when that cannot be recorded."""
        try:
            opened = self._require_open(hospital, context_id, credentials)
        except ContextClosedError:
            return
        note = closed_note(opened, opened.launch, ContextPhase.CLOSED)
        self._contexts.end(opened, ContextPhase.CLOSED, self._clock.now(), note)

    def _admit(self, hospital: Hospital, context_id: str, credentials: Credentials) -> StoredContext:
        """The stored context for a browser that may know of it, whatever has become of it."""
        stored = self._contexts.find(hospital.slug, context_id, credentials)
        if stored is None:
            raise ContextUnknownError
        if stored.phase is ContextPhase.PENDING:
            self._admit_pending(stored, credentials)
        if not stored.context_matches:
            raise ContextUnknownError
        return stored

    def _admit_still(self, hospital: Hospital, context_id: str, credentials: Credentials) -> StoredContext:
        """``_admit`` for a request that was admitted before: when its cookie was renewed meanwhile by a
        second click in the same browser (D3), the browser has the new one by now and asks again."""
        try:
            return self._admit(hospital, context_id, credentials)
        except ContextUnknownError:
            raise ContextMovedError(context_id) from None

    def _admit_pending(self, stored: StoredContext, credentials: Credentials) -> None:
        if credentials.empty:
            raise _with_reference(CookiesBlockedError(), stored)
        if not stored.browser_matches:
            detail = "pending_other_browser" if credentials.browser else "pending_no_browser"
            if stored.launch is not None:
                self._audit.commit(replay_note(stored, stored.launch, detail))
            raise refusal(stored, RefusalCode.REPLAYED, detail)

    def _consume(self, hospital: Hospital, stored: StoredContext, credentials: Credentials) -> StoredContext:
        """Consume the token. The context is ``entering`` afterwards, or further when another request of
        the same browser came first."""
        consumed = self._contexts.consume(hospital, stored.context_id, self._clock.now())
        match consumed.result:
            case Consumption.ENTERED:
                return replace(stored, phase=ContextPhase.ENTERING)
            case Consumption.MOVED if consumed.moved_to is not None:
                raise ContextMovedError(consumed.moved_to)
            case Consumption.REPLAYED:
                raise refusal(stored, RefusalCode.REPLAYED, "token_consumed_by_other_browser")
            case Consumption.REPLACED:
                raise _with_reference(ContextReplacedError(), stored)
        found = self._admit_still(hospital, stored.context_id, credentials)
        if found.phase is ContextPhase.PENDING:
            raise _with_reference(ContextExpiredError(), stored)
        return found

    def _require_open(self, hospital: Hospital, context_id: str, credentials: Credentials) -> OpenContext:
        stored = self._contexts.find(hospital.slug, context_id, credentials)
        if stored is None or not stored.context_matches or stored.phase is ContextPhase.PENDING:
            raise ContextUnknownError
        return self._opened(hospital, stored)

    def _opened(self, hospital: Hospital, stored: StoredContext) -> OpenContext:
        if stored.phase is not ContextPhase.OPEN:
            raise _why_not_open(stored)
        opened = open_context(hospital, stored)
        if opened.has_ended(self._clock.now()):
            self._expire(opened, opened.launch)
        return opened

    def _expire(self, context: ContextName, launch: VerifiedLaunch | None) -> NoReturn:
        """Its time was up before this request came: erase what it holds, and say so."""
        phase = ContextPhase.EXPIRED
        note = closed_note(context, launch, phase) if launch is not None else None
        self._contexts.end(context, phase, self._clock.now(), note)
        raise _with_reference(ContextExpiredError(), context)

    def _raise_why_ended(self, hospital: Hospital, opened: OpenContext) -> NoReturn:
        stored = self._contexts.find(hospital.slug, opened.context_id, _NO_CREDENTIALS)
        raise ContextUnknownError if stored is None else _why_not_open(stored)


def _why_not_open(stored: StoredContext) -> ContextError:
    if stored.phase is ContextPhase.REFUSED and stored.refusal is not None:
        return refusal(stored, stored.refusal, "refused_before")
    return _with_reference(_ENDED.get(stored.phase, ContextUnknownError)(), stored)


def _with_reference(error: ContextError, context: ContextName) -> ContextError:
    error.reference = context.reference
    return error
