"""Concepts that a field takes from a statement; what qualifies them (CD.qualifier: a side) is told."""

from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from adapters.zis.datatypes import read_coded
from adapters.zis.interactions import SNOMED_CT
from adapters.zis.paths import local_name
from adapters.zis.sections.statement import Statement
from context.records import CodedText

_SIDES = frozenset({"7771000", "24028007", "51440002"})
"""Left, right and both (zib LateraliteitCodelijst)."""


def take_code(statement: Statement) -> CodedText | None:
    """What it is about; the qualifiers of that are told."""
    code = statement.code
    for element in statement.take("code"):
        tell_qualifiers(statement, element)
    return code


def tell_qualifiers(statement: Statement, element: etree._Element) -> None:
    """A concept that a field takes leaves its qualifiers (CD.qualifier: a side, a site) as remarks."""
    _tell(statement, _qualifiers(element))


def take_place(statement: Statement, element: etree._Element) -> CodedText | None:
    """A place on the body with its side (zib Lateraliteit); what else qualifies it is told."""
    found = statement.coded(element)
    qualifiers = _qualifiers(element)
    side = next(filter(_is_side, qualifiers), None) if found is not None else None
    _tell(statement, [each for each in qualifiers if each is not side])
    if found is None or side is None:
        return found
    return replace(found, laterality=_parts_of(side)["value"])


def _qualifiers(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if local_name(child) == "qualifier"] if len(element) else []


def _tell(statement: Statement, qualifiers: Iterable[etree._Element]) -> None:
    statement.told.extend(words for each in qualifiers if (words := _qualifier_in_words(each)))


def _is_side(qualifier: etree._Element) -> bool:
    """By its value, because sources name it by several codes."""
    value = _parts_of(qualifier).get("value")
    return value is not None and value.system in (None, SNOMED_CT) and value.code in _SIDES


def _parts_of(qualifier: etree._Element) -> dict[str, CodedText | None]:
    return {local_name(part): read_coded(part) for part in qualifier}


def _qualifier_in_words(qualifier: etree._Element) -> str:
    """``name: value``; a name that is only a code is left out, because the value tells what it is."""
    parts = _parts_of(qualifier)
    name, value = parts.get("name"), parts.get("value")
    shown = [(name.original_text or name.display) if name else None, value.label if value else None]
    return ": ".join(part for part in shown if part)
