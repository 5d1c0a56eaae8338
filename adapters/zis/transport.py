"""Carries SOAP messages: one asyncio loop on one thread per worker, with aiohttp (performance.md §4)."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import aiohttp
import uvloop
from lxml import etree

from adapters.zis.envelopes import Envelopes, Request, pack
from adapters.zis.errors import SourceError, malformed
from adapters.zis.soap import MAX_ANSWER_BYTES, MAX_MULTIPART_BYTES, parse_envelope, payload_of
from adapters.zis.wire import Answer, Message, PlainWire, WireSecurity
from context.outcome import FailureCause
from context.zis import Endpoint

T = TypeVar("T")

MAX_CALLS = 400
DEADLINE_SECONDS = 2.0
"""How long one source may take for one question, connecting included."""

_CONNECT_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15.0
_STOP_SECONDS = 5.0
_SMALL = 64 * 1024
_XML_TYPES = frozenset({"application/soap+xml", "text/xml", "application/xml"})
_MULTIPART = "multipart/related"


class SoapTransport:
    """Sends questions and takes in answers, at most ``max_calls`` at once; others wait for their turn
    within their own deadline.

    Make it before the fork, so that the WSDLs are read once; ``start`` it after the fork, once per
    worker, because threads and connections do not survive one.

    :param security: secures what leaves and checks what arrives, per endpoint.
    """

    def __init__(self, max_calls: int = MAX_CALLS, security: WireSecurity | None = None) -> None:
        self._envelopes = Envelopes()
        self._security = security or PlainWire()
        self._max_calls = max_calls
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Start the loop thread. Calls are possible when this returns."""
        if self._loop is not None:
            raise RuntimeError("already started")
        loop = uvloop.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="soap-transport", daemon=True)
        thread.start()
        self._session = asyncio.run_coroutine_threadsafe(_open_session(self._max_calls), loop).result()
        self._loop, self._thread = loop, thread

    def stop(self) -> None:
        """Cancel what is under way and end the thread. Questions after this find nobody."""
        loop, thread, session = self._loop, self._thread, self._session
        self._loop = self._thread = self._session = None
        if loop is None or thread is None or session is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(_shut_down(session), loop).result(_STOP_SECONDS)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_STOP_SECONDS)
            if not thread.is_alive():
                loop.close()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run ``coroutine`` on the loop thread.

        :raises SourceError: ``unreachable`` when the transport is not running.
        """
        if self._loop is None:
            coroutine.close()
            raise SourceError(FailureCause.UNREACHABLE, "the transport is not running")
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:
            coroutine.close()
            raise SourceError(FailureCause.UNREACHABLE, "the transport has just stopped") from None

    async def call(self, endpoint: Endpoint, message: Message, deadline_seconds: float) -> Answer:
        """POST one SOAP message and return the answer unread: XML in UTF-8, or a multipart where the
        operation allows one.

        :param deadline_seconds: for all of it, sealing and connecting included; connecting gets no more
            than a second of that.
        :raises SourceError: no answer in time, no connection, another status than 2xx, another content
            than allowed, or more than 16 MiB (multipart: 32 MiB).
        """
        if self._session is None:
            raise SourceError(FailureCause.UNREACHABLE, "the transport is not running")
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._post(self._session, endpoint, message)
        except TimeoutError:
            raise SourceError(FailureCause.TIMEOUT, "no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceError(FailureCause.UNREACHABLE, type(error).__name__) from None

    def payload_of(self, raw: bytes, message: Message, endpoint: Endpoint) -> etree._Element:
        """The payload of an answer, or of the root part of a multipart, whose signature was checked
        where the endpoint signs. Takes long for long answers: call it within ``read_aside``.

        :param message: to which it is the answer.
        :raises SourceError: ``fault`` for a SOAP Fault, ``rejected`` for a signature, ``too_large``, and
            ``malformed`` for anything that is not one payload in one SOAP body in UTF-8.
        """
        root = parse_envelope(raw, with_documents=message.operation.multipart)
        return payload_of(self._security.check(root, message, endpoint))

    async def _post(self, session: aiohttp.ClientSession, endpoint: Endpoint, message: Message) -> Answer:
        envelope = self._envelopes.fill(message, endpoint.url)
        if endpoint.signing is None:
            sealed = self._security.seal(envelope, message, endpoint)
        else:
            sealed = await asyncio.to_thread(self._security.seal, envelope, message, endpoint)
        request, connection = pack(message, sealed), _Connection()
        try:
            async with self._request(session, endpoint, request, connection) as response:
                return await _take_in(response, multipart=message.operation.multipart)
        except aiohttp.ServerDisconnectedError:
            if not connection.reused:
                raise
        # The peer had closed an idle connection just then. A question changes nothing, so ask once more.
        async with self._request(session, endpoint, request, connection) as response:
            return await _take_in(response, multipart=message.operation.multipart)

    def _request(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        request: Request,
        connection: "_Connection",
    ) -> Any:
        return session.post(
            endpoint.url,
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
            ssl=self._security.tls(endpoint) or True,
            trace_request_ctx=connection,
        )


async def read_aside(read: Callable[[], T], size: int) -> T:
    """``read()``; a long answer is read on another thread, so that others do not wait for it.

    :param size: of the answer, in bytes.
    """
    return read() if size <= _SMALL else await asyncio.to_thread(read)


class _Connection:
    """Whether a request went out over a connection that had been used before."""

    __slots__ = ("reused",)

    def __init__(self) -> None:
        self.reused = False


async def _note_reuse(_session: object, context: Any, _params: object) -> None:
    context.trace_request_ctx.reused = True


async def _open_session(max_calls: int) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=max_calls, keepalive_timeout=_KEEP_ALIVE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers={"Accept-Encoding": "identity", "User-Agent": "Zorgtegel"},
        trace_configs=[trace],
    )


async def _shut_down(session: aiohttp.ClientSession) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await session.close()
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


async def _take_in(response: aiohttp.ClientResponse, *, multipart: bool) -> Answer:
    if not 200 <= response.status < 300:
        raise SourceError(FailureCause.FAULT, f"HTTP status {response.status}")
    if response.content_type not in _XML_TYPES and not (multipart and response.content_type == _MULTIPART):
        raise malformed("the answer is not XML")
    if (response.charset or "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise malformed("the answer is not in UTF-8")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise malformed("the answer is encoded")
    most = MAX_MULTIPART_BYTES if multipart else MAX_ANSWER_BYTES
    if (response.content_length or 0) > most:
        raise SourceError(FailureCause.TOO_LARGE, "the answer announces too much")
    parts = bytearray()
    async for chunk in response.content.iter_any():
        parts += chunk
        if len(parts) > most:
            raise SourceError(FailureCause.TOO_LARGE, "the answer does not end")
    return Answer(response.headers.get("Content-Type", ""), bytes(parts))
