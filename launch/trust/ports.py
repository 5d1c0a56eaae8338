"""How ``launch`` asks a vendor's server something. ``adapters/web/fetch.py`` does it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

MAX_ANSWER_BYTES = 64 * 1024
DEADLINE_SECONDS = 3.0
JSON_TYPES = frozenset({"application/json"})
KEY_SET_TYPES = frozenset({"application/json", "application/jwk-set+json"})

_NOTHING: Mapping[str, str] = MappingProxyType({})


class FetchProblem(StrEnum):
    """Why there is no answer. The value is fit for a log, a metric and the audit trail."""

    NOT_REGISTERED = "not_registered"
    NOT_HTTPS = "not_https"
    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    STATUS = "status"
    CONTENT_TYPE = "content_type"
    TOO_LARGE = "too_large"


class FetchError(Exception):
    """There is no answer that may be used.

    :param detail: without address, token or body.
    :param status: the HTTP status, when there was one.
    """

    def __init__(self, problem: FetchProblem, detail: str = "", status: int | None = None) -> None:
        super().__init__(f"{problem}: {detail}" if detail else problem.value)
        self.problem = problem
        self.status = status


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """A complete answer with status 200.

    :param body: at most as many bytes as were asked for; not shown by ``repr``.
    :param content_type: lower case, without parameters.
    :param cache_control, age: these headers as sent (RFC 9111), None when absent.
    """

    body: bytes = field(repr=False)
    content_type: str
    cache_control: str | None = None
    age: str | None = None


class KeySetFetcher(Protocol):
    """Gets one document from a vendor's server."""

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
        """Wait for the answer to a GET, never longer than ``deadline_seconds``.

        No redirect is followed, no cookie kept, no proxy used, nothing unpacked.

        :param registered: URLs that hospital IT registered for this vendor; ``url`` must have the scheme,
            host and port of one of them.
        :param content_types: the media types that count as an answer.
        :param headers: more request headers, such as ``Authorization``.
        :raises FetchError: always when there is no complete answer with status 200.
        """


class WebClient(KeySetFetcher, Protocol):
    """The same, and posting forms."""

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
        """POST ``fields`` as ``application/x-www-form-urlencoded``, once; otherwise as ``get``."""
