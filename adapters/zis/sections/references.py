"""References by id only (trap 11): what they stand for, where that was sent in the same batch."""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from adapters.zis.datatypes import read_identifier
from adapters.zis.interactions import HL7
from adapters.zis.sections.known import Known
from context.person import Identifier

_ID = f"{{{HL7}}}id"
_CONTENTS = frozenset(f"{{{HL7}}}{name}" for name in ("value", "text", "sourceOf", "entryRelationship"))


class Batch:
    """The statements of one answer. The index is made at the first reference, in one pass.

    :ivar names: what was found to be the name of a statement that is referred to.
    :ivar known: what was read before in this answer.
    :ivar plain: how many plain results were read in it. :ivar alike: those to which others may be alike.
    :ivar vain: how many more characters were written out in vain, to find alike ones, than with profit.
    """

    def __init__(self, statements: Iterable[etree._Element]) -> None:
        self._statements = list(statements)
        self.known = Known()
        self.plain = 0
        self.vain = 0
        self.alike: dict[tuple[str, ...], Any] = {}
        self.names: dict[etree._Element, str | None] = {}
        self._index: dict[Identifier, etree._Element] | None = None

    def __iter__(self) -> Iterator[etree._Element]:
        return iter(self._statements)

    def find(self, reference: etree._Element) -> etree._Element | None:
        """The statement with one of the ids of ``reference``, when it says more than that."""
        if self._index is None:
            self._index = self._make_index()
        for element in reference.iterchildren(_ID):
            identifier = read_identifier(element)
            if identifier is not None and (found := self._index.get(identifier)) is not None:
                return found if found is not reference else None
        return None

    def _make_index(self) -> dict[Identifier, etree._Element]:
        index: dict[Identifier, etree._Element] = {}
        for statement in self._statements:
            for element in statement.iter(_ID):
                holder, identifier = element.getparent(), read_identifier(element)
                if (
                    holder is not None
                    and identifier is not None
                    and identifier.extension
                    and _says_more(holder)
                ):
                    index.setdefault(identifier, holder)
        return index


def _says_more(statement: etree._Element) -> bool:
    return any(child.tag in _CONTENTS for child in statement)
