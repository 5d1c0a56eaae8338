"""Laboratory results (zib LaboratoriumUitslag).

A result is an observation, alone or inside organizers, acts and battery observations of any depth.
"""

from collections.abc import Iterable

from lxml import etree

from adapters.zis.datatypes import read_coded
from adapters.zis.errors import malformed
from adapters.zis.sections.entry_map import EntryMap, Values
from adapters.zis.sections.fields import coded, moment, requester
from adapters.zis.sections.observations import flags, references
from adapters.zis.sections.plain import RESULT_STATUS, find_plain
from adapters.zis.sections.specimens import is_specimen, take_material
from adapters.zis.sections.statement import GROUPS, OBSERVATION, Link, Reading, Statement
from adapters.zis.values import read_value
from context.records import LabResult, ResultValue, ValueKind

_PENDING = "active"


def _values(statement: Statement) -> tuple[ResultValue, ...]:
    """Every value; an absent one when there is none."""
    found = tuple(map(read_value, statement.take("value")))
    return found or (ResultValue(ValueKind.ABSENT),)


def _is_status(link: Link) -> bool:
    code = link.statement.code
    return code is not None and code.code == RESULT_STATUS


def _reported(statement: Statement) -> str | None:
    """The result's own status observation (LOINC 92236-9)."""
    for link in statement.links:
        if not is_specimen(link) and _is_status(link):
            for element in link.statement.parts.get("value", ()):
                found = read_coded(element)
                if found is not None and found.code:
                    statement.take_link(link)
                    return _PENDING if found.code == "pending" else found.code
    return None


def _is_part(link: Link) -> bool:
    """The material, or the result's status."""
    return is_specimen(link) or _is_status(link)


def _judge_pending(values: Values) -> None:
    """A result is awaited only while it is active and has no value."""
    values["status"] = values.pop("reported") or values["status"]
    if values["value"].kind is ValueKind.ABSENT and values["status"] == _PENDING:
        values["value"] = ResultValue(ValueKind.PENDING)


def _refuse_denied_order(statement: Statement) -> bool:
    """:raises SourceError: an order or panel that is denied; its results are then nobody's guess."""
    if statement.kind in GROUPS and statement.negated:
        raise malformed("a denied group of results")
    return False


LABORATORY: EntryMap[LabResult] = EntryMap(
    entry=LabResult,
    title="test",
    statements=frozenset({OBSERVATION}),
    fields={
        "test": coded("code"),
        "value": _values,
        "reported": _reported,
        "taken": moment,
        "flags": flags,
        "references": references,
        "method": coded("methodCode"),
        "material": take_material,
        "requester": requester,
    },
    apart=_refuse_denied_order,
    attached=_is_part,
    inherits={"group": "group", "taken": "begins"},
    passed_on=frozenset({"material", "requester"}),
    nested=True,
    each="value",
    finish=_judge_pending,
    plain=find_plain,
)


def read_laboratory(statements: Iterable[etree._Element]) -> Reading[LabResult]:
    """Every result in the statements of a LABCAT answer, in the source's order."""
    return LABORATORY.read(statements)
