"""Measurements, and results that are told in words (zib TekstUitslag).

Laboratory results have a module of their own (``lab.py``), isolates too (``isolates.py``).
"""

from collections.abc import Iterable
from typing import Any

from adapters.zis.datatypes import read_coded
from adapters.zis.errors import malformed
from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.fields import coded, moment, party, requester, says, value
from adapters.zis.sections.isolates import is_isolate, read_isolate
from adapters.zis.sections.observations import flags, references
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.specimens import take_material
from adapters.zis.sections.statement import GROUPS, OBSERVATION, Link, Statement
from adapters.zis.sections.words import below_heading, rest_in_words
from adapters.zis.values import describe, read_value
from context.records import (
    CodedText,
    Isolate,
    Measurement,
    ObservedValue,
    TextPart,
    TextResult,
    ValueKind,
)

_TEXT_KINDS = frozenset({ValueKind.TEXT})
_STATUS_CODES = frozenset({"92235-1", "92236-9"})


MEASUREMENTS: EntryMap[Measurement] = EntryMap(
    entry=Measurement,
    title="test",
    statements=frozenset({OBSERVATION}),
    fields={
        "test": coded("code"),
        "value": value,
        "taken": moment,
        "flags": flags,
        "references": references,
        "method": coded("methodCode"),
        "position": coded("targetSiteCode"),
    },
    inherits={"group": "group", "taken": "begins"},
)
"""Vital signs and other measurements; an organizer, and an observation that only holds others, is a group."""


class _Findings:
    """What stands below an examination, sorted out: texts, values, isolates, pictures."""

    def __init__(self, statement: Statement) -> None:
        self.parts: list[TextPart] = []
        self.values: list[ObservedValue] = []
        self.isolates: list[Isolate] = []
        self.images: list[str] = []
        self.material: CodedText | None = None
        self.status: str | None = None
        self._take_own(statement)
        for link in statement.take_links(lambda link: not link.statement.is_comment):
            self._take_link(link, None)

    def _take_own(self, statement: Statement) -> None:
        self._take_pictures(statement)
        if text := statement.take_text():
            self.parts.append(TextPart(None, text))
        for element in statement.take("value"):
            found = describe(None, read_value(element))
            if found:
                self.parts.append(TextPart(None, found))

    def _take_pictures(self, statement: Statement) -> None:
        for name in ("text", "value"):
            left = []
            for element in statement.take(name):
                links = [each.get("value") or "" for each in element.iterchildren("{*}reference")]
                found = [link.strip() for link in links if link.strip() and not link.startswith("#")]
                if found and not (element.text or "").strip():
                    self.images.extend(found)
                else:
                    left.append(element)
            if left:
                statement.parts[name] = left

    def _take_link(self, link: Link, group: CodedText | None) -> None:
        statement = link.statement
        if statement.negated:
            raise malformed("a denied statement")
        self._take_pictures(statement)
        if is_isolate(statement):
            self.isolates.append(read_isolate(statement))
            return
        self.material = self.material or take_material(statement)
        if statement.kind == OBSERVATION:
            self._take_observation(statement, group)
        else:
            self._take_group(statement, group)

    def _take_observation(self, statement: Statement, group: CodedText | None) -> None:
        heading = statement.code if says(statement.code) else None
        elements = statement.parts.get("value", [])
        if heading is not None and heading.code in _STATUS_CODES and elements:
            found = read_coded(elements[0])
            self.status = found.code if found is not None else self.status
            return
        if elements and heading is not None and read_value(elements[0]).kind not in _TEXT_KINDS:
            self.values.append(_observed(statement, heading, group))
            return
        if not elements and statement.links:
            self._take_group(statement, group)
            return
        take_code(statement)
        self._add_part(heading, below_heading(statement))

    def _take_group(self, statement: Statement, group: CodedText | None) -> None:
        heading = statement.code if says(statement.code) else None
        take_code(statement)
        inside = statement.take_links(lambda link: not link.statement.is_comment)
        self._add_part(heading, below_heading(statement), alone=not inside)
        for link in inside:
            self._take_link(link, heading or group)

    def _add_part(self, heading: CodedText | None, words: Iterable[str], *, alone: bool = True) -> None:
        """:param alone: nothing follows that would carry the heading."""
        lines = "\n".join(dict.fromkeys(words))
        if lines:
            self.parts.append(TextPart(heading, lines))
        elif alone and heading is not None and heading.label:
            self.parts.append(TextPart(None, heading.label))


def _observed(statement: Statement, test: CodedText, group: CodedText | None) -> ObservedValue:
    take_code(statement)
    return ObservedValue(
        test=test,
        value=value(statement),
        taken=moment(statement),
        flags=flags(statement),
        references=references(statement),
        method=coded("methodCode")(statement),
        group=group,
        remarks=tuple(dict.fromkeys(rest_in_words(statement))),
    )


def _holds_examinations(statement: Statement) -> bool:
    """An organizer of nothing but acts and organizers, none of them an isolate."""
    kinds = {link.statement.kind for link in statement.links if not link.statement.is_comment}
    return (
        statement.kind == "organizer"
        and bool(kinds)
        and kinds <= GROUPS
        and not any(is_isolate(link.statement) for link in statement.links)
    )


def _findings(statement: Statement) -> _Findings:
    return _Findings(statement)


def _separate_findings(values: dict[str, Any]) -> None:
    found: _Findings = values.pop("findings")
    values["parts"] = tuple(found.parts)
    values["values"] = tuple(found.values)
    values["isolates"] = tuple(found.isolates)
    values["images"] = tuple(found.images)
    values["material"] = values["material"] or found.material
    values["status"] = found.status or values["status"]


TEXT_RESULTS: EntryMap[TextResult] = EntryMap(
    entry=TextResult,
    title="examination",
    statements=frozenset({OBSERVATION, "act", "organizer", "procedure", "observationMedia"}),
    fields={
        "examination": coded("code"),
        "kind": coded("methodCode"),
        "taken": moment,
        "material": take_material,
        "requester": requester,
        "performer": party("performer", participants=("PRF", "PPRF", "SPRF")),
        "findings": _findings,
    },
    heading=_holds_examinations,
    finish=_separate_findings,
)
