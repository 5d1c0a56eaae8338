"""The paths below a context: pages, status, extend, printed, close. Reads only the domain.

Errors of the context go through: ``app`` gives each its page. What a page shows is on record before
its bytes leave (D7): ``read`` returns only then, and ``views/streaming.py`` takes each section only so.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from context.consent import Scope
from context.documents import OpenedDocument, section_of
from context.errors import ContextUnknownError
from context.hospital import Hospital
from context.outcome import OutcomeState
from context.ports import Clock, ContextPhase, Credentials
from context.records import Section
from context.session import OpenContext, Standing
from views import url_words
from views.catalogue.items import ITEMS, PATIENT_INFORMATION, items_of, start_item
from views.catalogue.model import Item, PageRequest
from views.clinical import clinical_sections
from views.documents import DOCUMENT, answer_pdf
from views.links import Links
from views.page import make_clinical, make_panels, make_shell
from views.rendering import render
from views.streaming import Reading, stream_page
from views.texts import default_texts

_BROWSER_COOKIE = "__Host-browser"
_CONTEXT_COOKIE = "__Secure-ctx"
_PART = re.compile(r"[a-z0-9]{0,64}", re.ASCII)
_PAGES = {page.key: (item, page) for item in ITEMS.values() for page in (item, *item.below)}
# What any path under such a context answers (architecture.md, under D20); all else is unknown: 404.
_STATUS_CODES = {
    ContextPhase.PENDING: 200,
    ContextPhase.ENTERING: 200,
    ContextPhase.OPEN: 200,
    ContextPhase.REFUSED: 403,
    ContextPhase.EXPIRED: 401,
    ContextPhase.REPLACED: 409,
    ContextPhase.CLOSED: 200,
}


class Contexts(Protocol):
    """What the pages ask of ``context.service.ContextService``; see there."""

    def visit(self, hospital: Hospital, context_id: str, credentials: Credentials) -> OpenContext: ...

    def read(
        self,
        hospital: Hospital,
        opened: OpenContext,
        sections: tuple[Section, ...],
        page: str,
        *,
        on_paper: bool = False,
    ) -> Reading: ...

    def open_document(self, hospital: Hospital, opened: OpenContext, name: str) -> OpenedDocument: ...

    def status(self, hospital: Hospital, context_id: str, credentials: Credentials) -> Standing | None: ...

    def printed(self, hospital: Hospital, context_id: str, credentials: Credentials, page: str) -> None: ...

    def extend(self, hospital: Hospital, context_id: str, credentials: Credentials) -> object: ...

    def close(self, hospital: Hospital, context_id: str, credentials: Credentials) -> None: ...


def make_blueprint(service: Contexts, clock: Clock) -> Blueprint:
    """:param service: who may see what, until when; it raises the errors of ``context.errors``."""
    blueprint = Blueprint("views", __name__)
    pages = _Pages(service, clock)

    def add(path: str, endpoint: str, answer: Callable[..., AnyResponse], method: str = "GET") -> None:
        blueprint.add_url_rule(url_words.CONTEXT + path, endpoint, answer, methods=[method])

    add("", "start", pages.start)
    for item in ITEMS.values():
        add(item.path, item.key, partial(pages.item, item, item))
        for inner in item.below:
            if inner is not DOCUMENT:
                add(inner.path, inner.key, partial(pages.item, item, inner))
    add(url_words.DOCUMENT, "document", pages.document)
    add(url_words.DOCUMENT_PDF, "document_pdf", pages.document)
    add(url_words.STATUS, "status", pages.status)
    add(url_words.EXTEND, "extend", pages.extend, "POST")
    add(url_words.PRINTED, "printed", pages.printed, "POST")
    add(url_words.CLOSE, "close", pages.close, "POST")
    return blueprint


class _Pages:
    def __init__(self, service: Contexts, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    def start(self, context_id: str) -> Response:
        hospital = _hospital()
        if url_words.IDLE in request.args:
            standing = self._service.status(hospital, context_id, _credentials())
            if standing is not None and standing.phase is ContextPhase.OPEN:
                # Another window kept it open. A window that only let its time pass must not extend it.
                _stay_in_frame(self._service.visit(hospital, context_id, _credentials()))
                return _html(render("paused.html", hospital_name=hospital.name, start=_start(context_id)))
        opened = self._service.visit(hospital, context_id, _credentials())
        limited = opened.scope is Scope.PATIENT_INFORMATION_ONLY
        return self._page(hospital, opened, PATIENT_INFORMATION if limited else start_item(hospital))

    def item(self, listed: Item, item: Item, context_id: str, part: str = "") -> Response:
        """:param listed: the page in the menus that ``item`` is, or is reached from."""
        hospital = _hospital()
        opened = self._service.visit(hospital, context_id, _credentials())
        if listed not in items_of(hospital) or not _PART.fullmatch(part):
            raise NotFound
        return self._page(hospital, opened, item, part)

    def document(self, context_id: str, part: str) -> Response:
        """A letter or other document: the file itself when it is a PDF, else a page."""
        hospital = _hospital()
        opened = self._service.visit(hospital, context_id, _credentials())
        section = section_of(part) if _PART.fullmatch(part) else None
        if section is None or not _shows(hospital, section):
            raise NotFound
        found = self._service.open_document(hospital, opened, part)
        if found.state is OutcomeState.EMPTY:
            raise NotFound
        _stay_in_frame(opened)
        return answer_pdf(found, framed=bool(opened.launch.frame_origins)) or self._page(
            hospital, opened, DOCUMENT, part, found
        )

    def status(self, context_id: str) -> Response:
        """``{"phase": "open", "left": 812, "in_all": 9000}``, in seconds; never extends, never tells more."""
        standing = self._service.status(_hospital(), context_id, _credentials())
        told: dict[str, object] = {"phase": "unknown"}
        if standing is not None:
            told["phase"] = standing.phase.value
        if standing is not None and standing.phase is ContextPhase.OPEN:
            told |= {"left": standing.seconds_left, "in_all": standing.seconds_in_all}
        status = _STATUS_CODES[standing.phase] if standing is not None else 404
        response = Response(json.dumps(told) + "\n", status, mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    def extend(self, context_id: str) -> AnyResponse:
        """Back to the page that asked, else to the start; for a script, the answer of ``status``."""
        _require_own_window()
        self._service.extend(_hospital(), context_id, _credentials())
        if request.accept_mimetypes.best == "application/json":
            return self.status(context_id)
        found = _find_page()
        return redirect(Links(_start(context_id)).to(found[0].path if found else ""), 303)

    def printed(self, context_id: str) -> Response:
        """204 once it is on record that the browser prints a page."""
        _require_own_window()
        hospital, found = _hospital(), _find_page()
        if found is None or found[0] not in items_of(hospital) or not hospital.display.print_allowed:
            raise NotFound
        self._service.printed(hospital, context_id, _credentials(), found[1].key)
        return Response(status=204)

    def close(self, context_id: str) -> AnyResponse:
        _require_own_window()
        hospital, credentials = _hospital(), _credentials()
        self._service.close(hospital, context_id, credentials)
        # Answers what every later request will be answered: it raises that the context is closed.
        self._service.visit(hospital, context_id, credentials)
        return redirect(_start(context_id), 303)

    def _page(
        self,
        hospital: Hospital,
        opened: OpenContext,
        item: Item,
        part: str = "",
        document: OpenedDocument | None = None,
    ) -> Response:
        query = request.args.to_dict(flat=False)
        on_paper = query.pop(url_words.VIEW, None) == [url_words.ON_PAPER]
        if on_paper and not hospital.display.print_allowed:
            raise NotFound
        asked = PageRequest(
            hospital=hospital,
            opened=opened,
            item=item,
            now=self._clock.now(),
            query=query,
            links=Links(_start(opened.context_id)),
            texts=default_texts().with_labels(hospital.labels),
            part=part,
            document=document,
            on_paper=on_paper,
        )
        _stay_in_frame(opened)
        clinical = make_clinical(asked)
        sections = tuple(dict.fromkeys((*clinical_sections(asked), *asked.sections)))
        reading = self._service.read(hospital, opened, sections, item.key, on_paper=on_paper)
        try:
            response = _html(stream_page(make_shell(asked), reading, clinical, make_panels(asked)))
        except BaseException:
            reading.close()
            raise
        # A client that leaves before the first byte never starts the stream, so its end is not enough.
        response.call_on_close(reading.close)
        return response


def _hospital() -> Hospital:
    hospital: Hospital = request.environ["zorgtegel.hospital"]
    return hospital


def _stay_in_frame(opened: OpenContext) -> None:
    """``app`` makes a header of it: who may show this answer in a frame (D2)."""
    g.frame_origins = opened.launch.frame_origins


def _shows(hospital: Hospital, section: Section) -> bool:
    """Whether a page of the hospital lists entries of this section."""
    panels = (panel for item in items_of(hospital) for panel in item.panels_at(hospital))
    return section in hospital.sections and any(section in panel.sections for panel in panels)


def _require_own_window() -> None:
    """Forms and scripts of our own pages act; another site may not, even where cookies would go along.

    :raises ContextUnknownError: the browser says that another site sent it.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise ContextUnknownError


def _find_page() -> tuple[Item, Item] | None:
    """The page that a form names: the one in the menus, and the one itself or below it."""
    return _PAGES.get(request.form.get(url_words.PAGE, ""))


def _credentials() -> Credentials:
    return Credentials(request.cookies.get(_BROWSER_COOKIE), request.cookies.get(_CONTEXT_COOKIE))


def _html(page: str | Iterator[bytes]) -> Response:
    # A proxy that gathers the page before it passes it on would undo the streaming.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(page, mimetype="text/html", headers=headers)


def _start(context_id: str) -> str:
    return url_for("views.start", context_id=context_id)
