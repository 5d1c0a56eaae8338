"""Accepting a verified launch exactly as often as D3 allows."""

from dataclasses import dataclass
from typing import Protocol

from context.launch import VerifiedLaunch
from context.ports import AuditNote


@dataclass(frozen=True, slots=True)
class AcceptedLaunch:
    """Where the browser goes next and what it must bring.

    :param context_id: 22 base64url characters.
    :param context_secret: value for the ``ctx`` cookie, fresh at every POST.
    :param browser_id: value for the browser cookie; equal to the one shown, or fresh.
    :param framed: its pages stand in a frame, so its cookies belong to that frame (D2).
    """

    context_id: str
    context_secret: str
    browser_id: str
    framed: bool = False


class PendingLaunches(Protocol):
    def add(self, launch: VerifiedLaunch, browser_id: str | None, note: AuditNote) -> AcceptedLaunch:
        """Write the pending row and the accepted LAUNCH_DECISION in one transaction.

        A token that this browser already consumed gives its context again with a fresh secret; several
        pending rows per token may exist until one of them is consumed.

        :raises RefusedError: L405 when another browser consumed the token, L104 when the practice
            launches too often; the caller records the refusal.
        :raises StorageUnavailableError: nothing was written, or it is not certain that it was.
        """
