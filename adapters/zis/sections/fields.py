"""The kinds of field an entry map is made of. Each takes what it knows from a statement, once.

A field that finds nothing says None or an empty tuple; what it leaves becomes a remark.
"""

from collections.abc import Callable, Collection
from typing import Any

from lxml import etree

from adapters.zis.datatypes import read_coded
from adapters.zis.interactions import SNOMED_CT
from adapters.zis.parties import participation_period, read_party, read_place
from adapters.zis.sections.qualifiers import take_code, take_place, tell_qualifiers
from adapters.zis.sections.statement import Link, Statement
from adapters.zis.values import describe, read_value
from context.person import Moment
from context.records import CodedText, Party, ResultValue, Stage, ValueKind

Field = Callable[[Statement], Any]

_TELLING = frozenset({"value", "text"})
_CANCELLED = frozenset({"cancelled", "aborted", "nullified"})
_SCHEDULED = frozenset({"APT", "PRMS"})
_REFERRERS = frozenset({"REF", "REFB"})
_TELL_REQUESTER = frozenset({"participant", "inFulfillmentOf"})
_WAITING = frozenset({"INT", "RQO", "ARQ", "PRP"})


def says(coded: CodedText | None) -> bool:
    """Whether a doctor can read it, be it only that it is masked."""
    return coded is not None and (coded.masked or coded.label is not None)


def coded(*names: str) -> Field:
    """The first child of one of these names that says anything."""

    def read(statement: Statement) -> CodedText | None:
        for name in names:
            for element in statement.parts.get(name, ()):
                found = statement.coded(element)
                if says(found):
                    statement.take_one(name, element)
                    tell_qualifiers(statement, element)
                    return found
        return None

    return read


def all_coded(*names: str) -> Field:
    """Every child of these names; a place on the body with its side."""

    def read(statement: Statement) -> tuple[CodedText, ...]:
        elements = [element for name in names for element in statement.take(name)]
        found = [take_place(statement, element) for element in elements]
        return tuple(each for each in found if each is not None and says(each))

    return read


def begin(statement: Statement) -> Moment | None:
    return statement.period.take_begin()


def end(statement: Statement) -> Moment | None:
    return statement.period.take_end()


def moment(statement: Statement) -> Moment | None:
    """When it was: one moment, or the begin of a period."""
    return statement.period.take_moment()


def duration(statement: Statement) -> str | None:
    """How long, in words."""
    return statement.period.take_duration()


def schedule(statement: Statement) -> tuple[str, ...]:
    """How often and at which events, in words."""
    return statement.period.take_schedule()


def value(statement: Statement) -> ResultValue:
    """The first value; further ones are remarks. ``absent`` when there is none.

    :raises SourceError: a value that cannot be shown.
    """
    elements = statement.parts.get("value", [])
    if not elements:
        return ResultValue(ValueKind.ABSENT)
    statement.take_one("value", elements[0])
    return read_value(elements[0])


def optional_value(*names: str) -> Field:
    """The first child of one of these names, as a value; None when there is none."""

    def read(statement: Statement) -> ResultValue | None:
        for name in names:
            for element in statement.parts.get(name, []):
                statement.take_one(name, element)
                return read_value(element)
        return None

    return read


def coded_value(statement: Statement) -> CodedText | None:
    """The first value as a concept, whatever its type."""
    for element in statement.parts.get("value", []):
        found = concept_of(element)
        if found is not None:
            statement.take_one("value", element)
            tell_qualifiers(statement, element)
            return found
    return None


def concept_of(element: etree._Element) -> CodedText | None:
    """A value as a concept, whatever its type; None when it names nothing."""
    found = read_coded(element)
    if says(found):
        return found
    words = describe(None, read_value(element))
    return CodedText(original_text=words) if words else None


def concept_by_code(statement: Statement) -> CodedText | None:
    """The code itself, where it names what is found (SNOMED CT) and neither value nor text does."""
    code = statement.code
    if code is None or code.system != SNOMED_CT or not says(code) or _TELLING & statement.parts.keys():
        return None
    return take_code(statement)


def text(statement: Statement) -> str | None:
    return statement.take_text()


def text_concept(statement: Statement) -> CodedText | None:
    """The free text as a concept, for what is told in words only."""
    words = statement.take_text()
    return CodedText(original_text=words) if words else None


def first(*fields: Field) -> Field:
    """The first of these fields that finds anything."""

    def read(statement: Statement) -> Any:
        for field in fields:
            if found := field(statement):
                return found
        return None

    return read


def party(*names: str, participants: Collection[str] = ()) -> Field:
    """Who took part: children of these names, then ``participant`` of these typeCodes. Others are remarks."""
    kinds = frozenset(participants)

    def read(statement: Statement) -> Party | None:
        for name in names:
            for element in statement.parts.get(name, []):
                if (found := statement.known(read_party, element)) is not None:
                    statement.take_one(name, element)
                    _tell_when(statement, element, found)
                    return found
        for element in statement.parts.get("participant", []):
            taking_part = (element.get("typeCode") or "").strip() in kinds
            if taking_part and (found := statement.known(read_party, element)) is not None:
                statement.take_one("participant", element)
                _tell_when(statement, element, found)
                return found
        return None

    return read


def _tell_when(statement: Statement, participation: etree._Element, who: Party) -> None:
    """When somebody took part becomes a remark beside the name."""
    period = participation_period(participation)
    period.drop_same_moment(statement.period)
    if words := ", ".join(period.rest()):
        statement.told.append(f"{who.label}: {words}" if who.label else words)


def parties(participants: Collection[str], *elements: str) -> Field:
    """Everybody with one of these typeCodes. :param elements: what a Care Record names them by instead."""
    kinds = frozenset(participants)

    def read(statement: Statement) -> tuple[Party, ...]:
        found = []
        named = [each for name in elements for each in statement.take(name)]
        for element in [*statement.take_participants(kinds), *named]:
            if (who := statement.known(read_party, element)) is not None:
                found.append(who)
                _tell_when(statement, element, who)
        return tuple(found)

    return read


def place(statement: Statement) -> str | None:
    """Where: ``participant[LOC]`` (CDA, NL) or ``location`` (Care Record)."""
    elements = [*statement.take_participants(frozenset({"LOC", "DST"})), *statement.take("location")]
    found = (read_place(element) for element in elements)
    return ", ".join(dict.fromkeys(each for each in found if each)) or None


def _is_order(link: Link) -> bool:
    return link.kind == "FLFS"


def requester(statement: Statement) -> Party | None:
    """Who asked for it: ``participant[REF]``, or the author of the order that it fulfils."""
    if not statement.links and statement.parts.keys().isdisjoint(_TELL_REQUESTER):
        return None
    for element in statement.take_participants(_REFERRERS):
        if (found := statement.known(read_party, element)) is not None:
            return found
    orders = [link.element for link in statement.take_links(_is_order)]
    for fulfilled in [*statement.take("inFulfillmentOf"), *orders]:
        for author in fulfilled.iter("{*}author"):
            if (found := statement.known(read_party, author)) is not None:
                return found
    return None


def stage(statement: Statement) -> Stage:
    """How far it has come, by moodCode and statusCode (see ``Stage``)."""
    if status_of(statement) in _CANCELLED:
        return Stage.CANCELLED
    if statement.mood in _SCHEDULED:
        return Stage.SCHEDULED
    return Stage.WAITING if statement.mood in _WAITING else Stage.PERFORMED


def status_of(statement: Statement) -> str | None:
    for element in statement.parts.get("statusCode", []):
        if found := (element.get("code") or "").strip():
            return found
    return None
