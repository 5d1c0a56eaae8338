"""Products: medicines, vaccines, devices and implants, in the role each dialect gives them."""

from dataclasses import dataclass, replace

from lxml import etree

from adapters.zis.datatypes import read_coded, read_text
from adapters.zis.interactions import HL7
from adapters.zis.paths import local_name
from adapters.zis.sections.fields import says
from adapters.zis.sections.statement import Statement
from adapters.zis.sections.words import subtree_in_words
from context.records import CodedText

_CODE, _NAME, _DESC, _ID = (f"{{{HL7}}}{name}" for name in ("code", "name", "desc", "id"))
_MODEL = f"{{{HL7}}}manufacturerModelName"
_MAKERS = frozenset({"scopingEntity", "manufacturerOrganization", "asManufacturedProduct"})
_TRANSLATION = f"{{{HL7}}}translation"
_THINGS = frozenset(
    {
        "manufacturedMaterial",
        "manufacturedLabeledDrug",
        "manufacturedDrug",
        "administerableMaterial",
        "playingMaterial",
        "MedicationKind",
        "playingDevice",
        "playingEntity",
        "device",
    }
)
"""What holds the code and the name of the product itself."""
_ADMINISTRATION = f"{{{HL7}}}therapeuticAgentOf"
_DEVICES = frozenset({"DEV", "PRD"})


@dataclass(frozen=True, slots=True)
class Product:
    """:param codes: every code sent for it, the main one first.

    :param ids: GTIN, HIBC, UDI or serial number as sent.
    :param rest: maker, lot number and all else, in words; empty when there is nothing else.
    """

    concept: CodedText
    codes: tuple[CodedText, ...]
    ids: tuple[str, ...]
    rest: str


def read_product(element: etree._Element) -> Product | None:
    """The product in a participation (``consumable``, ``product``, ``participant[DEV]``); None when it
    names none.

    :raises SourceError: something in it cannot be told.
    """
    concept, source = _main_code(element)
    codes = _all_codes(source) if source is not None else ()
    taken = {*element.iter(_ADMINISTRATION)} | ({source} if source is not None else set())
    if concept is None or not (concept.masked or concept.original_text or concept.display):
        for node in element.iter(_NAME, _DESC, _MODEL):
            if _is_of_thing(node) and (told := read_text(node)):
                concept = replace(concept or CodedText(), original_text=told)
                taken.add(node)
                break
    if concept is None or not says(concept):
        return None
    ids = (each.get("extension") or "" for each in element.iter(_ID) if not _is_makers(each))
    numbers = tuple(dict.fromkeys(each.strip() for each in ids if each.strip()))
    return Product(concept, codes, numbers, subtree_in_words(element, taken))


def product_of(statement: Statement, *names: str) -> Product | None:
    """The first product in children of these names, or in a device's or product's participation.

    What else is known of it becomes a remark.
    """
    for name in names:
        for element in statement.parts.get(name, []):
            found = read_product(element)
            if found is not None:
                statement.take_one(name, element)
                return _told(statement, found)
    for element in statement.parts.get("participant", []):
        if _is_product(element):
            found = read_product(element)
            if found is not None:
                statement.take_one("participant", element)
                return _told(statement, found)
    return None


def participating_products(statement: Statement) -> tuple[CodedText, ...]:
    """All devices and products that take part."""
    found = []
    others = []
    for element in statement.take("participant"):
        product = read_product(element) if _is_product(element) else None
        if product is None:
            others.append(element)
        else:
            found.append(_told(statement, product).concept)
            statement.told.extend(product.ids)
    if others:
        statement.parts["participant"] = others
    return tuple(found)


def _is_product(participant: etree._Element) -> bool:
    device = participant.find("h:participantRole/h:playingDevice", {"h": HL7})
    return device is not None or (participant.get("typeCode") or "").strip() in _DEVICES


def _told(statement: Statement, product: Product) -> Product:
    if product.rest:
        statement.told.append(product.rest)
    return product


def _main_code(element: etree._Element) -> tuple[CodedText | None, etree._Element | None]:
    nodes = list(element.iter(_CODE))
    for node in sorted(nodes, key=_is_of_thing, reverse=True):
        coded = read_coded(node)
        if coded is not None and says(coded) and not _is_makers(node):
            return coded, node
    return None, None


def _all_codes(source: etree._Element) -> tuple[CodedText, ...]:
    found = (read_coded(node) for node in (source, *source.findall(_TRANSLATION)))
    return tuple(coded for coded in found if coded is not None and coded.code)


def _is_of_thing(node: etree._Element) -> bool:
    parent = node.getparent()
    return parent is not None and local_name(parent) in _THINGS


def _is_makers(node: etree._Element) -> bool:
    parent = node.getparent()
    return parent is not None and local_name(parent) in _MAKERS
