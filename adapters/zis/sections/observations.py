"""What every observed value may carry beside its value."""

from dataclasses import replace

from lxml import etree

from adapters.zis.paths import hl7_tag
from adapters.zis.sections.statement import Statement
from adapters.zis.sections.words import subtree_in_words
from adapters.zis.values import read_reference_range
from context.records import ReferenceRange

_RANGE = hl7_tag("observationRange")


def flags(statement: Statement) -> tuple[str, ...]:
    """Interpretation codes, literal; empty ones left out."""
    if "interpretationCode" not in statement.parts:
        return ()
    found = map(statement.coded, statement.take("interpretationCode"))
    return tuple(each.code or each.label or "" for each in found if each is not None and each.label)


def references(statement: Statement) -> tuple[ReferenceRange, ...]:
    """Reference ranges, in the source's order, each with the words for whom it holds (IHE XD-LAB)."""
    found: tuple[ReferenceRange, ...] = ()
    for element in statement.take("referenceRange"):
        found += statement.known(read_ranges, element)
    return found


def read_ranges(element: etree._Element) -> tuple[ReferenceRange, ...]:
    """What one ``referenceRange`` holds."""
    found, others = [], []
    for child in element:
        if child.tag != _RANGE:
            others.append(child)
        elif (reference := read_reference_range(child)) is not None:
            found.append(reference)
    condition = ", ".join(words for child in others if (words := subtree_in_words(child))) if others else ""
    return tuple([_with_condition(each, condition) for each in found] if condition else found)


def _with_condition(reference: ReferenceRange, condition: str) -> ReferenceRange:
    return replace(reference, text=f"{reference.text}; {condition}" if reference.text else condition)
