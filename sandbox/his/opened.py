"""What the HIS opened at hospitals, so that it can tell them when it is over."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.his.backend import PATIENT_CLOSED, USER_LOGGED_OUT, ended_message, post_form
from sandbox.his.content import LaunchContent
from sandbox.his.dialects import DIALECTS
from sandbox.his.keys import VendorKeys
from sandbox.his.vendors import Hospital, User
from sandbox.patients import Persona


@dataclass(frozen=True, slots=True)
class Told:
    """One call to one hospital.

    :param ended: how many records it closed; None when it refused the call.
    """

    hospital: Hospital
    label: str
    ended: object


@dataclass(frozen=True, slots=True)
class _Open:
    his: str
    hospital: Hospital
    user: User
    content: LaunchContent


class Opened:
    """:param now: aware time for the messages. Fit for all threads."""

    def __init__(self, keys: VendorKeys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str, str, str], _Open] = {}

    def add(self, his: str, hospital: Hospital, user: User, content: LaunchContent) -> None:
        """Remember a good launch."""
        with self._lock:
            self._open[his, hospital.slug, user.user_id, content.bsn] = _Open(his, hospital, user, content)

    def close(self, user: User, persona: Persona) -> list[Told]:
        """Tell each hospital that this user closed this patient."""
        return [self._tell(each, PATIENT_CLOSED) for each in self._take(user, persona.bsn)]

    def log_out(self, user: User) -> list[Told]:
        """Tell each hospital, once per vendor, that this user logged out."""
        by_vendor = {(each.his, each.hospital.slug): each for each in self._take(user, None)}
        return [self._tell(each, USER_LOGGED_OUT) for each in by_vendor.values()]

    def _take(self, user: User, bsn: str | None) -> list[_Open]:
        with self._lock:
            taken = {
                name: each
                for name, each in self._open.items()
                if each.user == user and bsn in (None, each.content.bsn)
            }
            for name in taken:
                del self._open[name]
        return list(taken.values())

    def _tell(self, opened: _Open, event: str) -> Told:
        dialect, hospital = DIALECTS[opened.his], opened.hospital
        address, now = hospital.context_ended_url, self._now()
        token = ended_message(opened.content, dialect, address, event, self._keys.jwt, now)
        answer = post_form(address, {"token": token})
        return Told(hospital, dialect.label, answer.content.get("ended"))
