"""The paths below a context: pages, status, extend, close. Reads only the domain.

Errors of the context go through: ``app`` gives each its page. What a page shows is on record before
its first byte leaves, because ``read`` returns only then (D7).
"""

from collections.abc import Mapping
from typing import Any, Protocol

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from context.consent import Scope
from context.hospital import Hospital, StartPage
from context.outcome import Outcome
from context.ports import Clock, ContextPhase, Credentials
from context.records import LabResult, RecordEntry, Section
from context.session import OpenContext
from views import url_words
from views.banner import HospitalNumbers, present_banner
from views.dates import local_date, present_date
from views.frame import Frame, Links, Page, present_frame
from views.lab_grid import present_lab_grid
from views.lab_query import Column, LabQuery, parse_lab_query
from views.panel import PanelFacts, present_fetched, present_panel
from views.patient_information import present_patient_information
from views.rendering import render
from views.texts import Texts, default_texts

_BROWSER_COOKIE = "__Host-browser"
_CONTEXT_COOKIE = "__Secure-ctx"
_START_PAGES = {
    StartPage.PATIENT_INFORMATION: Page.PATIENT_INFORMATION,
    StartPage.RESULTS: Page.LABORATORY,
}
_SECTIONS = {
    Page.PATIENT_INFORMATION: (Section.ALLERGIES,),
    Page.LABORATORY: (Section.ALLERGIES, Section.LABORATORY),
}
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
        self, hospital: Hospital, opened: OpenContext, sections: tuple[Section, ...], page: str
    ) -> Mapping[Section, Outcome[RecordEntry]]: ...

    def status(
        self, hospital: Hospital, context_id: str, credentials: Credentials
    ) -> ContextPhase | None: ...

    def extend(self, hospital: Hospital, context_id: str, credentials: Credentials) -> object: ...

    def close(self, hospital: Hospital, context_id: str, credentials: Credentials) -> None: ...


def make_blueprint(service: Contexts, clock: Clock) -> Blueprint:
    """:param service: who may see what, until when; it raises the errors of ``context.errors``."""
    blueprint = Blueprint("views", __name__)
    pages = _Pages(service, clock)
    blueprint.add_url_rule(url_words.CONTEXT, "start", pages.start)
    blueprint.add_url_rule(url_words.PATIENT_INFORMATION, "patient_information", pages.patient_information)
    blueprint.add_url_rule(url_words.LABORATORY, "laboratory", pages.laboratory)
    blueprint.add_url_rule(url_words.STATUS, "status", pages.status)
    blueprint.add_url_rule(url_words.EXTEND, "extend", pages.extend, methods=["POST"])
    blueprint.add_url_rule(url_words.CLOSE, "close", pages.close, methods=["POST"])
    return blueprint


