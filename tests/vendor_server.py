"""A vendor's web server that answers as a test says, well or badly, over http or https."""

import http.server
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.his.content import SigningKey

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """What the server sends.

    :param pieces: sent before ``body``, one after another, until the client leaves.
    :param wait_for: nothing is sent before this is set.
    """

    body: bytes = b"{}"
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] = ()
    wait_for: threading.Event | None = None
    announces_length: bool = True


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def key_set(*keys: SigningKey | Mapping[str, object]) -> bytes:
    """A JWK set of these keys, or of JWKs as they are."""
    entries = [dict(key.public_jwk) if isinstance(key, SigningKey) else dict(key) for key in keys]
    return json.dumps({"keys": entries}).encode()


class VendorServer:
    """``with VendorServer() as vendor:`` serves ``vendor.answers`` by path; every other path is 404.

    ``asked`` holds every request, ``connections`` counts also those that asked nothing.

    :param secure: https with a certificate of its own for ``localhost`` and 127.0.0.1.
    """

    def __init__(self, *, secure: bool = False) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.release = threading.Event()
        self._secure = secure
        self._server = _Server(("127.0.0.1", 0), self)
        if secure:
            self._server.socket = _tls_context().wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="vendor"
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._secure else 'http'}://127.0.0.1:{self.port}"

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/jwks.json"

    def publish(self, *keys: SigningKey | Mapping[str, object], **answer: Any) -> None:
        """Answer ``/jwks.json`` with these keys from now on."""
        self.answers["/jwks.json"] = Answer(key_set(*keys), **answer)

    def answer_keys(self, answer: Answer) -> None:
        """Answer ``/jwks.json`` with this from now on."""
        self.answers["/jwks.json"] = answer

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], vendor: VendorServer) -> None:
        self.vendor = vendor
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        accepted = super().get_request()
        self.vendor.connections += 1
        return accepted

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early, or trusts us not, is what some tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        vendor = self.server.vendor
        length = int(self.headers.get("Content-Length", 0))
        vendor.asked.append(Asked(self.command, self.path, dict(self.headers), self.rfile.read(length)))
        answer = vendor.answers.get(self.path, Answer(b"", 404))
        if answer.wait_for is not None:
            answer.wait_for.wait(20)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if answer.announces_length:
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in answer.pieces:
            self.wfile.write(piece)
            self.wfile.flush()
        self.wfile.write(answer.body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Nothing."""


@cache
def _authority() -> tuple[bytes, bytes]:
    """A certificate that is its own authority, and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor of the tests")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


def trusting() -> ssl.SSLContext:
    """What a client needs to trust a secure ``VendorServer``, and no other authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=_authority()[0].decode("ascii"))
    return context


def _tls_context() -> ssl.SSLContext:
    certificate, key = _authority()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "vendor.pem"
        file.write_bytes(certificate + key)
        context.load_cert_chain(file)
    return context
