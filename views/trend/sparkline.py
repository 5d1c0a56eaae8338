"""The small drawing of a row of the grid: the same series as the chart, without words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from views.trend.series import Point, Series

WIDTH, HEIGHT = 72, 18
_MARGIN = 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """:param lines: the ``points`` of each polyline. :param dots: x and y of the newest value of each
    series, and of values that have no neighbour to draw a line to."""

    lines: tuple[str, ...]
    dots: tuple[tuple[str, str], ...]


def draw_sparkline(series: Sequence[Series]) -> Sparkline | None:
    """The drawing, or None when there is no number to draw. Several series share one scale."""
    values = [point for one in series for point in one.values]
    if not values:
        return None
    days, amounts = [p.day for p in values], [p.amount for p in values]

    def place(point: Point) -> tuple[str, str]:
        across = _share(point.day, min(days), max(days)) * (WIDTH - 2 * _MARGIN)
        up = _share(point.amount, min(amounts), max(amounts)) * (HEIGHT - 2 * _MARGIN)
        return f"{_MARGIN + across:.0f}", f"{HEIGHT - _MARGIN - up:.0f}"

    runs = [run for one in series for run in one.runs]
    lines = tuple(" ".join(",".join(place(p)) for p in run) for run in runs if len(run) > 1)
    lonely = [run[0] for run in runs if len(run) == 1]
    newest = [one.values[-1] for one in series if one.values]
    return Sparkline(lines, tuple(dict.fromkeys(place(point) for point in (*lonely, *newest))))


def _share(value: float, low: float, high: float) -> float:
    """0 to 1; the middle when all are equal."""
    return (value - low) / (high - low) if high > low else 0.5
