"""``POST /consent-notice``: a door for the consent service, so every answer is JSON."""

import json

from flask import Blueprint, Request, Response, request

from adapters.zis.consent_notice import MAX_BYTES
from app.consent_notices import ConsentNoticeDoor, NoticeRequest
from context.hospital import Hospital
from launch.backend.routes import JsonRefusals
from launch.routes import METHODS, read_posted


def make_blueprint(door: ConsentNoticeDoor, refusals: JsonRefusals) -> Blueprint:
    """The one door of a consent service."""
    blueprint = Blueprint("consent_notice", __name__)

    def take_notice() -> Response:
        def take(hospital: Hospital) -> Response:
            noticed = door.receive(hospital, _request_of(request))
            told = {"ended": noticed.ended, "reference": noticed.reference}
            return Response(json.dumps(told), status=200, mimetype="application/json")

        return refusals.answer(take)

    # Every method arrives here, so that a GET is refused and recorded like any other wrong request.
    blueprint.add_url_rule(
        "/consent-notice", view_func=take_notice, methods=list(METHODS), provide_automatic_options=False
    )
    return blueprint


def _request_of(posted: Request) -> NoticeRequest:
    body, refused = read_posted(posted, MAX_BYTES)
    return NoticeRequest(
        authorization=posted.headers.get("Authorization", ""),
        media_type=posted.mimetype,
        query=posted.query_string,
        body=body,
        refused=refused,
    )
