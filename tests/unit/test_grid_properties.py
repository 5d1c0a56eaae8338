"""Whatever a source sends, no value is lost, merged or made up on its way to the screen."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from context.display import DateOrder
from context.person import Moment, PartialDate
from context.records import (
    CodedText,
    LabResult,
    Measurement,
    ObservedValue,
    ReferenceRange,
    ResultValue,
    ValueKind,
)
from tests.browser.views_records import at, quantity
from views.grid.model import Cell, Grid, GridSetting
from views.grid.present import present_grid
from views.grid.pressures import BloodPressure, pair_pressures, parts_of
from views.grid.query import DATES_PER_PAGE, GridQuery
from views.grid.rows import build_rows, row_key
from views.period import Period
from views.texts import default_texts
from views.trend.courses import make_courses
from views.trend.series import make_series, number_of, trend_key

TEXTS = default_texts()
PERIOD = Period(date(2026, 1, 1))

MOMENTS = st.one_of(
    st.none(),
    st.builds(Moment, st.builds(PartialDate, st.integers(2024, 2026), st.none() | st.integers(1, 12))),
    st.builds(
        at,
        st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(date.isoformat),
        st.none() | st.sampled_from(["00:30", "08:00", "23:59"]),
    ),
)
VALUES = st.one_of(
    st.builds(
        quantity,
        st.sampled_from(["4.1", "0.5", "12", "-3", "x", ""]),
        st.sampled_from([None, "mmol/l", "mg/l"]),
        st.sampled_from(["", "<", ">="]),
    ),
    st.builds(ResultValue, st.sampled_from([ValueKind.PENDING, ValueKind.MASKED, ValueKind.ABSENT])),
    st.builds(ResultValue, st.just(ValueKind.TEXT), st.sampled_from(["positief", "5", "a" * 40])),
)
CONCEPTS = st.none() | st.builds(CodedText, st.none(), st.none(), st.sampled_from(["serum", "urine"]))
REFERENCES = st.lists(
    st.builds(ReferenceRange, st.sampled_from([None, "1"]), st.sampled_from([None, "5"])), max_size=2
).map(tuple)
LAB = st.builds(
    LabResult,
    test=st.builds(
        CodedText, st.sampled_from([None, "k", "n"]), st.none(), st.sampled_from(["K", "k", "Na", None])
    ),
    value=VALUES,
    taken=MOMENTS,
    flags=st.lists(st.sampled_from(["H", "L", "N", "?!"]), max_size=2).map(tuple),
    references=REFERENCES,
    group=CONCEPTS,
    material=CONCEPTS,
    status=st.sampled_from([None, "completed", "active", "nullified"]),
    negated=st.booleans(),
    remarks=st.lists(st.sampled_from(["", "hemolytisch"]), max_size=1).map(tuple),
)
HALVES = st.builds(
    Measurement,
    test=st.sampled_from(["8480-6", "8462-4", "other"]).map(lambda code: CodedText(code, None, code)),
    value=VALUES,
    taken=st.none() | st.sampled_from([at("2026-03-01", "08:00"), at("2026-03-01"), at("2026-03-02")]),
    group=st.none() | st.sampled_from(["RR", "RR staand"]).map(lambda name: CodedText(None, None, name)),
    flags=st.lists(st.sampled_from(["H", "N"]), max_size=1).map(tuple),
)


def windows(results: Sequence[ObservedValue], dates: int, order: DateOrder) -> list[Grid]:
    """Every window of the grid."""
    setting = GridSetting("lab", order, PERIOD, lambda test: test, TEXTS)
    found = [present_grid(results, GridQuery(dates=dates), setting)]
    while True:
        (earlier,) = (link.query for link in found[-1].pager if "Eerdere" in link.label)
        if earlier is None:
            return found
        found.append(present_grid(results, earlier, setting))


def shown(cell: Cell) -> list[str]:
    """The words of each value in a cell."""
    return [value.text for value in cell.values] or [text for text in [cell.text] if text]


@pytest.mark.proves("check:7")
@settings(max_examples=60, deadline=None)
@given(
    results=st.lists(LAB, max_size=30),
    dates=st.sampled_from(DATES_PER_PAGE),
    order=st.sampled_from(DateOrder),
)
def test_every_value_stands_in_exactly_one_cell_of_all_windows_together(
    results: list[LabResult], dates: int, order: DateOrder
) -> None:
    pages = windows(results, dates, order)
    counted = 0
    columns: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str]] = set()
    for page in pages:
        fresh = [(heading.date, heading.time) not in seen for heading in page.dates]
        seen |= {(heading.date, heading.time) for heading in page.dates}
        columns.update((heading.date, heading.time) for heading in page.dates)
        for row in page.rows:
            dated = row.cells[page.has_undated :]
            counted += sum(len(shown(cell)) for cell, is_new in zip(dated, fresh, strict=True) if is_new)
    counted += sum(len(shown(row.cells[0])) for row in pages[0].rows if pages[0].has_undated)
    assert counted == len(results)
    assert all(len(page.rows) + len(page.absent) == len(build_rows(results, TEXTS)) for page in pages)


@settings(max_examples=60, deadline=None)
@given(results=st.lists(LAB, max_size=30))
def test_row_holds_one_test_unit_and_reference_but_for_what_came_without_any(
    results: list[LabResult],
) -> None:
    rows = build_rows(results, TEXTS)
    assert sum(len(row.results) for row in rows) == len(results)
    for row in rows:
        for result in row.results:
            own = row_key(result, TEXTS)
            bare = not own.unit and own.reference in ("", row.key.reference)
            waits = result.value.kind not in (ValueKind.QUANTITY, ValueKind.TEXT)
            assert own == row.key or (bare and waits and own.test == row.key.test)


@pytest.mark.proves("check:12")
@settings(max_examples=60, deadline=None)
@given(results=st.lists(LAB, max_size=30))
def test_series_holds_every_value_of_the_period_once_and_draws_only_what_is_a_number(
    results: list[LabResult],
) -> None:
    by_test: dict[str, list[ObservedValue]] = {}
    for row in build_rows(results, TEXTS):
        by_test.setdefault(trend_key(row.key), []).extend(row.results)
    for own in by_test.values():
        series = make_series(own, PERIOD)
        inside = [r for r in own if PERIOD.admits(r.taken.date if r.taken else None)]
        told = [point.result for point in series.points] + list(series.left_out)
        assert sorted(map(id, told)) == sorted(map(id, inside))
        assert all(point.result.value.kind is ValueKind.QUANTITY for point in series.points)
        assert all(not point.result.value.comparator for point in series.values)
        assert len({point.result.value.unit for point in series.points}) <= 1
        assert sum(map(len, series.runs)) == len(series.values)


@pytest.mark.proves("feature:R16")
@settings(max_examples=120, deadline=None)
@given(results=st.lists(HALVES, max_size=8))
def test_pairs_hold_every_half_once_and_join_only_what_is_beyond_doubt(results: list[Measurement]) -> None:
    paired = pair_pressures(results, TEXTS)
    halves = [part for result in paired for part in parts_of(result)]
    assert sorted(map(id, halves)) == sorted(map(id, results))
    for pair in paired:
        if isinstance(pair, BloodPressure):
            upper, lower = pair.systolic, pair.diastolic
            assert (upper.test.code, lower.test.code) == ("8480-6", "8462-4")
            assert (upper.taken, upper.group, upper.value.unit) == (
                lower.taken,
                lower.group,
                lower.value.unit,
            )
            assert upper.taken is not None
            assert number_of(upper.value.text) is not None
            assert number_of(lower.value.text) is not None
            assert not upper.value.comparator + lower.value.comparator
    courses = make_courses(paired, Period(), TEXTS)
    assert sum(len(course.results) for course in courses) == len(results)


def test_pressure_of_which_a_half_is_no_plain_number_stays_two() -> None:
    group, moment = CodedText(None, None, "RR"), at("2026-03-01", "08:00")
    upper = Measurement(CodedText("8480-6"), quantity("120", "mm[Hg]"), moment, group=group)
    pending = Measurement(
        CodedText("8462-4"), ResultValue(ValueKind.PENDING, "", "mm[Hg]"), moment, group=group
    )
    denied = Measurement(CodedText("8462-4"), quantity("80", "mm[Hg]"), moment, group=group, negated=True)
    empty = Measurement(CodedText("8462-4"), quantity("", "mm[Hg]"), moment, group=group)
    bound = Measurement(CodedText("8462-4"), quantity("40", "mm[Hg]", "<"), moment, group=group)
    for lower in (pending, denied, empty, bound):
        assert pair_pressures([upper, lower], TEXTS) == (upper, lower)


def test_pressure_with_a_third_half_beside_it_stays_three() -> None:
    group, moment = CodedText(None, None, "RR"), at("2026-03-01", "08:00")
    upper = Measurement(CodedText("8480-6"), quantity("120", "mm[Hg]"), moment, group=group)
    lower = Measurement(CodedText("8462-4"), quantity("80", "mm[Hg]"), moment, group=group)
    waits = Measurement(
        CodedText("8480-6"), ResultValue(ValueKind.PENDING, "", "mm[Hg]"), moment, group=group
    )
    assert pair_pressures([upper, lower, waits], TEXTS) == (upper, lower, waits)
    assert len(pair_pressures([upper, lower], TEXTS)) == 1
