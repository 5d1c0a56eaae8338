"""Entries of one kind, read by a map: each field of the entry names where in a statement it stands.

``EntryMap.read`` walks the statements of an answer. A statement of a kind that the map names is an entry;
an organizer, and an act that is only a concern or a heading, holds entries, which take over what they do not
say themselves. Whatever no field takes becomes a remark; what cannot be read is counted as unread; what
evidently belongs to another section (``apart``) is left out on purpose.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from lxml import etree

from adapters.zis.datatypes import read_identifiers
from adapters.zis.errors import SourceError, malformed
from adapters.zis.parties import participation_time, party_in_words, read_party
from adapters.zis.sections.fields import Field, says, status_of, text_concept
from adapters.zis.sections.statement import GROUPS, OBSERVATION, Link, Reading, Statement
from adapters.zis.sections.words import rest_in_words
from context.person import Moment
from context.records import CodedText, Entry, Party

E = TypeVar("E", bound=Entry)

_MEMBER_LINKS = frozenset({"", "COMP", "SUBJ"})
_AUTHORISERS = frozenset({"VRF", "AUTHEN", "LA"})
_WRITERS = frozenset({"AUT", "RESP"})
_AUTHORISING = ("legalAuthenticator", "authenticator", "verifier")


def nothing_apart(_statement: Statement) -> bool:
    return False


def _as_sent(_statement: Statement) -> None:
    """The statement already has the common shape."""


def _as_read(_values: dict[str, Any]) -> None:
    """Nothing depends on several fields."""


@dataclass(frozen=True, slots=True)
class Around:
    """What entries take over from the groups around them."""

    group: CodedText | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    status: str | None = None
    author: Party | None = None
    recorded: Moment | None = None
    negated: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryMap(Generic[E]):
    """:param entry: the class of entry.

    :param statements: local names of the statements that are one.
    :param title: the field without which there is no entry; free text stands in for it. None when an entry
        needs no name of its own: then it is enough that something in it says anything.
    :param fields: for each field of the entry where it stands. The fields that every entry has (ids, status,
        author, authorisation, remarks, negation) are read for all alike.
    :param apart: tells a statement that evidently belongs to another section.
    :param inherits: field of the entry to what it takes over from around it when it says nothing itself.
    :param prepare: brings a dialect's own shape of statement into the common one.
    :param finish: fills what depends on several fields; under ``told`` it may leave remarks.
    :param members: typeCodes of the links in a group that lead to entries.
    """

    entry: Callable[..., E]
    title: str | None
    statements: frozenset[str]
    fields: Mapping[str, Field]
    apart: Callable[[Statement], bool] = nothing_apart
    inherits: Mapping[str, str] = field(default_factory=dict)
    members: frozenset[str] = _MEMBER_LINKS
    prepare: Callable[[Statement], None] = _as_sent
    finish: Callable[[dict[str, Any]], None] = _as_read

    def read(self, statements: Iterable[etree._Element]) -> Reading[E]:
        """Every entry in the statements, in the source's order."""
        reading: Reading[E] = Reading()
        for element in statements:
            self._walk(element, Around(), reading)
        return reading

    def _walk(self, element: etree._Element, around: Around, reading: Reading[E]) -> None:
        try:
            statement = Statement(element)
            if self.apart(statement):
                return
            members = self._members(statement)
            if not members:
                reading.entries.append(self._read_entry(statement, around))
                return
            inner = _inside(statement, around)
        except SourceError:
            reading.unread += 1
            return
        for member in members:
            self._walk(member.element, inner, reading)

    def _members(self, statement: Statement) -> list[Link]:
        """The entries that a statement holds; none when it is one itself."""
        if statement.kind not in GROUPS | {OBSERVATION} or self._is_entry(statement):
            return []
        return statement.take_links(self._is_member)

    def _is_entry(self, statement: Statement) -> bool:
        if statement.kind not in self.statements or statement.is_concern:
            return False
        return statement.kind != OBSERVATION or "value" in statement.parts or "group" not in self.inherits

    def _is_member(self, link: Link) -> bool:
        return link.kind in self.members and not link.statement.is_comment

    def _read_entry(self, statement: Statement, around: Around) -> E:
        if statement.kind not in self.statements and not statement.is_concern:
            raise malformed("a statement that is no entry of this section")
        self.prepare(statement)
        values = {name: read(statement) for name, read in self.fields.items()}
        values |= _common(statement, around)
        if self.title is not None and not says(values[self.title]):
            values[self.title] = _named_by_text(statement, values[self.title])
        for name, source in self.inherits.items():
            if not values.get(name):
                values[name] = getattr(around, source)
        self.finish(values)
        told = values.pop("told", ())
        remarks = dict.fromkeys((*around.remarks, *told, *rest_in_words(statement)))
        if self.title is not None:
            remarks.pop(values[self.title].label, None)
        elif not remarks and not any(values.get(name) for name in self.fields if name != "stage"):
            raise malformed("an entry that says nothing")
        return self.entry(**values, remarks=tuple(remarks))


def _named_by_text(statement: Statement, found: CodedText | None) -> CodedText:
    """Free text names an entry that no code names."""
    worded = text_concept(statement)
    if worded is None:
        raise malformed("an entry that nothing names")
    return replace(found, original_text=worded.original_text) if found is not None else worded


def _common(statement: Statement, around: Around) -> dict[str, Any]:
    """The fields that every entry has."""
    author, recorded = _writer(statement)
    values: dict[str, Any] = {
        "identifiers": read_identifiers(statement.take("id")),
        "status": status_of(statement) or around.status,
        "author": author or around.author,
        "recorded": recorded or around.recorded,
        "negated": _negated(statement, around),
    }
    statement.take("statusCode")
    authorisers = [each for name in _AUTHORISING for each in statement.take(name)]
    authorisers += statement.take_participants(_AUTHORISERS)
    if authorisers:
        values["authorised"] = True
        values["authorised_on"] = participation_time(authorisers[0])
        statement.told.extend(words for each in authorisers if (words := _who(each)))
    return values


def _who(participation: etree._Element) -> str | None:
    party = read_party(participation)
    return party_in_words(party) if party is not None else None


def _negated(statement: Statement, around: Around) -> bool:
    """:raises SourceError: denied twice over; whether that affirms it is not for us to guess."""
    if statement.negated and around.negated:
        raise malformed("denied twice")
    return statement.negated or around.negated


def _writer(statement: Statement) -> tuple[Party | None, Moment | None]:
    """Who wrote it down and when: its author, else who takes part as such or as responsible (NL)."""
    for name in ("author", "participant"):
        for element in statement.parts.get(name, []):
            if name == "author" or element.get("typeCode") in _WRITERS:
                statement.take_one(name, element)
                return read_party(element), participation_time(element)
    return None, None


def _inside(statement: Statement, around: Around) -> Around:
    author, recorded = _writer(statement)
    code = statement.code
    named = says(code) and not statement.is_concern
    statement.take("code")
    status = status_of(statement)
    period = statement.period
    begins, ends = period.take_moment(), period.take_end()
    remarks = tuple(rest_in_words(statement))
    return Around(
        group=code if named else around.group,
        begins=begins or around.begins,
        ends=ends or around.ends,
        status=status if statement.is_concern else around.status,
        author=author or around.author,
        recorded=recorded or around.recorded,
        negated=_negated(statement, around),
        remarks=around.remarks + remarks,
    )
