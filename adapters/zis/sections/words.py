"""What no field takes, in words: the remarks of an entry. Everything that a doctor could read is told."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from lxml import etree

from adapters.zis.datatypes import MASKED, read_coded, read_text
from adapters.zis.errors import malformed
from adapters.zis.interactions import HL7
from adapters.zis.names import name_in_words, read_name
from adapters.zis.parties import participation_period, party_in_words, read_party
from adapters.zis.paths import hl7_tag, local_name
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.statement import CONCERN, STATEMENTS, Link, Statement
from adapters.zis.times import read_period
from adapters.zis.values import describe, read_reference_range, read_value
from context.records import CodedText, ReferenceRange

PLUMBING = frozenset(
    {
        "templateId",
        "typeId",
        "realmCode",
        "id",
        "setId",
        "statusCode",
        "sequenceNumber",
        "seperatableInd",
        "languageCode",
        "addr",
        "telecom",
        "signatureCode",
        "functionCode",
        "modeCode",
        "contextControlCode",
        "confidentialityCode",
        "translation",
        "recordTarget",
        "subject2",
    }
)
"""What says nothing about the patient's health, or says again what stands beside it."""

_PARTICIPATIONS = frozenset(
    {"performer", "author", "informant", "responsibleParty", "verifier", "authenticator", "dataEnterer"}
)
_TIMES = frozenset({"effectiveTime", "time", "activityTime", "availabilityTime", "expirationTime"})
_SAYS_NOTHING = frozenset({"id", "code", "templateId", "statusCode", "consumable"})
_HL7_TAG = f"{{{HL7}}}"
_ORIGINAL_TEXT, _QUALIFIER, _REFERENCE = (
    hl7_tag(name) for name in ("originalText", "qualifier", "reference")
)
_INTERVAL = frozenset(hl7_tag(name) for name in ("low", "high", "center"))
_PARTS = _INTERVAL | {_ORIGINAL_TEXT, _REFERENCE, hl7_tag("numerator")}
_STRUCTURE = frozenset({"classCode", "determinerCode", "moodCode", "typeCode", "contextControlCode"})
_BOUNDS = {("low", True): ">=", ("low", False): ">", ("high", True): "<=", ("high", False): "<"}
REFERENCE_CODES = frozenset(
    {CONCERN, "33633005", "422037009", "422979000", "395067002", "52711000146108", "1"}
)
"""What a reference says of the kind of thing that it refers to: a concern, or a building block of MP9."""


def in_words(statement: Statement) -> Iterator[str]:
    """A statement for which the entry has no field, and all inside it.

    :raises SourceError: part of it cannot be told in words, or is denied.
    """
    if statement.negated:
        raise malformed("a denied statement")
    referred = referred_words(statement)
    if referred is not None:
        yield from referred
        return
    named = "code" in statement.parts and not statement.is_comment
    yield from _told(statement, statement.code if named else None)


def below_heading(statement: Statement) -> Iterator[str]:
    """As ``in_words``, for a statement whose name is told by a heading.

    :raises SourceError: likewise.
    """
    if statement.negated:
        raise malformed("a denied statement")
    yield from _told(statement, None)


def _told(statement: Statement, code: CodedText | None) -> Iterator[str]:
    take_code(statement)
    values = [words for element in statement.take("value") if (words := value_in_words(element))]
    if not values and code is not None and (text := statement.take_text()):
        values = [text]
    told = _beside(code, values)
    if told:
        yield told
    statement.read_times_literally()
    yield from rest_in_words(statement)


def rest_in_words(statement: Statement) -> list[str]:
    """Whatever the fields of an entry have left of its statement.

    :raises SourceError: part of it cannot be told in words, or is denied.
    """
    rest = list(statement.told)
    if text := statement.take_text():
        rest.append(text)
    rest += statement.period.rest()
    for name, elements in statement.parts.items():
        if name not in PLUMBING:
            read = _PART_READERS.get(name, subtree_in_words)
            rest += [told for element in elements if (told := statement.known(read, element))]
    if statement.links:
        rest += links_in_words(statement.links)
    return rest


def links_in_words(links: Iterable[Link]) -> Iterator[str]:
    for link in links:
        yield from in_words(link.statement)


def value_in_words(element: etree._Element) -> str | None:
    """A value; a picture or document elsewhere by its address.

    :raises SourceError: a value that cannot be shown.
    """
    return _address(element) or describe(None, read_value(element))


def _address(element: etree._Element) -> str | None:
    if (element.text or "").strip():
        return None
    addresses = ((each.get("value") or "").strip() for each in element if local_name(each) == "reference")
    return ", ".join(address for address in addresses if address) or None


def referred_words(statement: Statement) -> tuple[str, ...] | None:
    """What a reference by id stands for (trap 11); nothing when that was not sent along. None for a
    statement that says something itself."""
    if statement.links or not _SAYS_NOTHING.issuperset(statement.parts) or "id" not in statement.parts:
        return None
    target = statement.batch.find(statement.element) if statement.batch is not None else None
    if target is not None and statement.batch is not None:
        names = statement.batch.names
        if target not in names:
            names[target] = naming(Statement(target))
        named = names[target]
        return (named,) if named else ()
    code = statement.code
    return () if code is None or code.code in REFERENCE_CODES else None


