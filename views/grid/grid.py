"""The laboratory grid: a row per test, a column per sample, the newest on the right (interface.md §4.6).

Pure: results and a query in, a page model out. ``templates/lab.html`` prints it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from context.person import Moment
from context.records import LabResult
from views.dates import iso_date, present_date, present_digits, present_time
from views.grid.query import Column, LabQuery, group_key
from views.grid.rows import ColumnKey, LabRow, build_rows, column_key
from views.grid.values import CellValue, present_concept, present_value
from views.texts import Texts

DATES_PER_PAGE = 6

_BLOOD_GROUP_CODES = frozenset({"882-1", "883-9", "10331-7"})  # LOINC: ABO and Rh, ABO, Rh


@dataclass(frozen=True, slots=True)
class DateHeading:
    """:param time: set when a time is known, or when the date stands above several columns.
    :param repeats: the column before it has the same date."""

    date: str
    iso: str
    time: str
    repeats: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """:param note: what tells this row from another of the same name, when no column shows it.
    :param options: the values of the optional columns, in the order of ``LabGrid.columns``.
    :param undated: values without a date; the page has a column for them only when there are any.
    :param cells: one per date column; an empty cell was not determined.
    :param last: when this test was last done, for a row without any value in this window."""

    label: str
    note: str
    options: tuple[str, ...]
    undated: tuple[CellValue, ...]
    cells: tuple[tuple[CellValue, ...], ...]
    last: str


@dataclass(frozen=True, slots=True)
class Paging:
    """The query of each button, or None for a button that leads nowhere."""

    first: LabQuery | None
    earlier: LabQuery | None
    later: LabQuery | None
    last: LabQuery | None


@dataclass(frozen=True, slots=True)
class LabGrid:
    """:param columns: headings of the optional columns shown.
    :param groups: key and name of every group in the answer, before any filter.
    :param blood_groups: value and when it was determined; empty when it never was."""

    columns: tuple[str, ...]
    dates: tuple[DateHeading, ...]
    has_undated: bool
    rows: tuple[GridRow, ...]
    paging: Paging
    status: str
    limits: str
    groups: tuple[tuple[str, str], ...]
    blood_groups: tuple[tuple[str, str], ...]


def present_lab_grid(results: Sequence[LabResult], query: LabQuery, texts: Texts) -> LabGrid:
    """The window of the grid that a query asks for. A group that the answer does not have (any more) is
    no filter."""
    groups = _groups(results, texts)
    if query.group not in dict(groups):
        query = replace(query, group="")
    admitted = [r for r in results if query.admits(r.taken.date if r.taken else None, r.group)]
    rows = build_rows(admitted, texts)
    moments = {column_key(result.taken): result.taken for result in admitted if result.taken}
    keys = sorted(moments)
    start, end, window = _window(len(keys), query.window)
    shown = keys[start:end]
    columns = tuple(column for column in Column if column in query.columns)
    notes = _notes(rows, columns)
    return LabGrid(
        columns=tuple(texts(f"lab.heading_{column.name.lower()}") for column in columns),
        dates=_headings(keys, shown, moments, texts),
        has_undated=any(row.undated for row in rows),
        rows=tuple(_row(row, shown, columns, notes[index], texts) for index, row in enumerate(rows)),
        paging=_paging(len(keys), window, query),
        status=_status(keys, shown, len(rows), (len(admitted), len(results)), rows, texts),
        limits=_limits(query, groups, texts),
        groups=groups,
        blood_groups=_blood_groups(results, texts),
    )


def _window(count: int, asked: int) -> tuple[int, int, int]:
    """Start, end and number of the window; the oldest window is as full as the others."""
    last = max(0, -(-count // DATES_PER_PAGE) - 1)
    window = min(asked, last)
    end = min(count, max(count - window * DATES_PER_PAGE, DATES_PER_PAGE))
    return max(0, end - DATES_PER_PAGE), end, window


def _paging(count: int, window: int, query: LabQuery) -> Paging:
    oldest = max(0, -(-count // DATES_PER_PAGE) - 1)
    older, newer = window < oldest, window > 0
    return Paging(
        first=query.at_window(oldest) if older else None,
        earlier=query.at_window(window + 1) if older else None,
        later=query.at_window(window - 1) if newer else None,
        last=query.at_window(0) if newer else None,
    )


def _headings(
    keys: list[ColumnKey], shown: list[ColumnKey], moments: dict[ColumnKey, Moment], texts: Texts
) -> tuple[DateHeading, ...]:
    samples = Counter(day for day, _ in keys)
    headings = []
    before = None
    for key in shown:
        moment = moments[key]
        time = present_time(moment.instant) if moment.instant else ""
        if not time and samples[key[0]] > 1:
            time = texts("lab.unknown_time")
        headings.append(
            DateHeading(present_digits(moment.date), iso_date(moment.date), time, before == key[0])
        )
        before = key[0]
    return tuple(headings)


def _row(
    row: LabRow, shown: list[ColumnKey], columns: tuple[Column, ...], note: str, texts: Texts
) -> GridRow:
    cells = tuple(tuple(present_value(r, texts) for r in row.dated.get(key, ())) for key in shown)
    newest = row.newest
    last = ""
    if newest is not None and not any(cells) and not row.undated:
        year, month, day = newest[0]
        last = texts("lab.last_value", date=f"{day:02d}-{month:02d}-{year:04d}")
    options = tuple(_option(row, column) for column in columns)
    undated = tuple(present_value(result, texts) for result in row.undated)
    return GridRow(row.key.label, note, options, undated, cells, last)


def _option(row: LabRow, column: Column) -> str:
    key = row.key
    parts = {
        Column.CODE: key.code,
        Column.MATERIAL: key.material,
        Column.REFERENCE: key.reference,
        Column.UNIT: key.unit,
    }
    return parts[column]


def _notes(rows: list[LabRow], columns: tuple[Column, ...]) -> list[str]:
    """For each row, what tells it from the rows of the same name: a hidden column must not make two
    different tests look the same."""
    seen: dict[tuple[str, Column], set[str]] = {}
    for row in rows:
        for column in Column:
            seen.setdefault((row.key.label.casefold(), column), set()).add(_option(row, column))
    hidden = [column for column in Column if column not in columns]
    return [
        " · ".join(
            _option(row, column)
            for column in hidden
            if len(seen[row.key.label.casefold(), column]) > 1 and _option(row, column)
        )
        for row in rows
    ]


def _status(
    keys: list[ColumnKey],
    shown: list[ColumnKey],
    row_count: int,
    counts: tuple[int, int],
    rows: list[LabRow],
    texts: Texts,
) -> str:
    """``6 van 31 afnamedata, 12-03-2026 t/m 01-11-2026 · 38 bepalingen · 400 uitslagen``."""
    admitted, total = counts
    undated = sum(len(row.undated) for row in rows)
    parts = [_dates_shown(keys, shown, texts)]
    parts.append(texts("lab.one_row") if row_count == 1 else texts("lab.rows", n=row_count))
    if admitted != total:
        parts.append(texts("lab.results_filtered", n=admitted, total=total))
    else:
        parts.append(texts("lab.one_result") if total == 1 else texts("lab.results", n=total))
    if undated:
        parts.append(texts("lab.undated", n=undated))
    return " · ".join(parts)


def _dates_shown(keys: list[ColumnKey], shown: list[ColumnKey], texts: Texts) -> str:
    if not shown:
        return texts("lab.no_dates")
    several_a_day = len({day for day, _ in keys}) < len(keys)
    noun = texts("lab.moments" if several_a_day else "lab.dates")
    first, last = (f"{day:02d}-{month:02d}-{year:04d}" for year, month, day in (shown[0][0], shown[-1][0]))
    if first == last:
        return texts("lab.one_date_shown", shown=len(shown), total=len(keys), noun=noun, first=first)
    return texts("lab.dates_shown", shown=len(shown), total=len(keys), noun=noun, first=first, last=last)


def _limits(query: LabQuery, groups: tuple[tuple[str, str], ...], texts: Texts) -> str:
    """The filters in force, in words."""
    limits = []
    if query.since:
        limits.append(texts("lab.limit_from", since=present_date(query.since)))
    if query.until:
        limits.append(texts("lab.limit_until", until=present_date(query.until)))
    if query.group:
        limits.append(texts("lab.limit_group", group=dict(groups)[query.group]))
    return ", ".join(limits)


def _groups(results: Sequence[LabResult], texts: Texts) -> tuple[tuple[str, str], ...]:
    """Every group once, in order of arrival; nothing to choose from when there is only one."""
    names = {group_key(r.group): present_concept(r.group, texts("lab.unknown_group"), texts) for r in results}
    return tuple(names.items()) if len(names) > 1 else ()


def _blood_groups(results: Sequence[LabResult], texts: Texts) -> tuple[tuple[str, str], ...]:
    """Every different blood group that was determined, newest first (feature R13)."""
    found = [result for result in results if _is_blood_group(result, texts) and result.value.text.strip()]
    found.sort(key=lambda r: r.taken.sort_key if r.taken else ((0, 0, 0), 0.0), reverse=True)
    lines: dict[str, str] = {}
    for result in found:
        value = present_value(result, texts).text
        date = present_digits(result.taken.date) if result.taken else texts("lab.unknown_date").lower()
        lines.setdefault(value, texts("lab.blood_group_on", date=date))
    return tuple(lines.items())


def _is_blood_group(result: LabResult, texts: Texts) -> bool:
    label = (result.test.label or "").casefold()
    return result.test.code in _BLOOD_GROUP_CODES or label.startswith(texts("lab.blood_group"))
