"""Our requests to HISes in the database. Implements ``launch.requests.model.OutgoingRequests``."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from app.crypto import Cipher
from app.engine import Database
from app.writer import Writer
from context.codes import RefusalCode
from context.errors import StorageUnavailableError
from context.ports import Clock
from launch.errors import LaunchRefusedError
from launch.requests.model import (
    LIFETIMES,
    REQUESTS_PER_MINUTE,
    OpenedRequest,
    OutgoingRequest,
    RequestKind,
)
from launch.requests.store import RequestRow, add_request, find_request, use_request

_MINUTE = timedelta(seconds=60)
_MAX_STATE = 128
_BROWSER_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class StoredRequests:
    """:param requests_per_minute: how many of one issuer are begun at one hospital in 60 s."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        cipher: Cipher,
        clock: Clock,
        *,
        requests_per_minute: int = REQUESTS_PER_MINUTE,
    ) -> None:
        self._database = database
        self._writer = writer
        self._cipher = cipher
        self._clock = clock
        self._limit = requests_per_minute

    def open(
        self,
        kind: RequestKind,
        hospital: str,
        issuer: str,
        browser_id: str | None,
        details: Mapping[str, str] = _NOTHING,
    ) -> OpenedRequest:
        """See ``launch.requests.model.OutgoingRequests``."""
        if browser_id is None or not _BROWSER_ID.fullmatch(browser_id):
            browser_id = secrets.token_urlsafe(32)
        now = self._clock.now()
        request = OutgoingRequest(
            kind=kind,
            hospital=hospital,
            issuer=issuer,
            state=secrets.token_urlsafe(32),
            nonce=f"_{secrets.token_hex(16)}",
            created_at=now,
            expires_at=now + LIFETIMES[kind],
            details=MappingProxyType(dict(details)),
        )
        row = RequestRow(
            state_hash=_hash(request.state),
            kind=kind.value,
            hospital=hospital,
            issuer=issuer,
            browser_hash=self._cipher.cookie_hash(browser_id),
            sealed=self._seal(request),
            created_at=now,
            expires_at=request.expires_at,
        )
        (added,) = self._writer.submit(add_request(row, now - _MINUTE, self._limit))
        if not added:
            raise LaunchRefusedError(RefusalCode.TOO_MANY_LAUNCHES, "too many requests of this issuer")
        return OpenedRequest(request, browser_id)

    def find(self, kind: RequestKind, hospital: str, state: str, browser_id: str | None) -> OutgoingRequest:
        """See ``launch.requests.model.OutgoingRequests``."""
        row = None
        if len(state) <= _MAX_STATE:
            with self._database.read() as connection:
                row = find_request(connection, _hash(state))
        if row is None or (row.kind, row.hospital) != (kind.value, hospital):
            raise _unfit("no such request was made here")
        if browser_id is None or not self._cipher.cookie_matches(browser_id, row.browser_hash):
            raise _unfit("the request was another browser's")
        if self._clock.now() >= row.expires_at:
            raise _unfit("the request has expired")
        return self._restore(row, state)

    def answer(self, request: OutgoingRequest, answer: str) -> bool:
        """See ``launch.requests.model.OutgoingRequests``."""
        (used,) = self._writer.submit(use_request(_hash(request.state), _hash(answer)))
        if used is None:
            raise _unfit("the request was answered before")
        return bool(used)

    def _seal(self, request: OutgoingRequest) -> bytes:
        plain = json.dumps({"nonce": request.nonce, "details": dict(request.details)})
        return self._cipher.seal(plain.encode(), _binding(request.state))

    def _restore(self, row: RequestRow, state: str) -> OutgoingRequest:
        try:
            plain = json.loads(self._cipher.open(row.sealed, _binding(state)))
            nonce, details = str(plain["nonce"]), dict(plain["details"])
        except (ValueError, KeyError, TypeError):
            raise StorageUnavailableError("not a stored request") from None
        return OutgoingRequest(
            kind=RequestKind(row.kind),
            hospital=row.hospital,
            issuer=row.issuer,
            state=state,
            nonce=nonce,
            created_at=row.created_at,
            expires_at=row.expires_at,
            details=MappingProxyType(details),
        )


def _hash(text: str) -> bytes:
    """Not keyed: states and codes are random, and rotating a key must not lose what is under way."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _binding(state: str) -> str:
    return f"outgoing request {_hash(state).hex()}"


def _unfit(detail: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.NONCE_WRONG, detail)
