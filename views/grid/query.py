"""What the user asked the laboratory grid to show; it lives in the URL, so that reload and back keep it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256

from context.person import PartialDate
from context.records import CodedText
from views import url_words as words

_MAX_WINDOW = 9999
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DUTCH = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)


class Column(StrEnum):
    """The four optional columns, by their word in the URL (feature R05)."""

    CODE = words.COLUMN_CODE
    MATERIAL = words.COLUMN_MATERIAL
    REFERENCE = words.COLUMN_REFERENCE
    UNIT = words.COLUMN_UNIT


DEFAULT_COLUMNS = frozenset({Column.REFERENCE, Column.UNIT})


@dataclass(frozen=True, slots=True)
class LabQuery:
    """
    :param since, until: calendar dates in Europe/Amsterdam, both included.
    :param group: key of one group (see ``group_key``), or empty for all.
    :param window: 0 is the newest window of dates, 1 the one before it.
    :param problems: keys of the texts that say what was not understood; such a part is not applied.
    """

    columns: frozenset[Column] = DEFAULT_COLUMNS
    since: date | None = None
    until: date | None = None
    group: str = ""
    window: int = 0
    problems: tuple[str, ...] = ()

    @property
    def filters(self) -> bool:
        """Whether results may be left out."""
        return bool(self.since or self.until or self.group)

    def at_window(self, window: int) -> "LabQuery":
        return replace(self, window=window)

    def parameters(self) -> dict[str, list[str]]:
        """This query as URL parameters; empty for the default one."""
        found: dict[str, list[str]] = {}
        if self.columns != DEFAULT_COLUMNS:
            found[words.CHOSEN] = ["1"]
            found[words.COLUMN] = [column.value for column in Column if column in self.columns]
        if self.since:
            found[words.SINCE] = [self.since.isoformat()]
        if self.until:
            found[words.UNTIL] = [self.until.isoformat()]
        if self.group:
            found[words.GROUP] = [self.group]
        if self.window:
            found[words.WINDOW] = [str(self.window)]
        return found

    def admits(self, day: PartialDate | None, group: CodedText | None) -> bool:
        """Whether a result belongs in the grid. One without a date is never left out for its date."""
        if self.group and group_key(group) != self.group:
            return False
        if day is None:
            return True
        latest = (day.year, day.month or 12, day.day or 31)
        earliest = (day.year, day.month or 1, day.day or 1)
        too_old = self.since is not None and latest < _parts(self.since)
        too_new = self.until is not None and earliest > _parts(self.until)
        return not (too_old or too_new)


def group_key(group: CodedText | None) -> str:
    """A short, stable key that tells nothing about what the group is: URLs end up in histories."""
    label = group.label if group is not None else None
    return sha256((label or "").encode()).hexdigest()[:8]


def parse_lab_query(arguments: Mapping[str, Sequence[str]]) -> LabQuery:
    """The query in URL parameters, which may hold anything; what cannot be read is not applied."""
    since, since_wrong = _date(arguments, words.SINCE)
    until, until_wrong = _date(arguments, words.UNTIL)
    problems: tuple[str, ...] = ()
    if since_wrong or until_wrong:
        problems = ("lab.bad_date",)
    elif since and until and since > until:
        problems = ("lab.reversed_period",)
    if problems:
        since = until = None
    return LabQuery(
        columns=_columns(arguments),
        since=since,
        until=until,
        group=_first(arguments, words.GROUP)[:8],
        window=_window(_first(arguments, words.WINDOW)),
        problems=problems,
    )


def _columns(arguments: Mapping[str, Sequence[str]]) -> frozenset[Column]:
    if not _first(arguments, words.CHOSEN):
        return DEFAULT_COLUMNS
    asked = set(arguments.get(words.COLUMN, ()))
    return frozenset(column for column in Column if column.value in asked)


def _first(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(arguments.get(name, ())), "").strip()


def _window(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_WINDOW)) else 0


def _date(arguments: Mapping[str, Sequence[str]], name: str) -> tuple[date | None, bool]:
    """The date, and whether something was sent that is none."""
    text = _first(arguments, name)
    if not text:
        return None, False
    if iso := _ISO.fullmatch(text):
        year, month, day = map(int, iso.groups())
    elif dutch := _DUTCH.fullmatch(text):
        day, month, year = map(int, dutch.groups())
    else:
        return None, True
    try:
        return date(year, month, day), False
    except ValueError:
        return None, True


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day
