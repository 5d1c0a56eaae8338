"""The values of one test as points in time. The sparkline and the chart both draw what this says. Pure.

Only what a source sent as a number is a point (``ValueKind.QUANTITY``); a bound (``<0.5``) is a point of its
own kind, because it is not the number 0.5. Everything else is told apart, never dropped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from context.person import Moment
from context.records import ObservedValue, ValueKind
from views.dates import AMSTERDAM
from views.grid.rows import RowKey
from views.period import Period

_NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_WITHDRAWN = frozenset({"nullified", "cancelled", "aborted"})
_KINDS = {"<": "below", "<=": "below", ">": "above", ">=": "above", "": "value"}


class PointKind(StrEnum):
    """``below`` and ``above``: the value lies somewhere beyond the limit."""

    VALUE = "value"
    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Point:
    """:param day: days since the year 1, with the time of day in Europe/Amsterdam as a fraction.
    :param amount: the number, or the limit of a bound, in the source's unit."""

    day: float
    amount: float
    kind: PointKind
    result: ObservedValue


@dataclass(frozen=True, slots=True)
class Series:
    """:param points: oldest first.
    :param left_out: what lies in the period and has no number or no whole date, or was withdrawn."""

    points: tuple[Point, ...]
    left_out: tuple[ObservedValue, ...]

    @property
    def values(self) -> tuple[Point, ...]:
        """The points that are numbers, not bounds."""
        return tuple(point for point in self.points if point.kind is PointKind.VALUE)

    @property
    def runs(self) -> tuple[tuple[Point, ...], ...]:
        """Neighbouring numbers; a bound between two of them breaks the line, because it may lie anywhere."""
        found: list[list[Point]] = [[]]
        for point in self.points:
            if point.kind is PointKind.VALUE:
                found[-1].append(point)
            else:
                found.append([])
        return tuple(tuple(run) for run in found if run)


def make_series(results: Iterable[ObservedValue], period: Period) -> Series:
    """The values of one test in one unit that lie in the period."""
    points: list[Point] = []
    left_out: list[ObservedValue] = []
    for result in results:
        if not period.admits(result.taken.date if result.taken else None):
            continue
        point = _point(result)
        if point is None:
            left_out.append(result)
        else:
            points.append(point)
    points.sort(key=lambda point: point.day)
    return Series(tuple(points), tuple(left_out))


def day_of(moment: Moment) -> float | None:
    """Where it stands on the axis of time; None when its day is not known."""
    if not moment.date.is_complete:
        return None
    day = float(moment.date.as_date().toordinal())
    if moment.instant is None:
        return day
    local = moment.instant.astimezone(AMSTERDAM)
    return day + (local.hour * 3600 + local.minute * 60 + local.second) / 86400


def number_of(text: str | None) -> float | None:
    """A plain decimal number as the source wrote it, with a point."""
    bare = (text or "").strip()
    return float(bare) if _NUMBER.fullmatch(bare) else None


def trend_key(key: RowKey) -> str:
    """Names a test in a URL without telling which: test, material and unit, whatever the reference."""
    parts = (key.code, key.system, key.label, key.material, key.unit)
    return sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def _point(result: ObservedValue) -> Point | None:
    value = result.value
    if value.kind is not ValueKind.QUANTITY or result.negated or result.status in _WITHDRAWN:
        return None
    amount, day = number_of(value.text), day_of(result.taken) if result.taken else None
    kind = _KINDS.get(value.comparator)
    if amount is None or day is None or kind is None:
        return None
    return Point(day, amount, PointKind(kind), result)
