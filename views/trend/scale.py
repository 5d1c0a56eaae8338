"""The two axes of a chart: round values upwards, calendar months along (GTAB-070, GTAB-085). Pure."""

from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_LEVELS = 5
_MOST_MONTHS = 13


@dataclass(frozen=True, slots=True)
class Span:
    """:param low, high: what the axis holds, ``low`` the smaller."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """0 at ``low``, 1 at ``high``."""
        return (value - self.low) / (self.high - self.low)


def with_margin(amounts: list[float]) -> Span:
    """All amounts and a tenth more on both sides; an axis need not start at zero.

    :param amounts: at least one.
    """
    low, high = min(amounts), max(amounts)
    margin = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return Span(low - margin, high + margin)


def levels(span: Span) -> tuple[tuple[float, str], ...]:
    """Round values within the span, each with its words: as many decimals as the step needs."""
    step = _round_step((span.high - span.low) / _MOST_LEVELS)
    decimals = max(0, -floor(log10(step))) if step < 1 else 0
    if round(step, decimals) != step:
        decimals += 1
    first, last = ceil(span.low / step), floor(span.high / step)
    return tuple(
        (count * step, f"{count * step:.{decimals}f}".replace(".", ",")) for count in range(first, last + 1)
    )


def _round_step(least: float) -> float:
    size = 10.0 ** floor(log10(least))
    return next(factor * size for factor in _ROUND if factor * size >= least * (1 - 1e-9))


def month_starts(span: Span) -> tuple[date, ...]:
    """The first days of months within a span of ordinal days; not more than can be told apart.

    Every January stays among them, as the place where the year changes.
    """
    first, last = date.fromordinal(ceil(span.low)), date.fromordinal(floor(span.high))
    begin = first.year * 12 + first.month - 1 + (first.day > 1)
    end = last.year * 12 + last.month - 1
    step = next((step for step in (1, 2, 3, 6) if (end - begin) / step < _MOST_MONTHS), 12)
    return tuple(
        date(count // 12, count % 12 + 1, 1) for count in range(begin, end + 1) if count % 12 % step == 0
    )
