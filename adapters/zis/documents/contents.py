"""What came as a document becomes something that is safe to show: a PDF, plain text, or our own tree."""

from adapters.zis.documents.cda import Cda, not_here, open_cda, read_attachment, read_header, read_sections
from adapters.zis.documents.errors import DocumentRefusedError
from adapters.zis.documents.multipart import MediaType, read_media_type
from adapters.zis.documents.pdf import PdfCleaner
from adapters.zis.documents.repository import RawDocument
from adapters.zis.errors import malformed
from context.ports import RecordQuestion
from context.records import DocumentContent, DocumentFailure, DocumentForm
from context.records.narrative import DocumentHeader

CDA_TYPES = frozenset({"text/xml", "application/xml", "application/hl7-cda+xml", "text/x-cda-r2+xml"})
_PDF = "application/pdf"
_TEXT = "text/plain"
_UNKNOWN = "application/octet-stream"
_PDF_MAGIC = b"%PDF-"
_PDF_MAGIC_WITHIN = 1024
_XML_MAGICS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<\x00", b"\xfe\xff\x00<")
_WHITE = b" \t\r\n"
_CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\r\f") | {"\x7f"}


def make_content(document: RawDocument, question: RecordQuestion, cleaner: PdfCleaner) -> DocumentContent:
    """The document, made safe. Takes long: call it on a thread of its own.

    :raises SourceError: it is not what it is declared to be, of a form that is not shown, about anyone
        else, or it cannot be cleaned.
    """
    declared = _declared(document.mime_type)
    name = declared.name if declared.name != _UNKNOWN else _sniff(document.content)
    if name in CDA_TYPES:
        if _sniff(document.content) not in CDA_TYPES:
            raise malformed("a CDA that is no XML")
        return _from_cda(open_cda(document.content, question), cleaner)
    return _from_file(declared, document.content, cleaner, None)


def is_cda(document: RawDocument) -> bool:
    """Whether the document is declared, or looks, like a CDA."""
    name = _declared(document.mime_type).name
    return name in CDA_TYPES or (name == _UNKNOWN and _sniff(document.content) in CDA_TYPES)


def read_plain_text(document: RawDocument) -> str | None:
    """The words of a plain text; None for any other kind of document, whose words are not in reach.

    :raises SourceError: text that cannot be read as declared.
    """
    declared = _declared(document.mime_type)
    return _read_text(declared, document.content) if declared.name == _TEXT else None


def _declared(mime_type: str) -> MediaType:
    return read_media_type(mime_type or _UNKNOWN)


def _from_cda(document: Cda, cleaner: PdfCleaner) -> DocumentContent:
    header = read_header(document)
    if document.is_structured:
        return DocumentContent(DocumentForm.STRUCTURED, sections=read_sections(document), header=header)
    attachment = read_attachment(document)
    if attachment.content is None:
        return DocumentContent(DocumentForm.STRUCTURED, sections=(not_here(),), header=header)
    return _from_file(read_media_type(attachment.mime_type), attachment.content, cleaner, header)


def _from_file(
    declared: MediaType, content: bytes, cleaner: PdfCleaner, header: DocumentHeader | None
) -> DocumentContent:
    sniffed = _sniff(content)
    name = sniffed if declared.name == _UNKNOWN else declared.name
    if name == _PDF:
        if sniffed != _PDF:
            raise malformed("a PDF that is none")
        clean = cleaner.clean(content)
        return DocumentContent(DocumentForm.PDF, pdf=clean.content, header=header, cleaned=clean.changed)
    if name == _TEXT:
        if sniffed == _PDF:
            raise malformed("plain text that is a PDF")
        return DocumentContent(DocumentForm.TEXT, text=_read_text(declared, content), header=header)
    raise DocumentRefusedError(DocumentFailure.UNSUPPORTED, "a kind of document that is not shown")


def _sniff(content: bytes) -> str:
    """What the first bytes show: PDF, XML or plain text."""
    if _PDF_MAGIC in content[:_PDF_MAGIC_WITHIN]:
        return _PDF
    return "text/xml" if content.lstrip(_WHITE)[:4].startswith(_XML_MAGICS) else _TEXT


def _read_text(declared: MediaType, content: bytes) -> str:
    charset = declared.parameters.get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        raise DocumentRefusedError(DocumentFailure.UNSUPPORTED, "text in an unknown encoding")
    try:
        text = content.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError:
        # A guess would show another letter, or another dose, than was written.
        raise malformed("text in another encoding than declared") from None
    if not _CONTROLS.isdisjoint(text):
        raise malformed("text that holds control characters")
    return text.replace("\r\n", "\n").replace("\r", "\n")
