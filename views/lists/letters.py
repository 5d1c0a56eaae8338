"""The list of letters and other documents (features D20 to D22)."""

from context.outcome import Outcome
from context.records import Document, RecordEntry, Section
from views.catalogue.model import PageRequest
from views.documents import present_link
from views.lists.cells import concept, parties, party, when
from views.lists.model import Cell, Column, ListSpec
from views.lists.order import newest_first


def _document(entry: Document, request: PageRequest) -> Cell:
    """The link to the document itself."""
    if entry.reference is None:
        return Cell(request.texts("document.no_content"), kind="unknown")
    link = present_link(Section.LETTERS, entry.reference, request)
    return Cell(link.text, url=link.url)


def _language(entry: Document, request: PageRequest) -> Cell:
    """Any but Dutch, which goes without saying here."""
    language = entry.language or ""
    return Cell("" if language.casefold().partition("-")[0] == "nl" else language)


def _authorised_note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    only = request.hospital.display.authorised_letters_only
    return request.texts("note.authorised_letters") if only else ""


def _empty(request: PageRequest) -> str:
    only = request.hospital.display.authorised_letters_only
    return request.texts("empty.letters_authorised" if only else "empty.letters")


LETTERS: ListSpec[Document] = ListSpec(
    key="letters",
    section=Section.LETTERS,
    entry=Document,
    main="subject",
    columns=(
        Column("date", when(lambda e: e.created, "list.unknown_date")),
        Column("subject", concept(lambda e: e.title)),
        Column("sender", party(lambda e: e.sender)),
        Column("recipients", parties(lambda e: e.recipients)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("document", _document),
    ),
    details=(
        Column("kind", concept(lambda e: e.kind)),
        Column("category", concept(lambda e: e.category)),
        Column("begins", when(lambda e: e.begins)),
        Column("ends", when(lambda e: e.ends)),
        Column("language", _language),
    ),
    order=newest_first(lambda e: e.created),
    empty=_empty,
    below=(_authorised_note,),
)