class _Pages:
    def __init__(self, service: Contexts, clock: Clock) -> None:
        self._service = service
        self._clock = clock

    def start(self, context_id: str) -> Response:
        hospital = _hospital()
        if url_words.IDLE in request.args:
            phase = self._service.status(hospital, context_id, _credentials())
            if phase is ContextPhase.OPEN:
                # Another window kept it open. A window that only let its time pass must not extend it.
                return _html(render("paused.html", hospital_name=hospital.name, start=_start(context_id)))
        opened = self._service.visit(hospital, context_id, _credentials())
        page = _START_PAGES[hospital.start_page]
        if opened.scope is Scope.PATIENT_INFORMATION_ONLY:
            page = Page.PATIENT_INFORMATION
        return self._page(hospital, opened, page)

    def patient_information(self, context_id: str) -> Response:
        return self._visited(context_id, Page.PATIENT_INFORMATION)

    def laboratory(self, context_id: str) -> Response:
        return self._visited(context_id, Page.LABORATORY)

    def status(self, context_id: str) -> Response:
        """``{"phase": "open"}``; never extends, never tells more."""
        phase = self._service.status(_hospital(), context_id, _credentials())
        body = f'{{"phase": "{phase.value if phase else "unknown"}"}}\n'
        response = Response(body, _STATUS_CODES[phase] if phase else 404, mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        return response

    def extend(self, context_id: str) -> AnyResponse:
        self._service.extend(_hospital(), context_id, _credentials())
        return redirect(_start(context_id), 303)

    def close(self, context_id: str) -> AnyResponse:
        hospital, credentials = _hospital(), _credentials()
        self._service.close(hospital, context_id, credentials)
        # Answers what every later request will be answered: it raises that the context is closed.
        self._service.visit(hospital, context_id, credentials)
        return redirect(_start(context_id), 303)

    def _visited(self, context_id: str, page: Page) -> Response:
        hospital = _hospital()
        return self._page(hospital, self._service.visit(hospital, context_id, _credentials()), page)

    def _page(self, hospital: Hospital, opened: OpenContext, page: Page) -> Response:
        outcomes = self._service.read(hospital, opened, _SECTIONS[page], page.value)
        now = self._clock.now()
        texts = default_texts().with_labels(hospital.labels)
        frame = present_frame(hospital, opened, page, _links(opened.context_id), now, texts)
        values: dict[str, object] = {
            "frame": frame,
            "banner": present_banner(
                opened.patient,
                outcomes.get(Section.ALLERGIES),
                HospitalNumbers(hospital.name, hospital.zis.patient_number_root),
                local_date(now),
                texts,
            ),
        }
        if page is Page.LABORATORY:
            outcome = outcomes.get(Section.LABORATORY, Outcome[RecordEntry].not_permitted())
            values |= self._laboratory(hospital, opened, outcome, frame, texts)
            return _html(render("lab.html", **values))
        source = hospital.zis.source_name
        values["fetched"] = present_fetched(opened.patient_fetched_at, source, texts)
        values["blocks"] = present_patient_information(opened.patient, texts)
        return _html(render("patient_information.html", **values))

    def _laboratory(
        self,
        hospital: Hospital,
        opened: OpenContext,
        outcome: Outcome[RecordEntry],
        frame: Frame,
        texts: Texts,
    ) -> dict[str, object]:
        def lab_url(query: LabQuery | None = None) -> str:
            parameters: dict[str, Any] = dict(query.parameters()) if query else {}
            return url_for("views.laboratory", context_id=opened.context_id, **parameters)

        query = parse_lab_query(request.args.to_dict(flat=False))
        contact = hospital.contact
        facts = PanelFacts(
            section=texts("item.lab"),
            inline=texts("section.laboratory_inline"),
            hospital=hospital.name,
            source=hospital.zis.source_name,
            contact=contact.phone or contact.email or contact.name,
            reference=opened.reference,
        )
        results = [entry for entry in outcome.entries if isinstance(entry, LabResult)]
        return {
            "panel": present_panel(outcome, facts, self._clock.now(), texts),
            "grid": present_lab_grid(results, query, texts),
            "query": query,
            "columns": [(c.value, texts(f"lab.column_{c.name.lower()}"), c in query.columns) for c in Column],
            "since": present_date(query.since) if query.since else "",
            "until": present_date(query.until) if query.until else "",
            "problems": [texts(key) for key in query.problems],
            "lab_url": lab_url,
            "words": url_words,
            "nothing": texts("lab.nothing_in_filter", hospital=hospital.name),
            "nothing_in_part": texts("lab.nothing_in_part"),
        }


def _hospital() -> Hospital:
    hospital: Hospital = request.environ["zorgtegel.hospital"]
    return hospital


def _credentials() -> Credentials:
    return Credentials(request.cookies.get(_BROWSER_COOKIE), request.cookies.get(_CONTEXT_COOKIE))


def _html(page: str) -> Response:
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _start(context_id: str) -> str:
    return url_for("views.start", context_id=context_id)


def _links(context_id: str) -> Links:
    return Links(
        pages={
            Page.PATIENT_INFORMATION: url_for("views.patient_information", context_id=context_id),
            Page.LABORATORY: url_for("views.laboratory", context_id=context_id),
        },
        start=_start(context_id),
        status=url_for("views.status", context_id=context_id),
        extend=url_for("views.extend", context_id=context_id),
        close=url_for("views.close", context_id=context_id),
        idle=f"{_start(context_id)}?{url_words.IDLE}=1",
    )
