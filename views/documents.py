"""One document of the record: its link in a list, its page, and its bytes when it is a PDF. Pure but for
the response."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from context.documents import OpenedDocument, document_name
from context.outcome import OutcomeState
from context.person import Moment
from context.records import Document, DocumentForm, DocumentReference, Party, Section
from context.records.narrative import DocumentHeader
from views import url_words
from views.catalogue.model import Group, Item, Outcomes, PageRequest, PanelSpec, Tab
from views.dates import iso_date, present_moment
from views.lists.cells import party_words
from views.panel import Panel
from views.texts import Texts

_PDF = "application/pdf"
_KINDS = {_PDF: "pdf", "text/plain": "text"}


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """:param text: what opens: its form, its size, and that it opens in a new tab."""

    url: str
    text: str


def present_link(section: Section, reference: DocumentReference, request: PageRequest) -> DocumentLink:
    """The link that opens a document. :param section: the list in which it stands."""
    texts = request.texts
    name = document_name(section, reference)
    kind = _KINDS.get((reference.mime_type or "").partition(";")[0].strip().lower(), "other")
    path = url_words.DOCUMENT_PDF if kind == "pdf" else url_words.DOCUMENT
    form, size = texts(f"document.form_{kind}"), _size(reference.size, texts)
    opens = "" if request.framed else texts("document.opens_new_tab")
    text = ", ".join(word for word in (form, size, opens) if word)
    return DocumentLink(request.links.to(path.replace(url_words.PART, name)), text)


def _size(size: int | None, texts: Texts) -> str:
    """In kB or MB of 1000, never rounded down to nothing."""
    if size is None:
        return ""
    if size < 1_000_000:
        return texts("document.kilobytes", n=max(1, round(size / 1000)))
    return texts("document.megabytes", n=f"{size / 1_000_000:.1f}".replace(".", ","))


def answer_pdf(found: OpenedDocument, *, framed: bool) -> Response | None:
    """The file itself, to be read in a tab of its own; None for anything that is shown as a page.

    In a frame it is saved, because browsers show no PDF there (D2).

    Its name holds no patient: files end up in folders and histories.
    """
    content = found.content
    if content is None or content.form is not DocumentForm.PDF:
        return None
    created = found.entry.created if isinstance(found.entry, Document) else None
    day = f"-{iso_date(created.date)}" if created is not None else ""
    how = "attachment" if framed else "inline"
    headers = {"Content-Disposition": f'{how}; filename="brief{day}.pdf"', "Cache-Control": "no-store"}
    return Response(content.pdf, mimetype=_PDF, headers=headers)


def _present(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
    """Values of ``panels/document.html``."""
    found, texts = request.document, request.texts
    if found is None:
        raise ValueError("the page of a document without a document")
    content = found.content
    return {
        "panel": _panel(found, request),
        "retry_url": request.url(),
        "title": _title(found, texts),
        "facts": _facts(found, texts),
        "cleaned": texts("document.cleaned") if content is not None and content.cleaned else "",
        "sections": content.sections if content is not None else (),
        "text": content.text if content is not None else "",
        "kind_of": lambda node: type(node).__name__,
        "omission": {kind: texts(f"document.omitted_{kind}") for kind in ("media", "elsewhere")},
    }


DOCUMENT = Item(
    "document",
    Tab.RECORD,
    url_words.DOCUMENT,
    (PanelSpec("document", (), _present, "panels/document.html"),),
    Group.REPORTS,
)
"""The page of a document that is no PDF, or that could not be opened."""


def _panel(found: OpenedDocument, request: PageRequest) -> Panel:
    texts = request.texts
    if found.content is not None:
        return Panel("ok", shows_entries=True)
    if found.state is OutcomeState.NOT_PERMITTED or found.failure is None:
        mark, message = texts("panel.not_permitted_mark"), texts("panel.not_permitted")
        return Panel("geen-recht", shows_entries=False, mark=mark, message=message)
    facts = request.facts("", "")
    return Panel(
        "fout",
        shows_entries=False,
        message=texts(f"document.failed_{found.failure.value}"),
        advice=texts("panel.failed_next", contact=facts.contact, reference=facts.reference),
        can_retry=True,
    )


def _title(found: OpenedDocument, texts: Texts) -> str:
    """The list's title; a document of another list is named by what it says itself."""
    if isinstance(found.entry, Document) and found.entry.title.label:
        return found.entry.title.label
    header = found.content.header if found.content is not None else None
    return (header.title if header is not None else None) or texts("item.document")


def _facts(found: OpenedDocument, texts: Texts) -> list[tuple[str, str]]:
    """What the list says of it, and what it says of itself where the list is silent."""
    entry = found.entry if isinstance(found.entry, Document) else None
    header = (found.content.header if found.content is not None else None) or DocumentHeader()
    specialism = entry.specialism.label if entry is not None and entry.specialism is not None else None
    told = (
        ("date", _moment((entry.created if entry is not None else None) or header.created, texts)),
        ("sender", _names((entry.sender,) if entry is not None and entry.sender else header.authors)),
        ("recipients", _names((entry.recipients if entry is not None else ()) or header.recipients)),
        ("specialism", specialism or ""),
        ("custodian", _names((header.custodian,))),
        ("authorised_by", _names((header.authorised_by,))),
        ("authorised_on", _moment(header.authorised_on, texts)),
    )
    return [(texts(f"column.{key}"), text) for key, text in told if text]


def _moment(moment: Moment | None, texts: Texts) -> str:
    return present_moment(moment, texts) if moment is not None else ""


def _names(parties: tuple[Party | None, ...]) -> str:
    return "; ".join(words for party in parties if (words := party_words(party)))
