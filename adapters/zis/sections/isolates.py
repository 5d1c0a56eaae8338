"""Micro-organisms and their antibiograms (IHE XD-LAB: an organizer about one isolate)."""

from adapters.zis.datatypes import read_coded
from adapters.zis.errors import malformed
from adapters.zis.sections.fields import optional_value, says
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.statement import OBSERVATION, Link, Statement
from adapters.zis.sections.words import in_words, rest_in_words
from context.records import CodedText, Isolate, ResultValue, Susceptibility

_ISOLATE = frozenset({"42803-7"})
_ORGANISM = frozenset({"23667-9", "41852-5", "11475-1", "264395009"})
"""Bacteria identified, micro-organism identified, by culture; SNOMED CT micro-organism."""
_ANTIBIOGRAMS = frozenset({"29576-6", "18769-0", "18725-2-ABG"})
_VERDICTS = frozenset({"S", "I", "R", "MS", "VS", "SDD", "NS", "30714006", "131196009", "11896004"})
_GROWTH = "365690003"
"""SNOMED CT finding of growth; IHE's laboratories only name it, in English."""
_MICROBE = "MIC"
_ENTITY = "{*}specimen/{*}specimenRole/{*}specimenPlayingEntity"


def is_isolate(statement: Statement) -> bool:
    """A group about one micro-organism, or an observation whose value is one."""
    code = statement.code.code if statement.code is not None else None
    if code in _ISOLATE or (
        code in _ORGANISM and statement.kind == OBSERVATION and "value" in statement.parts
    ):
        return True
    entity = statement.element.find(_ENTITY)
    return entity is not None and entity.get("classCode") == _MICROBE


def read_isolate(statement: Statement) -> Isolate:
    """:raises SourceError: no organism in it, or a part of it is denied or cannot be told."""
    reader = _IsolateReader()
    reader.take(statement)
    return reader.isolate()


class _IsolateReader:
    def __init__(self) -> None:
        self._organism: CodedText | None = None
        self._growth: ResultValue | None = None
        self._susceptibilities: list[Susceptibility] = []
        self._remarks: list[str] = []

    def isolate(self) -> Isolate:
        if self._organism is None:
            raise malformed("an isolate without an organism")
        remarks = dict.fromkeys(words for words in self._remarks if words != self._organism.label)
        return Isolate(self._organism, self._growth, tuple(self._susceptibilities), tuple(remarks))

    def take(self, statement: Statement) -> None:
        if statement.kind == OBSERVATION:
            self._organism = self._value_as_concept(statement)
        for element in statement.parts.get("specimen", []):
            for code in element.iterfind("{*}specimenRole/{*}specimenPlayingEntity/{*}code"):
                found = read_coded(code)
                if self._organism is None and says(found):
                    self._organism = found
        for link in statement.take_links(lambda link: not link.statement.is_comment):
            self._take_link(link)
        self._remarks.extend(in_words(statement))

    def _take_link(self, link: Link) -> None:
        statement = link.statement
        if statement.negated:
            raise malformed("a denied statement")
        code = statement.code.code if statement.code is not None else None
        if code in _ANTIBIOGRAMS or _is_antibiogram(statement):
            self._take_antibiogram(statement)
        elif code in _ORGANISM and self._organism is None:
            self._organism = self._value_as_concept(statement)
            self._remarks.extend(rest_in_words(statement))
        elif _has_verdict(statement):
            self._susceptibilities.append(self._susceptibility(statement))
        elif self._growth is None and (code == _GROWTH or "growth" in _label(statement).lower()):
            self._growth = self._value(statement)
        else:
            self._remarks.extend(in_words(statement))

    def _take_antibiogram(self, statement: Statement) -> None:
        for link in statement.take_links(lambda link: link.statement.kind == OBSERVATION):
            if link.statement.is_comment:
                self._remarks.extend(in_words(link.statement))
            else:
                self._susceptibilities.append(self._susceptibility(link.statement))
        self._remarks.extend(in_words(statement))

    def _susceptibility(self, statement: Statement) -> Susceptibility:
        agent = statement.code
        if statement.negated or not says(agent) or agent is None:
            raise malformed("a susceptibility that is denied or names no agent")
        take_code(statement)
        interpretations = [read_coded(each) for each in statement.take("interpretationCode")]
        verdicts = [
            each.code or each.label or "" for each in interpretations if each is not None and each.label
        ]
        found = optional_value("value")(statement)
        self._remarks.extend(f"{agent.label}: {words}" for words in rest_in_words(statement))
        return Susceptibility(agent, found, " ".join(verdicts))

    def _value(self, statement: Statement) -> ResultValue | None:
        label = _label(statement)
        take_code(statement)
        found: ResultValue | None = optional_value("value")(statement)
        self._remarks.extend(f"{label}: {words}" for words in rest_in_words(statement))
        return found

    def _value_as_concept(self, statement: Statement) -> CodedText | None:
        elements = statement.parts.get("value", [])
        take_code(statement)
        found = read_coded(elements[0]) if elements else None
        if found is None or not says(found):
            raise malformed("an organism that is not named")
        statement.take_one("value", elements[0])
        return found


def _label(statement: Statement) -> str:
    return (statement.code.label if statement.code is not None else None) or ""


def _has_verdict(statement: Statement) -> bool:
    return statement.kind == OBSERVATION and any(
        (each.get("code") or "") in _VERDICTS for each in statement.parts.get("interpretationCode", [])
    )


def _is_antibiogram(statement: Statement) -> bool:
    return statement.kind != OBSERVATION and any(_has_verdict(link.statement) for link in statement.links)
