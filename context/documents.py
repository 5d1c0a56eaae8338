"""Opening one letter or other document of the record (D7, security.md on documents).

A document has a name in our URLs that tells nothing. To open it, the patient's own list is read again,
with consent and release rules as for a page, and only a document that stands in that list is fetched. What
became of it is on record before a byte of it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from context.asking import answer_or, wait_for
from context.hospital import Hospital
from context.notes import PageView, document_notes
from context.outcome import FailureCause, Outcome, OutcomeState
from context.ports import AuditNote, Clock, Contexts, DocumentSource, RecordQuestion
from context.reading import Reader
from context.records import (
    Document,
    DocumentAnswer,
    DocumentContent,
    DocumentFailure,
    DocumentReference,
    RecordEntry,
    Referral,
    Section,
    TextResult,
)
from context.session import OpenContext

DOCUMENT_DEADLINE_SECONDS = 10.0
"""For the document itself, behind the list: it may be large."""

DOCUMENT_PAGE = "document"
"""The page's name for the audit trail."""

# The first letter of a name tells in which list the document stands; no letter is ever used anew.
_LISTS: Mapping[str, Section] = MappingProxyType(
    {
        "a": Section.LETTERS,
        "b": Section.REFERRALS,
        "c": Section.MICROBIOLOGY,
        "d": Section.PATHOLOGY,
        "e": Section.RADIOLOGY,
        "f": Section.CARDIOLOGY,
        "g": Section.ENDOSCOPY,
    }
)
_LETTER_OF = {section: letter for letter, section in _LISTS.items()}
_HASH_DIGITS = 24
_LATE = DocumentAnswer(failure=DocumentFailure.TIMEOUT)
_BROKEN = DocumentAnswer(failure=DocumentFailure.FAULT)


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """What became of opening a document.

    :param state: ok (``content`` may be shown, it is on record); empty (the patient's list has no such
        document); failed (``failure`` says why); not_permitted.
    :param entry: what the list says of it; None when the list did not come or does not have it.
    """

    state: OutcomeState
    entry: RecordEntry | None = None
    content: DocumentContent | None = None
    failure: DocumentFailure | None = None


def section_of(name: str) -> Section | None:
    """The list in which a document of this name stands; None when it can be no document's name."""
    return _LISTS.get(name[:1])


def document_name(section: Section, reference: DocumentReference) -> str:
    """The name of a document in our URLs: lower-case letters and digits that tell nothing.

    :raises KeyError: entries of this section name no documents.
    """
    identity = f"{reference.repository}\n{reference.document}".encode()
    return _LETTER_OF[section] + sha256(identity).hexdigest()[:_HASH_DIGITS]


def reference_of(entry: RecordEntry) -> DocumentReference | None:
    """Where the document of an entry can be fetched; None when it names none."""
    match entry:
        case Document():
            return entry.reference
        case Referral():
            return entry.letter
        case TextResult():
            return entry.document
    return None


class DocumentReader:
    """Opens documents for a context that was found open by this same request."""

    def __init__(
        self,
        reader: Reader,
        source: DocumentSource,
        contexts: Contexts,
        clock: Clock,
        deadline_seconds: float = DOCUMENT_DEADLINE_SECONDS,
    ) -> None:
        self._reader = reader
        self._source = source
        self._contexts = contexts
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def open(self, hospital: Hospital, opened: OpenContext, name: str) -> OpenedDocument | None:
        """Find the document in the patient's own list, fetch it, and put on record what became of it.

        :param name: from ``document_name``, or anything that a URL can hold.
        :returns: None when the context was no longer open at the moment of recording; nothing may be
            shown then.
        :raises RefusedError: as ``Reader.read``.
        :raises StorageUnavailableError: it could not be recorded, so nothing may be shown.
        """
        section = section_of(name)
        if section is None:
            return OpenedDocument(OutcomeState.EMPTY)
        confirmed = self._reader.confirm(hospital, opened)
        listed = self._reader.fetch(hospital, confirmed.opened, section)
        entry = _named(name, section, listed)
        found = self._fetched(hospital, confirmed.opened, entry) if entry is not None else _not_listed(listed)
        view = PageView(hospital, confirmed.opened, DOCUMENT_PAGE, confirmed.answer)
        notes = (*confirmed.notes(view), *_notes(view, section, found))
        return found if self._contexts.touch(confirmed.opened, self._clock.now(), notes) else None

    def _fetched(self, hospital: Hospital, opened: OpenContext, entry: RecordEntry) -> OpenedDocument:
        reference = reference_of(entry)
        if reference is None:
            return OpenedDocument(OutcomeState.EMPTY)
        question = RecordQuestion(opened.launch.bsn, opened.patient.birth_date, opened.launch.asker)
        future = self._source.fetch_document(hospital, reference, question)
        wait_for((future,), self._deadline_seconds)
        answer = answer_or(future, _LATE, _BROKEN)
        state = OutcomeState.OK if answer.content is not None else OutcomeState.FAILED
        return OpenedDocument(state, entry, answer.content, answer.failure)


def _named(name: str, section: Section, listed: Outcome[RecordEntry]) -> RecordEntry | None:
    for entry in listed.entries:
        reference = reference_of(entry)
        if reference is not None and document_name(section, reference) == name:
            return entry
    return None


def _not_listed(listed: Outcome[RecordEntry]) -> OpenedDocument:
    """A list that is complete does not have it; of any other nobody knows."""
    if listed.state is OutcomeState.NOT_PERMITTED:
        return OpenedDocument(OutcomeState.NOT_PERMITTED)
    if listed.state in (OutcomeState.FAILED, OutcomeState.PARTIAL):
        return OpenedDocument(OutcomeState.FAILED, failure=_CAUSES.get(listed.failure, DocumentFailure.FAULT))
    return OpenedDocument(OutcomeState.EMPTY)


_CAUSES: Mapping[FailureCause | None, DocumentFailure] = MappingProxyType(
    {cause: DocumentFailure(cause.value) for cause in FailureCause if cause.value in set(DocumentFailure)}
)


def _notes(view: PageView, section: Section, found: OpenedDocument) -> tuple[AuditNote, ...]:
    if found.state is OutcomeState.EMPTY:
        # Nothing was shown, and the name may be anybody's invention.
        return ()
    reference = reference_of(found.entry) if found.entry is not None else None
    failure = found.failure.value if found.failure is not None else None
    return document_notes(
        view, section, found.state, failure=failure, subject=reference.document if reference else None
    )
