"""Orders of entries. Pure; an entry without a date is never dropped and stands last."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from context.person import Moment
from context.records import CodedText, Entry
from views.catalogue.model import PageRequest
from views.code_list import label_of

E = TypeVar("E", bound=Entry)
Order = Callable[[Sequence[E], PageRequest], tuple[E, ...]]


def newest_first(read: Callable[[E], Moment | None]) -> Order[E]:
    return lambda entries, request: by_moment(entries, read, descending=True)


def by_moment(entries: Iterable[E], read: Callable[[E], Moment | None], *, descending: bool) -> tuple[E, ...]:
    """By day and time; those without either keep the source's order behind all others."""
    dated = [(moment, entry) for entry in entries if (moment := read(entry)) is not None]
    undated = [entry for entry in entries if read(entry) is None]
    dated.sort(key=lambda pair: pair[0].sort_key, reverse=descending)
    return (*(entry for _, entry in dated), *undated)


def name_key(concept: CodedText | None) -> tuple[bool, str]:
    """To sort by name; what has no name stands last."""
    label = label_of(concept)
    return (label is None, (label or "").casefold())
