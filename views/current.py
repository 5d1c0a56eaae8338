"""What still counts today, of entries that can end or be withdrawn. Pure."""

from datetime import date

from context.person import Moment
from context.records import Entry

WITHDRAWN = frozenset({"nullified", "cancelled"})


def is_over(ends: Moment | None, today: date) -> bool:
    """Whether the last day has passed. A day that is only partly known may still be to come.

    :param today: in Europe/Amsterdam.
    """
    return ends is not None and ends.date.latest < today


def is_current(entry: Entry, ends: Moment | None, today: date) -> bool:
    """Not denied, not withdrawn, not over."""
    return not entry.negated and entry.status not in WITHDRAWN and not is_over(ends, today)
