"""A small real HTTP server that plays the hospital, reply by reply."""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from lxml import etree

from tests.zis_messages import QUERY_ID

SOAP_TYPE = "application/soap+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server sends. In ``body`` the placeholder QUERY_ID becomes the id of the question.

    :param before: called before anything is sent, for example to wait.
    :param drop: close the connection instead of answering.
    :param endless: keep sending until the client has left.
    :param sign: makes the body from the question.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": SOAP_TYPE})
    before: Callable[[], object] | None = None
    drop: bool = False
    endless: bool = False
    sign: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What the server received."""

    path: str
    headers: dict[str, str]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "HospitalServer"

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self._answer(b"")

    def _answer(self, question: bytes) -> None:
        reply = self.server.take(Question(self.path, dict(self.headers.items()), question))
        if reply.before is not None:
            reply.before()
        self.close_connection = self.close_connection or reply.drop or reply.endless
        if not reply.drop:
            self._send(reply, question)

    def _send(self, reply: Reply, question: bytes) -> None:
        body = reply.body.replace(QUERY_ID.encode(), _query_id(question))
        if reply.sign is not None:
            body = reply.sign(question)
        try:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.endless:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            while reply.endless:
                self.wfile.write(b" " * 65536)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on the terminal."""


def _query_id(question: bytes) -> bytes:
    # A question in parts is about documents, and has no query id.
    is_hl7 = question.startswith(b"<")
    found = etree.fromstring(question).findall(".//{urn:hl7-org:v3}queryId") if is_hl7 else []
    return (found[0].get("extension") or "").encode() if found else b""


class HospitalServer(ThreadingHTTPServer):
    """Answers each question with the next of ``replies``; the last one stays.

    :param tls: of the server, for https.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.replies: list[Reply] = [Reply(status=404)]
        self.questions: list[Question] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}/soap"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def take(self, question: Question) -> Reply:
        with self._lock:
            self.questions.append(question)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is expected here."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
