"""The cells of a grid, with numbers aligned at the decimal sign within a column (GTAB-200 to 202). Pure."""

import re
from collections.abc import Sequence

from context.records import ObservedValue
from views.grid.model import Cell
from views.grid.values import CellKind, present_value
from views.texts import Texts

_DECIMALS = re.compile(r",(\d+)$", re.ASCII)
_MOST_DECIMALS = 3
EMPTY = Cell("none", "", (), ())


def make_cell(results: Sequence[ObservedValue], texts: Texts) -> Cell:
    """The cell of the values that share a row and a column."""
    if not results:
        return EMPTY
    values = tuple(present_value(result, texts) for result in results)
    first = values[0]
    css = "" if first.kind is CellKind.VALUE else first.kind.value
    if len(values) == 1 and not (first.remarks or first.short or first.status):
        return Cell(css, first.text, first.flags, ())
    return Cell(css, "", (), values)


def align(columns: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """The same rows of cells, each number moved left by what it has fewer behind its comma than the
    longest of its column.

    The class ``s<n>`` says how far, in halves of a digit: a comma is half as wide.
    """
    widest = [max((_tail(cell) for cell in column), default=0) for column in zip(*columns, strict=True)]
    return [
        [_moved(cell, widest[index]) for index, cell in enumerate(row)] for row in columns
    ]


def _moved(cell: Cell, widest: int) -> Cell:
    if cell.css or not cell.text or widest == 0:
        return cell
    missing = widest - _tail(cell)
    return cell._replace(css=f"s{missing}") if missing > 0 else cell


def _tail(cell: Cell) -> int:
    """Width of what stands from the comma on, in halves of a digit; 0 for what is no plain number."""
    if cell.css or not cell.text:
        return 0
    decimals = _DECIMALS.search(cell.text)
    return 1 + 2 * min(len(decimals[1]), _MOST_DECIMALS) if decimals else 0


