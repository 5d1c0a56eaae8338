"""A period on the calendar of Europe/Amsterdam, both ends included (features R01, R06, R11, X10). Pure."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from context.person import PartialDate
from views import url_words as words

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DUTCH = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """:param since, until: the first and the last day; None for no bound."""

    since: date | None = None
    until: date | None = None

    def admits(self, day: PartialDate | None) -> bool:
        """Whether it may lie in the period. What has no date, or half a one, is not left out for it."""
        if day is None:
            return True
        latest = (day.year, day.month or 12, day.day or 31)
        earliest = (day.year, day.month or 1, day.day or 1)
        too_old = self.since is not None and latest < _parts(self.since)
        too_new = self.until is not None and earliest > _parts(self.until)
        return not (too_old or too_new)

    def narrowed(self, other: "Period") -> "Period":
        """What both have; it may be empty."""
        starts = [day for day in (self.since, other.since) if day]
        ends = [day for day in (self.until, other.until) if day]
        return Period(max(starts, default=None), min(ends, default=None))

    def parameters(self) -> dict[str, list[str]]:
        """As URL parameters; empty without bounds."""
        bounds = ((words.SINCE, self.since), (words.UNTIL, self.until))
        return {name: [day.isoformat()] for name, day in bounds if day}


ALWAYS = Period()


def months_back(day: date, months: int) -> date:
    """The same day of an earlier month, or the last one of that month when it has no such day.

    :param months: 0 or more.
    """
    count = day.year * 12 + day.month - 1 - months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def parse_period(arguments: Mapping[str, Sequence[str]]) -> tuple[Period, str]:
    """The period in URL parameters, which may hold anything.

    :returns: the period, and the key of the text that says why it was not used; empty when it was.
    """
    since, since_wrong = _date(first_value(arguments, words.SINCE))
    until, until_wrong = _date(first_value(arguments, words.UNTIL))
    if since_wrong or until_wrong:
        return ALWAYS, "grid.bad_date"
    if since and until and since > until:
        return ALWAYS, "grid.reversed_period"
    return Period(since, until), ""


def first_value(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    """The first value of a URL parameter, or nothing."""
    return next(iter(arguments.get(name, ())), "").strip()


def _date(text: str) -> tuple[date | None, bool]:
    """The date, and whether something was sent that is none."""
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
