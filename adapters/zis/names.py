"""Names, addresses and telecoms, every part kept in its order (HL7v3 EN, AD and TEL)."""

from collections.abc import Iterator

from lxml import etree

from adapters.zis.paths import Path, local_name
from context.person import Address, AddressPart, HumanName, NamePart, NamePartKind, Telecom

_STRING = Path("string(.)")
_PARTS = {kind.value: kind for kind in NamePartKind if kind is not NamePartKind.TEXT}
_NO_PART_OF_NAME = frozenset({"validTime"})
_NO_PART_OF_ADDRESS = frozenset({"useablePeriod"})
_LOOSE_TEXT = "text"
_TITLE = "AC"
_INITIALS = "IN"


def read_name(element: etree._Element) -> HumanName | None:
    """An EN or PN; None when no part of it holds text (for example ``nullFlavor="NA"``).

    Text outside the parts (a name sent as one string) is a part of kind ``text``.
    """
    parts = tuple(
        NamePart(_PARTS.get(kind, NamePartKind.TEXT), text, qualifiers)
        for kind, text, qualifiers in _parts(element, _NO_PART_OF_NAME)
    )
    return HumanName(parts, _uses(element)) if parts else None


def read_names(elements: list[etree._Element]) -> tuple[HumanName, ...]:
    found = (read_name(element) for element in elements)
    return tuple(name for name in found if name is not None)


def read_address(element: etree._Element) -> Address | None:
    """An AD; None when no part of it holds text. Text outside the parts has the kind ``text``."""
    parts = tuple(AddressPart(kind, text) for kind, text, _qualifiers in _parts(element, _NO_PART_OF_ADDRESS))
    return Address(parts, _uses(element)) if parts else None


def read_addresses(elements: list[etree._Element]) -> tuple[Address, ...]:
    found = (read_address(element) for element in elements)
    return tuple(address for address in found if address is not None)


def read_telecoms(elements: list[etree._Element]) -> tuple[Telecom, ...]:
    """TELs that hold a value."""
    return tuple(
        Telecom(value, _uses(element))
        for element in elements
        if (value := (element.get("value") or "").strip())
    )


def _uses(element: etree._Element) -> tuple[str, ...]:
    return tuple((element.get("use") or "").split())


def _parts(element: etree._Element, skipped: frozenset[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Kind, text and qualifiers of each part, loose text included, in document order."""
    yield from _loose(element.text)
    for child in element:
        kind = local_name(child)
        if kind and kind not in skipped:
            text = _STRING.string(child)
            # A delimiter may be nothing but a space; every other part is its words.
            kept = text if kind == NamePartKind.DELIMITER.value else " ".join(text.split())
            if kept:
                yield kind, kept, tuple((child.get("qualifier") or "").split())
        yield from _loose(child.tail)


def _loose(text: str | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    words = " ".join((text or "").split())
    if words:
        yield _LOOSE_TEXT, words, ()


def name_in_words(name: HumanName) -> str:
    """A care provider's name on one line, by the qualifiers of its parts: titles (AC), initials (IN) with
    the names in full behind them in brackets, then family names and prefixes in the order sent (trap 13)."""
    titles, initials, given, rest = [], [], [], []
    for part in name.parts:
        if part.kind is NamePartKind.PREFIX and _TITLE in part.qualifiers:
            titles.append(part.text)
        elif part.kind is NamePartKind.GIVEN and _INITIALS in part.qualifiers:
            initials.append(part.text)
        elif part.kind is NamePartKind.GIVEN:
            given.append(part.text)
        else:
            rest.append(part)
    full = " ".join(given)
    named = [*titles, *initials, f"({full})" if initials and full else full, _joined(rest)]
    return " ".join(part for part in named if part)


def _joined(parts: list[NamePart]) -> str:
    """Parts with spaces between them, except where the source sends its own delimiter."""
    words = ""
    for before, part in zip([None, *parts], parts, strict=False):
        delimited = NamePartKind.DELIMITER in (part.kind, before.kind if before else None)
        words += part.text if delimited or not words else f" {part.text}"
    return " ".join(words.split())
