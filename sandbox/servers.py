"""The sandbox's servers, in-process and threaded: real HTTP on a port of 127.0.0.1.

Each is a context manager; leaving it ends every delay, closes every connection and joins every thread.
"""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sandbox.his.keys import load_or_make_keys
from sandbox.his.portal import Portal, create_portal_app
from sandbox.his.registration import write_registrations
from sandbox.his.vendors import Hospital, issuer_of
from sandbox.patients import Persona, load_personas
from sandbox.zis.answer import AnswerSheet
from sandbox.zis.app import Received, ZisApp
from sandbox.zis.faults import FaultScripts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"

# From the device of a hospital to its own patient numbers, as the committed hospital files have it.
NUMBER_ROOTS: Mapping[str, str] = {
    f"2.16.840.1.113883.2.4.6.6.90000{number}02": f"2.16.840.1.113883.2.4.3.7.{number}"
    for number in range(1, 6)
}


def real_time() -> datetime:
    """Now, aware UTC."""
    return datetime.now(UTC)


class _QuietHandler(WSGIRequestHandler):
    """HTTP/1.1, one request per connection as Werkzeug does it, and no log: it may be about a patient."""

    protocol_version = "HTTP/1.1"
    # Without this each small answer waits for the client's delayed acknowledgement (40 ms).
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Nothing."""


class _Listener(ThreadedWSGIServer):
    """Knows its open connections, so that a stop need not wait for a client that is silent or slow."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, port: int, app: "WSGIApplication") -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(HOST, port, app, handler=_QuietHandler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake every handler that waits for its client."""
        with self._lock:
            for connection in self._open:
                # The client may have left by itself.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Server:
    """A WSGI application on a port. ``port`` 0 takes a free one; ``stopping`` is set at the stop."""

    def __init__(self, port: int, host_name: str = HOST) -> None:
        self.stopping = threading.Event()
        self._wanted_port = port
        self._host_name = host_name
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None

    def application(self) -> "WSGIApplication":
        """Called once at start, when ``url`` is known."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The real port. :raises RuntimeError: not started."""
        if self._listener is None:
            raise RuntimeError("the server is not started")
        return self._listener.port

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"http://{self._host_name}:{self.port}"

    def start(self) -> None:
        """:raises SystemExit: the port is taken."""
        self._listener = listener = _Listener(self._wanted_port, _not_ready)
        try:
            listener.app = self.application()
        except BaseException:
            listener.server_close()
            raise
        self._thread = threading.Thread(
            target=listener.serve_forever, kwargs={"poll_interval": 0.05}, name=type(self).__name__
        )
        self._thread.start()

    def stop(self) -> None:
        """Ends delays, connections and threads; does nothing the second time."""
        self.stopping.set()
        if self._listener and self._thread:
            self._listener.shutdown()
            self._listener.close_connections()
            self._thread.join()
            self._listener.server_close()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _not_ready(environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]


class ZisServer(Server):
    """The hospital system. See ``sandbox/zis/app.py`` for its paths.

    :param personas: by key; those of ``sandbox/personas`` by default.
    :param number_roots: from a hospital's device OID to the OID of its patient numbers; a device that is
        not in it gets answers without such a number.
    :param now: aware time, for tests that step the clock.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        personas: Mapping[str, Persona] | None = None,
        number_roots: Mapping[str, str] = NUMBER_ROOTS,
        now: Callable[[], datetime] = real_time,
    ) -> None:
        super().__init__(port)
        self.personas = personas or load_personas()
        self._scripts = FaultScripts()
        for persona in self.personas.values():
            self._scripts.load(persona.bsn, persona.faults)
        by_bsn = {persona.bsn: persona for persona in self.personas.values()}
        self._app = ZisApp(AnswerSheet(by_bsn, number_roots), self._scripts, self.stopping, now)

    def application(self) -> "WSGIApplication":
        return self._app

    @property
    def endpoint(self) -> str:
        return f"{self.url}/soap"

    @property
    def consent_endpoint(self) -> str:
        return f"{self.url}/consent"

    @property
    def requests(self) -> Sequence[Received]:
        """What was asked so far, oldest first."""
        return tuple(self._app.requests)

    @property
    def abandoned(self) -> "Queue[Received]":
        """Questions of which the asker did not wait for the answer, where the step was ``never``."""
        return self._app.abandoned

    def forget_requests(self) -> None:
        """Empty the list of requests."""
        self._app.requests.clear()

    def script(self, bsn: str, interaction: str, steps: Sequence[str]) -> None:
        """What happens at the next questions; see ``sandbox/zis/faults.py``.

        :param bsn: or ``*`` for every patient without a script of its own.
        :param interaction: ``patient``, ``consent``, ``documents`` (ITI-43) or a section's name.
        """
        self._scripts.set(bsn, interaction, steps)


class HisServer(Server):
    """The HIS portal. See ``sandbox/his/portal.py`` for its pages.

    :param hospitals: those with a tile; tests may set them after the start, with :meth:`show_hospitals`.
    :param data: folder that keeps the keys; without one they are fresh.
    :param host_name: how browsers call it; on purpose another site than the service's 127.0.0.1.
    :param personas: by key.
    :param now: aware time for the tokens, for tests that step the clock.
    :param idp_url: the provider whose tiles the portal shows too.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        hospitals: Sequence[Hospital] = (),
        data: Path | None = None,
        host_name: str = "localhost",
        personas: Mapping[str, Persona] | None = None,
        now: Callable[[], datetime] = real_time,
        idp_url: str | None = None,
    ) -> None:
        super().__init__(port, host_name)
        self._idp_url = idp_url
        self.keys = load_or_make_keys(data)
        self.personas = personas or load_personas()
        self._hospitals = {hospital.slug: hospital for hospital in hospitals}
        self._now = now

    def application(self) -> "WSGIApplication":
        by_bsn = {persona.bsn: persona for persona in self.personas.values()}
        portal = Portal(lambda: self.url, self.keys, self._hospitals, by_bsn, self._now, self._idp_url)
        return create_portal_app(portal)

    @property
    def hospitals(self) -> Sequence[Hospital]:
        return tuple(self._hospitals.values())

    def show_hospitals(self, hospitals: Sequence[Hospital]) -> None:
        """Replace the hospitals that have a tile."""
        self._hospitals.clear()
        self._hospitals.update({hospital.slug: hospital for hospital in hospitals})

    def issuer(self, his: str) -> str:
        """The vendor's name in the trust registry."""
        return issuer_of(his, self.url)

    def write_registrations(self, folder: Path) -> list[Path]:
        """One file per vendor for ``zorgtegel trust add``, granting every hospital shown."""
        return write_registrations(folder, self.url, self.keys, self.hospitals)
