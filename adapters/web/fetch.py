"""Gets small documents from vendors' servers: key sets, OAuth answers, FHIR resources.

Strict: https only, and every address is judged when its socket is made, after the name was resolved and
before anything is sent; so a name that changes its address in between gains nothing (DNS rebinding).
Always: only registered hosts, no redirects, cookies, proxies or packed content, a limit on the size and
on the whole duration.
"""

import asyncio
import socket
import ssl
from collections.abc import Collection, Coroutine, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.web.addresses import is_public, resolve
from launch.trust.ports import (
    DEADLINE_SECONDS,
    JSON_TYPES,
    MAX_ANSWER_BYTES,
    FetchError,
    FetchProblem,
    WebAnswer,
)

_NOTHING: Mapping[str, str] = {}
_RESOLVERS = 4
_SPARE_SECONDS = 1.0
"""On top of the deadline, for the loop thread to say that it has passed."""


class Loop(Protocol):
    """A running event loop in a thread of its own, such as ``adapters.zis.transport.SoapTransport``."""

    def submit(self, coroutine: Coroutine[Any, Any, WebAnswer]) -> "Future[WebAnswer]":
        """Run it; raises any exception when there is no loop."""


class WebFetcher:
    """Implements ``launch.trust.ports.WebClient``. Fit for all threads; nothing to start or to stop.

    Each request has a connection of its own: they are rare, and a kept connection would outlive the check
    of its address.

    :param loop: runs the requests.
    :param strict: demand https and public addresses (D14).
    :param tls: what https trusts; the system's authorities when None.
    """

    def __init__(self, loop: Loop, *, strict: bool, tls: ssl.SSLContext | None = None) -> None:
        self._loop = loop
        self._strict = strict
        self._tls = tls or ssl.create_default_context()
        # Own threads: a vendor whose name servers hang may not hold up the names of the hospital's systems.
        self._resolver = _Resolver(ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver"))

    def get(
        self,
        url: str,
        *,
        registered: Collection[str],
        content_types: frozenset[str],
        headers: Mapping[str, str] = _NOTHING,
        max_bytes: int = MAX_ANSWER_BYTES,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> WebAnswer:
        """See ``launch.trust.ports.KeySetFetcher``."""
        target = self._check_target(url, registered)
        question = _Question("GET", target, headers, None, content_types, max_bytes)
        return self._ask(question, deadline_seconds)

    def post_form(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        registered: Collection[str],
        content_types: frozenset[str] = JSON_TYPES,
        headers: Mapping[str, str] = _NOTHING,
        max_bytes: int = MAX_ANSWER_BYTES,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> WebAnswer:
        """See ``launch.trust.ports.WebClient``."""
        target = self._check_target(url, registered)
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        form = urlencode(fields).encode("ascii")
        return self._ask(_Question("POST", target, headers, form, content_types, max_bytes), deadline_seconds)

    def _check_target(self, url: str, registered: Collection[str]) -> URL:
        target = _parse(url)
        if target is None or _origin(target) not in {_origin(_parse(each)) for each in registered}:
            raise FetchError(FetchProblem.NOT_REGISTERED, "not at a registered scheme, host and port")
        if self._strict and target.scheme != "https":
            raise FetchError(FetchProblem.NOT_HTTPS)
        return target

    def _ask(self, question: "_Question", deadline_seconds: float) -> WebAnswer:
        try:
            future = self._loop.submit(self._exchange(question, deadline_seconds))
        except Exception as fault:  # noqa: BLE001 - whatever it is, nothing was asked
            raise FetchError(FetchProblem.UNREACHABLE, f"no loop: {type(fault).__name__}") from None
        try:
            return future.result(deadline_seconds + _SPARE_SECONDS)
        except TimeoutError:
            future.cancel()
            raise FetchError(FetchProblem.TIMEOUT) from None
        except CancelledError:
            raise FetchError(FetchProblem.UNREACHABLE, "the service is stopping") from None

    async def _exchange(self, question: "_Question", deadline_seconds: float) -> WebAnswer:
        guard = _Guard(strict=self._strict)
        try:
            async with (
                asyncio.timeout(deadline_seconds),
                self._open_session(guard) as session,
                session.request(
                    question.method,
                    question.target,
                    data=question.body,
                    headers={"Accept": ", ".join(sorted(question.content_types)), **question.headers},
                    allow_redirects=False,
                ) as response,
            ):
                return await _take_in(response, question)
        except TimeoutError:
            raise FetchError(FetchProblem.TIMEOUT) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if guard.refused:
                raise FetchError(FetchProblem.ADDRESS_REFUSED) from None
            raise FetchError(FetchProblem.UNREACHABLE, type(error).__name__) from None

    def _open_session(self, guard: "_Guard") -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls,
                resolver=self._resolver,
                use_dns_cache=False,
                force_close=True,
                socket_factory=guard.new_socket,
            ),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "Zorgtegel"},
        )


@dataclass(frozen=True, slots=True, repr=False)
class _Question:
    """One request, and what counts as its answer."""

    method: str
    target: URL
    headers: Mapping[str, str]
    body: bytes | None
    content_types: frozenset[str]
    max_bytes: int


class _Guard:
    """Makes the sockets of one request, for allowed addresses only."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self.refused = False

    def new_socket(self, address: Any) -> socket.socket:
        """Called by aiohttp with exactly the address that it then connects to."""
        family, kind, protocol, _, where = address
        if self._strict and not is_public(str(where[0])):
            self.refused = True
            raise OSError("the address is not public")
        return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    """The system's resolver, on threads of its own."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, resolve, host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=each,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for each, address in found
        ]

    async def close(self) -> None:
        """Nothing: it is shared by all requests."""


async def _take_in(response: aiohttp.ClientResponse, question: _Question) -> WebAnswer:
    status, content_type = response.status, response.content_type.lower()
    if 300 <= status < 400:
        raise FetchError(FetchProblem.REDIRECT, str(status), status)
    if status != 200:
        raise FetchError(FetchProblem.STATUS, str(status), status)
    if content_type not in question.content_types:
        raise FetchError(FetchProblem.CONTENT_TYPE, status=status)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchError(FetchProblem.CONTENT_TYPE, "it is packed", status)
    if (response.content_length or 0) > question.max_bytes:
        raise FetchError(FetchProblem.TOO_LARGE, "it announces too much", status)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > question.max_bytes:
            raise FetchError(FetchProblem.TOO_LARGE, "it does not end", status)
    headers = response.headers
    return WebAnswer(bytes(body), content_type, headers.get("Cache-Control"), headers.get("Age"))


def _parse(url: str) -> URL | None:
    try:
        parsed = URL(url)
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.user or parsed.fragment:
            return None
    except ValueError:
        return None
    return parsed


def _origin(url: URL | None) -> tuple[str, str | None, int | None] | None:
    return None if url is None else (url.scheme, url.host, url.port)
