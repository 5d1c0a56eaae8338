"""What was examined: the material of a laboratory result or an examination, in each dialect's own place."""

from collections.abc import Callable, Iterator

from lxml import etree

from adapters.zis.datatypes import read_coded, read_text
from adapters.zis.paths import hl7_tag
from adapters.zis.sections.fields import says
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.references import Batch
from adapters.zis.sections.statement import Link, Statement
from adapters.zis.sections.words import rest_in_words, subtree_in_words
from context.records import CodedText

_PLACES: dict[str, dict[str, tuple[str, ...]]] = {
    "specimen": {"specimenRole": ("specimenPlayingEntity",)},
    "subject": {"specimen": ("specimenNatural", "specimenManufactured")},
    "participant": {"participantRole": ("playingEntity",)},
    "product": {"product1": ("playingMaterial",)},
}
"""Child of a statement, the role in it, and the entity in that: CDA, Care Record (two), and NL."""
_ENTITIES = {
    place: {hl7_tag(role): frozenset(map(hl7_tag, entities)) for role, entities in roles.items()}
    for place, roles in _PLACES.items()
}
_CODE = hl7_tag("code")
PROCEDURE = hl7_tag("procedure")
_WORDS = frozenset(map(hl7_tag, ("desc", "name")))
_SPECIMENS = frozenset({"PRD", "SPC"})
_Told = tuple[CodedText | None, tuple[str, ...]]
"""A material, and what else is known of it."""


def is_specimen(link: Link) -> bool:
    """A procedure that tells what was taken from the patient."""
    return link.element.tag == PROCEDURE and link.known(names_entity)


def names_entity(procedure: etree._Element) -> bool:
    parts = Statement(procedure).parts
    return any(True for place in _PLACES for holder in parts.get(place, ()) for _ in _entities(place, holder))


def take_material(statement: Statement) -> CodedText | None:
    """The first material that a statement, or the taking of the sample below it, names.

    What else is known of it (number, container, site) becomes a remark.
    """
    for place in _PLACES:
        for holder in statement.parts.get(place, ()):
            found, told = statement.known(MATERIAL_READERS[place], holder)
            if found is not None:
                statement.take_one(place, holder)
                statement.told.extend(told)
                return found
    for link in statement.links:
        if is_specimen(link):
            statement.take_link(link)
            found, told = link.known(read_sampling, statement.batch)
            statement.told.extend(told)
            return found
    return None


def read_sampling(procedure: etree._Element, batch: Batch | None) -> _Told:
    """The taking of a sample: its material, and what else it says."""
    statement = Statement(procedure, batch)
    found = take_material(statement)
    take_code(statement)
    return found, tuple(rest_in_words(statement))


def _entities(place: str, holder: etree._Element) -> Iterator[etree._Element]:
    if place == "participant" and holder.get("typeCode") not in _SPECIMENS:
        return
    for role in holder:
        wanted = _ENTITIES[place].get(role.tag)
        if wanted is not None:
            yield from (entity for entity in role if entity.tag in wanted)


def _reader_of(place: str) -> Callable[[etree._Element], _Told]:
    def read(holder: etree._Element) -> _Told:
        found, source = _material_in(place, holder)
        if found is None or source is None:
            return None, ()
        told = subtree_in_words(holder, (source,))
        return found, (told,) if told else ()

    return read


MATERIAL_READERS = {place: _reader_of(place) for place in _PLACES}


def _material_in(place: str, holder: etree._Element) -> tuple[CodedText, etree._Element] | tuple[None, None]:
    for entity in _entities(place, holder):
        for code in entity:
            if code.tag == _CODE and (coded := read_coded(code)) is not None and says(coded):
                return coded, code
        for words in entity:
            if words.tag in _WORDS and (text := read_text(words)):
                return CodedText(original_text=text), words
    return None, None
