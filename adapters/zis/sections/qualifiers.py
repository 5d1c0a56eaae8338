"""Concepts that a field takes from a statement; what qualifies them (CD.qualifier: a side) is told."""

from lxml import etree

from adapters.zis.datatypes import read_coded
from adapters.zis.paths import local_name
from adapters.zis.sections.statement import Statement
from context.records import CodedText


def take_code(statement: Statement) -> CodedText | None:
    """What it is about; the qualifiers of that are told."""
    code = statement.code
    for element in statement.take("code"):
        tell_qualifiers(statement, element)
    return code


def tell_qualifiers(statement: Statement, element: etree._Element) -> None:
    """A concept that a field takes leaves its qualifiers (CD.qualifier: a side, a site) as remarks."""
    for child in element if len(element) else ():
        if local_name(child) == "qualifier" and (words := _qualifier_in_words(child)):
            statement.told.append(words)


def _qualifier_in_words(qualifier: etree._Element) -> str:
    """``name: value``; a name that is only a code is left out, because the value tells what it is."""
    parts = {local_name(part): read_coded(part) for part in qualifier}
    name, value = parts.get("name"), parts.get("value")
    shown = [(name.original_text or name.display) if name else None, value.label if value else None]
    return ": ".join(part for part in shown if part)
