"""A clock that moves only when a test moves it."""

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)


class SteppingClock:
    """Implements ``context.ports.Clock`` without sleeping. Safe to use from several threads.

    :param start: aware UTC; the default has sub-seconds, so that rounding faults show.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._start + self._elapsed

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed.total_seconds()

    def wait_until(self, monotonic: float) -> None:
        """Jump to ``monotonic`` when that lies ahead; nobody waits."""
        with self._lock:
            self._elapsed = max(self._elapsed, timedelta(seconds=monotonic))

    def advance(self, step: timedelta | float) -> None:
        """Move on by a span, or by a number of seconds."""
        span = step if isinstance(step, timedelta) else timedelta(seconds=step)
        with self._lock:
            self._elapsed += span
