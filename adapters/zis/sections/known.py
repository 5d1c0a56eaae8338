"""What was read before in the same answer: codes, ranges, materials and people come again by the thousand."""

from collections.abc import Callable
from typing import Any, TypeVar

from lxml import etree

T = TypeVar("T")

_MOST = 20_000


def content_of(element: etree._Element) -> object:
    """All of an element but what follows it, to be compared and hashed."""
    if len(element):
        return etree.tostring(element, encoding="unicode", with_tail=False)
    return (element.tag, element.text, *element.items())


class Known:
    """Remembers what a reader made of an element, for the next element with the same content.

    Only for readers that look at nothing but the element, what is in it, and what is the same for the whole
    answer, and whose results nobody changes; all who ask then share one object. Lives as long as one answer.
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[object, Any] = {}

    def read(self, reader: Callable[..., T], element: etree._Element, *context: object) -> T:
        """``reader(element, *context)``, or what it made of an equal element.

        :param context: the same in the whole answer.
        :raises SourceError: as the reader does, each time.
        """
        # As ``content_of``, spelled out: the call would cost as much as the answer.
        key: object = (
            (reader, etree.tostring(element, encoding="unicode", with_tail=False))
            if len(element)
            else (reader, element.tag, element.text, *element.items())
        )
        found = self._found
        if key in found:
            known: T = found[key]
            return known
        return self._add(key, reader(element, *context))

    def read_content(
        self, content: object, reader: Callable[..., T], element: etree._Element, *context: object
    ) -> T:
        """As ``read``, for who has the content of the element at hand."""
        key = (reader, content)
        found = self._found
        if key in found:
            known: T = found[key]
            return known
        return self._add(key, reader(element, *context))

    def _add(self, key: object, made: T) -> T:
        # What is always new is not worth remembering without end.
        if len(self._found) < _MOST:
            self._found[key] = made
        return made
