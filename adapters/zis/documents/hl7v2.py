"""Reads the HL7 v2 data types in XDS metadata: CX, XCN, XON, CE and DTM (IHE ITI TF-3 §4.2.3.1).

Components stand between ``^``, subcomponents between ``&``.
"""

import re

from adapters.zis.datatypes import read_moment
from context.person import Identifier, Moment
from context.records import CodedText, Party

_ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}
_ESCAPE = re.compile(r"\\([FSTRE])\\")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text).strip()


def _component(components: list[str], index: int) -> str:
    """The component at ``index`` from 1, in its first subcomponent, unescaped; empty when absent."""
    raw = components[index - 1] if len(components) >= index else ""
    return _unescape(raw.partition("&")[0])


def _authority(components: list[str], index: int) -> str:
    """The OID of an assigning authority (HD: ``namespace&OID&ISO``)."""
    raw = components[index - 1] if len(components) >= index else ""
    parts = raw.split("&")
    return _unescape(parts[1]) if len(parts) > 1 else ""


def read_identifier(text: str) -> Identifier:
    """A CX: the number and who gave it."""
    components = text.split("^")
    return Identifier(_authority(components, 4), _component(components, 1))


def read_person(text: str) -> Party | None:
    """An XCN: prefix, given names, family name and suffix in reading order; None when it is empty."""
    components = text.split("^")
    number, family, given, more, suffix, prefix = (_component(components, index) for index in range(1, 7))
    name = " ".join(part for part in (prefix, given, more, family, suffix) if part)
    identifiers = (Identifier(_authority(components, 9), number),) if number else ()
    return Party(name=name or None, identifiers=identifiers) if name or identifiers else None


def read_organisation(text: str) -> Party | None:
    """An XON: name and number; None when it is empty."""
    components = text.split("^")
    name, number = _component(components, 1), _component(components, 10)
    authority = _authority(components, 6)
    if not number:
        identifiers: tuple[Identifier, ...] = ()
    elif not authority and _OID.fullmatch(number):
        identifiers = (Identifier(number),)
    else:
        identifiers = (Identifier(authority, number),)
    return Party(organisation=name or None, identifiers=identifiers) if name or identifiers else None


def read_recipient(text: str) -> Party | None:
    """``XON|XCN|XTN``, any of them empty."""
    organisation, _, rest = text.partition("|")
    place, person = read_organisation(organisation), read_person(rest.partition("|")[0])
    if place is None or person is None:
        return place or person
    return Party(person.name, place.organisation, None, person.identifiers + place.identifiers)


def read_specialism(text: str) -> CodedText | None:
    """A code as ``code^words^&OID&ISO``, or words alone."""
    components = text.split("^")
    first, words, system = _component(components, 1), _component(components, 2), _authority(components, 3)
    if len(components) == 1:
        return CodedText(original_text=first) if first else None
    return CodedText(first or None, system or None, words or None) if first or words else None


def read_utc(text: str) -> Moment:
    """A DTM, which XDS writes in UTC; without hours it stays a date.

    :raises SourceError: no such time.
    """
    text = text.strip()
    return read_moment(f"{text}+0000" if len(text) > len("YYYYMMDD") else text)
