"""Which dates of a grid are in view, their headings, and the way to the others (feature R04). Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from context.display import DateOrder
from context.person import Moment
from views.dates import iso_date, present_digits, present_time
from views.grid.model import DateHeading, GridSetting, PageLink
from views.grid.query import GridQuery
from views.grid.rows import ColumnKey
from views.texts import Texts


@dataclass(frozen=True, slots=True)
class Window:
    """:param keys: every column there is, oldest first. :param shown: those in view, in the order shown.
    :param number: 0 is the newest. :param oldest: the number of the last one."""

    keys: tuple[ColumnKey, ...]
    shown: tuple[ColumnKey, ...]
    number: int
    oldest: int


def make_window(keys: Sequence[ColumnKey], query: GridQuery, order: DateOrder) -> Window:
    """The window that a query asks for; one past the end is the oldest, which is as full as the others."""
    count, size = len(keys), query.dates
    oldest = max(0, -(-count // size) - 1)
    number = min(query.window, oldest)
    end = min(count, max(count - number * size, size))
    shown = tuple(keys[max(0, end - size) : end])
    return Window(tuple(keys), shown[::-1] if order is DateOrder.NEWEST_LEFT else shown, number, oldest)


def make_pager(window: Window, query: GridQuery, setting: GridSetting) -> tuple[PageLink, ...]:
    """The four buttons, from left to right as the dates run."""
    older, newer = window.number < window.oldest, window.number > 0
    older_links = (
        ("first", query.at_window(window.oldest) if older else None),
        ("earlier", query.at_window(window.number + 1) if older else None),
    )
    newer_links = (
        ("later", query.at_window(window.number - 1) if newer else None),
        ("last", query.at_window(0) if newer else None),
    )
    if setting.order is DateOrder.NEWEST_LEFT:
        links = (*newer_links[::-1], *older_links[::-1])
    else:
        links = (*older_links, *newer_links)
    arrows = ("« {}", "‹ {}", "{} ›", "{} »")
    return tuple(
        PageLink(arrow.format(setting.texts(f"{setting.kind}.{key}")), target)
        for arrow, (key, target) in zip(arrows, links, strict=True)
    )


def make_headings(
    window: Window, moments: Mapping[ColumnKey, Moment], texts: Texts
) -> tuple[DateHeading, ...]:
    """One for each column in view."""
    samples = Counter(day for day, _ in window.keys)
    headings = []
    before = None
    for key in window.shown:
        moment = moments[key]
        time = present_time(moment.instant) if moment.instant else ""
        if not time and samples[key[0]] > 1:
            time = texts("lab.unknown_time")
        headings.append(
            DateHeading(present_digits(moment.date), iso_date(moment.date), time, before == key[0])
        )
        before = key[0]
    return tuple(headings)


def dates_shown(window: Window, setting: GridSetting) -> str:
    """``6 van 31 afnamedata, 12-03-2026 t/m 01-11-2026``."""
    texts = setting.texts
    several_a_day = len({day for day, _ in window.keys}) < len(window.keys)
    noun = texts(f"{setting.kind}.moments" if several_a_day else f"{setting.kind}.dates")
    if not window.shown:
        return texts("grid.no_dates", noun=noun)
    first, last = (present_key(key) for key in (min(window.shown), max(window.shown)))
    counts = {"shown": len(window.shown), "total": len(window.keys)}
    if first == last:
        return texts("grid.one_date_shown", noun=noun, first=first, **counts)
    return texts("grid.dates_shown", noun=noun, first=first, last=last, **counts)


def present_key(key: ColumnKey) -> str:
    """dd-mm-yyyy of a column, with zeros for what is unknown."""
    (year, month, day), _ = key
    return f"{day:02d}-{month:02d}-{year:04d}"
