"""The drawing of a series: places and words, printed as SVG by ``templates/partials/chart.html``. Pure.

Places are numbers with a point, as SVG wants them; words on the screen have a comma.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from context.records import ObservedValue, ReferenceRange
from views.grid.values import Flag, present_range, present_value
from views.texts import Texts
from views.trend.scale import Span, levels, month_starts, with_margin
from views.trend.series import Point, PointKind, Series, number_of

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 744, 22, 262
"""The edges of the plot."""
RADIUS = 4
MOST_LABELS = 12
"""Up to so many points each shows its value; of more only first, last, lowest and highest do."""

_LETTER = 7.2
_LINE = 14
_OFFSETS = (-9, 19, -23, 33, -37)


@dataclass(frozen=True, slots=True)
class Mark:
    """One point. :param corners: of the open triangle of a bound; empty for a dot.
    :param label, flags: empty for a point whose value is not printed.
    :param latest: stands out."""

    kind: PointKind
    x: str
    y: str
    corners: str
    label: str
    label_x: str
    label_y: str
    flags: tuple[Flag, ...]
    latest: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The reference area. :param y, height: of the part within the plot."""

    y: str
    height: str
    label: str
    label_y: str


@dataclass(frozen=True, slots=True)
class Tick:
    """:param at: along its axis. :param major: the year changes here."""

    at: str
    label: str
    major: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """:param title, description: for readers who do not see the drawing."""

    title: str
    description: str
    band: Band | None
    lines: tuple[str, ...]
    marks: tuple[Mark, ...]
    months: tuple[Tick, ...]
    levels: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class _Plot:
    days: Span
    amounts: Span

    def across(self, day: float) -> float:
        return LEFT + self.days.share(day) * (RIGHT - LEFT)

    def y(self, amount: float) -> float:
        return BOTTOM - self.amounts.share(amount) * (BOTTOM - TOP)


def draw_chart(
    series: Series, since: date, until: date, title: str, description: str, texts: Texts
) -> Chart | None:
    """The drawing, or None when there is no point to draw.

    :param since, until: what the axis of time holds at least, both days included.
    """
    points = series.points
    if not points:
        return None
    reference = reference_of(points[-1].result)
    bounds = [bound for bound in reference[:2] if bound is not None] if reference else []
    plot = _Plot(
        Span(min(since.toordinal(), points[0].day), max(until.toordinal() + 1.0, points[-1].day)),
        with_margin([point.amount for point in points] + bounds),
    )
    return Chart(
        title=title,
        description=description,
        band=_band(reference, plot, texts) if reference else None,
        lines=tuple(
            " ".join(f"{plot.across(point.day):.1f},{plot.y(point.amount):.1f}" for point in run)
            for run in series.runs
            if len(run) > 1
        ),
        marks=_marks(points, plot, texts),
        months=_months(plot, texts),
        levels=tuple(Tick(f"{plot.y(amount):.1f}", label) for amount, label in levels(plot.amounts)),
    )


def reference_of(result: ObservedValue) -> tuple[float | None, float | None, ReferenceRange] | None:
    """The one reference of a value as numbers in its own unit; None when it cannot be drawn."""
    if len(set(result.references)) != 1:
        return None
    reference = result.references[0]
    if reference.unit and result.value.unit and reference.unit != result.value.unit:
        return None
    low, high = number_of(reference.low), number_of(reference.high)
    unreadable = (reference.low and low is None) or (reference.high and high is None)
    if unreadable or (low is None and high is None) or (low is not None and high is not None and low > high):
        return None
    return low, high, reference


def _band(reference: tuple[float | None, float | None, ReferenceRange], plot: _Plot, texts: Texts) -> Band:
    low, high, range_ = reference
    top = plot.y(high) if high is not None else float(TOP)
    bottom = plot.y(low) if low is not None else float(BOTTOM)
    words = present_range(range_, range_.unit, texts)
    return Band(
        f"{top:.1f}", f"{bottom - top:.1f}", texts("trend.reference", range=words), f"{bottom - 4:.1f}"
    )


def _months(plot: _Plot, texts: Texts) -> tuple[Tick, ...]:
    starts = month_starts(plot.days)
    # A January beside the first month tells the year already, and there is no room for both.
    year_at = starts[1:2] if [start.month for start in starts[1:2]] == [1] else starts[:1]
    return tuple(
        Tick(
            f"{plot.across(start.toordinal()):.1f}",
            _month(start, start in year_at, texts),
            start.month == 1,
        )
        for start in starts
    )


def _month(start: date, with_year: bool, texts: Texts) -> str:
    name = texts(f"month.{start.month}")
    return f"{name} {start.year}" if with_year or start.month == 1 else name


def _marks(points: tuple[Point, ...], plot: _Plot, texts: Texts) -> tuple[Mark, ...]:
    labelled = _labelled(points)
    taken: list[tuple[float, float, float]] = []
    marks = []
    for index, point in enumerate(points):
        x, y = plot.across(point.day), plot.y(point.amount)
        label, flags = _label(point, texts) if index in labelled else ("", ())
        width = (len(label) + sum(1 + len(flag.letter) for flag in flags)) * _LETTER
        label_x, label_y = _place(x, y, width, taken) if label else (x, y)
        marks.append(
            Mark(
                kind=point.kind,
                x=f"{x:.1f}",
                y=f"{y:.1f}",
                corners=_corners(point.kind, x, y),
                label=label,
                label_x=f"{label_x:.1f}",
                label_y=f"{label_y:.1f}",
                flags=flags,
                latest=point.day == points[-1].day,
            )
        )
    return tuple(marks)


def _label(point: Point, texts: Texts) -> tuple[str, tuple[Flag, ...]]:
    value = present_value(point.result, texts)
    return value.text, value.flags


def _labelled(points: tuple[Point, ...]) -> frozenset[int]:
    everyone = range(len(points))
    if len(points) <= MOST_LABELS:
        return frozenset(everyone)
    numbers = [index for index in everyone if points[index].kind is PointKind.VALUE]
    extremes = {choose(numbers, key=lambda index: points[index].amount) for choose in (min, max) if numbers}
    return frozenset({0, len(points) - 1} | extremes)


def _place(x: float, y: float, width: float, taken: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Where a label of a width stands free of those before it; above its point when there is no free place.

    :param taken: left, right and base line of each label so far; this one is added.
    """
    middle = min(max(x, LEFT + width / 2), RIGHT - width / 2)
    left, right = middle - width / 2, middle + width / 2
    lines = [y + offset for offset in _OFFSETS if TOP - 8 <= y + offset <= BOTTOM]
    free = (base for base in lines if _is_free(left, right, base, taken))
    base = next(free, lines[0] if lines else y)
    taken.append((left, right, base))
    return middle, base


def _is_free(left: float, right: float, base: float, taken: Iterable[tuple[float, float, float]]) -> bool:
    return all(right < other[0] or left > other[1] or abs(base - other[2]) >= _LINE for other in taken)


def _corners(kind: PointKind, x: float, y: float) -> str:
    """An open triangle with its base at the limit that points to where the value lies."""
    if kind is PointKind.VALUE:
        return ""
    tip = y + 9 if kind is PointKind.BELOW else y - 9
    return f"{x - 6:.1f},{y:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{tip:.1f}"
