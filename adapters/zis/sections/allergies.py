"""Allergies and intolerances (zib AllergieIntolerantie).

An allergy is an observation, mostly inside a concern act. The substance is the consumable that takes
part in it (CDA, IHE) or, where the message has no room for one (Care Record NE2008), its value.
"""

from collections.abc import Iterable
from typing import Any

from lxml import etree

from adapters.zis.errors import malformed
from adapters.zis.interactions import LOINC, SNOMED_CT
from adapters.zis.sections.entry_map import EntryMap, Values
from adapters.zis.sections.fields import coded, coded_value, concept_by_code, moment
from adapters.zis.sections.linked import by_code, by_kind, concept, concept_of_statement, keep_rest
from adapters.zis.sections.products import read_product
from adapters.zis.sections.statement import OBSERVATION, Link, Reading, Statement
from adapters.zis.times import moment_in_words
from context.records import Allergy, CodedText

_NO_KNOWN_ALLERGY = frozenset({"716186003", "160244002", "409137002", "428607008", "429625007"})
"""SNOMED CT: no known allergy (to drugs, environment, food). The code itself is the denial."""

_CONSUMERS = frozenset({"CSM"})
_HIGH_CRITICALITY = by_code("82606-5", system=LOINC)
_SEVERITY = by_code("SEV")
_MATE = by_code("246112005", system=SNOMED_CT)
_CLINICAL_STATUS = by_code("33999-4", system=LOINC)


def _is_criticality(link: Link) -> bool:
    return _HIGH_CRITICALITY(link) or _SEVERITY(link) or _MATE(link)


def _is_detail(link: Link) -> bool:
    return _is_criticality(link) or _CLINICAL_STATUS(link)


def _agent(statement: Statement) -> CodedText | None:
    """The first consumable; further ones become remarks."""
    for name in ("participant", "consumable"):
        for element in statement.parts.get(name, ()):
            if name == "consumable" or (element.get("typeCode") or "").strip() in _CONSUMERS:
                product = read_product(element)
                if product is not None:
                    statement.take_one(name, element)
                    if product.rest:
                        statement.told.append(product.rest)
                    return product.concept
    return None


def _reactions(statement: Statement) -> tuple[CodedText, ...]:
    """:raises SourceError: a reaction that is denied or not named."""
    found = []
    for link in statement.take_links(by_kind("MFST")):
        if link.statement.kind != OBSERVATION:
            statement.links.append(link)
            continue
        reaction = concept_of_statement(link.statement)
        if reaction is None:
            raise malformed("a reaction that is not named")
        found.append(reaction)
        keep_rest(statement, link.statement, reaction)
    return tuple(found)


def _substance(statement: Statement) -> Any:
    """The agent, else the value; a code of SNOMED CT alone may name it too."""
    return _agent(statement) or coded_value(statement) or concept_by_code(statement)


def _category(statement: Statement) -> CodedText | None:
    """The value that the agent has left over, else the code."""
    found: CodedText | None = coded_value(statement) or coded("code")(statement)
    return found


def _judge(values: Values) -> None:
    """Status, moment and denial.

    :raises SourceError: it is denied by its code and by its indicator.
    """
    clinical = values.pop("clinical_status")
    status = clinical.label if clinical is not None else values["status"]
    values["status"] = None if status == "completed" else status
    since = values.pop("since")
    if since is not None:
        written, values["recorded"] = values["recorded"], since
        values["told"] = [moment_in_words(written)] if written not in (None, since) else []
    if values["substance"].code in _NO_KNOWN_ALLERGY:
        if values["negated"]:
            raise malformed("an allergy that is denied twice")
        values["negated"] = True


ALLERGIES: EntryMap[Allergy] = EntryMap(
    entry=Allergy,
    title="substance",
    statements=frozenset({OBSERVATION}),
    fields={
        "substance": _substance,
        "category": _category,
        "criticality": concept(_is_criticality),
        "clinical_status": concept(_CLINICAL_STATUS),
        "reactions": _reactions,
        "since": moment,
    },
    attached=_is_detail,
    inherits={"since": "begins"},
    finish=_judge,
)


def read_allergies(statements: Iterable[etree._Element]) -> Reading[Allergy]:
    """Every allergy, and every statement that there is none, in an INTOLIST answer."""
    return ALLERGIES.read(statements)
