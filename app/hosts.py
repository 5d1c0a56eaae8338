"""Which hospital a request is for: the exact match of Host and prefix (architecture.md D10).

Forwarded headers are never read: a proxy passes the original Host on. Requests for no hospital keep
their path and reach only the routes that need none; everything else is answered 421.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from context.hospital import Hospital

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOSPITAL_KEY = "zorgtegel.hospital"
_DEFAULT_PORTS = (":80", ":443")


class HospitalHosts:
    """WSGI middleware: puts the hospital into the environ and its prefix into SCRIPT_NAME."""

    def __init__(self, wsgi_app: "WSGIApplication", hospitals: Mapping[str, Hospital]) -> None:
        self._wsgi_app = wsgi_app
        self._by_place: dict[tuple[str, str], Hospital] = {}
        for hospital in hospitals.values():
            parts = urlsplit(hospital.base_url)
            self._by_place[(parts.netloc, parts.path)] = hospital

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = _without_default_port(str(environ.get("HTTP_HOST", "")).lower())
        path = str(environ.get("PATH_INFO", ""))
        prefix = "/" + path.split("/", 2)[1] if path.startswith("/") and len(path) > 1 else ""
        hospital = self._by_place.get((host, ""))
        if hospital is None and prefix:
            hospital = self._by_place.get((host, prefix))
            if hospital is not None:
                environ["SCRIPT_NAME"] = prefix
                environ["PATH_INFO"] = path[len(prefix) :] or "/"
        environ[HOSPITAL_KEY] = hospital
        return self._wsgi_app(environ, start_response)


def _without_default_port(host: str) -> str:
    for port in _DEFAULT_PORTS:
        if host.endswith(port):
            return host[: -len(port)]
    return host


def hospital_of(environ: Mapping[str, Any]) -> Hospital | None:
    """The hospital that ``HospitalHosts`` found for this request, None when it is for none."""
    found = environ.get(HOSPITAL_KEY)
    return found if isinstance(found, Hospital) else None
