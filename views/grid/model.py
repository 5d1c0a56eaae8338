"""What a grid is, ready to print by ``templates/partials/grid.html``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from context.display import DateOrder
from views.grid.query import GridQuery
from views.grid.values import CellValue, Flag
from views.period import Period
from views.texts import Texts
from views.trend.sparkline import Sparkline


@dataclass(frozen=True, slots=True)
class GridSetting:
    """What a grid is about and how this hospital wants it.

    :param kind: ``lab`` or ``measurement``: the prefix of texts in which the two differ.
    :param charted: the period that a chart without a choice of its own shows.
    :param trend_url: the page of a test, by its ``trend_key``.
    """

    kind: str
    order: DateOrder
    charted: Period
    trend_url: Callable[[str], str]
    texts: Texts


@dataclass(frozen=True, slots=True)
class DateHeading:
    """:param time: set when a time is known, or when the date stands above several columns.
    :param repeats: the column before it has the same date."""

    date: str
    iso: str
    time: str
    repeats: bool


class Cell(NamedTuple):
    """One cell, taken apart in the template's loop: a look-up by name for each of 5,000 cells is slow.

    :param css: its classes; empty for a plain number.
    :param text, flags: of a single value without remark, status or long text.
    :param values: all of them when there is more to print than that; ``text`` is empty then.
    :param where: the heading of its column, for hidden words that say what a remark belongs to.
    """

    css: str
    text: str
    flags: tuple[Flag, ...]
    values: tuple[CellValue, ...]
    where: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """:param note: what tells this row from another of the same name, when no column shows it.
    :param options: the values of the optional columns, in the order of ``Grid.columns``.
    :param cells: first the values without a date, when the grid has a column for those; then one per date
        column. One without text and values was not determined."""

    label: str
    url: str
    note: str
    options: tuple[str, ...]
    sparkline: Sparkline | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AbsentRow:
    """A test without any value in this window. :param last: when it was last done."""

    label: str
    url: str
    note: str
    last: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A button of the pager. :param query: None for one that leads nowhere."""

    label: str
    query: GridQuery | None


@dataclass(frozen=True, slots=True)
class Grid:
    """:param caption: for readers who do not see where the newest date stands.
    :param heading: of the column of names.
    :param columns: headings of the optional columns shown.
    :param has_undated: the first column is for values without a date.
    :param absent: tests left out of this window, and ``absent_text`` that counts them.
    :param groups: key and name of every group in the answer, before any filter.
    :param blood_groups: value and when it was determined; empty when it never was."""

    caption: str
    heading: str
    order: DateOrder
    columns: tuple[str, ...]
    dates: tuple[DateHeading, ...]
    has_undated: bool
    rows: tuple[GridRow, ...]
    absent: tuple[AbsentRow, ...]
    absent_text: str
    pager: tuple[PageLink, ...]
    status: str
    limits: str
    groups: tuple[tuple[str, str], ...]
    blood_groups: tuple[tuple[str, str], ...]
