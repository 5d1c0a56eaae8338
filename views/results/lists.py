"""The lists of microbiology, pathology, radiology, ECG and endoscopy (features R17 to R22)."""

from collections.abc import Callable
from urllib.parse import urlsplit

from context.outcome import Outcome
from context.records import RecordEntry, Section, TextResult
from views.catalogue.model import PageRequest
from views.code_list import label_of
from views.documents import present_link
from views.lists.cells import NOTHING, concept, part_words, party, when
from views.lists.model import Cell, Column, ListSpec
from views.lists.order import newest_first
from views.results.keys import result_key
from views.results.status import final_words, result_status

_SHORT = 400
"""Longest report in characters that opens within its row."""

Present = Callable[[TextResult, PageRequest], Cell]


def _examination(entry: TextResult, request: PageRequest) -> Cell:
    """Its name, which opens all of it."""
    label = label_of(entry.examination) or (
        request.texts("unknown.masked") if entry.examination.masked else ""
    )
    text = label or request.texts("list.unnamed")
    return Cell(text, page=_page(entry, request))


def _page(entry: TextResult, request: PageRequest) -> str:
    return request.url(request.item.below[0], part=result_key(entry))


def _status(section: Section) -> Present:
    return lambda entry, request: Cell(result_status(section, entry.status, request.texts))


def _short_report(entry: TextResult, request: PageRequest) -> Cell:
    words = "\n".join(part_words(part, request.texts) for part in entry.parts)
    return Cell(words) if len(words) <= _SHORT else NOTHING


def _report(entry: TextResult, request: PageRequest) -> Cell:
    """Where the report opens: a document in its own tab, words in this window."""
    if entry.document is not None:
        link = present_link(Section.RADIOLOGY, entry.document, request)
        return Cell(link.text, url=link.url)
    told = entry.parts or entry.values or entry.isolates
    if not told:
        return Cell(request.texts("result.no_report"))
    return Cell(request.texts("result.report"), page=_page(entry, request))


def _images(entry: TextResult, request: PageRequest) -> Cell:
    if not entry.images:
        return NOTHING
    if len(entry.images) == 1 and is_openable(entry.images[0]):
        return Cell(request.texts("result.images"), url=entry.images[0])
    return Cell(request.texts("result.images_count", n=len(entry.images)))


def is_openable(address: str) -> bool:
    """Whether an address out of the record may become a link: nothing but a page over https."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def _empty(section: Section) -> Callable[[PageRequest], str]:
    def empty(request: PageRequest) -> str:
        texts, hospital = request.texts, request.hospital.name
        words = final_words(section, request)
        if not words:
            name = texts(f"inline.{section.value}")
            return texts("panel.empty", section=name, hospital=hospital)
        if words == texts("result_status.final"):
            return texts("result.none_final", hospital=hospital)
        return texts("result.none_with_status", statuses=words, hospital=hospital)

    return empty


def _selection(section: Section) -> Callable[[PageRequest, Outcome[RecordEntry]], str]:
    """Says which results are not here, whether there are any or not."""

    def note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
        words = final_words(section, request)
        return request.texts("result.only_status", statuses=words) if words else ""

    return note


def _list(section: Section, columns: tuple[Column[TextResult], ...]) -> ListSpec[TextResult]:
    return ListSpec(
        key=section.value,
        section=section,
        entry=TextResult,
        main="examination",
        columns=columns,
        order=newest_first(lambda entry: entry.taken or entry.recorded),
        empty=_empty(section),
        details=(
            Column("report", _short_report),
            Column("result_kind", concept(lambda entry: entry.kind)),
            Column("performed_by", party(lambda entry: entry.performer)),
        ),
        below=(_selection(section),),
    )


def _sampled(section: Section) -> ListSpec[TextResult]:
    return _list(
        section,
        (
            Column("taken", when(lambda entry: entry.taken, "list.unknown_date")),
            Column("examination", _examination),
            Column("material", concept(lambda entry: entry.material)),
            Column("requester", party(lambda entry: entry.requester)),
            Column("status", _status(section)),
        ),
    )


MICROBIOLOGY = _sampled(Section.MICROBIOLOGY)
PATHOLOGY = _sampled(Section.PATHOLOGY)
CARDIOLOGY = _sampled(Section.CARDIOLOGY)
ENDOSCOPY = _sampled(Section.ENDOSCOPY)
RADIOLOGY = _list(
    Section.RADIOLOGY,
    (
        Column("date", when(lambda entry: entry.taken, "list.unknown_date")),
        Column("examination", _examination),
        Column("requester", party(lambda entry: entry.requester)),
        Column("status", _status(Section.RADIOLOGY)),
        Column("report", _report),
        Column("images", _images),
    ),
)
