"""A series, its drawings and its sentence: what is a point, what is not, and what is said of the rest."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from context.person import Moment, PartialDate
from context.records import CodedText, ObservedValue, ReferenceRange, ResultValue, ValueKind
from tests.browser.views_records import at, lab, quantity
from views.dates import local_date
from views.grid.rows import RowKey
from views.period import ALWAYS, Period, months_back
from views.texts import default_texts
from views.trend.chart import BOTTOM, LEFT, MOST_LABELS, RIGHT, TOP, Chart, draw_chart, reference_of
from views.trend.query import TrendQuery, month_choices, parse_trend_query
from views.trend.scale import Span, levels, month_starts, with_margin
from views.trend.series import PointKind, Series, day_of, make_series, number_of, trend_key
from views.trend.sparkline import draw_sparkline
from views.trend.summary import summarise

TEXTS = default_texts()
TODAY = date(2026, 11, 22)
YEAR = Period(date(2025, 11, 22))


def series(*results: ObservedValue, period: Period = YEAR) -> Series:
    return make_series(results, period)


def chart(*results: ObservedValue, period: Period = YEAR) -> Chart:
    found = draw_chart(
        series(*results, period=period), period.since or TODAY, TODAY, "Kalium", "woorden", TEXTS
    )
    assert found is not None
    return found


def monthly(*values: str) -> tuple[ObservedValue, ...]:
    """One value on the first of each month of 2026."""
    return tuple(lab(value=value, taken=at(f"2026-{month:02d}-01")) for month, value in enumerate(values, 1))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 22), 12, date(2025, 11, 22)),
        (date(2026, 11, 22), 3, date(2026, 8, 22)),
        (date(2026, 1, 31), 3, date(2025, 10, 31)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 5, 31), 6, date(2025, 11, 30)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(2026, 1, 15), 60, date(2021, 1, 15)),
    ],
)
@pytest.mark.proves("feature:X10")
def test_months_back_is_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int, expected: date
) -> None:
    assert months_back(day, months) == expected


@pytest.mark.proves("feature:R11")
@pytest.mark.proves("check:14")
def test_same_date_last_year_is_in_the_chart_and_the_day_before_is_not() -> None:
    results = (lab(value="4.0", taken=at("2025-11-22")), lab(value="4.1", taken=at("2025-11-21")))
    assert [point.result.value.text for point in series(*results).points] == ["4.0"]


@pytest.mark.proves("check:14")
@pytest.mark.parametrize(
    ("now", "today"),
    [
        # A minute before and after midnight in Amsterdam, in both weeks in which the clocks change.
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_period_of_a_chart_begins_on_the_calendar_of_amsterdam(now: datetime, today: date) -> None:
    assert months_back(local_date(now), 12) == today.replace(year=2025)


def test_period_keeps_what_may_lie_in_it_and_a_narrower_one_never_widens() -> None:
    assert YEAR.admits(None)
    assert YEAR.admits(PartialDate(2025, 11))
    assert YEAR.admits(PartialDate(2025))
    assert not YEAR.admits(PartialDate(2025, 10))
    wider = Period(date(2020, 1, 1), date(2026, 6, 1))
    assert YEAR.narrowed(wider) == Period(date(2025, 11, 22), date(2026, 6, 1))
    assert YEAR.narrowed(ALWAYS) == YEAR


@pytest.mark.proves("check:12")
@pytest.mark.parametrize(
    ("value", "kind", "amount"),
    [
        (quantity("4.1"), PointKind.VALUE, 4.1),
        (quantity("-0.5"), PointKind.VALUE, -0.5),
        (quantity("0.5", comparator="<"), PointKind.BELOW, 0.5),
        (quantity("90", comparator=">="), PointKind.ABOVE, 90.0),
    ],
)
def test_number_is_a_point_and_a_bound_is_one_of_its_own_kind(
    value: ResultValue, kind: PointKind, amount: float
) -> None:
    (point,) = series(lab(value=value)).points
    assert (point.kind, point.amount) == (kind, amount)


@pytest.mark.proves("check:12")
@pytest.mark.parametrize(
    "result",
    [
        lab(value=ResultValue(ValueKind.TEXT, "<0.5")),
        lab(value=ResultValue(ValueKind.TEXT, "4.1")),
        lab(value=ResultValue(ValueKind.RANGE, "3.5 - 5.1")),
        lab(value=ResultValue(ValueKind.PENDING)),
        lab(value=ResultValue(ValueKind.MASKED)),
        lab(value=quantity("4,1")),
        lab(value=quantity("1e3")),
        lab(value=quantity("")),
        lab(value=quantity("4.1", comparator="~")),
        lab(status="nullified"),
        replace(lab(), negated=True),
        replace(lab(), taken=None),
        lab(taken=Moment(PartialDate(2026, 3))),
    ],
)
def test_what_is_no_number_on_a_day_is_told_apart_and_never_drawn(result: ObservedValue) -> None:
    found = series(result)
    assert (found.points, found.left_out) == ((), (result,))
    assert draw_chart(found, TODAY, TODAY, "t", "d", TEXTS) is None
    assert draw_sparkline([found]) is None


def test_value_without_a_time_stands_at_the_begin_of_its_day() -> None:
    assert day_of(at("2026-11-01")) == date(2026, 11, 1).toordinal()
    assert day_of(at("2026-11-01", "11:00")) == date(2026, 11, 1).toordinal() + 0.5
    assert day_of(Moment(PartialDate(2026, 11))) is None


@pytest.mark.parametrize(
    ("text", "number"), [("3.5", 3.5), (" 7 ", 7.0), ("<5", None), ("", None), (None, None)]
)
def test_reference_bound_is_a_plain_number_or_none(text: str | None, number: float | None) -> None:
    assert number_of(text) == number


def test_bound_between_two_numbers_breaks_the_line() -> None:
    bound = lab(value=quantity("0.5", comparator="<"), taken=at("2026-02-01"))
    first, _, last = monthly("4.0", "0", "4.2")
    drawn = chart(first, bound, last)
    assert drawn.lines == ()
    assert [mark.kind for mark in drawn.marks] == [PointKind.VALUE, PointKind.BELOW, PointKind.VALUE]
    assert [bool(mark.corners) for mark in drawn.marks] == [False, True, False]
    assert drawn.marks[1].label == "<0,5"


def test_one_result_has_a_point_and_no_line() -> None:
    drawn = chart(lab())
    assert (drawn.lines, len(drawn.marks), drawn.marks[0].latest) == ((), 1, True)


@pytest.mark.proves("check:12")
def test_every_number_in_the_period_is_one_point_and_the_axis_of_time_is_proportional() -> None:
    drawn = chart(*monthly(*(f"{value}.0" for value in range(3, 13))))
    assert len(drawn.marks) == 10
    places = [float(mark.x) for mark in drawn.marks]
    days = [date(2026, month, 1).toordinal() for month in range(1, 11)]
    for index in range(1, 10):
        assert (places[index] - places[0]) / (places[9] - places[0]) == pytest.approx(
            (days[index] - days[0]) / (days[9] - days[0]), abs=0.001
        )


def test_everything_lies_within_the_plot_and_the_reference_with_room_around_it() -> None:
    drawn = chart(*monthly("4.0", "9.5", "3.9"))
    assert drawn.band is not None
    top, height = float(drawn.band.y), float(drawn.band.height)
    assert TOP < top < top + height < BOTTOM
    assert all(LEFT <= float(mark.x) <= RIGHT and TOP <= float(mark.y) <= BOTTOM for mark in drawn.marks)
    assert drawn.band.label == "Referentie 3,5–5,1"


def test_reference_far_from_the_values_is_within_the_plot_too() -> None:
    band = chart(lab(value="4.0")).band
    assert band is not None
    assert TOP < float(band.y) < float(band.y) + float(band.height) < BOTTOM


@pytest.mark.parametrize(("low", "high"), [("3.5", None), (None, "5.1")])
def test_reference_with_one_bound_reaches_the_edge_of_the_plot(low: str | None, high: str | None) -> None:
    band = chart(lab(reference=(low, high))).band
    assert band is not None
    top, bottom = float(band.y), float(band.y) + float(band.height)
    assert (top == TOP) == (high is None)
    assert (bottom == pytest.approx(BOTTOM)) == (low is None)


@pytest.mark.parametrize(
    "references",
    [
        (),
        (ReferenceRange(text="negatief"),),
        (ReferenceRange("3.5", "5.1", "mg/dl"),),
        (ReferenceRange("3.5", "5.1"), ReferenceRange("3.0", "5.0")),
        (ReferenceRange("laag", "5.1"),),
        (ReferenceRange("5.1", "3.5"),),
    ],
)
def test_reference_that_cannot_be_drawn_is_not(references: tuple[ReferenceRange, ...]) -> None:
    result = replace(lab(), references=references)
    assert reference_of(result) is None
    assert chart(result).band is None


def test_up_to_twelve_points_all_show_their_value_and_more_only_the_ends_and_extremes() -> None:
    few = [lab(value=f"{day}.0", taken=at(f"2026-10-{day:02d}")) for day in range(1, MOST_LABELS + 1)]
    assert all(mark.label for mark in chart(*few).marks)
    values = ["5", "6", "7", "1", "6", "6", "9", "6", "6", "6", "6", "6", "4"]
    many = [lab(value=value, taken=at(f"2026-10-{day:02d}")) for day, value in enumerate(values, 1)]
    assert [mark.label for mark in chart(*many).marks if mark.label] == ["5", "1", "9", "4"]


def test_labels_of_near_points_do_not_cover_each_other() -> None:
    near = [lab(value="4.1", taken=at("2026-11-01", f"0{hour}:00")) for hour in range(4)]
    places = [(mark.label_x, mark.label_y) for mark in chart(*near).marks]
    assert len(set(places)) == 4


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3.0, 6.0, ["3", "4", "5", "6"]),
        (0.0, 0.5, ["0,0", "0,1", "0,2", "0,3", "0,4", "0,5"]),
        (100.0, 1100.0, ["200", "400", "600", "800", "1000"]),
        (-1.0, 1.0, ["-1,0", "-0,5", "0,0", "0,5", "1,0"]),
        (0.0, 12.0, ["0,0", "2,5", "5,0", "7,5", "10,0"]),
    ],
)
def test_levels_are_round_and_have_a_decimal_comma(low: float, high: float, words: list[str]) -> None:
    assert [label for _, label in levels(Span(low, high))] == words


@pytest.mark.parametrize("amounts", [[0.0], [5.0, 5.0], [-3.0], [1e15, 1e15 + 1], [1e-9]])
def test_axis_has_room_even_when_all_values_are_equal(amounts: list[float]) -> None:
    span = with_margin(amounts)
    assert span.low < min(amounts) <= max(amounts) < span.high
    assert levels(span)


def test_months_are_all_shown_in_a_year_and_fewer_in_longer_charts_with_every_january() -> None:
    def months(since: date, until: date) -> list[date]:
        return list(month_starts(Span(since.toordinal(), until.toordinal())))

    year = months(date(2025, 11, 22), TODAY)
    assert (len(year), year[0], year[-1]) == (12, date(2025, 12, 1), date(2026, 11, 1))
    assert months(date(2026, 1, 1), date(2026, 1, 31)) == [date(2026, 1, 1)]
    five_years = months(date(2021, 11, 22), TODAY)
    assert len(five_years) <= 13
    assert [day.year for day in five_years if day.month == 1] == [2022, 2023, 2024, 2025, 2026]


def test_year_stands_at_january_and_at_the_first_month() -> None:
    labels = [tick.label for tick in chart(*monthly("4.0", "4.1")).months]
    assert labels[:3] == ["dec", "jan 2026", "feb"]
    later = chart(lab(), period=Period(date(2026, 8, 22))).months
    assert [tick.label for tick in later] == ["sep 2026", "okt", "nov"]


def test_summary_tells_latest_previous_extremes_and_count() -> None:
    results = (
        lab(value="3.2", taken=at("2026-01-05"), flags=("L",)),
        lab(value="4.8", taken=at("2026-06-05")),
        lab(value="4.4", taken=at("2026-03-05")),
        lab(value="5.6", taken=at("2026-11-01"), flags=("H",)),
    )
    assert summarise(series(*results), "12 maanden", TEXTS) == (
        "Laatste 5,6 H op 01-11-2026; vorige 4,8; laagste 3,2 L; hoogste 5,6 H; 4 uitslagen in 12 maanden."
    )


@pytest.mark.proves("check:12")
def test_summary_never_counts_a_bound_as_lowest_or_highest() -> None:
    bound = lab(value=quantity("0.5", comparator="<"), taken=at("2026-11-01"))
    assert summarise(series(bound, *monthly("4.0", "4.2")), "12 maanden", TEXTS) == (
        "Laatste <0,5 op 01-11-2026; vorige 4,2; laagste 4,0; hoogste 4,2; 3 uitslagen in 12 maanden."
    )


def test_summary_of_values_of_one_moment_names_all_of_them_as_latest() -> None:
    results = (lab(value="6.4", flags=("HH",)), lab(value="4.9"))
    assert summarise(series(*results), "3 maanden", TEXTS) == (
        "Laatste 6,4 HH en 4,9 op 01-11-2026; laagste 4,9; hoogste 6,4 HH; 2 uitslagen in 3 maanden."
    )


def test_summary_of_nothing_never_reads_as_no_results() -> None:
    words = summarise(series(), "3 maanden", TEXTS)
    assert words == "In 3 maanden is er niets om te tekenen: zie de tabel."
    assert "geen" not in words.lower()


@pytest.mark.proves("check:12")
def test_sparkline_and_chart_go_the_same_way() -> None:
    for values in (("3.5", "4.0", "5.0"), ("5.0", "4.0", "3.5"), ("4.0", "4.0", "4.0")):
        drawn, small = chart(*monthly(*values)), draw_sparkline([series(*monthly(*values))])
        assert small is not None
        line = [float(place.split(",")[1]) for place in small.lines[0].split()]
        steps = [float(mark.y) for mark in drawn.marks]
        assert len(line) == len(steps)
        assert [a < b for a, b in pairwise(line)] == [a < b for a, b in pairwise(steps)]


def test_sparkline_of_one_value_is_a_dot_and_of_two_courses_shares_a_scale() -> None:
    alone = draw_sparkline([series(lab())])
    assert alone is not None
    assert (alone.lines, len(alone.dots)) == ((), 1)
    both = draw_sparkline([series(*monthly("120", "130")), series(*monthly("80", "85"))])
    assert both is not None
    upper, lower = ([float(p.split(",")[1]) for p in line.split()] for line in both.lines)
    assert max(upper) < min(lower)


@pytest.mark.parametrize(
    ("most", "choices"), [(12, (3, 6, 12)), (1, (1,)), (6, (3, 6)), (60, (3, 6, 12, 60))]
)
@pytest.mark.proves("feature:X07")
def test_hospital_caps_the_months_to_choose_from(most: int, choices: tuple[int, ...]) -> None:
    assert month_choices(most) == choices


@pytest.mark.proves("feature:X07")
def test_query_survives_the_url_and_what_is_no_choice_is_not_applied() -> None:
    query = TrendQuery(6, Period(date(2026, 1, 2), None), table_only=True)
    assert parse_trend_query(query.parameters(), 12) == query
    for months in ("24", "0", "-3", "drie", ""):
        assert parse_trend_query({"maanden": [months]}, 12).months is None
    assert parse_trend_query({"van": ["31-02-2026"]}, 12).problem == "grid.bad_date"


def test_key_of_a_test_tells_nothing_and_differs_by_all_that_must_not_be_mixed() -> None:
    plain = RowKey("c", "s", "Kalium", "serum", "mmol/l", "3,5–5,1")
    others = [
        replace(plain, code="d"),
        replace(plain, system="t"),
        replace(plain, label="Natrium"),
        replace(plain, material="urine"),
        replace(plain, unit="mg/l"),
    ]
    assert len({trend_key(key) for key in (plain, *others)}) == 6
    assert trend_key(replace(plain, reference="3,0–5,0")) == trend_key(plain)
    assert "kalium" not in trend_key(plain).lower()


def test_test_without_any_name_can_still_be_drawn() -> None:
    assert chart(replace(lab(), test=CodedText())).marks
