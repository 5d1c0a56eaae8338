"""Reads laboratory results (zib LaboratoriumUitslag) out of QED statements.

A result is an observation, alone or inside organizers, acts and battery observations of any depth.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree

from adapters.zis.datatypes import is_negated, read_coded, read_identifiers, read_text
from adapters.zis.errors import SourceError, malformed
from adapters.zis.paths import Path, local_name
from adapters.zis.sections.statement import Reading
from adapters.zis.statements import (
    GROUPS,
    OBSERVATION,
    Link,
    code_of,
    comment_of,
    is_comment,
    links,
    text_of,
    time_of,
    values_of,
)
from adapters.zis.values import read_reference_range, read_value
from context.person import Moment
from context.records import CodedText, LabResult, ReferenceRange, ResultValue, ValueKind

_PENDING = "active"
_RESULT_STATUS = Path("h:code[@code='92236-9']")
_IDS = Path("h:id")
_STATUS = Path("h:statusCode/@code")
_FLAGS = Path("h:interpretationCode")
_METHODS = Path("h:methodCode")
_RANGES = Path("h:referenceRange/h:observationRange")
_MATERIAL = Path(
    "h:specimen/h:specimenRole/h:specimenPlayingEntity"
    " | h:subject/h:specimen/h:specimenNatural | h:subject/h:specimen/h:specimenManufactured"
    " | h:participant[@typeCode='PRD' or @typeCode='SPC']/h:participantRole/h:playingEntity"
    " | h:product/h:product1/h:playingMaterial"
)
_MATERIAL_CODE = Path("h:code")
_MATERIAL_WORDS = Path("h:desc | h:name")


@dataclass(frozen=True, slots=True)
class _Order:
    """What a result takes over from the order or panel around it."""

    group: CodedText | None = None
    material: CodedText | None = None
    taken: Moment | None = None
    remarks: tuple[str, ...] = ()


def read_laboratory(statements: Iterable[etree._Element]) -> Reading[LabResult]:
    """Every result in the statements of a LABCAT answer, in the source's order."""
    reading: Reading[LabResult] = Reading()
    for statement in statements:
        _walk(statement, _Order(), reading)
    return reading


def _walk(statement: etree._Element, order: _Order, reading: Reading[LabResult]) -> None:
    kind = local_name(statement)
    if kind == OBSERVATION:
        _take_observation(statement, order, reading)
    elif kind in GROUPS:
        _take_group(statement, order, reading)
    else:
        reading.unread += 1


def _take_group(statement: etree._Element, order: _Order, reading: Reading[LabResult]) -> None:
    try:
        inside = list(links(statement))
        if is_negated(statement) or not inside:
            raise malformed("a negated or empty group")
        inner = _inside(statement, inside, order)
    except SourceError:
        reading.unread += 1
        return
    for link in inside:
        if not _is_attachment(link):
            _walk(link.statement, inner, reading)


def _inside(statement: etree._Element, inside: list[Link], order: _Order) -> _Order:
    code = code_of(statement)
    named = code is not None and (code.label is not None or code.masked)
    return replace(
        order,
        group=code if named else order.group,
        material=_material_of(statement, inside) or order.material,
        taken=time_of(statement) or order.taken,
        remarks=order.remarks + tuple(_remarks(statement, inside)),
    )


def _take_observation(statement: etree._Element, order: _Order, reading: Reading[LabResult]) -> None:
    try:
        inside = list(links(statement))
        results = [] if _is_battery(statement, inside) else list(_results(statement, inside, order))
        inner = _inside(statement, inside, order)
    except SourceError:
        reading.unread += 1
        return
    reading.entries.extend(results)
    for link in inside:
        if not _is_attachment(link):
            # A result's own comment is not repeated at what was measured with it.
            _walk(link.statement, inner if not results else replace(inner, remarks=order.remarks), reading)


def _is_battery(statement: etree._Element, inside: list[Link]) -> bool:
    """An observation that only holds others, as a panel's heading does."""
    return not values_of(statement) and any(not _is_attachment(link) for link in inside)


def _is_attachment(link: Link) -> bool:
    """A part of the entry itself: a comment, the material, the result's status."""
    statement = link.statement
    return (
        is_comment(statement)
        or _RESULT_STATUS.element(statement) is not None
        or (local_name(statement) == "procedure" and _MATERIAL.element(statement) is not None)
    )


def _results(statement: etree._Element, inside: list[Link], order: _Order) -> Iterator[LabResult]:
    test = code_of(statement)
    text = text_of(statement)
    if test is None or (test.label is None and not test.masked):
        if text is None:
            raise malformed("a result without a name")
        test = replace(test or CodedText(), original_text=text)
    status = _status_of(statement, inside)
    methods = _codes(_METHODS, statement)
    result = LabResult(
        test=test,
        value=ResultValue(ValueKind.PENDING if status == _PENDING else ValueKind.ABSENT),
        identifiers=read_identifiers(_IDS.elements(statement)),
        taken=time_of(statement) or order.taken,
        flags=tuple(flag.code or flag.label or "" for flag in _codes(_FLAGS, statement) if flag.label),
        references=tuple(_references(statement)),
        material=_material_of(statement, inside) or order.material,
        group=order.group,
        status=status,
        remarks=tuple(
            dict.fromkeys(
                [*order.remarks, *(own for own in _remarks(statement, inside) if own != test.label)]
            )
        ),
        method=methods[0] if methods else None,
        negated=is_negated(statement),
    )
    values = [read_value(value) for value in values_of(statement)]
    yield from (replace(result, value=_or_pending(value, status)) for value in values)
    if not values:
        yield result


def _or_pending(value: ResultValue, status: str | None) -> ResultValue:
    waits = value.kind is ValueKind.ABSENT and status == _PENDING
    return ResultValue(ValueKind.PENDING) if waits else value


def _status_of(statement: etree._Element, inside: list[Link]) -> str | None:
    """The result's own status observation (LOINC 92236-9) when sent, else the act's status code."""
    for link in inside:
        if _RESULT_STATUS.element(link.statement) is not None:
            for value in values_of(link.statement):
                coded = read_coded(value)
                if coded is not None and coded.code:
                    return _PENDING if coded.code == "pending" else coded.code
    return _STATUS.text(statement)


def _remarks(statement: etree._Element, inside: list[Link]) -> Iterator[str]:
    if text := text_of(statement):
        yield text
    for link in inside:
        if is_comment(link.statement):
            comment = comment_of(link.statement)
        elif local_name(link.statement) == "procedure" and _is_attachment(link):
            comment = text_of(link.statement)
        else:
            comment = None
        if comment:
            yield comment


def _references(statement: etree._Element) -> Iterator[ReferenceRange]:
    for element in _RANGES.elements(statement):
        reference = read_reference_range(element)
        if reference is not None:
            yield reference


def _material_of(statement: etree._Element, inside: list[Link]) -> CodedText | None:
    holders = [statement]
    holders += [link.statement for link in inside if local_name(link.statement) == "procedure"]
    for holder in holders:
        for entity in _MATERIAL.elements(holder):
            for coded in _codes(_MATERIAL_CODE, entity):
                if coded.label or coded.masked:
                    return coded
            for words in _MATERIAL_WORDS.elements(entity):
                if text := read_text(words):
                    return CodedText(original_text=text)
    return None


def _codes(path: Path, statement: etree._Element) -> list[CodedText]:
    found = (read_coded(element) for element in path.elements(statement))
    return [coded for coded in found if coded is not None]
