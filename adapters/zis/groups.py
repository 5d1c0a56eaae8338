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
    """What one payload holds.

    :param source: the name of who sent it.
    :param unread: how many more statements there were, which must not be told.
    """

    source: str
    statements: tuple[etree._Element, ...]
    unread: int = 0


def read_groups(groups: Sequence[Group], section: Section) -> tuple[tuple[RecordEntry, ...], tuple[str, ...]]:
    """The entries of all groups, and the names of the sources of which something could not be read.

    All are read at once, because a statement may refer to one in another group (zis.md §10.11). What was
    repeated or not read is told apart by reading each group by itself; in most answers nothing was.
    """
    read = READERS[section]
    whole = read(list(chain.from_iterable(group.statements for group in groups)))
    if len(groups) > 1 and (whole.unread or _repeats(whole.entries)):
        parts = [read(group.statements) for group in groups]
        entries = iter(whole.entries)
        told = without_duplicates([[next(entries) for _ in part.entries] for part in parts])
        unread = [part.unread for part in parts]
    else:
        told, unread = tuple(whole.entries), [whole.unread] * len(groups)
    names = [group.source for group, left in zip(groups, unread, strict=True) if left or group.unread]
    return told, tuple(dict.fromkeys(names))


def _repeats(entries: Sequence[RecordEntry]) -> bool:
    known: set[tuple[str, str]] = set()
    for entry in entries:
        ids = identifiers_of(entry)
        if ids & known:
            return True
        known |= ids
    return False
