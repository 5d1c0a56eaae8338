"""CDA entries that point into the narrative of their section (CDA R2 §4.3.5.1): the text is put in place.

``originalText/reference/@value = "#id"`` stands for the narrative element with that ID. One index per
section keeps reading linear.
"""

from collections.abc import Iterable, Iterator

from lxml import etree

from adapters.zis.datatypes import read_text
from adapters.zis.interactions import HL7

_SECTION, _TEXT, _ENTRY, _REFERENCE = (
    f"{{{HL7}}}{name}" for name in ("section", "text", "entry", "reference")
)


def with_narrative(statements: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """The statements, the narrative that they point to filled in. Outside a CDA nothing changes."""
    last: etree._Element | None = None
    for statement in statements:
        section = next(statement.iterancestors(_SECTION), None)
        if section is not None and section is not last:
            _fill_in(section)
            last = section
        yield statement


def _fill_in(section: etree._Element) -> None:
    narrative: dict[str, etree._Element] = {}
    for text in section.iterchildren(_TEXT):
        for node in text.iter():
            if found := node.get("ID"):
                narrative.setdefault(found, node)
    for entry in section.iterchildren(_ENTRY):
        for reference in entry.iter(_REFERENCE):
            target = (reference.get("value") or "").strip()
            holder = reference.getparent()
            if target.startswith("#") and holder is not None and not (holder.text or "").strip():
                told = narrative.get(target[1:])
                if told is not None:
                    holder.text = read_text(told)
