"""A request of ours to a HIS, sent by way of the browser: what its answer must fit.

Each is good for one answer, in the browser that it was made for, for a minute or a few. That is what an
unsolicited launch lacks: nobody can make a GP's browser deliver a log-in that it did not ask for (A099,
A108).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol


class RequestKind(StrEnum):
    """What was asked: OpenID Connect authentication, SMART authorization, or a SAML AuthnRequest."""

    OIDC = "oidc"
    SMART = "smart"
    SAML = "saml"


LIFETIMES: Mapping[RequestKind, timedelta] = MappingProxyType(
    {
        # Nobody is asked anything on the way (prompt=none), so the answer comes at once.
        RequestKind.OIDC: timedelta(seconds=60),
        # The HIS may ask its user to log in first.
        RequestKind.SAML: timedelta(seconds=300),
        # The EHR may ask the user to agree to the scopes first.
        RequestKind.SMART: timedelta(seconds=300),
    }
)
"""How long each kind waits for its answer."""

REQUESTS_PER_MINUTE = 600
"""How many a vendor's users may begin at one hospital in 60 s. Anyone can begin one, so there is a limit
(L104); five times what one practice may launch (D18)."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """One request that waits for its answer.

    :param hospital: slug of the hospital it was made at; no other takes the answer.
    :param issuer: who must give the answer.
    :param state: random, 256 bits; the answer repeats it beside the token (``state``, ``RelayState``).
    :param nonce: random, 128 bits, an NCName; the answer repeats it under its signature (``nonce``,
        ``InResponseTo``).
    :param created_at, expires_at: aware UTC; the end is exclusive.
    :param details: what else the answer needs, by name; stored as ciphertext only.
    """

    kind: RequestKind
    hospital: str
    issuer: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    details: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """:param browser_id: value for the browser cookie; the answer must come with it."""

    request: OutgoingRequest
    browser_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes with a request. :param browser_id: value for the browser cookie."""

    url: str = field(repr=False)
    browser_id: str = field(repr=False)


class OutgoingRequests(Protocol):
    """Every method raises StorageUnavailableError when the database does not answer."""

    def open(
        self,
        kind: RequestKind,
        hospital: str,
        issuer: str,
        browser_id: str | None,
        details: Mapping[str, str] = _NOTHING,
    ) -> OpenedRequest:
        """Make and remember a request.

        :param browser_id: the browser cookie as shown; None, or a malformed one, gets a fresh one.
        :raises LaunchRefusedError: L104 when too many of this issuer were begun at this hospital.
        """

    def find(self, kind: RequestKind, hospital: str, state: str, browser_id: str | None) -> OutgoingRequest:
        """The request that an answer belongs to. Nothing changes.

        :raises LaunchRefusedError: L407 never made, of another kind, hospital or browser, or expired.
        """

    def answer(self, request: OutgoingRequest, answer: str) -> bool:
        """Use the request up, atomically.

        :param answer: what names this answer, such as its token id or code.
        :returns: True the first time, False when this same answer came before (a double click).
        :raises LaunchRefusedError: L407 another answer used it up, or it is gone.
        """
