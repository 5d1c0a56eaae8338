"""How a person reads on the screen: Dutch names, addresses and telephone numbers. Pure.

A name keeps the order of its family names as sent, because that order is the person's own choice
(naamgebruik: own, partner, partner-own or own-partner); the qualifiers only say which part is what.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from context.person import Address, Gender, HumanName, NamePart, NamePartKind, Telecom
from views.texts import Texts

_CALL_NAME = "CL"
_INITIALS = "IN"
_PREFIX_OF_FAMILY = "VV"
_LEGAL_USE = "L"
_STREET = frozenset(
    {
        "streetName",
        "streetNameBase",
        "streetAddressLine",
        "houseNumber",
        "houseNumberNumeric",
        "buildingNumberSuffix",
        "unitID",
        "unitType",
        "additionalLocator",
    }
)
_PLACE = frozenset({"postalCode", "city", "precinct"})
_REGION = frozenset({"county", "state"})
_COUNTRY = frozenset({"country"})
_ADDRESS_LINES = (_STREET, _PLACE, _REGION, _COUNTRY)
_TELECOM_KINDS = {"tel": "phone", "fax": "fax", "x-text-fax": "fax", "mailto": "email"} | dict.fromkeys(
    ("http", "https"), "url"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value, ready to print; ``lines`` is never empty."""

    label: str
    lines: tuple[str, ...]
    known: bool = True


def choose_name(names: Sequence[HumanName]) -> HumanName | None:
    """The legal name when one is marked so, else the first that says anything."""
    speaking = [name for name in names if any(part.text.strip() for part in name.parts)]
    legal = [name for name in speaking if _LEGAL_USE in name.use]
    return next(iter(legal or speaking), None)


def present_formal_name(name: HumanName | None, gender: Gender, texts: Texts) -> str:
    """``JANSEN-DE VRIES, Anna (mw.)``: family name in capitals first (CUI PAB-0049 to 0053)."""
    if name is None:
        return texts("unknown.field")
    family = family_name(name)
    given = _given_names(name, texts)
    if not family and not given:
        return " ".join(_texts(name, NamePartKind.TEXT)) or texts("unknown.field")
    words = ", ".join(part for part in (family.upper() or texts("unknown.field").upper(), given) if part)
    marks = " ".join(_salutation(gender, texts) + _titles(name))
    return f"{words} ({marks})" if marks else words


def present_name(name: HumanName | None, texts: Texts, gender: Gender = Gender.UNKNOWN) -> str | None:
    """``mw. dr. Anna Jansen-de Vries``, in the order in which one speaks; None when nothing is known."""
    if name is None:
        return None
    words = [_given_names(name, texts), family_name(name), *_texts(name, NamePartKind.SUFFIX)]
    if not any(words):
        words = _texts(name, NamePartKind.TEXT)
    spoken = " ".join(word for word in words if word)
    return " ".join([*_salutation(gender, texts), *_titles(name), spoken]) if spoken else None


def present_call_name(name: HumanName | None) -> str | None:
    if name is None:
        return None
    return " ".join(_given(name, {_CALL_NAME})) or None


def family_name(name: HumanName) -> str:
    """All family names with their prefixes, in the order sent: ``Jansen-de Vries``."""
    families: list[str] = []
    waiting = ""
    delimiter = ""
    for part in name.parts:
        text = part.text.strip()
        if part.kind is NamePartKind.PREFIX and _belongs_to_family(name, part):
            waiting = _join_prefix(waiting, text)
        elif part.kind is NamePartKind.DELIMITER and families:
            delimiter = part.text
        elif part.kind is NamePartKind.FAMILY and text:
            own = _join_prefix(waiting, text)
            families.append((delimiter.strip() or "-") + own if families else own)
            waiting = delimiter = ""
    return "".join(families)


def _join_prefix(prefix: str, word: str) -> str:
    if not prefix:
        return word
    elided = prefix.endswith(("'", "’")) and len(prefix) == 2
    return f"{prefix}{word}" if elided else f"{prefix} {word}"


def _belongs_to_family(name: HumanName, prefix: NamePart) -> bool:
    """A prefix marked VV, or an unmarked one that stands right before a family name."""
    if _PREFIX_OF_FAMILY in prefix.qualifiers:
        return True
    if prefix.qualifiers:
        return False
    after = name.parts[_position(name, prefix) + 1 :]
    return bool(after) and after[0].kind is NamePartKind.FAMILY


def _position(name: HumanName, wanted: NamePart) -> int:
    return next(index for index, part in enumerate(name.parts) if part is wanted)


def _titles(name: HumanName) -> list[str]:
    return [
        part.text.strip()
        for part in name.parts
        if part.kind is NamePartKind.PREFIX and not _belongs_to_family(name, part) and part.text.strip()
    ]


def _salutation(gender: Gender, texts: Texts) -> list[str]:
    word = texts.find(f"salutation.{gender.value}")
    return [word] if word else []


def _given_names(name: HumanName, texts: Texts) -> str:
    """The official first names; else the initials, with the call name when that is all there is more."""
    call_name = " ".join(_given(name, {_CALL_NAME}))
    official = " ".join(_given(name, set()))
    initials = "".join(_dotted(text) for text in _given(name, {_INITIALS}))
    if official:
        return official
    if initials and call_name:
        return texts("person.initials_and_call_name", initials=initials, call_name=call_name)
    return initials or call_name


def _given(name: HumanName, qualifiers: set[str]) -> list[str]:
    """Given names with one of the qualifiers; with none asked, all but initials and call names."""
    special = {_CALL_NAME, _INITIALS}
    return [
        part.text.strip()
        for part in name.parts
        if part.kind is NamePartKind.GIVEN
        and part.text.strip()
        and (bool(qualifiers & set(part.qualifiers)) if qualifiers else not special & set(part.qualifiers))
    ]


def _dotted(initials: str) -> str:
    return f"{initials}." if len(initials) == 1 else initials


def _texts(name: HumanName, kind: NamePartKind) -> list[str]:
    return [part.text.strip() for part in name.parts if part.kind is kind and part.text.strip()]


def present_addresses(addresses: Iterable[Address], texts: Texts) -> tuple[Field, ...]:
    """One field per address that says anything, every part of it kept."""
    fields = []
    for address in addresses:
        lines = _address_lines(address)
        if lines:
            label = next((text for use in address.use if (text := texts.find(f"address.{use}"))), None)
            fields.append(Field(label or texts("address.default"), lines))
    return tuple(fields)


def _address_lines(address: Address) -> tuple[str, ...]:
    known = {kind for kinds in _ADDRESS_LINES for kind in kinds}
    lines = []
    for kinds in _ADDRESS_LINES:
        line = " ".join(part.text.strip() for part in address.parts if part.kind in kinds)
        lines.append(" ".join(line.split()))
    others = [part.text.strip() for part in address.parts if part.kind not in known]
    return tuple(line for line in [*others, *lines] if line)


def present_telecoms(telecoms: Iterable[Telecom], texts: Texts) -> tuple[Field, ...]:
    """One field per number or address, without its URL scheme."""
    fields = []
    for telecom in telecoms:
        scheme, colon, rest = telecom.value.strip().partition(":")
        kind = _TELECOM_KINDS.get(scheme.lower(), "other") if colon else "phone"
        shown = rest.strip() if kind in ("phone", "fax", "email") and colon else telecom.value.strip()
        if shown:
            label = next((text for use in telecom.use if (text := texts.find(f"telecom.{kind}_{use}"))), None)
            fields.append(Field(label or texts(f"telecom.{kind}"), (shown,)))
    return tuple(fields)
