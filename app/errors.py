"""From causes to pages: the one place where an error meets HTTP (architecture.md D5).

Every answer here is a whole Dutch page with a reference and the hospital's contact, and tells nothing
of the cause. What must be recorded and was not yet, is recorded before the page leaves.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.headers import allow_frames
from app.hosts import hospital_of
from app.launch_codes import HTTP_STATUS
from app.launch_reports import answer_report
from app.references import draw_reference
from context.codes import RefusalCode
from context.errors import (
    ContextClosedError,
    ContextError,
    ContextExpiredError,
    ContextMovedError,
    ContextReplacedError,
    ContextUnknownError,
    CookiesBlockedError,
    RefusedError,
    StorageUnavailableError,
)
from context.ports import AuditEvent, AuditNote, AuditPort, AuditValue, Clock
from launch.errors import LaunchRefusedError, LaunchReportedError
from launch.floods import RefusalMeter
from launch.routes import drop_kept_pages, is_framed
from views.refusals import PageFamily, family_of, render_refusal

_log = logging.getLogger("zorgtegel")
_LEADING_BACK = frozenset({404, 500, 503})
_RETRY_AFTER_SECONDS = {429: 60, 503: 5}


class MisdirectedRequestError(Exception):
    """The Host and prefix belong to no hospital (421)."""


@dataclass(frozen=True, slots=True)
class _Page:
    status: int
    family: PageFamily


_PAGES: dict[type[ContextError], _Page] = {
    ContextUnknownError: _Page(404, PageFamily.NOT_OPEN),
    CookiesBlockedError: _Page(403, PageFamily.L14),
    ContextExpiredError: _Page(401, PageFamily.S01),
    ContextReplacedError: _Page(409, PageFamily.S02),
    ContextClosedError: _Page(200, PageFamily.S03),
}


class ErrorPages:
    """:param meter: limits the records of 404s, as those of refusals (D18).

    :param find_frame_origins: by a hospital's slug, the sites that may show these pages in a frame (D2).
    """

    def __init__(
        self,
        audit: AuditPort,
        clock: Clock,
        meter: RefusalMeter,
        find_frame_origins: Callable[[str], Iterable[str]],
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._meter = meter
        self._find_frame_origins = find_frame_origins

    def register(self, app: Flask) -> None:
        """Give every exception of the app its page."""
        handlers: dict[type[Exception], Callable[..., Response]] = {
            LaunchReportedError: self._reported,
            RefusedError: self._refused,
            ContextMovedError: self._moved,
            StorageUnavailableError: self._storage_unavailable,
            MisdirectedRequestError: self._misdirected,
            HTTPException: self._http,
            Exception: self._unexpected,
            **dict.fromkeys(_PAGES, self._context_ended),
        }
        for cause, handler in handlers.items():
            app.register_error_handler(cause, handler)

    def _reported(self, error: LaunchReportedError) -> Response:
        self._allow_frames()
        machine = request.blueprint == "backend"
        return answer_report(error.report, error.reference or draw_reference(), 200, machine=machine)

    def _refused(self, error: RefusedError) -> Response:
        if isinstance(error, LaunchRefusedError) and error.report is not None:
            self._allow_frames()
            reference = error.reference or draw_reference()
            return answer_report(error.report, reference, HTTP_STATUS[error.code], machine=False)
        page = self._page(HTTP_STATUS[error.code], family_of(error.code), error.code, error.reference)
        return _without_kept_pages(page)

    def _context_ended(self, error: ContextError) -> Response:
        page = _PAGES[type(error)]
        if isinstance(error, ContextUnknownError):
            return self._denied(page)
        return _without_kept_pages(self._page(page.status, page.family, None, error.reference))

    def _moved(self, error: ContextMovedError) -> Response:
        response = Response(status=303)
        response.headers["Location"] = f"{request.script_root}/c/{error.context_id}/"
        return response

    def _storage_unavailable(self, error: StorageUnavailableError) -> Response:
        _log.error("storage_unavailable %s", type(error).__name__)
        code = RefusalCode.STORAGE_UNAVAILABLE
        return self._page(HTTP_STATUS[code], family_of(code), code, error.reference)

    def _misdirected(self, error: MisdirectedRequestError) -> Response:
        return self._page(421, PageFamily.NEUTRAL, None, None)

    def _http(self, error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:
            return self._denied(_Page(404, PageFamily.S04))
        page = self._page(status, PageFamily.S04 if status < 500 else PageFamily.S05, None, None)
        if status == 405 and error.response is None:
            page.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        return page

    def _unexpected(self, error: Exception) -> Response:
        # The message of an unknown exception may hold anything, so only its type and place are logged.
        places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        reference = draw_reference()
        _log.error("unexpected %s reference=%s at %s", type(error).__name__, reference, places[-4:])
        return self._page(500, PageFamily.S05, None, reference)

    def _denied(self, page: _Page) -> Response:
        """404: recorded, because someone may be trying other people's contexts (attack A104)."""
        reference = draw_reference()
        hospital = hospital_of(request.environ)
        slug = hospital.slug if hospital is not None else "-"
        admission = self._meter.admit(slug, self._clock.monotonic())
        notes = []
        if admission.passed_over:
            counted: dict[str, AuditValue] = {"hospital": slug, "count": admission.passed_over}
            notes.append(AuditNote(AuditEvent.REFUSALS_SUMMARISED, draw_reference(), counted))
        if admission.record:
            fields = {"hospital": slug, "page": request.endpoint or "unknown"}
            notes.append(AuditNote(AuditEvent.ACCESS_DENIED, reference, fields))
        try:
            if notes:
                self._audit.commit(*notes)
        except StorageUnavailableError as error:
            return self._storage_unavailable(error)
        return self._page(page.status, page.family, None, reference)

    def _page(
        self, status: int, family: PageFamily, code: RefusalCode | None, reference: str | None
    ) -> Response:
        self._allow_frames()
        html = render_refusal(
            hospital=hospital_of(request.environ),
            family=family,
            code=code,
            reference=reference or draw_reference(),
            now=self._clock.now(),
            retry_url=_retry_url(status),
        )
        response = Response(html, status=status, mimetype="text/html")
        if status in _RETRY_AFTER_SECONDS:
            response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS[status])
        if code is RefusalCode.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = "POST"
        return response

    def _allow_frames(self) -> None:
        """A frame that may show the record may show why there is none."""
        hospital = hospital_of(request.environ)
        if hospital is None or not is_framed(request):
            return
        try:
            allow_frames(self._find_frame_origins(hospital.slug))
        except StorageUnavailableError:
            allow_frames(())


def _without_kept_pages(page: Response) -> Response:
    """A context that shows its patient no more must not show it by the Back button either (attack A103)."""
    if request.view_args is not None and "context_id" in request.view_args:
        drop_kept_pages(page, request.view_args["context_id"])
    return page


def _retry_url(status: int) -> str | None:
    """The start of the context whose page failed for now, or does not exist. A launch is not asked again."""
    if status not in _LEADING_BACK or request.view_args is None or "context_id" not in request.view_args:
        return None
    return f"{request.script_root}/c/{request.view_args['context_id']}/"
