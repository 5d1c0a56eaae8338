"""Sorting observed values into rows and columns. Pure, and linear in the number of values.

One row never holds two tests, materials, units or reference ranges (CUI GTAB-028, GTAB-029), and no
value is ever dropped: what has no date stands under its own heading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from context.person import Moment
from context.records import LabResult, Measurement, ObservedValue, ValueKind
from views.grid.values import present_concept, present_references
from views.texts import Texts

ColumnKey = tuple[tuple[int, int, int], int]
"""Date, and minutes since the epoch or -1 when only the date is known. Sorts oldest first."""

_LAST = 1_000_000
_WITHOUT_VALUE = frozenset({ValueKind.PENDING, ValueKind.ABSENT, ValueKind.MASKED})


@dataclass(frozen=True, slots=True)
class RowKey:
    """Everything that must be equal for two values to stand in one row.

    :param material: of a laboratory result; of a measurement the position of the body or the site.
    """

    code: str
    system: str
    label: str
    material: str
    unit: str
    reference: str

    @property
    def test(self) -> tuple[str, str]:
        """By its code where there is one: its name may be spelled in two ways."""
        return (self.code, self.system) if self.code else ("", self.label.casefold())


@dataclass(slots=True)
class Row:
    """:param group_rank: position of the first value's group among the groups, in order of arrival."""

    key: RowKey
    group_rank: int
    dated: dict[ColumnKey, list[ObservedValue]] = field(default_factory=dict)
    undated: list[ObservedValue] = field(default_factory=list)

    @property
    def results(self) -> tuple[ObservedValue, ...]:
        return (*self.undated, *(result for cell in self.dated.values() for result in cell))

    def add(self, result: ObservedValue) -> None:
        if result.taken is None:
            self.undated.append(result)
        else:
            self.dated.setdefault(column_key(result.taken), []).append(result)

    @property
    def newest(self) -> ColumnKey | None:
        return max(self.dated, default=None)


def column_key(taken: Moment) -> ColumnKey:
    """Values of one minute share a column; a date without a time is a column of its own."""
    minute = -1 if taken.instant is None else int(taken.instant.timestamp()) // 60
    return taken.date.sort_key, minute


def build_rows(results: Iterable[ObservedValue], texts: Texts) -> list[Row]:
    """Every value in exactly one row; rows by group, name, then newest first."""
    rows: dict[RowKey, Row] = {}
    groups: dict[str, int] = {}
    waiting: list[tuple[RowKey, int, ObservedValue]] = []
    for result in results:
        key = row_key(result, texts)
        rank = _group_rank(result, groups)
        if result.value.kind in _WITHOUT_VALUE and not key.unit:
            waiting.append((key, rank, result))
        else:
            rows.setdefault(key, Row(key, rank)).add(result)
    _place_without_value(waiting, rows)
    return sorted(rows.values(), key=_order)


def _group_rank(result: ObservedValue, groups: dict[str, int]) -> int:
    """Groups in order of arrival; what has none comes last."""
    label = result.group.label if result.group else None
    return groups.setdefault(label, len(groups)) if label else _LAST


def _place_without_value(waiting: list[tuple[RowKey, int, ObservedValue]], rows: dict[RowKey, Row]) -> None:
    """What is still to come was sent without a unit: it joins its test's row when there is one only.

    Among several (two units, two ranges, two materials) nobody knows which, so it gets its own; likewise
    when the material or range that came with it is another.
    """
    known: dict[tuple[str, str], list[Row]] = {}
    for row in rows.values():
        known.setdefault(row.key.test, []).append(row)
    for key, rank, result in waiting:
        homes = known.get(key.test, [])
        fits = len(homes) == 1 and _may_join(key, homes[0].key)
        home = homes[0] if fits else rows.setdefault(key, Row(key, rank))
        home.add(result)


def _may_join(key: RowKey, home: RowKey) -> bool:
    return key.material in ("", home.material) and key.reference in ("", home.reference)


def row_key(result: ObservedValue, texts: Texts) -> RowKey:
    """The row of a value."""
    return RowKey(
        code=result.test.code or "",
        system=result.test.system or "",
        label=present_concept(result.test, texts("lab.unknown_test"), texts),
        material=_material(result, texts),
        unit=result.value.unit or "",
        reference=present_references(result, texts),
    )


def _material(result: ObservedValue, texts: Texts) -> str:
    if isinstance(result, LabResult):
        return present_concept(result.material, "", texts)
    if isinstance(result, Measurement):
        return present_concept(result.position, "", texts)
    return ""


def _order(row: Row) -> tuple[int, str, int, int]:
    day, minute = row.newest or ((0, 0, 0), 0)
    newest = (day[0] * 100 + day[1]) * 100 + day[2]
    return row.group_rank, row.key.label.casefold(), -newest, -minute
