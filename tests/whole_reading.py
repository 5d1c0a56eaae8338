"""Which facts in a clinical statement no entry tells: an independent count over the same XML.

A fact is a text, a code, a display name, a value or a unit, wherever it stands under the statement. It is
told when it stands in some entry, as text or as a moment. What need not be told is a list of XPaths with a
reason each: an element stands for all below it, an attribute for itself.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, cast

from lxml import etree

from adapters.zis.datatypes import read_moment
from adapters.zis.errors import SourceError
from adapters.zis.times import moment_in_words
from context.person import Moment

NAMESPACES = {"h": "urn:hl7-org:v3", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_ATTRIBUTES = ("code", "displayName", "value", "unit")


@dataclass(frozen=True)
class Fact:
    """:param path: local names from the statement down to where it stands. :param words: what it says."""

    path: str
    words: str


@dataclass(frozen=True)
class Ignored:
    """:param path: XPath, evaluated on the whole document. :param reason: why a doctor misses nothing."""

    path: str
    reason: str


def load_ignored(path: Path) -> tuple[Ignored, ...]:
    return tuple(Ignored(**row) for row in tomllib.loads(path.read_text("utf-8"))["ignored"])


class Document:
    """A document with the places that need not be told."""

    def __init__(self, root: etree._Element, ignored: Iterable[Ignored]) -> None:
        self.root = root
        self.used: set[Ignored] = set()
        self._elements: dict[etree._Element, Ignored] = {}
        self._attributes: dict[tuple[etree._Element, str], Ignored] = {}
        for rule in ignored:
            for node in cast(list[Any], root.xpath(rule.path, namespaces=NAMESPACES)):
                if isinstance(node, etree._Element):
                    self._elements.setdefault(node, rule)
                else:
                    self._attributes.setdefault((node.getparent(), node.attrname), rule)

    def untold(self, statement: etree._Element, entries: Iterable[object]) -> list[Fact]:
        """The facts in ``statement`` that neither stand in ``entries`` nor need to."""
        told = _Told(entries)
        return [fact for fact in self._facts(statement, statement.tag) if not told.tells(fact)]

    def _facts(self, element: etree._Element, path: object) -> Iterator[Fact]:
        if element in self._elements:
            self.used.add(self._elements[element])
            return
        place = str(path).replace("{urn:hl7-org:v3}", "")
        for name in _ATTRIBUTES:
            words = _plain(element.get(name))
            if words and (element, name) in self._attributes:
                self.used.add(self._attributes[element, name])
            elif words:
                yield Fact(f"{place}/@{name}", words)
        for text in (element.text, *(child.tail for child in element)):
            if words := _plain(text):
                yield Fact(place, words)
        for child in element:
            if isinstance(child.tag, str):
                yield from self._facts(child, f"{path}/{child.tag}")


class _Told:
    def __init__(self, entries: Iterable[object]) -> None:
        self._moments: set[Moment] = set()
        texts: list[str] = []
        for entry in entries:
            self._collect(entry, texts)
        self._text = " \n ".join(texts)

    def _collect(self, found: object, texts: list[str]) -> None:
        if isinstance(found, Moment):
            self._moments.add(found)
        elif isinstance(found, str) and not isinstance(found, Enum):
            texts.append(_plain(found))
        elif isinstance(found, tuple):
            for each in found:
                self._collect(each, texts)
        elif is_dataclass(found):
            for field in fields(found):
                self._collect(getattr(found, field.name), texts)

    def tells(self, fact: Fact) -> bool:
        if fact.words in self._text:
            return True
        try:
            moment = read_moment(fact.words)
        except SourceError:
            return False
        return moment in self._moments or moment_in_words(moment) in self._text


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())
