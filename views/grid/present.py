"""A grid: a row per test, a column per moment (interface.md §4.6).

Pure: values and a query in, a page model out. ``templates/partials/grid.html`` prints it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from context.records import ObservedValue
from views.code_list import unit_words
from views.dates import present_date, present_digits
from views.grid.cells import align, make_cell
from views.grid.model import AbsentRow, Cell, Grid, GridRow, GridSetting
from views.grid.pressures import parts_of
from views.grid.query import Column, GridQuery, group_key
from views.grid.rows import Row, RowKey, build_rows, column_key
from views.grid.values import present_concept, present_value
from views.grid.window import Window, dates_shown, make_headings, make_pager, make_window, present_key
from views.texts import Texts
from views.trend.courses import make_courses
from views.trend.series import trend_key
from views.trend.sparkline import Sparkline, draw_sparkline

_BLOOD_GROUP_CODES = frozenset({"882-1", "883-9", "10331-7"})  # LOINC: ABO and Rh, ABO, Rh


def present_grid(results: Sequence[ObservedValue], query: GridQuery, setting: GridSetting) -> Grid:
    """The window of the grid that a query asks for. A group that the answer does not have (any more) is
    no filter."""
    texts = setting.texts
    groups = _groups(results, texts)
    if query.group not in dict(groups):
        query = replace(query, group="")
    admitted = [r for r in results if query.admits(r.taken.date if r.taken else None, r.group)]
    rows = build_rows(admitted, texts)
    moments = {column_key(result.taken): result.taken for result in admitted if result.taken}
    window = make_window(sorted(moments), query, setting.order)
    columns = tuple(column for column in Column if column in query.columns)
    notes = _notes(rows, columns)
    shown = [(row, bool(row.undated) or any(key in row.dated for key in window.shown)) for row in rows]
    present = [row for row, has_values in shown if has_values]
    absent = [row for row, has_values in shown if not has_values]
    every_row = build_rows(results, texts) if query.filters else rows
    sparklines = _sparklines({trend_key(row.key) for row in present}, every_row, query, setting)
    return Grid(
        caption=texts(f"{setting.kind}.caption_{setting.order.value}"),
        heading=texts(f"{setting.kind}.heading"),
        order=setting.order,
        columns=tuple(texts(f"{setting.kind}.heading_{column.name.lower()}") for column in columns),
        dates=make_headings(window, moments, texts),
        has_undated=any(row.undated for row in rows),
        rows=_present_rows(present, window, columns, notes, sparklines, setting),
        absent=_absent_rows(absent, _notes(rows, ()), setting),
        absent_text=_counted(f"{setting.kind}.absent", len(absent), texts) if absent else "",
        pager=make_pager(window, query, setting),
        status=_status(window, rows, (_count(admitted), _count(results)), setting),
        limits=_limits(query, groups, texts),
        groups=groups,
        blood_groups=_blood_groups(results, texts),
    )


def _present_rows(
    rows: Sequence[Row],
    window: Window,
    columns: tuple[Column, ...],
    notes: Mapping[RowKey, str],
    sparklines: Mapping[str, Sparkline | None],
    setting: GridSetting,
) -> tuple[GridRow, ...]:
    names = [(key, present_key(key)) for key in window.shown]
    loose = setting.texts("grid.unknown_date") if any(row.undated for row in rows) else ""

    def cells_of(row: Row) -> list[Cell]:
        dated = [make_cell(row.dated.get(key, ()), name, setting.texts) for key, name in names]
        return [make_cell(row.undated, loose, setting.texts), *dated] if loose else dated

    found = []
    for row, cells in zip(rows, align([cells_of(row) for row in rows]), strict=True):
        test = trend_key(row.key)
        found.append(
            GridRow(
                label=row.key.label,
                url=setting.trend_url(test),
                note=notes[row.key],
                options=tuple(_option(row, column) for column in columns),
                sparkline=sparklines[test],
                cells=tuple(cells),
            )
        )
    return tuple(found)


def _absent_rows(
    rows: Sequence[Row], notes: Mapping[RowKey, str], setting: GridSetting
) -> tuple[AbsentRow, ...]:
    """:param notes: all that tells a row from those of its name, because no column stands beside it here."""
    return tuple(
        AbsentRow(
            row.key.label,
            setting.trend_url(trend_key(row.key)),
            notes[row.key],
            setting.texts("grid.last_value", date=present_key(row.newest)) if row.newest else "",
        )
        for row in rows
    )


def _sparklines(
    wanted: set[str], rows: Sequence[Row], query: GridQuery, setting: GridSetting
) -> dict[str, Sparkline | None]:
    """By test: two rows of one test, before and after a change of its reference, show one course."""
    results: dict[str, list[ObservedValue]] = {test: [] for test in wanted}
    for row in rows:
        results.get(trend_key(row.key), []).extend(row.results)
    period = setting.charted.narrowed(query.period)
    found = {}
    for test, own in results.items():
        courses = make_courses(own, period, setting.texts)
        found[test] = draw_sparkline([course.series for course in courses])
    return found


def _option(row: Row, column: Column) -> str:
    key = row.key
    parts = {
        Column.CODE: key.code,
        Column.MATERIAL: key.material,
        Column.REFERENCE: key.reference,
        Column.UNIT: unit_words(key.unit),
    }
    return parts[column]


def _notes(rows: Sequence[Row], columns: tuple[Column, ...]) -> dict[RowKey, str]:
    """For each row, what tells it from the rows of the same name: a hidden column must not make two
    different tests look the same."""
    seen: dict[tuple[str, Column], set[str]] = {}
    for row in rows:
        for column in Column:
            seen.setdefault((row.key.label.casefold(), column), set()).add(_option(row, column))
    hidden = [column for column in Column if column not in columns]
    return {
        row.key: " · ".join(
            _option(row, column)
            for column in hidden
            if len(seen[row.key.label.casefold(), column]) > 1 and _option(row, column)
        )
        for row in rows
    }


def _count(results: Sequence[ObservedValue]) -> int:
    """How many values the source sent."""
    return sum(len(parts_of(result)) for result in results)


def _status(window: Window, rows: Sequence[Row], counts: tuple[int, int], setting: GridSetting) -> str:
    """``6 van 31 afnamedata, 12-03-2026 t/m 01-11-2026 · 38 bepalingen · 400 uitslagen``."""
    texts, kind = setting.texts, setting.kind
    admitted, total = counts
    undated = sum(len(row.undated) for row in rows)
    parts = [dates_shown(window, setting), _counted(f"{kind}.rows", len(rows), texts)]
    if admitted != total:
        parts.append(texts(f"{kind}.results_filtered", n=admitted, total=total))
    else:
        parts.append(_counted(f"{kind}.results", total, texts))
    if undated:
        parts.append(texts("grid.undated", n=undated))
    return " · ".join(parts)


def _counted(key: str, count: int, texts: Texts) -> str:
    return texts(f"{key}_one") if count == 1 else texts(key, n=count)


def _limits(query: GridQuery, groups: tuple[tuple[str, str], ...], texts: Texts) -> str:
    """The filters in force, in words."""
    limits = []
    if query.period.since:
        limits.append(texts("grid.limit_from", since=present_date(query.period.since)))
    if query.period.until:
        limits.append(texts("grid.limit_until", until=present_date(query.period.until)))
    if query.group:
        limits.append(texts("grid.limit_group", group=dict(groups)[query.group]))
    return ", ".join(limits)


def _groups(results: Sequence[ObservedValue], texts: Texts) -> tuple[tuple[str, str], ...]:
    """Every group once, in order of arrival; nothing to choose from when there is only one."""
    names = {
        group_key(r.group): present_concept(r.group, texts("grid.unknown_group"), texts) for r in results
    }
    return tuple(names.items()) if len(names) > 1 else ()


def _blood_groups(results: Sequence[ObservedValue], texts: Texts) -> tuple[tuple[str, str], ...]:
    """Every different blood group that was determined, newest first (feature R13)."""
    found = [result for result in results if _is_blood_group(result, texts) and result.value.text.strip()]
    found.sort(key=lambda r: r.taken.sort_key if r.taken else ((0, 0, 0), 0.0), reverse=True)
    lines: dict[str, str] = {}
    for result in found:
        value = present_value(result, texts).text
        date = present_digits(result.taken.date) if result.taken else texts("grid.unknown_date")
        lines.setdefault(value, texts("lab.blood_group_on", date=date))
    return tuple(lines.items())


def _is_blood_group(result: ObservedValue, texts: Texts) -> bool:
    label = (result.test.label or "").casefold()
    return result.test.code in _BLOOD_GROUP_CODES or label.startswith(texts("lab.blood_group"))
