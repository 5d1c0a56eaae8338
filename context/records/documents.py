"""Documents of the record: what is known of them, and what came when one was fetched."""

from dataclasses import dataclass
from enum import StrEnum

from context.person import Moment
from context.records.values import CodedText, Entry, Party


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """Where one document can be fetched (XDS.b ITI-43).

    :param sha1: hexadecimal, as the registry states it; None when it does not.
    :param size: bytes, as the registry states it.
    """

    repository: str
    document: str
    community: str | None = None
    mime_type: str | None = None
    size: int | None = None
    sha1: str | None = None


@dataclass(frozen=True, slots=True)
class Document(Entry):
    """A letter or other document (XDS DocumentEntry, CDA header).

    :param kind: class or type of document.
    :param created: when it was made.
    :param recipients: to whom it was sent.
    """

    title: CodedText
    reference: DocumentReference | None = None
    kind: CodedText | None = None
    created: Moment | None = None
    specialism: CodedText | None = None
    sender: Party | None = None
    recipients: tuple[Party, ...] = ()


class DocumentFailure(StrEnum):
    """Why the contents of a document cannot be shown."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FAULT = "fault"
    REJECTED = "rejected"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    WRONG_PATIENT = "wrong_patient"
    ALTERED = "altered"
    ACTIVE_CONTENT = "active_content"
    UNSUPPORTED = "unsupported"


class DocumentForm(StrEnum):
    PDF = "pdf"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document that was fetched, checked and, where needed, cleaned.

    :param content: a PDF's bytes; or UTF-8 of our own safe HTML fragment (the narrative of a CDA); or
        plain text in UTF-8.
    :param cleaned: active content was taken out of it.
    """

    form: DocumentForm
    content: bytes
    cleaned: bool = False


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """The document, or why there is none; exactly one of both."""

    content: DocumentContent | None = None
    failure: DocumentFailure | None = None

    def __post_init__(self) -> None:
        if (self.content is None) == (self.failure is None):
            raise ValueError("a document answer is its content or its failure")
