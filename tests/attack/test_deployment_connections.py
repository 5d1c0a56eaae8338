"""What arrives at the real server's socket: smuggled requests, silence, and crowds (A129, A130, A131)."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.browser_client import BrowserClient
from tests.deployment import PERSONA, Deployment, deployed

_PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("service")) as running:
        yield running


def connect(service: Deployment) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=_PATIENCE_SECONDS)


def send(service: Deployment, raw: bytes) -> bytes:
    """All that is answered until the server closes or says nothing more."""
    with connect(service) as client:
        # The server may refuse, and close, before it has read everything.
        with suppress(OSError):
            client.sendall(raw)
            client.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            while part := client.recv(65536):
                answer += part
        return answer


def request(service: Deployment, *lines: str, method: str = "POST", body: bytes = b"") -> bytes:
    """A request whose header lines are exactly these, after Host."""
    head = [f"{method} /cwz/launch HTTP/1.1", f"Host: 127.0.0.1:{service.port}", *lines]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def smuggled(service: Deployment) -> bytes:
    """A second request, hidden in the body of the first."""
    return f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\nX: ".encode("ascii")


_FORM = "Content-Type: application/x-www-form-urlencoded"
_HIDDEN = {
    "CL.TE": ((_FORM, "Content-Length: {size}", "Transfer-Encoding: chunked"), b"0\r\n\r\n"),
    "TE.CL": ((_FORM, "Transfer-Encoding: chunked", "Content-Length: 4"), b"5c\r\n"),
    "TE twice": ((_FORM, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"), b"0\r\n\r\n"),
    "TE list": ((_FORM, "Transfer-Encoding: identity, chunked, identity"), b"0\r\n\r\n"),
    "TE strange": ((_FORM, "Transfer-Encoding: xchunked"), b"0\r\n\r\n"),
    "TE tab": ((_FORM, "Transfer-Encoding:\x0bchunked"), b"0\r\n\r\n"),
    "TE space": ((_FORM, "Transfer-Encoding : chunked"), b"0\r\n\r\n"),
    "CL twice": ((_FORM, "Content-Length: 0", "Content-Length: {size}"), b""),
    "CL list": ((_FORM, "Content-Length: 0, {size}"), b""),
    "CL signed": ((_FORM, "Content-Length: +0"), b""),
    "CL negative": ((_FORM, "Content-Length: -1"), b""),
    "CL hexadecimal": ((_FORM, "Content-Length: 0x0"), b""),
    "CL underscore": ((_FORM, "Content_Length: 0", "Content-Length: 1_0"), b""),
    "fold": ((_FORM, "X-A: b", " Content-Length: 0", "Transfer-Encoding:", " chunked"), b"0\r\n\r\n"),
    "bare LF": ((_FORM, "X-A: b\nContent-Length: 0", "Transfer-Encoding: chunked", "Content-Length: 0"), b""),
    "bare CR": ((_FORM, "X-A: b\rTransfer-Encoding: chunked", "Content-Length: 0", "Content-Length: 5"), b""),
    "NUL": ((_FORM, "X-A: b\x00", "Content-Length: 0"), b""),
    "name with space": ((_FORM, "X A: b", "Content-Length: 0"), b""),
    "chunk size signed": ((_FORM, "Transfer-Encoding: chunked"), b"+0\r\n\r\n"),
    "chunk size hexadecimal": ((_FORM, "Transfer-Encoding: chunked"), b"0x0\r\n\r\n"),
    "chunk extension LF": ((_FORM, "Transfer-Encoding: chunked"), b"0;\nx\r\n\r\n"),
}


@pytest.mark.proves("attack:A129")
@pytest.mark.parametrize("kind", list(_HIDDEN))
def test_request_whose_length_can_be_read_in_two_ways_is_one_request_at_most(
    service: Deployment, kind: str
) -> None:
    lines, start = _HIDDEN[kind]
    body = start + smuggled(service)
    raw = request(service, *(line.format(size=len(body)) for line in lines), body=body)
    answer = send(service, raw)
    assert answer.count(b"HTTP/1.1 ") <= 1, answer[:2000]
    assert b"\r\n\r\nok\n" not in answer
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501 ")), answer[:200]
    assert b"Traceback" not in answer


@pytest.mark.proves("attack:A129")
def test_two_plain_requests_on_one_connection_are_two(service: Deployment) -> None:
    """So that the test above can fail: the hidden request is one that would be answered."""
    one = request(service, _FORM, "Content-Length: 0").replace(b"POST /cwz/launch", b"GET /healthz")
    answer = send(service, one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.proves("attack:A130")
@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /" + "a" * 8000 + " HTTP/1.1\r\n", b"HTTP/1.1 4"),
        ("GET /healthz HTTP/1.1\r\n" + "X: y\r\n" * 5000, b"HTTP/1.1 4"),
        ("GET /healthz HTTP/1.1\r\nX: " + "y" * 100_000 + "\r\n", b"HTTP/1.1 4"),
        ("GARBAGE\r\n", b"HTTP/1.1 4"),
        ("GET /healthz HTTP/9.9\r\n", b"HTTP/1.1 "),
    ],
    ids=["long line", "many headers", "long header", "no request", "another version"],
)
def test_head_beyond_the_limits_is_refused_and_the_connection_closed(
    service: Deployment, head: str, status: bytes
) -> None:
    answer = send(service, head.encode("ascii") + b"\r\n")
    assert not answer or answer.startswith(status)
    assert b"ok\n" not in answer
    assert b"Traceback" not in answer


@pytest.mark.proves("attack:A130")
def test_announced_gigabyte_is_refused_before_it_is_sent(service: Deployment) -> None:
    with connect(service) as client:
        client.sendall(request(service, _FORM, f"Content-Length: {1 << 30}", body=b"token="))
        assert client.recv(64).startswith(b"HTTP/1.1 413")


@pytest.mark.proves("attack:A131")
def test_launch_completes_while_slow_and_silent_clients_hold_their_connections(service: Deployment) -> None:
    with ExitStack() as crowd:
        silent, halfway, slow = (
            [crowd.enter_context(connect(service)) for _ in range(number)] for number in (200, 50, 40)
        )
        for client in halfway:
            client.sendall(b"GET /cwz/c/x HTTP/1.1\r\nHost: 127")
        for client in slow:
            client.sendall(request(service, _FORM, "Content-Length: 1000", body=b"token="))
        browser = BrowserClient(service.public_url, service.portal_url)
        page = browser.open(service.launch_fields())
        assert page.status == 200
        assert PERSONA.name.family.upper() in page.body.upper()
        for client in (*silent, *halfway, *slow):
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)


@pytest.mark.proves("attack:A131")
@pytest.mark.parametrize(
    "sent", [b"", b"POST /cwz/launch HT", b"with a body cut short"], ids=["nothing", "head", "body"]
)
def test_client_that_falls_silent_is_let_go(service: Deployment, sent: bytes) -> None:
    if b"body" in sent:
        sent = request(service, _FORM, "Content-Length: 1000", body=b"token=")
    with connect(service) as client:
        client.sendall(sent)
        answer = b""
        while part := client.recv(65536):
            answer += part
        assert not answer or answer.startswith(b"HTTP/1.1 400")
