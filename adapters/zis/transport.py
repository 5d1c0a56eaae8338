"""Carries SOAP messages: one asyncio loop on one thread per worker, with aiohttp (performance.md §4)."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import aiohttp
import uvloop

from adapters.zis.errors import SourceError, malformed
from adapters.zis.soap import MAX_ANSWER_BYTES, Envelopes
from context.outcome import FailureCause

T = TypeVar("T")

MAX_CALLS = 400
DEADLINE_SECONDS = 2.0
"""How long one source may take for one question, connecting included."""

_CONNECT_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15.0
_STOP_SECONDS = 5.0
_SMALL = 64 * 1024
_XML_TYPES = frozenset({"application/soap+xml", "text/xml", "application/xml"})


class SoapTransport:
    """Sends questions and takes in answers, at most ``max_calls`` at once; others wait for their turn
    within their own deadline.

    Make it before the fork, so that the WSDLs are read once; ``start`` it after the fork, once per
    worker, because threads and connections do not survive one.
    """

    def __init__(self, max_calls: int = MAX_CALLS) -> None:
        self.envelopes = Envelopes()
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

    async def call(self, endpoint: str, envelope: bytes, action: str, deadline_seconds: float) -> bytes:
        """POST one SOAP 1.2 message and return the body of the answer, which is XML in UTF-8.

        :param action: the ``action`` parameter of the content type.
        :param deadline_seconds: for all of it; connecting gets no more than a second of that.
        :raises SourceError: no answer in time, no connection, another status than 2xx, another content
            than XML, or more than 8 MiB.
        """
        if self._session is None:
            raise SourceError(FailureCause.UNREACHABLE, "the transport is not running")
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._post(self._session, endpoint, envelope, action)
        except TimeoutError:
            raise SourceError(FailureCause.TIMEOUT, "no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise SourceError(FailureCause.UNREACHABLE, type(error).__name__) from None

    async def _post(
        self, session: aiohttp.ClientSession, endpoint: str, envelope: bytes, action: str
    ) -> bytes:
        headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
        connection = _Connection()
        try:
            async with self._request(session, endpoint, envelope, headers, connection) as response:
                return await _take_in(response)
        except aiohttp.ServerDisconnectedError:
            if not connection.reused:
                raise
        # The peer had closed an idle connection just then. A question changes nothing, so ask once more.
        async with self._request(session, endpoint, envelope, headers, connection) as response:
            return await _take_in(response)

    @staticmethod
    def _request(
        session: aiohttp.ClientSession,
        endpoint: str,
        envelope: bytes,
        headers: dict[str, str],
        connection: "_Connection",
    ) -> Any:
        return session.post(
            endpoint, data=envelope, headers=headers, allow_redirects=False, trace_request_ctx=connection
        )


async def read_aside(read: Callable[[bytes], T], raw: bytes) -> T:
    """``read(raw)``; a long answer is read on another thread, so that others do not wait for it."""
    return read(raw) if len(raw) <= _SMALL else await asyncio.to_thread(read, raw)


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


async def _take_in(response: aiohttp.ClientResponse) -> bytes:
    if not 200 <= response.status < 300:
        raise SourceError(FailureCause.FAULT, f"HTTP status {response.status}")
    if response.content_type not in _XML_TYPES:
        raise malformed("the answer is not XML")
    if (response.charset or "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise malformed("the answer is not in UTF-8")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise malformed("the answer is encoded")
    if (response.content_length or 0) > MAX_ANSWER_BYTES:
        raise SourceError(FailureCause.TOO_LARGE, "the answer announces too much")
    parts = bytearray()
    async for chunk in response.content.iter_any():
        parts += chunk
        if len(parts) > MAX_ANSWER_BYTES:
            raise SourceError(FailureCause.TOO_LARGE, "the answer does not end")
    return bytes(parts)
