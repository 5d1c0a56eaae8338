"""What became of a question to the hospital. "No answer" can never read as "nothing there"."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class OutcomeState(StrEnum):
    """The six panel states (architecture.md §4)."""

    OK = "ok"
    EMPTY = "empty"
    PARTIAL = "partial"
    FAILED = "failed"
    NOT_PERMITTED = "not_permitted"
    WITHHELD = "withheld"


class FailureCause(StrEnum):
    """Why a source gave no usable answer; for the audit trail, not for the screen."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FAULT = "fault"
    REJECTED = "rejected"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    WRONG_PATIENT = "wrong_patient"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The entries of one section and how complete they are.

    :param entries: what may be shown; empty unless the state is ok or partial.
    :param missing_sources: names of the sources that did not answer (partial).
    :param fetched_at: aware UTC, when the answer was complete.
    :param held_until: aware UTC: a release rule holds further entries until then (ok, empty, partial).
    :param held_back: how many entries a release rule keeps from the screen (ok, empty, partial, withheld).
    :param failure: set for failed, and for partial when the cause is known.
    :raises ValueError: a combination that would mislead a reader.
    """

    state: OutcomeState
    entries: tuple[T, ...] = ()
    missing_sources: tuple[str, ...] = ()
    fetched_at: datetime | None = None
    held_until: datetime | None = None
    failure: FailureCause | None = None
    held_back: int = 0

    def __post_init__(self) -> None:
        shows = self.state in (OutcomeState.OK, OutcomeState.PARTIAL)
        if self.entries and not shows:
            raise ValueError(f"{self.state} carries no entries")
        if self.state is OutcomeState.OK and not self.entries:
            raise ValueError("ok without entries is empty")
        if self.state is OutcomeState.FAILED and self.failure is None:
            raise ValueError("failed names its cause")
        if self.state is OutcomeState.PARTIAL and not self.missing_sources:
            raise ValueError("partial names the source that is missing")

    @property
    def is_held(self) -> bool:
        """Whether a release rule keeps anything from the screen, so that what is shown is not all."""
        return bool(self.held_back) or self.held_until is not None

    @classmethod
    def of(cls, entries: tuple[T, ...], fetched_at: datetime) -> "Outcome[T]":
        """A complete, successful answer: ok, or empty when it holds no entries."""
        state = OutcomeState.OK if entries else OutcomeState.EMPTY
        return cls(state, entries, fetched_at=fetched_at)

    @classmethod
    def partial(
        cls,
        entries: tuple[T, ...],
        missing: tuple[str, ...],
        fetched_at: datetime,
        failure: FailureCause | None = None,
    ) -> "Outcome[T]":
        """Some of it arrived; ``missing`` names what did not."""
        return cls(OutcomeState.PARTIAL, entries, missing, fetched_at, failure=failure)

    @classmethod
    def failed(cls, cause: FailureCause) -> "Outcome[T]":
        """No usable answer."""
        return cls(OutcomeState.FAILED, failure=cause)

    @classmethod
    def not_permitted(cls) -> "Outcome[T]":
        """No consent for the category, or the hospital does not show this section."""
        return cls(OutcomeState.NOT_PERMITTED)

    @classmethod
    def withheld(cls, until: datetime | None = None, held_back: int = 0) -> "Outcome[T]":
        """Everything there is, is held by a release rule."""
        return cls(OutcomeState.WITHHELD, held_until=until, held_back=held_back)
