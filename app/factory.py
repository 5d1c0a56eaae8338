"""The Flask application, put together from services that are already wired."""

from pathlib import Path

from flask import Flask, Response, request

from app.errors import ErrorPages, MisdirectedRequestError
from app.headers import add_headers
from app.hosts import HospitalHosts, hospital_of
from app.launch_codes import HTTP_STATUS
from app.notice_routes import make_blueprint as make_notice_blueprint
from app.references import draw_reference
from app.wiring import Services
from launch.asking_routes import make_asking_blueprint
from launch.backend.routes import JsonRefusals
from launch.backend.routes import make_blueprint as make_backend_blueprint
from launch.metadata_routes import JWKS_ENDPOINT
from launch.metadata_routes import make_blueprint as make_metadata_blueprint
from launch.routes import make_blueprint as make_launch_blueprint
from launch.trust.model import LaunchGrade
from views.routes import make_blueprint as make_view_blueprint

_ROOT = Path(__file__).resolve().parent.parent
_HOSTLESS = frozenset({"healthz", "readyz", JWKS_ENDPOINT})
OPEN_GRADES = tuple(LaunchGrade)
"""Grades that have a door, as ``/.well-known/his-launch`` tells."""

# Context pages carry no body worth reading; only /launch takes more, and says so itself.
_MAX_BODY_BYTES = 1024


def create_app(services: Services) -> Flask:
    """:param services: wired, started after the fork by whoever serves the app."""
    app = Flask(
        "zorgtegel",
        static_folder=str(_ROOT / "static"),
        template_folder=str(_ROOT / "templates"),
    )
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000
    app.register_blueprint(make_launch_blueprint(services.door))
    refusals = JsonRefusals(HTTP_STATUS, draw_reference)
    app.register_blueprint(
        make_backend_blueprint(services.ticket_door, services.context_ended_door, refusals, services.clock)
    )
    app.register_blueprint(make_notice_blueprint(services.notice_door, refusals))
    app.register_blueprint(make_metadata_blueprint(services.own_keys, services.clock, OPEN_GRADES))
    app.register_blueprint(make_asking_blueprint(services.asking.sign_on, services.asking.smart))
    app.register_blueprint(make_view_blueprint(services.contexts, services.clock))
    ErrorPages(
        services.audit, services.clock, services.meter, services.gate.trust.find_frame_origins
    ).register(app)
    add_headers(app, https=services.settings.strict)
    _add_health(app, services)

    def require_hospital() -> None:
        if request.endpoint not in _HOSTLESS and hospital_of(request.environ) is None:
            raise MisdirectedRequestError

    app.before_request(require_hospital)
    app.wsgi_app = HospitalHosts(app.wsgi_app, services.hospitals)  # type: ignore[method-assign]
    return app


def _add_health(app: Flask, services: Services) -> None:
    """``/healthz``: the process answers. ``/readyz``: it can also write its audit trail (D7)."""

    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    def readyz() -> Response:
        ready = services.is_ready()
        return Response("ok\n" if ready else "unavailable\n", 200 if ready else 503, mimetype="text/plain")

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
