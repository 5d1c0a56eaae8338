"""Entries of one kind, read by a map: each field of the entry names where in a statement it stands.

``EntryMap.read`` walks the statements of an answer. A statement of a kind that the map names is an entry;
an organizer, and an act that is only a concern or a heading, holds entries, which take over what they do not
say themselves. Whatever no field takes becomes a remark; what cannot be read is counted as unread; what
evidently belongs to another section (``apart``) is left out on purpose.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from lxml import etree

from adapters.zis.datatypes import read_identifiers
from adapters.zis.errors import SourceError, malformed
from adapters.zis.parties import participation_period, party_in_words, read_party
from adapters.zis.paths import Path
from adapters.zis.sections.around import MADE, Around, Plain
from adapters.zis.sections.fields import Field, says, status_of, text_concept
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.references import Batch
from adapters.zis.sections.statement import GROUPS, OBSERVATION, UNREAD, Link, Reading, Statement
from adapters.zis.sections.words import rest_in_words
from adapters.zis.times import moment_in_words
from context.person import Moment
from context.records import CodedText, Entry, Party

E = TypeVar("E", bound=Entry)
Values = dict[str, Any]

_MEMBER_LINKS = frozenset({"", "COMP", "SUBJ"})
_WRITERS = frozenset({"AUT", "RESP"})
_AUTHORISERS = frozenset({"VRF", "AUTHEN", "LA"})
_AUTHORISING = ("legalAuthenticator", "authenticator", "verifier")
_SIGNERS = frozenset({*_AUTHORISING, "participant"})
_SIGNATURE = Path("h:signatureCode/@code")
_UNSIGNED = frozenset({"X", "I"})
"""HL7 ParticipationSignature: a signature that is required or intended, and was not given yet."""


def _nothing(_found: object) -> bool:
    return False


def is_concern(statement: Statement) -> bool:
    return statement.is_concern


def _as_sent(_statement: Statement) -> None:
    """The statement already has the common shape."""


def _as_read(_values: Values) -> None:
    """Nothing depends on several fields."""


def _never(_link: Link) -> None:
    """Every statement is read by the map."""


@dataclass(frozen=True, slots=True)
class EntryMap(Generic[E]):
    """:param entry: the class of entry.

    :param title: the field without which there is no entry; free text stands in for it. None when an entry
        needs no name of its own: then it is enough that something in it says anything.
    :param statements: local names of the statements that are one.
    :param fields: for each field of the entry where it stands. The fields that every entry has (ids, status,
        author, authorisation, remarks, negation) are read for all alike.
    :param apart: tells a statement that evidently belongs to another section.
    :param heading: tells a statement of such a kind that only holds entries; by default, a concern.
    :param attached: tells a link in a group, or in an entry that holds entries, that leads to a part of it.
    :param inherits: field of the entry to what of ``Around`` it takes over when it says nothing itself.
    :param passed_on: fields that a group reads too, for its entries to take over.
    :param nested: an entry may hold further entries.
    :param each: the field that holds several; each of them is an entry of its own.
    :param prepare: brings a dialect's own shape of statement into the common one.
    :param finish: fills what depends on several fields; under ``told`` it may leave remarks.
    :param plain: reads statements of one common shape at less cost, to the same entries; None for all others.
    """

    entry: Callable[..., E]
    title: str | None
    statements: frozenset[str]
    fields: Mapping[str, Field]
    apart: Callable[[Statement], bool] = _nothing
    heading: Callable[[Statement], bool] = is_concern
    attached: Callable[[Link], bool] = _nothing
    inherits: Mapping[str, str] = field(default_factory=dict)
    passed_on: frozenset[str] = frozenset()
    nested: bool = False
    each: str | None = None
    prepare: Callable[[Statement], None] = _as_sent
    finish: Callable[[Values], None] = _as_read
    plain: Callable[[Link], Plain[E] | None] = _never

    def read(self, statements: Iterable[etree._Element]) -> Reading[E]:
        """Every entry in the statements, in the source's order."""
        reading: Reading[E] = Reading()
        batch = Batch(statements)
        for element in batch:
            self._walk(Link("", element, batch), Around(), reading)
        return reading

    def _walk(self, link: Link, around: Around, reading: Reading[E]) -> None:
        if (plain := self._plain(link)) is not None:
            reading.entries.append(plain.entry(around))
            return
        try:
            statement = link.statement
            if self.apart(statement):
                return
            self.prepare(statement)
            is_entry = self._is_entry(statement)
            members = self._members(statement, is_entry)
            if is_entry or not members:
                began = statement.period.begins or around.begins
                reading.entries.extend(self._read_entries(statement, around))
                inner = replace(around, group=statement.code, begins=began) if members else around
            else:
                inner = self._inside(statement, around)
        except SourceError:
            reading.unread += 1
            return
        for member in members:
            self._walk(member, inner, reading)

    def _plain(self, link: Link) -> Plain[E] | None:
        if link.plain is UNREAD:
            link.plain = self.plain(link)
        found: Plain[E] | None = link.plain
        return found

    def _is_entry(self, statement: Statement) -> bool:
        if statement.kind not in self.statements or self.heading(statement):
            return False
        if statement.kind == OBSERVATION and "group" in self.inherits:
            return "value" in statement.parts or not any(self._is_member(link) for link in statement.links)
        return True

    def _members(self, statement: Statement, is_entry: bool) -> list[Link]:
        """The entries that a statement holds."""
        if not statement.links or (is_entry and not self.nested):
            return []
        if statement.kind != OBSERVATION and statement.kind not in GROUPS:
            return []
        return statement.take_links(self._is_member)

    def _is_member(self, link: Link) -> bool:
        if link.kind in _MEMBER_LINKS:
            if self._plain(link) is not None:
                return True
        else:
            statement = link.statement
            if not self.nested or statement.kind != OBSERVATION or "value" not in statement.parts:
                return False
        # What is attached may be known by its content alone, without a statement made of it.
        return not self.attached(link) and not link.statement.is_comment

    def _inside(self, statement: Statement, around: Around) -> Around:
        code = statement.code
        passed = dict(around.passed)
        for name in self.passed_on:
            if found := self.fields[name](statement):
                passed[name] = found
        author, recorded = _writer(statement)
        statement.take("id")
        own = status_of(statement)
        remarks = []
        if not statement.is_concern and "group" not in self.inherits and code is not None and code.label:
            remarks.append(code.label)
        take_code(statement)
        period = statement.period
        begins, ends = period.take_begin(), period.take_end()
        remarks.extend(rest_in_words(statement))
        return Around(
            group=code if says(code) else around.group,
            begins=begins or around.begins,
            ends=ends or around.ends,
            status=own if statement.is_concern else around.status,
            author=author or around.author,
            recorded=recorded or around.recorded,
            negated=_negated(statement, around),
            remarks=(*around.remarks, *remarks),
            passed=passed,
        )

    def _read_entries(self, statement: Statement, around: Around) -> list[E]:
        if statement.kind not in self.statements and not statement.is_concern:
            raise malformed("a statement that is no entry of this section")
        values: Values = {name: read(statement) for name, read in self.fields.items()}
        values |= _common(statement, around)
        if self.title is not None and not says(values[self.title]):
            values[self.title] = _named_by_text(statement, values[self.title])
        for name in self.passed_on:
            values[name] = values[name] or around.passed.get(name)
        for name, source in self.inherits.items():
            values[name] = values.get(name) or getattr(around, source)
        several = values.pop(self.each) if self.each is not None else (None,)
        remarks = (*around.remarks, *rest_in_words(statement))
        if len(several) == 1:
            return [self._entry(values, several[0], remarks)]
        return [self._entry(dict(values), one, remarks) for one in several]

    def _entry(self, values: Values, one: object, remarks: tuple[str, ...]) -> E:
        if self.each is not None:
            values[self.each] = one
        self.finish(values)
        told = dict.fromkeys(filter(None, (*remarks, *values.pop("told", ()))))
        if self.title is not None:
            if told:
                told.pop(values[self.title].label, None)
        elif not told and not any(values.get(name) for name in self.fields if name != "stage"):
            raise malformed("an entry that says nothing")
        return self.entry(**values, remarks=tuple(told))


