"""What a list page is made of: columns, order, groups, notes. A page is data; ``panel.py`` presents it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from context.outcome import Outcome
from context.records import Entry, RecordEntry, Section
from views.catalogue.model import PageRequest

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is printed.

    :param text: lines as the source sent them; empty when the source said nothing.
    :param iso: for ``<time datetime>``; empty for what is no moment.
    :param kind: a word for the style sheet (``masked``), or empty.
    :param url: what a click opens, in a new tab; empty for plain words.
    :param page: a page of ours that a click opens in this window; empty for plain words.
    """

    text: str = ""
    iso: str = ""
    kind: str = ""
    url: str = ""
    page: str = ""


Present = Callable[[E, PageRequest], Cell]


@dataclass(frozen=True, slots=True)
class Column(Generic[E]):
    """:param key: the text ``column.<key>`` is its heading. :param present: pure."""

    key: str
    present: Present[E]


@dataclass(frozen=True, slots=True)
class EntryGroup(Generic[E]):
    """Entries under one heading, in the order shown.

    :param heading: empty when the list has no groups.
    :param empty: what to say when a complete answer has none of these.
    """

    heading: str
    entries: tuple[E, ...]
    empty: str


Note = Callable[[PageRequest, Outcome[RecordEntry]], str]
"""A line above or below a list; empty for none."""


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[E]):
    """One list of the entries of one section.

    :param key: the texts ``item.<key>``, ``inline.<key>`` name it.
    :param main: the key of the column that names the entry: its row's heading.
    :param order: sorts the entries of a list without groups.
    :param empty: what to say when a complete answer has no entries.
    :param details: what opens below an entry; only what the source said is shown.
    :param groups: divides and sorts the entries; each must come back in exactly one group.
    :param choose: which entries this list is about, when another panel of the same page has the others.
    :param marks: words beside the entry's name that must not be overlooked.
    """

    key: str
    section: Section
    entry: type[E]
    main: str
    columns: tuple[Column[E], ...]
    order: Callable[[Sequence[E], PageRequest], tuple[E, ...]]
    empty: Callable[[PageRequest], str]
    details: tuple[Column[E], ...] = ()
    groups: Callable[[Sequence[E], PageRequest], tuple[EntryGroup[E], ...]] | None = None
    choose: Callable[[E, PageRequest], bool] | None = None
    marks: Callable[[E, PageRequest], tuple[str, ...]] | None = None
    above: tuple[Note, ...] = ()
    below: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. :param name: what its hidden words call it. :param marks: unusual states, in words.

    :param details: (heading, cell) of all that has no column, remarks among them.
    :param remarked: whether a remark is among the details.
    """

    name: str
    cells: tuple[Cell, ...]
    marks: tuple[str, ...]
    details: tuple[tuple[str, Cell], ...]
    remarked: bool


@dataclass(frozen=True, slots=True)
class Group:
    """:param heading: with the number of its rows; empty for a list without groups."""

    heading: str
    rows: tuple[Row, ...]
    empty: str

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def has_details(self) -> bool:
        return any(row.details for row in self.rows)
