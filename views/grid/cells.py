"""The cells of a grid, with numbers aligned at the decimal sign within a column (GTAB-200 to 202). Pure."""

import re
from collections.abc import Sequence

from context.records import ObservedValue
from views.grid.model import Cell
from views.grid.values import CellKind, present_value
from views.texts import Texts

_DECIMALS = re.compile(r",(\d+)$", re.ASCII)
_MOST_DECIMALS = 3


def make_cell(results: Sequence[ObservedValue], where: str, texts: Texts) -> Cell:
    """The cell of the values that share a row and a column. :param where: the column's heading."""
    if not results:
        return Cell("none", "", (), (), where)
    values = tuple(present_value(result, texts) for result in results)
    first = values[0]
    css = "" if first.kind is CellKind.VALUE else first.kind.value
    if len(values) == 1 and not (first.remarks or first.short or first.status):
        return Cell(css, first.text, first.flags, (), where)
    return Cell(css, "", (), values, where)


def align(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The same rows, each number moved left by what it has less behind its comma than the longest of its
    column.

    The class ``s<n>`` says how far, in halves of a digit: a comma is half as wide.
    """
    widest = [max((_tail(cell) for cell in column), default=0) for column in zip(*rows, strict=True)]
    return [[_moved(cell, widest[index]) for index, cell in enumerate(row)] for row in rows]


def _moved(cell: Cell, widest: int) -> Cell:
    number = _number(cell)
    missing = widest - _width(number) if number else 0
    return cell._replace(css=f"s{missing}") if missing > 0 else cell


def _tail(cell: Cell) -> int:
    return _width(_number(cell))


def _number(cell: Cell) -> str:
    """The number that stands alone in a cell, or nothing."""
    if cell.css or len(cell.values) > 1:
        return ""
    return cell.values[0].text if cell.values else cell.text


def _width(number: str) -> int:
    """Of what stands from the comma on, in halves of a digit."""
    decimals = _DECIMALS.search(number)
    return 1 + 2 * min(len(decimals[1]), _MOST_DECIMALS) if decimals else 0
