"""Groups of entries that can end: what counts now stands apart from what no longer does. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from context.person import Moment
from context.records import Entry
from views.catalogue.model import PageRequest
from views.current import is_current
from views.dates import local_date
from views.lists.model import EntryGroup
from views.lists.order import by_moment

E = TypeVar("E", bound=Entry)
Groups = Callable[[Sequence[E], PageRequest], tuple[EntryGroup[E], ...]]


def current_first(
    key: str, begins: Callable[[E], Moment | None], ends: Callable[[E], Moment | None]
) -> Groups[E]:
    """Two groups, each newest first; the second only when there is any.

    :param key: ``empty.<key>_current`` says that a complete answer has none that count now.
    """

    def groups(entries: Sequence[E], request: PageRequest) -> tuple[EntryGroup[E], ...]:
        texts, today = request.texts, local_date(request.now)
        now = [entry for entry in entries if is_current(entry, ends(entry), today)]
        gone = [entry for entry in entries if not is_current(entry, ends(entry), today)]
        current = EntryGroup(
            texts("list.current"), by_moment(now, begins, descending=True), texts(f"empty.{key}_current")
        )
        over = EntryGroup(texts("list.not_current"), by_moment(gone, begins, descending=True), "")
        return (current, over) if gone else (current,)

    return groups
