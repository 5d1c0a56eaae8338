"""What the user asked a grid to show; it lives in the URL, so that reload and back keep it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from context.person import PartialDate
from context.records import CodedText
from views import url_words as words
from views.period import ALWAYS, Period, first_value, parse_period

_MAX_WINDOW = 9999


class Column(StrEnum):
    """The four optional columns, by their word in the URL (feature R05)."""

    CODE = words.COLUMN_CODE
    MATERIAL = words.COLUMN_MATERIAL
    REFERENCE = words.COLUMN_REFERENCE
    UNIT = words.COLUMN_UNIT


DEFAULT_COLUMNS = frozenset({Column.REFERENCE, Column.UNIT})
DATES_PER_PAGE = (4, 6, 12)
"""How many date columns a page may have: for a narrow window, for most, for a wide one."""
DEFAULT_DATES = 6


@dataclass(frozen=True, slots=True)
class GridQuery:
    """
    :param group: key of one group (see ``group_key``), or empty for all.
    :param window: 0 is the newest window of dates, 1 the one before it.
    :param dates: how many date columns a window has, one of ``DATES_PER_PAGE``.
    :param problems: keys of the texts that say what was not understood; such a part is not applied.
    """

    columns: frozenset[Column] = DEFAULT_COLUMNS
    period: Period = ALWAYS
    group: str = ""
    window: int = 0
    dates: int = DEFAULT_DATES
    problems: tuple[str, ...] = ()

    @property
    def filters(self) -> bool:
        """Whether results may be left out."""
        return self.period != ALWAYS or bool(self.group)

    def at_window(self, window: int) -> "GridQuery":
        return replace(self, window=window)

    def parameters(self) -> dict[str, list[str]]:
        """This query as URL parameters; empty for the default one."""
        found: dict[str, list[str]] = {}
        if self.columns != DEFAULT_COLUMNS:
            found[words.CHOSEN] = ["1"]
            found[words.COLUMN] = [column.value for column in Column if column in self.columns]
        found |= self.period.parameters()
        if self.group:
            found[words.GROUP] = [self.group]
        if self.dates != DEFAULT_DATES:
            found[words.DATES] = [str(self.dates)]
        if self.window:
            found[words.WINDOW] = [str(self.window)]
        return found

    def admits(self, day: PartialDate | None, group: CodedText | None) -> bool:
        """Whether a result belongs in the grid. One without a date is never left out for its date."""
        return (not self.group or group_key(group) == self.group) and self.period.admits(day)


def group_key(group: CodedText | None) -> str:
    """A short, stable key that tells nothing about what the group is: URLs end up in histories."""
    label = group.label if group is not None else None
    return sha256((label or "").encode()).hexdigest()[:8]


def parse_grid_query(arguments: Mapping[str, Sequence[str]]) -> GridQuery:
    """The query in URL parameters, which may hold anything; what cannot be read is not applied."""
    period, problem = parse_period(arguments)
    return GridQuery(
        columns=_columns(arguments),
        period=period,
        group=first_value(arguments, words.GROUP)[:8],
        window=_window(first_value(arguments, words.WINDOW)),
        dates=_dates(first_value(arguments, words.DATES)),
        problems=(problem,) if problem else (),
    )


def _columns(arguments: Mapping[str, Sequence[str]]) -> frozenset[Column]:
    if not first_value(arguments, words.CHOSEN):
        return DEFAULT_COLUMNS
    asked = set(arguments.get(words.COLUMN, ()))
    return frozenset(column for column in Column if column.value in asked)


def _window(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_WINDOW)) else 0


def _dates(text: str) -> int:
    return next((count for count in DATES_PER_PAGE if str(count) == text), DEFAULT_DATES)