def naming(statement: Statement) -> str | None:
    """What a statement is about, on one line: its value, else its text, else the first thing that it holds,
    else its code."""
    for element in statement.parts.get("value", ()):
        if words := own_words(element):
            return words
    for element in statement.parts.get("text", ()):
        if words := read_text(element):
            return " ".join(words.split())
    for link in statement.links:
        if link.kind in {"SUBJ", "COMP", ""} and not link.statement.is_comment:
            return naming(link.statement)
    return statement.code.label if statement.code is not None else None


def _participation_in_words(element: etree._Element) -> str:
    party = read_party(element)
    words = [party_in_words(party)] if party else []
    return ", ".join(part for part in (*words, *participation_period(element).rest()) if part)


def subtree_in_words(element: etree._Element, taken: Collection[etree._Element] = ()) -> str:
    """All that can be read in and under an element, except in what is ``taken``."""
    words: list[str] = []
    _collect(element, taken, words)
    return ", ".join(dict.fromkeys(words))


def _ranges_in_words(element: etree._Element) -> str:
    found = (read_reference_range(inner) for inner in element)
    return ", ".join(range_in_words(reference) for reference in found if reference is not None)


_PART_READERS: Mapping[str, Callable[[etree._Element], str]] = {
    **dict.fromkeys(_PARTICIPATIONS, _participation_in_words),
    "referenceRange": _ranges_in_words,
}
"""How a child of a statement is told, as one remark, however deep it goes; any other by all that it holds."""


def range_in_words(reference: ReferenceRange) -> str:
    """``low - high unit text``, an open side left out."""
    bounds = f"{reference.low or ''} - {reference.high or ''}" if reference.low or reference.high else ""
    return " ".join(part for part in (bounds, reference.unit, reference.text) if part)


def _collect(element: etree._Element, taken: Collection[etree._Element], words: list[str]) -> None:
    name = local_name(element)
    if name in PLUMBING or not name or element in taken:
        return
    if name in STATEMENTS:
        words.extend(in_words(Statement(element)))
    elif name in _TIMES:
        words.extend(read_period([element], literal=True).rest())
    elif name == "name" and not element.get("code"):
        person = read_name(element)
        words.extend([name_in_words(person)] if person is not None else ())
    elif not element.tag.startswith(_HL7_TAG):
        _collect_foreign(element, taken, words)
    else:
        _collect_plain(element, taken, words)


def _collect_plain(element: etree._Element, taken: Collection[etree._Element], words: list[str]) -> None:
    inside = [child.tag for child in element]
    # Most elements only hold others: roles and entities without a word of their own.
    bare = inside and not (element.text or "").strip() and _STRUCTURE.issuperset(element.keys())
    if not bare or not _PARTS.isdisjoint(inside):
        if own := own_words(element):
            words.append(own)
        if _is_whole(element, inside):
            return
    for child in element:
        _collect(child, taken, words)


def _collect_foreign(element: etree._Element, taken: Collection[etree._Element], words: list[str]) -> None:
    """An element of an extension (IHE laboratory, FHIR timing): by its attributes, whatever its type."""
    sign = _BOUNDS.get((local_name(element), element.get("inclusive") != "false"), "")
    label = element.get("displayName") or element.get("code") or ""
    text = " ".join((element.text or "").split())
    parts = (label, f"{sign}{element.get('value') or ''}", element.get("unit") or "", text)
    if own := " ".join(part.strip() for part in parts if part.strip()):
        words.append(own)
    for child in element:
        _collect(child, taken, words)


def own_words(element: etree._Element) -> str | None:
    """What an element says by itself: a code with its label, a quantity, a text.

    :raises SourceError: a value of a type that cannot be shown.
    """
    if element.get("nullFlavor") == MASKED:
        return MASKED
    inside = [child.tag for child in element]
    if element.get("code") or element.get("displayName") or _ORIGINAL_TEXT in inside:
        return _coded_words(element)
    if element.get("value") or not _INTERVAL.isdisjoint(inside):
        return describe(None, read_value(element))
    if _REFERENCE in inside and local_name(element) in ("value", "text") and (address := _address(element)):
        return address
    if not inside or (element.text or "").strip():
        text = read_text(element)
        return " ".join(text.split()) if text else None
    return None


def _is_whole(element: etree._Element, inside: list[str]) -> bool:
    """Own words already tell everything inside."""
    if element.get("code") or element.get("displayName"):
        return _QUALIFIER not in inside
    return bool(
        element.get("nullFlavor") == MASKED
        or element.get("value")
        or (element.text or "").strip()
        or _ORIGINAL_TEXT in inside
        or not _INTERVAL.isdisjoint(inside)
    )


def _coded_words(element: etree._Element) -> str | None:
    coded = read_coded(element)
    if coded is None:
        return None
    value = (element.get("value") or "").strip()
    return f"{coded.label}: {value}" if value and coded.label else coded.label


def _beside(code: CodedText | None, values: list[str]) -> str | None:
    label = (MASKED if code.masked else code.label) if code else None
    said = ", ".join(values)
    return f"{label}: {said}" if label and said else label or said or None
