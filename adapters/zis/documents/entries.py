"""Makes entries of a section out of documents: of what the registry says of them, and of their CDA."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from lxml import etree

from adapters.zis.documents.cda import (
    Cda,
    document_code,
    open_cda,
    performed_on,
    read_header,
    read_section,
    sections_in,
    sections_of_kind,
    statements_of,
    top_sections,
)
from adapters.zis.documents.contents import is_cda, read_plain_text
from adapters.zis.documents.repository import RawDocument
from adapters.zis.sections.readers import READERS
from adapters.zis.sections.statement import Reading
from adapters.zis.sections.table import SECTIONS
from context.ports import RecordQuestion
from context.records import CodedText, Document, RecordEntry, Referral, Section, TextPart, TextResult
from context.records.narrative import DocumentHeader, lines_of, text_of

TOLD_IN_WORDS = frozenset(
    {Section.MICROBIOLOGY, Section.PATHOLOGY, Section.RADIOLOGY, Section.CARDIOLOGY, Section.ENDOSCOPY}
)
"""Sections whose entries may be nothing but text. In any other, text cannot take the place of an entry."""


def listed(document: Document, section: Section) -> RecordEntry:
    """What the registry says of a document, as an entry of ``section``."""
    return _LISTED.get(section, _as_document)(document)


def _as_document(document: Document) -> RecordEntry:
    return document


def _as_referral(document: Document) -> RecordEntry:
    return Referral(
        identifiers=document.identifiers,
        author=document.author,
        authorised=document.authorised,
        remarks=document.remarks,
        kind=document.title,
        referred=document.created,
        referrer=document.sender,
        specialism=document.specialism,
        letter=document.reference,
    )


def as_text_result(document: Document) -> TextResult:
    """A result of which only the document tells more."""
    return TextResult(
        identifiers=document.identifiers,
        author=document.author,
        authorised=document.authorised,
        remarks=document.remarks,
        recorded=document.created,
        examination=document.title,
        kind=document.kind,
        taken=document.begins or document.created,
        performer=document.sender,
        document=document.reference,
    )


_LISTED: Mapping[Section, Callable[[Document], RecordEntry]] = {
    Section.REFERRALS: _as_referral,
    **dict.fromkeys(TOLD_IN_WORDS, as_text_result),
}


def read_entries(
    raw: RawDocument, document: Document, section: Section, question: RecordQuestion
) -> Reading[RecordEntry]:
    """The entries of ``section`` in a document that was fetched.

    A document whose words are not in reach (a PDF) is an entry of its own in a section of texts, and
    unread in any other.

    :raises SourceError: it cannot be read, or it is about anyone else.
    """
    if is_cda(raw):
        cda = open_cda(raw.content, question)
        if cda.is_structured:
            return _read_structured(cda, document, section)
    if section not in TOLD_IN_WORDS:
        return Reading((), unread=1)
    text = read_plain_text(raw)
    parts = (TextPart(None, text),) if text else ()
    return Reading([replace(as_text_result(document), parts=parts)])


def _read_structured(cda: Cda, document: Document, section: Section) -> Reading[RecordEntry]:
    """The statements of the section's own parts of the CDA, and the text of what has no statements.

    In a section of texts that text is a result of its own; when the whole document is of the section, all
    of its other parts are told too. In any other section text without statements is unread, and a CDA
    without such a part says nothing about the section, so it does not make it complete either.
    """
    reading: Reading[RecordEntry] = Reading()
    codes = SECTIONS[section].cda
    own = list(sections_of_kind(cda, codes))
    done: list[etree._Element] = []
    for part in own:
        found = READERS[section](statements_of(part))
        reading.entries += [_with_document(entry, document) for entry in found.entries]
        reading.unread += found.unread
        if any(_tells(entry) for entry in found.entries):
            done.append(part)
    is_whole = section in TOLD_IN_WORDS and (not own or document_code(cda) in codes)
    told = [text for part in (top_sections(cda) if is_whole else own) for text in _texts(part, done)]
    if section in TOLD_IN_WORDS:
        if told or not reading.entries:
            reading.entries.append(_from_narrative(cda, document, tuple(told)))
    elif told or not own:
        reading.unread += max(1, len(told))
    return reading


def _tells(entry: RecordEntry) -> bool:
    """Whether an entry takes the place of the text that it stands beside."""
    return not isinstance(entry, TextResult) or bool(entry.parts)


def _with_document(entry: RecordEntry, document: Document) -> RecordEntry:
    if isinstance(entry, TextResult) and entry.document is None:
        return replace(entry, document=document.reference)
    return entry


def _texts(section: etree._Element, done: list[etree._Element]) -> list[TextPart]:
    """The text of a part of a CDA and of the parts inside it, but for those that are done."""
    if section in done:
        return []
    own = read_section(section)
    title = text_of(own.title)
    heading = CodedText(original_text=title) if title else own.code
    lines = lines_of(own.blocks)
    told = [TextPart(heading, "\n".join(lines))] if lines else []
    return told + [text for inner in sections_in(section) for text in _texts(inner, done)]


def _from_narrative(cda: Cda, document: Document, parts: tuple[TextPart, ...]) -> TextResult:
    header: DocumentHeader = read_header(cda)
    listed_as = as_text_result(document)
    return replace(
        listed_as,
        author=header.authors[0] if header.authors else listed_as.author,
        authorised=True if header.authorised_by is not None else listed_as.authorised,
        authorised_on=header.authorised_on,
        taken=performed_on(cda) or listed_as.taken,
        recorded=header.created or listed_as.recorded,
        parts=parts,
    )
