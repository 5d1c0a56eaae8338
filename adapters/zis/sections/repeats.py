"""The same fact from several sources (trap 12): told apart by identifier only, never by text."""

from collections.abc import Iterable
from typing import TypeVar

from context.person import Identifier
from context.records import Entry

E = TypeVar("E", bound=Entry)


def without_repeats(entries: Iterable[E]) -> tuple[E, ...]:
    """The entries, in order, each fact once.

    Two entries are one fact when they are equal and share an identifier with root and extension. Entries that
    share an identifier but differ are all kept: one message may give one id to several results, and which of
    two versions holds is not ours to guess. An entry without identifiers is never taken for another.
    """
    seen: dict[Identifier, set[E]] = {}
    kept: list[E] = []
    for entry in entries:
        whole = [each for each in entry.identifiers if each.root and each.extension]
        if any(entry in seen.get(each, ()) for each in whole):
            continue
        kept.append(entry)
        for each in whole:
            seen.setdefault(each, set()).add(entry)
    return tuple(kept)
