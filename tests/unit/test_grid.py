"""A grid: nothing lost, nothing merged, nothing converted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from context.display import DateOrder
from context.person import Moment, PartialDate
from context.records import CodedText, LabResult, ObservedValue, ReferenceRange, ResultValue, ValueKind
from tests.browser import views_records as records
from tests.browser.views_records import at, lab, quantity
from views.grid.model import Cell, Grid, GridSetting
from views.grid.present import present_grid
from views.grid.query import DATES_PER_PAGE, DEFAULT_DATES, Column, GridQuery, group_key, parse_grid_query
from views.grid.values import CellKind, FlagKind, present_flags, present_value
from views.period import ALWAYS, Period
from views.texts import default_texts

TEXTS = default_texts()


YEAR = Period(date(2025, 11, 22))


def grid(
    results: Sequence[ObservedValue],
    query: GridQuery | None = None,
    order: DateOrder = DateOrder.NEWEST_RIGHT,
) -> Grid:
    return present_grid(
        results, query or GridQuery(), GridSetting("lab", order, YEAR, lambda test: f"lab/{test}", TEXTS)
    )


def target(shown: Grid, label: str) -> GridQuery | None:
    """Where a button of the pager leads."""
    (link,) = (link for link in shown.pager if label in link.label)
    return link.query


def every_window(results: Sequence[ObservedValue], query: GridQuery | None = None) -> list[Grid]:
    windows = [grid(results, query)]
    while (earlier := target(windows[-1], "Eerdere")) is not None:
        windows.append(grid(results, earlier))
    return windows


def counted(cell: Cell) -> int:
    """How many values stand in a cell."""
    return len(cell.values) or bool(cell.text)


def dates_of(shown: Grid) -> list[str]:
    return [heading.date for heading in shown.dates]


def on_days(count: int) -> tuple[LabResult, ...]:
    return tuple(lab(value=str(day), taken=at(f"2026-01-{day:02d}")) for day in range(1, count + 1))


@pytest.mark.proves("feature:R03")
def test_newest_date_is_the_last_column_of_the_first_window() -> None:
    shown = grid(on_days(14))
    assert [heading.date for heading in shown.dates] == [f"{day:02d}-01-2026" for day in range(9, 15)]
    assert shown.rows[0].cells[-1].text == "14"


@pytest.mark.proves("feature:R04")
def test_paging_reaches_the_first_and_the_last_dates() -> None:
    newest = grid(on_days(14))
    assert target(newest, "Latere") is None
    assert target(newest, "Laatste uitslagen") is None
    oldest = grid(on_days(14), target(newest, "Eerste uitslagen"))
    assert dates_of(oldest) == [f"{day:02d}-01-2026" for day in range(1, 7)]
    assert target(oldest, "Eerdere") is None
    assert target(oldest, "Laatste uitslagen") == GridQuery(window=0)


@pytest.mark.parametrize("count", [1, 5, 6, 7, 12, 13, 31])
def test_windows_together_show_every_date_and_none_is_emptier_than_it_need_be(count: int) -> None:
    windows = every_window(on_days(count))
    dates = {heading.date for window in windows for heading in window.dates}
    assert len(dates) == count
    assert all(len(window.dates) == min(count, DEFAULT_DATES) for window in windows)


def test_window_far_past_the_end_is_the_oldest() -> None:
    assert grid(on_days(14), GridQuery(window=99)).dates == grid(on_days(14), GridQuery(window=2)).dates


def test_status_line_counts_dates_rows_and_results() -> None:
    shown = grid((*on_days(14), lab("Natrium", taken=at("2026-01-14"))))
    expected = "6 van 14 afnamedata, 09-01-2026 t/m 14-01-2026 · 2 bepalingen · 15 uitslagen"
    assert shown.status == expected


def test_every_result_of_the_source_stands_in_exactly_one_cell() -> None:
    results = records.many_results(120)
    newest = grid(results)
    seen: dict[tuple[str, str, str], int] = {}
    for window in every_window(results):
        for row in window.rows:
            for heading, cell in zip(window.dates, row.cells[1:], strict=True):
                seen[row.url + row.note + row.options[0], heading.date, heading.time] = counted(cell)
    undated = sum(counted(row.cells[0]) for row in newest.rows)
    assert sum(seen.values()) + undated == 120
    assert "120 uitslagen" in newest.status


def test_result_without_a_date_has_a_column_of_its_own_on_every_page() -> None:
    undated = replace(lab("Kalium", "9.9"), taken=None)
    for window in every_window((*on_days(14), undated)):
        assert window.has_undated
        assert window.rows[0].cells[0].text == "9,9"
    assert "waarvan 1 zonder datum" in grid((undated,)).status
    assert not grid(on_days(2)).has_undated


def test_undated_results_only_show_a_grid_without_dates() -> None:
    shown = grid((replace(lab(), taken=None),))
    assert (shown.dates, len(shown.rows)) == ((), 1)


@pytest.mark.parametrize(
    "other",
    [
        lab(value=quantity("4.1", "mg/dl")),
        lab(reference=("3.6", "5.1")),
        lab(reference=None),
        lab(material="urine"),
        lab(code="another"),
        lab("KALIUM (bloedgas)"),
    ],
)
def test_row_never_holds_two_units_references_materials_or_tests(other: LabResult) -> None:
    shown = grid((lab(), replace(other, taken=at("2026-10-01"))))
    assert len(shown.rows) == 2
    assert all(sum(map(counted, row.cells)) == 1 for row in shown.rows)


def test_rows_of_one_name_are_told_apart_when_their_column_is_hidden() -> None:
    results = (lab("Glucose", material="serum"), lab("Glucose", material="urine"))
    assert {row.note for row in grid(results).rows} == {"serum", "urine"}
    with_column = GridQuery(columns=frozenset({Column.MATERIAL}))
    assert {row.note for row in grid(results, with_column).rows} == {""}


PENDING = lab(value=ResultValue(ValueKind.PENDING), taken=at("2026-11-20"), reference=None)


@pytest.mark.proves("feature:R14")
def test_pending_result_joins_the_only_row_of_its_test() -> None:
    shown = grid((PENDING, lab(taken=at("2025-01-01")), lab(taken=at("2026-11-01"), material=None)))
    (row,) = shown.rows
    assert row.options[0] == "3,5–5,1"
    assert (row.cells[-1].css, row.cells[-1].text) == ("pending", "-volgt-")


@pytest.mark.parametrize(
    "other",
    [
        lab(taken=at("2025-01-01"), reference=("3.0", "5.0")),
        lab(value=quantity("160", "mg/l")),
        lab(material="urine"),
    ],
)
def test_pending_result_that_may_belong_to_two_rows_has_its_own(other: LabResult) -> None:
    shown = grid((PENDING, lab(), other))
    assert len(shown.rows) + len(shown.absent) == 3
    (row,) = (row for row in shown.rows if row.cells[-1].text)
    assert row.options == ("", "")


def test_pending_result_with_the_range_of_its_row_joins_and_with_another_one_does_not() -> None:
    same = replace(PENDING, references=(ReferenceRange("3.5", "5.1"),))
    assert len(grid((same, lab())).rows) == 1
    other = replace(PENDING, references=(ReferenceRange("3.0", "5.0"),))
    assert len(grid((other, lab())).rows) == 2


def test_words_of_our_own_are_never_cut() -> None:
    assert present_value(lab(value=ResultValue(ValueKind.ABSENT)), TEXTS).short == ""


def test_pending_result_of_another_material_never_joins() -> None:
    urine = replace(PENDING, material=CodedText(None, None, "urine"))
    assert len(grid((urine, lab(material="serum"))).rows) == 2


def test_pending_result_of_a_test_without_values_has_its_own_row() -> None:
    pending = lab("Ferritine", ResultValue(ValueKind.PENDING), reference=None)
    assert [row.label for row in grid((lab(), pending, pending)).rows] == ["Ferritine", "Kalium"]


def test_two_samples_on_one_date_are_two_columns_with_their_times() -> None:
    morning, evening = at("2026-11-01", "07:30"), at("2026-11-01", "18:05")
    shown = grid((lab(value="1", taken=evening), lab(value="2", taken=morning), lab(taken=at("2026-11-01"))))
    assert [(h.date, h.time, h.repeats) for h in shown.dates] == [
        ("01-11-2026", "tijd onbekend", False),
        ("01-11-2026", "08:30", True),
        ("01-11-2026", "19:05", True),
    ]
    assert shown.status.startswith("3 van 3 afnamemomenten, 01-11-2026 ·")


def test_two_results_of_one_minute_share_a_cell_and_both_show() -> None:
    shown = grid((lab(value="4.1"), lab(value="4.2")))
    assert [value.text for value in shown.rows[0].cells[0].values] == ["4,1", "4,2"]


def test_partial_dates_keep_their_unknown_parts() -> None:
    shown = grid((lab(taken=Moment(PartialDate(2026))), lab(taken=Moment(PartialDate(2026, 3)))))
    assert [heading.date for heading in shown.dates] == ["00-00-2026", "00-03-2026"]


def test_row_without_value_in_the_window_is_counted_with_its_last_date() -> None:
    shown = grid((*on_days(14), lab("HbA1c", taken=at("2026-01-02"))))
    assert [row.label for row in shown.rows] == ["Kalium"]
    assert [(row.label, row.last) for row in shown.absent] == [("HbA1c", "laatst op 02-01-2026")]
    assert shown.absent_text == "1 bepaling zonder uitslag op deze data staat hier niet"
    assert "2 bepalingen" in shown.status


def test_hospital_that_wants_the_newest_left_gets_dates_and_buttons_in_that_order() -> None:
    shown = grid(on_days(14), GridQuery(window=1), DateOrder.NEWEST_LEFT)
    assert dates_of(shown) == [f"{day:02d}-01-2026" for day in range(8, 2, -1)]
    assert [(link.label, link.query and link.query.window) for link in shown.pager] == [
        ("« Laatste uitslagen", 0),
        ("‹ Latere", 0),
        ("Eerdere ›", 2),
        ("Eerste uitslagen »", 2),
    ]
    assert "nieuwste links" in shown.caption


@pytest.mark.parametrize("dates", DATES_PER_PAGE)
def test_window_has_as_many_dates_as_was_asked(dates: int) -> None:
    asked = parse_grid_query({"datums": [str(dates)]})
    assert [len(window.dates) for window in every_window(on_days(24), asked)] == [dates] * (24 // dates)
    assert parse_grid_query({"datums": ["1000"]}).dates == DEFAULT_DATES


def test_numbers_of_a_column_are_aligned_at_the_decimal_sign() -> None:
    values = ("5.6", "12", "0.361", "<7", "1.234.567")
    results = [lab(f"test {index}", quantity(value)) for index, value in enumerate(values)]
    shown = grid([*results, lab("zz", ResultValue(ValueKind.TEXT, "positief"))])
    assert [row.cells[0].css for row in shown.rows] == ["s4", "s7", "", "s7", "s7", "text"]


@pytest.mark.proves("feature:R05")
def test_column_options_follow_the_query() -> None:
    result = lab(code="22760-3", material="serum")
    assert grid((result,)).columns == ("Referentie", "Eenheid")
    shown = grid((result,), GridQuery(columns=frozenset(Column)))
    assert shown.rows[0].options == ("22760-3", "serum", "3,5–5,1", "mmol/l")
    assert grid((result,), GridQuery(columns=frozenset())).columns == ()


@pytest.mark.proves("feature:R06")
def test_period_includes_both_ends_and_keeps_what_has_no_date() -> None:
    results = (*on_days(14), replace(lab(value="0"), taken=None), lab(taken=Moment(PartialDate(2026, 1))))
    shown = grid(results, GridQuery(period=Period(date(2026, 1, 3), date(2026, 1, 5))))
    assert [heading.date for heading in shown.dates] == [
        "00-01-2026",
        "03-01-2026",
        "04-01-2026",
        "05-01-2026",
    ]
    assert shown.has_undated
    assert "5 van 16 uitslagen" in shown.status
    assert shown.limits == "vanaf 03-01-2026, tot en met 05-01-2026"


def test_group_filter_uses_a_key_that_says_nothing_and_ignores_a_group_that_is_gone() -> None:
    results = (lab(group="Hematologie"), lab("CRP", group="Chemie"), lab("TSH"))
    key = group_key(CodedText(None, None, "Chemie"))
    assert "Chemie" not in key
    assert [row.label for row in grid(results, GridQuery(group=key)).rows] == ["CRP"]
    assert len(grid(results, GridQuery(group="00000000")).rows) == 3
    assert [name for _, name in grid(results).groups] == ["Hematologie", "Chemie", "Zonder groep"]


def test_query_survives_a_round_trip_through_the_url() -> None:
    period = Period(date(2026, 1, 2), date(2026, 3, 4))
    query = GridQuery(frozenset({Column.CODE}), period, "abcdef01", 3, 12)
    assert parse_grid_query(query.parameters()) == query
    assert parse_grid_query({}) == GridQuery()
    assert parse_grid_query({"keuze": ["1"]}).columns == frozenset()


def test_dates_of_the_form_are_read_in_dutch_order() -> None:
    asked = parse_grid_query({"van": ["3-4-2026"], "tot": ["05-04-2026"]})
    assert (asked.period, asked.problems) == (Period(date(2026, 4, 3), date(2026, 4, 5)), ())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"van": ["31-02-2026"]}, "grid.bad_date"),
        ({"tot": ["gisteren"]}, "grid.bad_date"),
        ({"van": ["٣-4-2026"]}, "grid.bad_date"),
        ({"van": ["02-01-2026"], "tot": ["01-01-2026"]}, "grid.reversed_period"),
    ],
)
def test_period_that_cannot_be_read_is_said_and_not_applied(
    arguments: dict[str, list[str]], problem: str
) -> None:
    asked = parse_grid_query(arguments)
    assert (asked.period, asked.problems) == (ALWAYS, (problem,))
    assert TEXTS(problem)


@pytest.mark.parametrize("window", ["-1", "x", "99999", "²", ""])
def test_window_that_is_no_number_is_the_newest(window: str) -> None:
    assert parse_grid_query({"venster": [window]}).window == 0


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (quantity("5.6"), CellKind.VALUE, "5,6"),
        (quantity("5.60"), CellKind.VALUE, "5,60"),
        (quantity("0.5", comparator="<"), CellKind.VALUE, "<0,5"),
        (quantity("-1.5"), CellKind.VALUE, "-1,5"),
        (quantity("1.234.567"), CellKind.VALUE, "1.234.567"),
        (ResultValue(ValueKind.RANGE, "3.5 - 5.1"), CellKind.VALUE, "3,5 - 5,1"),
        (ResultValue(ValueKind.TEXT, "<0.5"), CellKind.TEXT, "<0,5"),
        (ResultValue(ValueKind.TEXT, "Zie versie 1.2 van het protocol"), CellKind.TEXT, None),
        (ResultValue(ValueKind.CODED, "positief"), CellKind.TEXT, "positief"),
        (ResultValue(ValueKind.PENDING), CellKind.PENDING, "-volgt-"),
        (ResultValue(ValueKind.MASKED), CellKind.MASKED, "afgeschermd"),
        (ResultValue(ValueKind.ABSENT), CellKind.NO_VALUE, "uitslag zonder waarde"),
        (quantity(""), CellKind.NO_VALUE, "uitslag zonder waarde"),
    ],
)
@pytest.mark.proves("feature:R14")
def test_value_is_shown_as_received_with_a_decimal_comma(
    value: ResultValue, kind: CellKind, text: str | None
) -> None:
    shown = present_value(lab(value=value), TEXTS)
    assert (shown.kind, shown.text) == (kind, text or value.text)


def test_long_text_is_cut_in_the_cell_and_whole_behind_it() -> None:
    shown = present_value(lab(value=ResultValue(ValueKind.TEXT, "Normaal celbeeld zonder blasten")), TEXTS)
    assert (shown.short, shown.text) == ("Normaal celbeeld zon", "Normaal celbeeld zonder blasten")
    assert present_value(lab(value=ResultValue(ValueKind.TEXT, "a" * 20)), TEXTS).short == ""


@pytest.mark.proves("feature:R07")
@pytest.mark.proves("feature:R08")
@pytest.mark.proves("feature:X06")
@pytest.mark.parametrize(
    ("code", "letter", "kind"),
    [
        ("L", "L", FlagKind.LOW),
        ("LL", "LL", FlagKind.LOW),
        ("281300000", "L", FlagKind.LOW),
        ("H", "H", FlagKind.HIGH),
        ("HH", "HH", FlagKind.HIGH),
        ("281302008", "H", FlagKind.HIGH),
        ("A", "A", FlagKind.OTHER),
        ("H*", "H*", FlagKind.OTHER),
        (">", ">", FlagKind.OTHER),
    ],
)
def test_flag_has_a_letter_and_a_kind_and_an_unknown_one_is_literal(
    code: str, letter: str, kind: FlagKind
) -> None:
    (flag,) = present_flags((code, code), TEXTS)
    assert (flag.letter, flag.kind) == (letter, kind)
    assert flag.meaning


def test_normal_flag_shows_nothing_and_no_flag_is_derived_from_the_reference() -> None:
    assert present_flags(("N", ""), TEXTS) == ()
    assert present_value(lab(value="9.9", reference=("3.5", "5.1")), TEXTS).flags == ()


def test_negated_result_reads_niet() -> None:
    result = replace(lab(value=ResultValue(ValueKind.CODED, "aangetoond")), negated=True)
    assert present_value(result, TEXTS).text == "niet: aangetoond"


@pytest.mark.parametrize(
    ("status", "shown"),
    [("completed", ""), ("active", "voorlopig"), ("nullified", "ingetrokken"), ("x", "x")],
)
def test_result_that_is_not_final_says_so(status: str, shown: str) -> None:
    assert present_value(lab(status=status), TEXTS).status == shown


@pytest.mark.proves("feature:R09")
def test_remarks_are_kept_and_empty_ones_dropped() -> None:
    assert present_value(lab(remarks=("Hemolytisch", " ")), TEXTS).remarks == ("Hemolytisch",)


@pytest.mark.parametrize(
    ("references", "shown"),
    [
        ((ReferenceRange("3.5", "5.1", "mmol/l"),), "3,5–5,1"),
        ((ReferenceRange("3.5", "5.1", "mg/dl"),), "3,5–5,1 mg/dl"),
        ((ReferenceRange(None, "5.1"),), "tot 5,1"),
        ((ReferenceRange("3.5", None),), "vanaf 3,5"),
        ((ReferenceRange(text="negatief"),), "negatief"),
        ((ReferenceRange("1", "2"), ReferenceRange("1", "2"), ReferenceRange("3", "4")), "1–2; 3–4"),
        ((), ""),
    ],
)
def test_reference_is_shown_as_received_and_its_unit_only_when_it_differs(
    references: tuple[ReferenceRange, ...], shown: str
) -> None:
    row = grid((replace(lab(), references=references),)).rows[0]
    assert row.options[0] == shown


@pytest.mark.proves("feature:R13")
def test_blood_groups_that_were_determined_are_listed_newest_first() -> None:
    def blood(value: str, day: str) -> LabResult:
        return lab("Bloedgroep", ResultValue(ValueKind.CODED, value), at(day), reference=None, code="882-1")

    shown = grid((blood("A positief", "2020-01-01"), blood("O", "2024-02-03"), blood("O", "2019-01-01")))
    assert shown.blood_groups == (("O", "bepaald 03-02-2024"), ("A positief", "bepaald 01-01-2020"))
    assert grid((lab(),)).blood_groups == ()


def test_test_without_a_name_still_has_a_row() -> None:
    assert grid((replace(lab(), test=CodedText(null_flavor="UNK")),)).rows[0].label == "Bepaling zonder naam"
    assert grid((replace(lab(), test=CodedText(masked=True)),)).rows[0].label == "afgeschermd"
