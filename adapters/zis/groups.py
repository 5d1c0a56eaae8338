"""Reads the statements of one answer together, and tells which source each entry came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from lxml import etree

from adapters.zis.merging import identifiers_of, without_duplicates
from adapters.zis.sections.readers import READERS
from context.records import RecordEntry, Section


@dataclass(frozen=True, slots=True)
class Group:
    """What one payload holds. :param source: the name of who sent it."""

    source: str
    statements: tuple[etree._Element, ...]


def read_groups(groups: Sequence[Group], section: Section) -> tuple[tuple[RecordEntry, ...], tuple[str, ...]]:
    """The entries of all groups, and the names of the sources of which something could not be read.

    All are read at once, because a statement may refer to one in another group (zis.md §10.11). What was
    repeated or not read is told apart by reading each group by itself; in most answers nothing was.
    """
    read = READERS[section]
    whole = read(list(chain.from_iterable(group.statements for group in groups)))
    if len(groups) < 2 or not (whole.unread or _repeats(whole.entries)):
        unread = tuple(group.source for group in groups) if whole.unread else ()
        return tuple(whole.entries), unread
    parts = [read(group.statements) for group in groups]
    unread = tuple(group.source for group, part in zip(groups, parts, strict=True) if part.unread)
    entries = iter(whole.entries)
    split = [[next(entries) for _ in part.entries] for part in parts]
    return without_duplicates(split), tuple(dict.fromkeys(unread))


def _repeats(entries: Sequence[RecordEntry]) -> bool:
    known: set[tuple[str, str]] = set()
    for entry in entries:
        ids = identifiers_of(entry)
        if ids & known:
            return True
        known |= ids
    return False
