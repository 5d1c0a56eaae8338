"""Makes entries of a section out of documents: of what the registry says of them, and of their CDA."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from adapters.zis.documents.cda import (
    Cda,
    open_cda,
    performed_on,
    read_header,
    read_section,
    read_sections,
    sections_of_kind,
    statements_of,
)
from adapters.zis.documents.contents import is_cda, read_plain_text
from adapters.zis.documents.repository import RawDocument
from adapters.zis.sections.readers import READERS
from adapters.zis.sections.statement import Reading
from adapters.zis.sections.table import SECTIONS
from context.ports import RecordQuestion
from context.records import CodedText, Document, RecordEntry, Referral, Section, TextPart, TextResult
from context.records.narrative import DocumentHeader, NarrativeSection, lines_of, text_of

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
        status=document.status,
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
        status=document.status,
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
    """The statements of the section's own parts of the CDA. Where a part has none, its text is read: as a
    result in a section of texts; anywhere else text without statements is unread.

    A CDA without such a part says nothing about the section, so it does not make it complete either.
    """
    reading: Reading[RecordEntry] = Reading()
    told: list[TextPart] = []
    own = list(sections_of_kind(cda, SECTIONS[section].cda))
    for part in own:
        statements = statements_of(part)
        if statements:
            found = READERS[section](statements)
            reading.entries += [_with_document(entry, document) for entry in found.entries]
            reading.unread += found.unread
        else:
            told += _texts(read_section(part))
    if section not in TOLD_IN_WORDS:
        reading.unread += len(told) + (0 if own else 1)
        return reading
    if not own:
        told = [text for part in read_sections(cda) for text in _texts(part)]
    if told or not reading.entries:
        reading.entries.append(_from_narrative(cda, document, tuple(told)))
    return reading


def _with_document(entry: RecordEntry, document: Document) -> RecordEntry:
    if isinstance(entry, TextResult) and entry.document is None:
        return replace(entry, document=document.reference)
    return entry


def _texts(section: NarrativeSection) -> list[TextPart]:
    title = text_of(section.title)
    heading = CodedText(original_text=title) if title else section.code
    lines = lines_of(section.blocks)
    own = [TextPart(heading, "\n".join(lines))] if lines else []
    return own + [text for inner in section.sections for text in _texts(inner)]


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
