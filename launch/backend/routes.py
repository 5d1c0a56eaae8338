"""``/launch/ticket`` and ``/context-ended``: doors for machines, so every answer is JSON."""

import json
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from context.codes import RefusalCode
from context.errors import RefusedError, StorageUnavailableError
from context.hospital import Hospital
from context.ports import Clock
from launch.backend.tickets import TicketDoor
from launch.routes import METHODS, submission_of

_RETRY_AFTER_SECONDS = {429: 60, 503: 5}


def make_blueprint(
    tickets: TicketDoor,
    statuses: Mapping[RefusalCode, int],
    draw_reference: Callable[[], str],
    clock: Clock,
) -> Blueprint:
    """:param statuses: HTTP status of each code.
    :param draw_reference: for a refusal that could not be recorded.
    """
    blueprint = Blueprint("backend", __name__)

    def answered(step: Callable[[Hospital], Response]) -> Response:
        try:
            return step(request.environ["zorgtegel.hospital"])
        except RefusedError as refusal:
            code, reference = refusal.code, refusal.reference
        except StorageUnavailableError as error:
            code, reference = RefusalCode.STORAGE_UNAVAILABLE, error.reference
        answer = _json(statuses[code], {"error": code.value, "reference": reference or draw_reference()})
        if code is RefusalCode.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = "POST"
        if answer.status_code in _RETRY_AFTER_SECONDS:
            answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS[answer.status_code])
        return answer

    def issue_ticket() -> Response:
        def issue(hospital: Hospital) -> Response:
            ticket = tickets.issue(hospital, submission_of(request))
            left = max(0, int((ticket.expires_at - clock.now()).total_seconds()))
            return _json(200, {"ticket": ticket.code, "expires_in": left})

        return answered(issue)

    # Every method arrives here, so that a GET is refused and recorded like any other wrong request.
    blueprint.add_url_rule(
        "/launch/ticket", view_func=issue_ticket, methods=list(METHODS), provide_automatic_options=False
    )
    return blueprint


def _json(status: int, content: Mapping[str, object]) -> Response:
    return Response(json.dumps(content), status=status, mimetype="application/json")
