"""Refusals are recorded, but a flood of them must not fill the audit trail (architecture.md D18)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

RECORDS_PER_MINUTE = 60
_MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Admission:
    """:param record: whether this refusal leaves its own record.
    :param passed_over: refusals of an earlier minute that were counted and not yet reported.
    """

    record: bool
    passed_over: int = 0


class RefusalMeter:
    """Counts unverified refusals and 404s per hospital and minute, in this process.

    The first sixty of a minute are recorded one by one; the rest are counted, and the count is handed
    out once, to the first caller of a later minute or to ``drain`` when the process stops.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute: dict[str, int] = {}
        self._count: dict[str, int] = {}

    def admit(self, hospital: str, monotonic: float) -> Admission:
        """:param monotonic: the clock's monotonic seconds."""
        minute = int(monotonic // _MINUTE_SECONDS)
        with self._lock:
            passed_over = 0
            if self._minute.get(hospital) != minute:
                passed_over = max(0, self._count.get(hospital, 0) - RECORDS_PER_MINUTE)
                self._minute[hospital] = minute
                self._count[hospital] = 0
            self._count[hospital] += 1
            return Admission(self._count[hospital] <= RECORDS_PER_MINUTE, passed_over)

    def drain(self) -> Mapping[str, int]:
        """What was counted and not reported, by hospital; the counters start anew."""
        with self._lock:
            left = {
                hospital: count - RECORDS_PER_MINUTE
                for hospital, count in self._count.items()
                if count > RECORDS_PER_MINUTE
            }
            self._count.clear()
            self._minute.clear()
            return left
