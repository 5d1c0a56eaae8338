"""What was examined: the material of a laboratory result or an examination, in each dialect's own place."""

from adapters.zis.datatypes import read_coded, read_text
from adapters.zis.paths import Path
from adapters.zis.sections.fields import says
from adapters.zis.sections.statement import Statement
from context.records import CodedText

_MATERIAL = Path(
    "h:specimen/h:specimenRole/h:specimenPlayingEntity"
    " | h:subject/h:specimen/h:specimenNatural | h:subject/h:specimen/h:specimenManufactured"
    " | h:participant[@typeCode='PRD' or @typeCode='SPC']/h:participantRole/h:playingEntity"
    " | h:product/h:product1/h:playingMaterial"
)
_CODE = Path("h:code")
_WORDS = Path("h:desc | h:name")
_PLACES = frozenset({"specimen", "subject", "participant", "product"})


def material_of(statement: Statement) -> CodedText | None:
    """The first material that a statement names; it stays there for the remarks."""
    if _PLACES.isdisjoint(statement.parts):
        return None
    for entity in _MATERIAL.elements(statement.element):
        for code in _CODE.elements(entity):
            coded = read_coded(code)
            if says(coded):
                return coded
        for words in _WORDS.elements(entity):
            if text := read_text(words):
                return CodedText(original_text=text)
    return None
