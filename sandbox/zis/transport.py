"""The last metre: from a good SOAP answer to what really leaves, broken in the way that was asked."""

import select
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from lxml.etree import _Element as Element
from werkzeug.wrappers import Request, Response

from sandbox.xds.mtom import Part, package
from sandbox.zis.faults import Fault
from sandbox.zis.question import Question
from sandbox.zis.wire import FaultError, serialise

HUGE_MEBIBYTES = 48
_BOMB_LEVELS = 9
_ERROR_PAGE = "<!DOCTYPE html><html><head><title>503</title></head><body><h1>Service down</h1></body></html>"


Composed = tuple[Element, Sequence[Part]]
"""An envelope, and the documents that go with it."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One endpoint: what it reads, what it answers, and how SOAP goes over HTTP there.

    :param read: the question in a request. :param compose: its answer.
    :param write_fault: from an error and the message it is about.
    :param sender_status: HTTP status of a fault by the asker's mistake (400 in SOAP 1.2, 500 in SOAP 1.1).
    """

    read: Callable[[Request], Question]
    compose: Callable[[Question, Fault, datetime], Composed]
    content_type: str
    write_fault: Callable[[FaultError, str], Element]
    sender_status: int = 400


def fault_response(error: FaultError, binding: Binding, relates_to: str = "") -> Response:
    """A SOAP Fault; one by the server's mistake is always HTTP 500."""
    status = binding.sender_status if error.sender else 500
    body = serialise(binding.write_fault(error, relates_to))
    return Response(body, status=status, content_type=binding.content_type)


def message_response(kind: Fault, composed: Composed, binding: Binding, relates_to: str) -> Response:
    """What leaves for this step.

    :param composed: the answer as it should be; steps that spoil no message send exactly this.
    :param relates_to: the question's message id, for a SOAP Fault.
    """
    if kind is Fault.FAULT:
        error = FaultError("the hospital system is not available", sender=False)
        return fault_response(error, binding, relates_to)
    if kind is Fault.HTML:
        return Response(_ERROR_PAGE, status=200, content_type="text/html; charset=utf-8")
    if kind is Fault.HTTP500:
        return Response("Internal Server Error", status=500, content_type="text/plain")
    envelope, parts = composed
    good = serialise(envelope)
    if kind is Fault.HUGE:
        return Response(_huge(good), content_type=binding.content_type)
    body = _SPOILERS[kind](good) if kind in _SPOILERS else good
    if parts:
        body, content_type = package(body, parts, kind)
        return Response(body, content_type=content_type)
    return Response(body, content_type=binding.content_type)


def _huge(good: bytes) -> Iterator[bytes]:
    """Well-formed and far larger than any honest answer: spaces in a header block."""
    head, end, tail = good.partition(b"</soap:Header>")
    yield head + b'<padding xmlns="urn:sandbox">'
    for _ in range(HUGE_MEBIBYTES):
        yield b" " * (1 << 20)
    yield b"</padding>" + end + tail


def _malformed(good: bytes) -> bytes:
    return good[: len(good) // 2]


def _with_doctype(good: bytes, subset: str = "") -> bytes:
    declaration, end, rest = good.partition(b"?>")
    return declaration + end + f"<!DOCTYPE soap:Envelope{subset}>".encode() + rest


def _bomb(good: bytes) -> bytes:
    """Entities that unfold to 3 x 10^9 characters ("billion laughs")."""
    entities = ['<!ENTITY a0 "lol">']
    entities += [f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, _BOMB_LEVELS + 1)]
    bait = f'<x xmlns="urn:sandbox">&a{_BOMB_LEVELS};</x></soap:Header>'.encode()
    return _with_doctype(good, f" [{''.join(entities)}]").replace(b"</soap:Header>", bait, 1)


def _wrong_charset(good: bytes) -> bytes:
    """Claims UTF-8 in the HTTP header and the XML declaration, and holds Latin-1 bytes."""
    bait = '<x xmlns="urn:sandbox">Müller</x></soap:Header>'.encode("iso-8859-1")
    return good.replace(b"</soap:Header>", bait, 1)


_SPOILERS: Mapping[Fault, Callable[[bytes], bytes]] = {
    Fault.MALFORMED: _malformed,
    Fault.DOCTYPE: _with_doctype,
    Fault.BOMB: _bomb,
    Fault.CHARSET: _wrong_charset,
}


def cut_connection(connection: socket.socket) -> NoReturn:
    """Close without an answer. :raises ConnectionResetError: always, to leave the request handler."""
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def wait_for_client_to_leave(connection: socket.socket, stop: threading.Event) -> None:
    """Returns when the asker has closed the connection, or when the server stops."""
    while not stop.wait(0.02):
        readable, _, _ = select.select([connection], [], [], 0)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return
