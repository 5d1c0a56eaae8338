"""What a large grid and chart cost beside the plain strings they are made of (performance.md P6).

Both sides are measured in turns and the quickest of each counts, so that a busy machine slows both.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter

import pytest
from markupsafe import escape

from context.display import DateOrder
from tests.browser.views_records import at, lab
from views.grid.model import Grid, GridSetting
from views.grid.present import present_grid
from views.grid.query import GridQuery
from views.period import Period
from views.rendering import render
from views.texts import default_texts
from views.trend.chart import draw_chart
from views.trend.series import Series, make_series

TEXTS = default_texts()
YEAR = Period(date(2025, 11, 22))
TODAY = date(2026, 11, 22)


def ratio(made: Callable[[], object], plain: Callable[[], object], turns: int = 12) -> float:
    """How many times as long the one takes as the other."""
    quickest = [float("inf"), float("inf")]
    for _ in range(turns):
        for index, work in enumerate((made, plain)):
            begin = perf_counter()
            work()
            quickest[index] = min(quickest[index], perf_counter() - begin)
    return quickest[0] / quickest[1]


def large_grid() -> Grid:
    """500 tests on 10 dates."""
    chance = random.Random(1)
    results = [
        lab(
            f"Bepaling {test}",
            f"{chance.random() * 10:.1f}",
            at(f"2026-01-{day:02d}"),
            flags=chance.choice([("H",), ("L",), (), (), (), ()]),
        )
        for test in range(500)
        for day in range(1, 11)
    ]
    setting = GridSetting(
        "lab", DateOrder.NEWEST_RIGHT, YEAR, lambda test: f"/c/x/uitslagen/lab/{test}", TEXTS
    )
    return present_grid(results, GridQuery(dates=12), setting)


def plain_table(grid: Grid) -> str:
    rows = ("".join(f"<td>{escape(cell.text)}</td>" for cell in row.cells) for row in grid.rows)
    return "".join(f"<tr>{row}</tr>" for row in rows)


def plain_chart(series: Series) -> str:
    points = series.points
    low, high = (choose(point.amount for point in points) for choose in (min, max))
    days = points[-1].day - points[0].day
    drawn, line = [], []
    for point in points:
        x = 52 + (point.day - points[0].day) / days * 692
        y = 262 - (point.amount - low) / (high - low) * 240
        line.append(f"{x:.1f},{y:.1f}")
        words = escape(point.result.value.text)
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/><text x="{x:.1f}" y="{y - 9:.1f}">{words}</text>'
        )
    return f'<svg>{"".join(drawn)}<polyline points="{" ".join(line)}"/></svg>'


@pytest.mark.proves("perf:P6")
def test_grid_of_500_rows_costs_at_most_twelve_times_its_plain_strings() -> None:
    grid = large_grid()
    assert ratio(lambda: render("partials/grid_table.html", grid=grid), lambda: plain_table(grid)) <= 12


@pytest.mark.proves("perf:P6")
def test_chart_of_100_points_costs_at_most_five_times_its_plain_strings() -> None:
    chance = random.Random(2)
    days = [date(2025, 12, 1) + timedelta(days=3 * step) for step in range(100)]
    series = make_series(
        [lab(value=f"{3 + chance.random() * 3:.1f}", taken=at(day.isoformat())) for day in days], YEAR
    )

    def made() -> str:
        chart = draw_chart(series, days[0], TODAY, "Kalium", "woorden", TEXTS)
        return render("partials/chart.html", chart=chart, number=1)

    assert ratio(made, lambda: plain_chart(series)) <= 5
