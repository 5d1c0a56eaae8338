"""gunicorn, with the settings that the hot path was measured with (performance.md §9)."""

import gc
import socket
import struct
from concurrent.futures import Future
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from app.factory import create_app
from app.wiring import Services

# A page holds its thread while the hospital thinks, so threads bound the users of one worker.
THREADS = 110
_KEEPALIVE_SECONDS = 5
_TIMEOUT_SECONDS = 30
_GRACEFUL_SECONDS = 10
_SILENCE_SECONDS = 5
_MAX_REQUEST_LINE = 2048
_MAX_HEADER_FIELDS = 60
_MAX_HEADER_BYTES = 8190


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A connection gets a thread with its first byte, and loses it when it falls silent (attack A131).

    As gunicorn has it, a connection that says nothing takes a thread for its first five seconds, and one
    that stops in the middle of a request takes it for good.
    """

    def enqueue_req(self, conn: TConn) -> None:
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        longest = struct.pack("ll", _SILENCE_SECONDS, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, longest)
        waiting: Future[object] = Future()
        waiting.set_result(_DEFER)
        self.finish_request(conn, waiting)


def begin(services: Services) -> None:
    """Start a worker's threads, and leave what the program is made of out of the search for garbage.

    An answer of 10 MB makes a hundred thousand objects, so the collector looks through all there are in the
    middle of reading it; the modules, which never become garbage, would be most of that.
    """
    services.start()
    gc.collect()
    gc.freeze()


class Server(BaseApplication):  # type: ignore[misc]
    """Serves one wired set of services. The app is built before the fork, its threads after it."""

    def __init__(self, services: Services, bind: str, workers: int, threads: int = THREADS) -> None:
        self._services = services
        self._app = create_app(services)
        self._settings: dict[str, Any] = {
            "bind": [bind],
            "workers": workers,
            "threads": threads,
            "worker_class": PatientWorker,
            "preload_app": True,
            "timeout": _TIMEOUT_SECONDS,
            "graceful_timeout": _GRACEFUL_SECONDS,
            "keepalive": _KEEPALIVE_SECONDS,
            "limit_request_line": _MAX_REQUEST_LINE,
            "limit_request_fields": _MAX_HEADER_FIELDS,
            "limit_request_field_size": _MAX_HEADER_BYTES,
            # Context ids are no secret, yet no log of ours needs one request per line.
            "accesslog": None,
            "loglevel": "warning",
            # The Host header alone tells the hospital (D10); nothing forwarded is believed.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "post_worker_init": lambda worker: begin(services),
            "worker_exit": lambda server, worker: services.stop(),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app
