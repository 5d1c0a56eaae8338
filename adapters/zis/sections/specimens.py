"""What was examined: the material of a laboratory result or an examination, in each dialect's own place."""

from lxml import etree

from adapters.zis.datatypes import read_coded, read_text
from adapters.zis.paths import Path
from adapters.zis.sections.fields import says
from adapters.zis.sections.statement import Link, Statement
from adapters.zis.sections.words import rest_in_words, subtree_in_words, take_code
from context.records import CodedText

_ENTITIES = Path(
    "self::h:specimen/h:specimenRole/h:specimenPlayingEntity"
    " | self::h:subject/h:specimen/h:specimenNatural | self::h:subject/h:specimen/h:specimenManufactured"
    " | self::h:participant[@typeCode='PRD' or @typeCode='SPC']/h:participantRole/h:playingEntity"
    " | self::h:product/h:product1/h:playingMaterial"
)
_CODE = Path("h:code")
_WORDS = Path("h:desc | h:name")
_PLACES = ("specimen", "subject", "participant", "product")


def is_specimen(link: Link) -> bool:
    """A procedure that tells what was taken from the patient."""
    statement = link.statement
    return statement.kind == "procedure" and any(
        _ENTITIES.elements(holder) for place in _PLACES for holder in statement.parts.get(place, ())
    )


def take_material(statement: Statement) -> CodedText | None:
    """The first material that a statement, or the taking of the sample below it, names.

    What else is known of it (number, container, site) becomes a remark.
    """
    for place in _PLACES:
        for holder in statement.parts.get(place, ()):
            found, source = _material_in(holder)
            if found is not None:
                statement.take_one(place, holder)
                if told := subtree_in_words(holder, () if source is None else (source,)):
                    statement.told.append(told)
                return found
    for link in statement.links:
        if is_specimen(link):
            inner = link.statement
            statement.take_link(link)
            found = take_material(inner)
            take_code(inner)
            statement.told.extend(rest_in_words(inner))
            return found
    return None


def _material_in(holder: etree._Element) -> tuple[CodedText, etree._Element] | tuple[None, None]:
    for entity in _ENTITIES.elements(holder):
        for code in _CODE.elements(entity):
            coded = read_coded(code)
            if coded is not None and says(coded):
                return coded, code
        for words in _WORDS.elements(entity):
            if text := read_text(words):
                return CodedText(original_text=text), words
    return None, None
