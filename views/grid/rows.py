"""Sorting laboratory results into rows and columns. Pure, and linear in the number of results.

One row never holds two tests, materials, units or reference ranges (CUI GTAB-028, GTAB-029), and no
result is ever dropped: what has no date stands under its own heading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from context.person import Moment
from context.records import LabResult, ValueKind
from views.grid.values import present_concept, present_references
from views.texts import Texts

ColumnKey = tuple[tuple[int, int, int], int]
"""Date, and minutes since the epoch or -1 when only the date is known. Sorts oldest first."""

_LAST = 1_000_000
_WITHOUT_VALUE = frozenset({ValueKind.PENDING, ValueKind.ABSENT, ValueKind.MASKED})


@dataclass(frozen=True, slots=True)
class RowKey:
    """Everything that must be equal for two results to stand in one row."""

    code: str
    system: str
    label: str
    material: str
    unit: str
    reference: str

    @property
    def analyte(self) -> tuple[str, str, str, str]:
        return self.code, self.system, self.label.casefold(), self.material.casefold()


@dataclass(slots=True)
class LabRow:
    """:param group_rank: position of the first result's group among the groups, in order of arrival."""

    key: RowKey
    group_rank: int
    dated: dict[ColumnKey, list[LabResult]] = field(default_factory=dict)
    undated: list[LabResult] = field(default_factory=list)

    def add(self, result: LabResult) -> None:
        if result.taken is None:
            self.undated.append(result)
        else:
            self.dated.setdefault(column_key(result.taken), []).append(result)

    @property
    def newest(self) -> ColumnKey | None:
        return max(self.dated, default=None)


def column_key(taken: Moment) -> ColumnKey:
    """Results of one minute share a column; a date without a time is a column of its own."""
    minute = -1 if taken.instant is None else int(taken.instant.timestamp()) // 60
    return taken.date.sort_key, minute


def build_rows(results: Iterable[LabResult], texts: Texts) -> list[LabRow]:
    """Every result in exactly one row; rows by group, name, then newest first."""
    rows: dict[RowKey, LabRow] = {}
    groups: dict[str, int] = {}
    waiting: list[tuple[RowKey, int, LabResult]] = []
    for result in results:
        key = _row_key(result, texts)
        rank = _group_rank(result, groups)
        if result.value.kind in _WITHOUT_VALUE and not key.unit and not key.reference:
            waiting.append((key, rank, result))
        else:
            rows.setdefault(key, LabRow(key, rank)).add(result)
    _place_without_value(waiting, rows)
    return sorted(rows.values(), key=_order)


def _group_rank(result: LabResult, groups: dict[str, int]) -> int:
    """Groups in order of arrival; what has none comes last."""
    label = result.group.label if result.group else None
    return groups.setdefault(label, len(groups)) if label else _LAST


def _place_without_value(waiting: list[tuple[RowKey, int, LabResult]], rows: dict[RowKey, LabRow]) -> None:
    """A result that is still to come was sent without unit and range: it joins its test's newest row."""
    newest_rows: dict[tuple[str, str, str, str], LabRow] = {}
    for row in rows.values():
        known = newest_rows.setdefault(row.key.analyte, row)
        if (row.newest or ((0, 0, 0), 0)) > (known.newest or ((0, 0, 0), 0)):
            newest_rows[row.key.analyte] = row
    for key, rank, result in waiting:
        home = newest_rows.get(key.analyte) or rows.setdefault(key, LabRow(key, rank))
        newest_rows[key.analyte] = home
        home.add(result)


def _row_key(result: LabResult, texts: Texts) -> RowKey:
    return RowKey(
        code=result.test.code or "",
        system=result.test.system or "",
        label=present_concept(result.test, texts("lab.unknown_test"), texts),
        material=present_concept(result.material, "", texts),
        unit=result.value.unit or "",
        reference=present_references(result, texts),
    )


def _order(row: LabRow) -> tuple[int, str, int, int]:
    day, minute = row.newest or ((0, 0, 0), 0)
    newest = (day[0] * 100 + day[1]) * 100 + day[2]
    return row.group_rank, row.key.label.casefold(), -newest, -minute
