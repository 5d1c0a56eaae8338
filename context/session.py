"""An open context and the rules of its life (architecture.md D3, D17, D18). Pure: no clock, no I/O.

Every bound is exclusive: at the exact instant that a life ends, it has ended.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from context.consent import Scope
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.person import Patient
from context.ports import ContextPhase, StoredContext

ABSOLUTE_LIFE = timedelta(hours=4)
"""However active the user is, a context ends this long after it opened (D17)."""

LONGEST_IDLE = timedelta(minutes=15)
"""No hospital allows more idle time than this (D17)."""

PENDING_LIFE = timedelta(seconds=60)
"""How long an accepted launch waits for its first GET (D18)."""

CLOCK_SKEW = timedelta(seconds=30)
"""How far a vendor's clock may be off (D18)."""

REPLAY_MARGIN = timedelta(seconds=60)
"""How much longer than its token can be accepted a token id is remembered (D3)."""

CONSENT_LIFE = timedelta(minutes=5)
"""A consent answer older than this is asked again before data are shown (D6)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a window may know of its context: the phase, and how long it may still show its page.

    :param seconds_left: whole seconds until it ends without further activity, rounded down; 0 unless open.
    :param seconds_in_all: whole seconds until it ends whatever happens, rounded down; 0 unless open.
    """

    phase: ContextPhase
    seconds_left: int = 0
    seconds_in_all: int = 0


@dataclass(frozen=True, slots=True)
class OpenContext:
    """What one window may show, to whom and until when.

    :param hospital: the hospital's slug.
    :param categories: the data categories that consent permits.
    :param patient_fetched_at: aware UTC, when the hospital answered who the patient is.
    :param idle_ends_at: aware UTC, when it ends without further activity; never after ``absolute_ends_at``.
    :param absolute_ends_at: aware UTC, when it ends whatever happens.
    :param consent_at: aware UTC, when consent was last answered; None counts as too old.
    """

    context_id: str
    reference: str
    hospital: str
    scope: Scope
    categories: frozenset[str]
    launch: VerifiedLaunch = field(repr=False)
    patient: Patient = field(repr=False)
    opened_at: datetime
    last_active_at: datetime
    patient_fetched_at: datetime
    idle_ends_at: datetime
    absolute_ends_at: datetime
    consent_at: datetime | None = None

    def has_ended(self, now: datetime) -> bool:
        """Whether its time is up at ``now`` (aware UTC)."""
        return now >= self.idle_ends_at

    def standing(self, now: datetime) -> Standing:
        """How long it stays open, seen at ``now`` (aware UTC)."""
        if self.has_ended(now):
            return Standing(ContextPhase.EXPIRED)
        left, in_all = self.idle_ends_at - now, self.absolute_ends_at - now
        return Standing(ContextPhase.OPEN, int(left.total_seconds()), int(in_all.total_seconds()))

    def consent_is_old(self, now: datetime) -> bool:
        """Whether consent must be asked again before anything is shown at ``now`` (aware UTC)."""
        return self.consent_at is None or now - self.consent_at > CONSENT_LIFE


def open_context(hospital: Hospital, stored: StoredContext) -> OpenContext:
    """The open context in ``stored``.

    :raises ValueError: it is not open, or lacks what every open context has.
    """
    if stored.scope is None or stored.launch is None or stored.patient is None:
        raise ValueError("an open context has a scope, a launch and a patient")
    if stored.opened_at is None or stored.last_active_at is None:
        raise ValueError("an open context was opened and active at some time")
    absolute = stored.opened_at + ABSOLUTE_LIFE
    idle = stored.last_active_at + timedelta(minutes=hospital.idle_minutes)
    return OpenContext(
        context_id=stored.context_id,
        reference=stored.reference,
        hospital=hospital.slug,
        scope=stored.scope,
        categories=stored.categories,
        launch=stored.launch,
        patient=stored.patient,
        opened_at=stored.opened_at,
        last_active_at=stored.last_active_at,
        patient_fetched_at=stored.opened_at,
        idle_ends_at=min(idle, absolute),
        absolute_ends_at=absolute,
        consent_at=stored.consent_at,
    )


def pending_end(posted_at: datetime) -> datetime:
    """When a launch posted at ``posted_at`` can no longer have its first GET."""
    return posted_at + PENDING_LIFE


def retry_end(token_expires_at: datetime) -> datetime:
    """Until when the right cookie may repeat a decision that ended in an L7xx (D3)."""
    return token_expires_at + CLOCK_SKEW


def forget_token_at(token_expires_at: datetime) -> datetime:
    """From when no one can have the token accepted any more, so that its id need not be kept."""
    return token_expires_at + CLOCK_SKEW + REPLAY_MARGIN
