"""Compiled XPaths, bound to namespaces and never to prefixes.

Real messages leak dialects: prefixed roots, unused global namespaces, declarations in the middle.
A namespace is the only thing that all of them agree on.
"""

from typing import cast

from lxml import etree
from lxml.etree import _Element

from adapters.zis.interactions import HL7, XACML

_NAMESPACES = {
    "h": HL7,
    "x": XACML,
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


class Path:
    """One XPath, compiled once. In it, ``h:`` is HL7v3, ``x:`` XACML 3.0, ``saml:`` SAML 2.0."""

    __slots__ = ("_compiled",)

    def __init__(self, expression: str) -> None:
        self._compiled = etree.XPath(expression, namespaces=_NAMESPACES, smart_strings=False)

    def elements(self, node: _Element) -> list[_Element]:
        """The elements selected, in document order."""
        return cast(list[_Element], self._compiled(node))

    def element(self, node: _Element) -> _Element | None:
        """The first element selected, or None."""
        found = self.elements(node)
        return found[0] if found else None

    def texts(self, node: _Element) -> list[str]:
        """The attributes or text nodes selected, stripped, the empty ones left out."""
        found = cast(list[str], self._compiled(node))
        return [text for raw in found if (text := raw.strip())]

    def text(self, node: _Element) -> str | None:
        """The first of ``texts``, or None."""
        found = self.texts(node)
        return found[0] if found else None

    def string(self, node: _Element) -> str:
        """The value of an expression that yields a string."""
        return cast(str, self._compiled(node))


def local_name(element: _Element) -> str:
    """The tag without its namespace; empty for comments and processing instructions."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def hl7_tag(name: str) -> str:
    """The tag of an HL7v3 element, for reading by iteration where an XPath would cost too much."""
    return f"{{{HL7}}}{name}"


def child_of(element: _Element, tag: str) -> _Element | None:
    """The first child with this tag."""
    for child in element:
        if child.tag == tag:
            return child
    return None
