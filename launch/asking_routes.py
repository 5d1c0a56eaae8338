"""The doors at which we ask back: ``/launch/start``, ``/launch/smart`` and ``/launch/callback`` (D1)."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from context.hospital import Hospital
from launch.requests.model import Departure
from launch.routes import is_framed, keep_browser, see_context, shown_browser
from launch.sign_on import SignOnDoor
from launch.smart.door import SmartDoor


def make_asking_blueprint(sign_on: SignOnDoor, smart: SmartDoor) -> Blueprint:
    """:param sign_on: starts two-hop launches. :param smart: starts and finishes SMART launches."""
    blueprint = Blueprint("asking", __name__)

    def start_two_hop(segment: str) -> Response:
        hospital = _hospital()
        return _depart(sign_on.start(hospital, segment, request.query_string, shown_browser(request)))

    def start_smart() -> Response:
        hospital = _hospital()
        return _depart(smart.start(hospital, request.query_string, shown_browser(request)))

    def finish_smart() -> Response:
        hospital = _hospital()
        return see_context(smart.finish(hospital, request.query_string, shown_browser(request)))

    for rule, view in (
        ("/launch/start/<segment>", start_two_hop),
        ("/launch/smart", start_smart),
        ("/launch/callback", finish_smart),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=["GET"], provide_automatic_options=False)
    return blueprint


def _hospital() -> Hospital:
    """:raises MethodNotAllowed: HEAD, which Flask routes like GET; it may not use anything up."""
    if request.method != "GET":
        raise MethodNotAllowed(valid_methods=["GET"])
    hospital: Hospital = request.environ["zorgtegel.hospital"]
    return hospital


def _depart(departure: Departure) -> Response:
    """303 to the HIS. Built by hand: ``redirect()`` would write the URL into a body."""
    response = Response(status=303)
    response.headers["Location"] = departure.url
    keep_browser(response, departure.browser_id, framed=is_framed(request))
    return response
