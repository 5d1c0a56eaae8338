"""Clicks on a tile, and what was handed out for each: handles, codes and access tokens, all of one use."""

import base64
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from sandbox.his.vendors import Hospital, User
from sandbox.idp.faults import IdpFault
from sandbox.patients import Persona

T = TypeVar("T")

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Visit:
    """One click: who is logged in, for whom, at which hospital, and what shall go wrong."""

    persona: Persona
    user: User
    hospital: Hospital
    fault: IdpFault | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code stands for. :param challenge: S256 of the verifier that must come with it."""

    visit: Visit
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str

    def fits(self, client_id: str, redirect_uri: str, verifier: str) -> bool:
        """Whether the code comes from the one that asked for it."""
        digest = hashlib.sha256(verifier.encode()).digest()
        expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
        return (
            client_id == self.client_id
            and redirect_uri == self.redirect_uri
            and hmac.compare_digest(expected, self.challenge)
        )


class Visits:
    """Remembers the last thousand of each. Fit for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: OrderedDict[str, Visit] = OrderedDict()
        self._codes: OrderedDict[str, Granted] = OrderedDict()
        self._tokens: OrderedDict[str, Visit] = OrderedDict()
        self.last_code = ""

    def new_handle(self, visit: Visit) -> str:
        """For ``login_hint`` or ``launch``: says nothing, and finds the visit again."""
        return self._remember(self._handles, visit)

    def find(self, handle: str) -> Visit | None:
        with self._lock:
            return self._handles.get(handle)

    def new_code(self, granted: Granted) -> str:
        code = self._remember(self._codes, granted)
        self.last_code = code
        return code

    def redeem(self, code: str) -> Granted | None:
        """What the code stands for, the first time; None ever after."""
        with self._lock:
            return self._codes.pop(code, None)

    def new_token(self, visit: Visit) -> str:
        return self._remember(self._tokens, visit)

    def of_token(self, token: str) -> Visit | None:
        with self._lock:
            return self._tokens.get(token)

    def _remember(self, shelf: "OrderedDict[str, T]", value: T) -> str:
        name = secrets.token_urlsafe(24)
        with self._lock:
            shelf[name] = value
            if len(shelf) > _MOST:
                shelf.popitem(last=False)
        return name
