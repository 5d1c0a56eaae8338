"""The one place that reads the machine's time."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


def _machine_time() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """Implements ``context.ports.Clock`` (and every folder's own clock protocol).

    A machine whose clock is set back would live a stretch of time twice, and a token that was used,
    forgotten and is valid again would open once more (attack A138). So the time stands still until the
    machine has caught up; tokens are refused as expired meanwhile, and a restart ends it.

    :param machine_time: aware UTC.
    """

    def __init__(self, machine_time: Callable[[], datetime] = _machine_time) -> None:
        self._machine_time = machine_time
        self._lock = threading.Lock()
        self._latest = machine_time()

    def now(self) -> datetime:
        """Aware UTC; never before what it said earlier."""
        with self._lock:
            self._latest = max(self._latest, self._machine_time())
            return self._latest

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()

    def wait_until(self, monotonic: float) -> None:
        """Sleep until ``monotonic`` is reached; returns at once when it has passed."""
        while (left := monotonic - time.monotonic()) > 0:
            time.sleep(left)
