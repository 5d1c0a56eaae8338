"""P6 and the budgets of bytes: a grid and a chart beside bare strings with the same numbers, in this process.

The peers hold the same values, escaped, and nothing else: no options, flags, remarks or links.
"""

import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path

from bench.rounds import Rounds
from context.display import DateOrder
from context.person import Moment, PartialDate
from context.records import CodedText, LabResult, ReferenceRange, ResultValue, ValueKind
from views.grid.model import Grid, GridSetting
from views.grid.present import present_grid
from views.grid.query import GridQuery
from views.period import Period
from views.rendering import render
from views.texts import default_texts
from views.trend.chart import draw_chart
from views.trend.series import Series, make_series

_TODAY = date(2026, 11, 22)
_SINCE = date(2025, 11, 22)
_STATIC = Path(__file__).resolve().parent.parent / "static"


@dataclass(frozen=True, slots=True)
class RenderingSizes:
    """:param rows, dates: of the grid. :param points: of the chart.

    :param repeats: how often each is tried in a round.
    """

    rows: int
    dates: int
    points: int
    repeats: int


@dataclass(slots=True)
class RenderingFigures:
    """Seconds of ours and of the peer, the quickest of each round; bytes of files that every page loads."""

    grid: list[tuple[float, float]] = field(default_factory=list)
    chart: list[tuple[float, float]] = field(default_factory=list)
    grid_bytes: tuple[int, int] = (0, 0)
    static_bytes: dict[str, int] = field(default_factory=dict)


def measure_rendering(sizes: RenderingSizes, rounds: Rounds) -> RenderingFigures:
    """Grid and chart, each beside its peer, round by round."""
    grid = make_grid(sizes.rows, sizes.dates)
    cells = [[cell.text for cell in row.cells] for row in grid.rows]
    series = make_series(_course(sizes.points), Period(_SINCE, None))
    figures = RenderingFigures()
    for _ in rounds:
        figures.grid.append(
            (
                _quickest(lambda: render("partials/grid_table.html", grid=grid), sizes.repeats),
                _quickest(lambda: _joined(cells), sizes.repeats),
            )
        )
        figures.chart.append(
            (
                _quickest(lambda: _our_chart(series), sizes.repeats),
                _quickest(lambda: _bare_chart(series), sizes.repeats),
            )
        )
    # The budget of bytes is set for a page of 40 tests and 12 dates (interface.md section 4.11).
    page = render("partials/grid_table.html", grid=make_grid(40, 12)).encode()
    figures.grid_bytes = len(page), len(gzip.compress(page))
    for suffix in ("css", "js"):
        figures.static_bytes[suffix] = sum(file.stat().st_size for file in _STATIC.glob(f"*.{suffix}"))
    return figures


def make_grid(rows: int, dates: int) -> Grid:
    """A grid in which every test was done on every date, one value in seven outside its reference."""
    results = [
        _result(f"Bepaling {row}", f"{(row * 7 + day * 13) % 100 / 10:.1f}", _TODAY - timedelta(days=day))
        for row in range(rows)
        for day in range(dates)
    ]
    setting = GridSetting(
        "lab", DateOrder.NEWEST_RIGHT, Period(_SINCE, None), lambda test: f"trend/{test}", default_texts()
    )
    return present_grid(results, GridQuery(dates=12), setting)


def _course(points: int) -> list[LabResult]:
    return [
        _result("Kalium", f"{3 + n * 37 % 30 / 10:.1f}", _SINCE + timedelta(days=3 * n))
        for n in range(points)
    ]


def _result(name: str, value: str, day: date) -> LabResult:
    return LabResult(
        test=CodedText(name, display=name),
        value=ResultValue(ValueKind.QUANTITY, value, "mmol/L"),
        taken=Moment(
            PartialDate(day.year, day.month, day.day), datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        ),
        flags=("H",) if value.endswith("7") else (),
        references=(ReferenceRange("3.5", "5.1", "mmol/L"),),
    )


def _joined(cells: Sequence[Sequence[str]]) -> str:
    rows = ("".join(f"<td>{escape(text, quote=False)}</td>" for text in row) for row in cells)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _our_chart(series: Series) -> str:
    chart = draw_chart(series, _SINCE, _TODAY, "Kalium (mmol/L)", "Verloop", default_texts())
    return render("partials/chart.html", chart=chart, number=1)


def _bare_chart(series: Series) -> str:
    days = [point.day for point in series.points]
    amounts = [point.amount for point in series.points]
    width, height = days[-1] - days[0] or 1, max(amounts) - min(amounts) or 1
    places = [
        (f"{52 + (day - days[0]) / width * 692:.1f}", f"{262 - (amount - min(amounts)) / height * 240:.1f}")
        for day, amount in zip(days, amounts, strict=True)
    ]
    texts = [escape(point.result.value.text, quote=False) for point in series.points]
    marks = (
        f'<circle cx="{x}" cy="{y}" r="4"/><text x="{x}" y="{y}">{text}</text>'
        for (x, y), text in zip(places, texts, strict=True)
    )
    line = " ".join(f"{x},{y}" for x, y in places)
    return f'<svg viewBox="0 0 760 300">{"".join(marks)}<polyline points="{line}"/></svg>'


def _quickest(make: Callable[[], str], repeats: int) -> float:
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        make()
        best = min(best, time.perf_counter() - begin)
    return best
