"""Documents of the record: what is known of them, and what came when one was fetched."""

from dataclasses import dataclass, field
from enum import StrEnum

from context.person import Moment
from context.records.narrative import DocumentHeader, NarrativeSection
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

    ``status`` is the availability in the registry, ``remarks`` are its comments.

    :param kind: type of document.
    :param category: class of document, coarser than ``kind``.
    :param format: how its content is structured.
    :param created: when it was made.
    :param begins, ends: of the care that it is about.
    :param language: as the registry states it (RFC 5646).
    :param recipients: to whom it was sent.
    """

    title: CodedText
    reference: DocumentReference | None = None
    kind: CodedText | None = None
    category: CodedText | None = None
    format: CodedText | None = None
    created: Moment | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    language: str | None = None
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
    STRUCTURED = "structured"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document that was fetched, checked and, where needed, cleaned.

    :param pdf: for ``pdf``: a file rewritten by us, without anything in it that acts.
    :param text: for ``text``: the words, to be escaped.
    :param sections: for ``structured``: what to print.
    :param header: what a CDA says of itself, also when its body is a PDF or plain text; else None.
    :param cleaned: active content was taken out of it.
    :raises ValueError: a PDF without its bytes, or bytes that are no PDF's.
    """

    form: DocumentForm
    pdf: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    sections: tuple[NarrativeSection, ...] = field(default=(), repr=False)
    header: DocumentHeader | None = field(default=None, repr=False)
    cleaned: bool = False

    def __post_init__(self) -> None:
        if (self.form is DocumentForm.PDF) != bool(self.pdf):
            raise ValueError("a PDF is its bytes, and nothing else has any")


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """The document, or why there is none; exactly one of both."""

    content: DocumentContent | None = None
    failure: DocumentFailure | None = None

    def __post_init__(self) -> None:
        if (self.content is None) == (self.failure is None):
            raise ValueError("a document answer is its content or its failure")
