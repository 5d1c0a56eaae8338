"""The one place that reads the machine's time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements ``context.ports.Clock`` (and every folder's own clock protocol)."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()

    def wait_until(self, monotonic: float) -> None:
        """Sleep until ``monotonic`` is reached; returns at once when it has passed."""
        while (left := monotonic - time.monotonic()) > 0:
            time.sleep(left)