def _named_by_text(statement: Statement, found: CodedText | None) -> CodedText:
    """Free text names an entry that no code names."""
    worded = text_concept(statement)
    if worded is None:
        raise malformed("an entry that nothing names")
    return replace(found, original_text=worded.original_text) if found is not None else worded


def _common(statement: Statement, around: Around) -> Values:
    """The fields that every entry has."""
    author, recorded = _writer(statement)
    if author is not None or recorded is not None:
        statement.told.extend(_written_around(around, author, recorded))
    own = status_of(statement)
    values: Values = {
        "identifiers": read_identifiers(statement.take("id")),
        "status": own if own not in MADE else around.status or own,
        "author": author or around.author,
        "recorded": recorded or around.recorded,
        "negated": _negated(statement, around),
    }
    statement.take("statusCode")
    if statement.parts.keys().isdisjoint(_SIGNERS):
        return values
    authorisers = [each for name in _AUTHORISING for each in statement.take(name)]
    authorisers += statement.take_participants(_AUTHORISERS)
    if authorisers:
        signed = [each for each in authorisers if _SIGNATURE.text(each) not in _UNSIGNED]
        values["authorised"] = bool(signed)
        values["authorised_on"] = _take_time(statement, signed[0]) if signed else None
        named = [found for each in (*signed, *authorisers) if (found := read_party(each)) is not None]
        values["authoriser"] = next(iter(named), None)
        told = dict.fromkeys(party_in_words(each) for each in named if each != values["authoriser"])
        statement.told.extend(words for words in told if words)
    return values


def _written_around(around: Around, author: Party | None, recorded: Moment | None) -> Iterator[str]:
    """Who wrote the group, and when, where the entry says otherwise."""
    if author is not None and around.author is not None and author != around.author:
        yield party_in_words(around.author) or ""
    if recorded is not None and around.recorded is not None and recorded != around.recorded:
        yield moment_in_words(around.recorded)


def _negated(statement: Statement, around: Around) -> bool:
    """:raises SourceError: denied twice over; whether that affirms it is not for us to guess."""
    negated = statement.negated
    if negated and around.negated:
        raise malformed("denied twice")
    return negated or around.negated


def _writer(statement: Statement) -> tuple[Party | None, Moment | None]:
    """Who wrote it down and when: its author, else who takes part as such or as responsible (NL)."""
    for name in ("author", "participant"):
        for element in statement.parts.get(name, ()):
            if name == "author" or element.get("typeCode") in _WRITERS:
                statement.take_one(name, element)
                return statement.known(read_party, element), _take_time(statement, element)
    return None, None


def _take_time(statement: Statement, participation: etree._Element) -> Moment | None:
    period = participation_period(participation)
    found = period.take_moment()
    statement.told.extend(period.rest())
    return found
