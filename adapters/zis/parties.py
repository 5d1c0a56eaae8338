"""Who did, wrote, asked for or authorised something: any participation of a statement, in any dialect.

CDA says ``assignedEntity/assignedPerson/name``, NL ``participantRole/playingEntity/name``, NL 6.x
``AssignedPerson/Organization``; the parent of a name tells whether it is a person's or an organisation's.
"""

from lxml import etree

from adapters.zis.datatypes import read_coded, read_identifier, read_text
from adapters.zis.interactions import HL7
from adapters.zis.names import name_in_words, read_name
from adapters.zis.paths import local_name
from adapters.zis.times import Period, read_period
from context.person import Identifier
from context.records import CodedText, Party

_NAME, _DESC, _ID, _CODE, _TIME, _ADDRESS = (
    f"{{{HL7}}}{name}" for name in ("name", "desc", "id", "code", "time", "addr")
)
_DEVICE_NAMES = (f"{{{HL7}}}softwareName", f"{{{HL7}}}manufacturerModelName")
_ORGANISATIONS = frozenset({"scopingEntity", "serviceProvider", "asOrganizationPartOf"})


def read_party(participation: etree._Element) -> Party | None:
    """The person and the organisation in a participation, None when it names and numbers nobody.

    :raises SourceError: a code in it cannot be read.
    """
    person: str | None = None
    organisations: list[str] = []
    specialism: CodedText | None = None
    identifiers: dict[Identifier, None] = {}
    for node in participation.iter(_NAME, _DESC, _ID, _CODE, *_DEVICE_NAMES):
        if node.tag == _ID:
            identifier = read_identifier(node)
            if identifier is not None:
                identifiers[identifier] = None
        elif node.tag == _CODE:
            specialism = specialism or _named(read_coded(node))
        elif words := _words(node):
            if _is_organisation(node.getparent()):
                organisations.append(words)
            else:
                person = person or words
    if not (person or organisations or identifiers or specialism):
        return None
    organisation = ", ".join(dict.fromkeys(organisations)) or None
    return Party(person, organisation, specialism, tuple(identifiers))


def participation_period(participation: etree._Element) -> Period:
    """When somebody took part; told as sent when it is no timestamp, because the entry is about more."""
    return read_period((child for child in participation if child.tag == _TIME), literal=True)


def read_place(participation: etree._Element) -> str | None:
    """The kind and the names of a location: room, ward, building and who runs it, as sent."""
    kinds = [coded.label for node in participation.iter(_CODE) if (coded := read_coded(node)) is not None]
    names = [words for node in participation.iter(_NAME, _DESC) if (words := _words(node))]
    found = [words for words in (*kinds, *names) if words]
    if not found:
        found = [words for node in participation.iter(_ADDRESS) if (words := _words(node))]
    return ", ".join(dict.fromkeys(found)) or None


def party_in_words(party: Party) -> str | None:
    """Name, organisation and specialism."""
    specialism = party.specialism.label if party.specialism else None
    parts = (party.name, party.organisation, specialism)
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None


def _named(coded: CodedText | None) -> CodedText | None:
    return coded if coded is not None and coded.label else None


def _words(node: etree._Element) -> str | None:
    if node.tag != _NAME:
        text = read_text(node)
        return " ".join(text.split()) if text else None
    name = read_name(node)
    return name_in_words(name) if name is not None else None


def _is_organisation(parent: etree._Element | None) -> bool:
    holder = local_name(parent) if parent is not None else ""
    return holder.endswith("rganization") or holder in _ORGANISATIONS
