"""``/launch/ticket`` and ``/context-ended``: doors for machines, so every answer is JSON."""

import json
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from context.codes import RefusalCode
from context.errors import RefusedError, StorageUnavailableError
from context.hospital import Hospital
from context.ports import Clock
from launch.backend.context_ended import ContextEndedDoor
from launch.backend.tickets import TicketDoor
from launch.routes import METHODS, submission_of

_RETRY_AFTER_SECONDS = {429: 60, 503: 5}


class JsonRefusals:
    """:param statuses: HTTP status of each code.

    :param draw_reference: for a refusal that could not be recorded.
    """

    def __init__(self, statuses: Mapping[RefusalCode, int], draw_reference: Callable[[], str]) -> None:
        self._statuses = statuses
        self._draw_reference = draw_reference

    def answer(self, step: Callable[[Hospital], Response]) -> Response:
        """What ``step`` answers for this request's hospital, or its refusal."""
        try:
            return step(request.environ["zorgtegel.hospital"])
        except RefusedError as refusal:
            return self._refused(refusal.code, refusal.reference)
        except StorageUnavailableError as error:
            return self._refused(RefusalCode.STORAGE_UNAVAILABLE, error.reference)

    def _refused(self, code: RefusalCode, reference: str | None) -> Response:
        status = self._statuses[code]
        answer = _json(status, {"error": code.value, "reference": reference or self._draw_reference()})
        if code is RefusalCode.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = "POST"
        if status in _RETRY_AFTER_SECONDS:
            answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS[status])
        return answer


def make_blueprint(
    tickets: TicketDoor, endings: ContextEndedDoor, refusals: JsonRefusals, clock: Clock
) -> Blueprint:
    """Both doors of a HIS's back end."""
    blueprint = Blueprint("backend", __name__)

    def issue_ticket() -> Response:
        def issue(hospital: Hospital) -> Response:
            ticket = tickets.issue(hospital, submission_of(request))
            left = max(0, int((ticket.expires_at - clock.now()).total_seconds()))
            return _json(200, {"ticket": ticket.code, "expires_in": left})

        return refusals.answer(issue)

    def end_contexts() -> Response:
        def end(hospital: Hospital) -> Response:
            ended = endings.receive(hospital, submission_of(request))
            return _json(202, {"ended": ended.count, "reference": ended.reference})

        return refusals.answer(end)

    # Every method arrives here, so that a GET is refused and recorded like any other wrong request.
    for path, view in (("/launch/ticket", issue_ticket), ("/context-ended", end_contexts)):
        blueprint.add_url_rule(path, view_func=view, methods=list(METHODS), provide_automatic_options=False)
    return blueprint


def _json(status: int, content: Mapping[str, object]) -> Response:
    return Response(json.dumps(content), status=status, mimetype="application/json")
