"""Tickets and endings, and what ``launch`` asks of their storage. ``app`` provides it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from context.bsn import Bsn
from context.launch import VerifiedLaunch
from context.ports import AuditNote
from launch.replay import AcceptedLaunch

TICKET_LIFE = timedelta(seconds=60)
"""How long a ticket waits for its browser; shorter when its launch token ends sooner."""


@dataclass(frozen=True, slots=True)
class UsedMessage:
    """The id of a signed message that is good for one time.

    :param forget_at: aware UTC; from then on its own expiry refuses it.
    """

    hospital: str
    issuer: str
    message_id: str
    forget_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """:param code: 43 base64url characters, 256 bits. :param expires_at: aware UTC, exclusive."""

    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """A ticket as it was issued, whatever became of it.

    :param hospital: slug of the hospital it was issued at; no other takes it.
    :param reference: under which its issue was recorded.
    """

    hospital: str
    reference: str
    launch: VerifiedLaunch = field(repr=False)


class Tickets(Protocol):
    """Every method raises StorageUnavailableError when the database does not answer."""

    def issue(self, launch: VerifiedLaunch, assertion: UsedMessage, note: AuditNote) -> IssuedTicket:
        """Use the assertion up, keep the launch and write the record, all or none.

        :raises RefusedError: L405 the assertion came before, L104 too many tickets of this practice.
        """

    def find(self, code: str) -> StoredTicket | None:
        """None for a code that was never issued or is long over. Nothing changes."""

    def redeem(
        self, code: str, launch: VerifiedLaunch, browser_id: str | None, note: AuditNote
    ) -> AcceptedLaunch:
        """Use the ticket up and accept its launch, all or none; otherwise as ``PendingLaunches.add``.

        The browser that redeemed a ticket may post it again while it lives (a double click).

        :param launch: the ticket's, as received now.
        :raises RefusedError: L103 no such ticket, L405 another browser redeemed it (with an alarm), L401
            it has expired, L104.
        """


class HisEvent(StrEnum):
    """What ended at the HIS, as its message says it."""

    PATIENT_CLOSED = "patient-closed"
    USER_LOGGED_OUT = "user-logged-out"


@dataclass(frozen=True, slots=True)
class Ending:
    """Which contexts a HIS says are over; those of others are out of its reach.

    :param user_id: as its launches say it, with the system in front when they name one.
    :param session: only those launched from this session; None means from none for a closed patient, and
        from any for a user who logged out.
    :param bsn: the patient who was closed; None for a user who logged out.
    """

    hospital: str
    issuer: str
    practice_ura: str
    user_id: str
    event: HisEvent
    session: str | None = None
    bsn: Bsn | None = field(default=None, repr=False)

    def covers(self, launch: VerifiedLaunch) -> bool:
        """Whether a context of this launch is among them."""
        where = (launch.hospital, launch.issuer, launch.practice.ura_number, launch.user.identifier)
        if where != (self.hospital, self.issuer, self.practice_ura, self.user_id):
            return False
        if self.event is HisEvent.USER_LOGGED_OUT and self.session is None:
            return True
        return launch.his_session == self.session and self.bsn in (None, launch.bsn)


class ContextEndings(Protocol):
    def end_named(self, ending: Ending, message: UsedMessage, note: AuditNote) -> int:
        """End every context, pending launch and waiting ticket that the ending covers, each with its
        record, use the message up and write the note with its ``count``, all or none.

        :returns: how many.
        :raises RefusedError: L405 the message came before.
        :raises StorageUnavailableError: nothing ended.
        """
