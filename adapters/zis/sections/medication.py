"""Medication (MP9 building blocks, 6.x dispense lists, QED and CDA statements) and vaccinations."""

from collections.abc import Iterable
from typing import Any

from lxml import etree

from adapters.zis.datatypes import read_boolean
from adapters.zis.errors import malformed
from adapters.zis.sections.dispense import DISPENSE, lift_administration, open_lists
from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.fields import (
    Field,
    begin,
    coded,
    duration,
    end,
    first,
    moment,
    optional_value,
    party,
    schedule,
    status_of,
    text,
)
from adapters.zis.sections.linked import by_code, by_kind, concepts
from adapters.zis.sections.products import product_of
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.statement import Link, Reading, Statement
from context.records import (
    MedicationEntry,
    MedicationKind,
    MedicationSetting,
    StopType,
    Vaccination,
)

KINDS = {
    "33633005": MedicationKind.AGREEMENT,
    "16076005": MedicationKind.AGREEMENT,
    "422037009": MedicationKind.DISPENSING_AGREEMENT,
    "52711000146108": MedicationKind.DISPENSE_REQUEST,
    "373784005": MedicationKind.DISPENSE,
    "422979000": MedicationKind.USE,
    "395067002": MedicationKind.VARIABLE_DOSING,
    "18629005": MedicationKind.ADMINISTRATION,
}
"""SNOMED CT codes of the MP9 building blocks (Nictiz MP9 2.0 and 3.0)."""

_DOSING = "substanceAdministration"
_PROCESS = "2.16.840.1.113883.2.4.3.11.60.20.77.5.2"
"""Observations of the medication process (MP9): 1 is the kind of stop, 16 says that it is a copy."""
_STOPS = {
    "1": StopType.TEMPORARY,
    "2": StopType.DEFINITIVE,
    "385655000": StopType.TEMPORARY,
    "410546004": StopType.DEFINITIVE,
    "89925002": StopType.CANCELLED,
    "113381000146106": StopType.TEMPORARY,
    "113371000146109": StopType.DEFINITIVE,
}
"""By the codes of MP9 releases 9.0 (1 and 2), 2.0 (the last two) and later."""
_STOPPED_BY_STATUS = {"suspended": StopType.TEMPORARY, "aborted": StopType.DEFINITIVE}
_CLINICAL = frozenset({"IMP", "ACUTE", "NONAC", "SS"})
_HOME = frozenset({"AMB", "HH"})
_SNOMED = "2.16.840.1.113883.6.96"
_DISPENSES = frozenset({MedicationKind.DISPENSE, MedicationKind.DISPENSING_AGREEMENT})


def _kind(statement: Statement) -> MedicationKind:
    code = statement.code
    if code is not None and code.code in KINDS:
        take_code(statement)
        return KINDS[code.code]
    if statement.kind == DISPENSE:
        return MedicationKind.DISPENSE
    if statement.kind == "supply":
        return MedicationKind.DISPENSE if statement.mood == "EVN" else MedicationKind.DISPENSE_REQUEST
    return MedicationKind.STATEMENT


def _setting(statement: Statement) -> MedicationSetting | None:
    """By the class of the contact that it was agreed in, where the source sends that."""
    for link in statement.links:
        if link.element.tag.endswith("}encounter"):
            code = link.statement.code
            if code is not None and code.code in _CLINICAL | _HOME:
                if code.label == code.code:
                    take_code(link.statement)
                return MedicationSetting.CLINICAL if code.code in _CLINICAL else MedicationSetting.HOME
    return None


def _stop(statement: Statement) -> StopType | None:
    """A kind of stop that is not in the list stays a remark, in the source's words."""
    stops = [link for link in statement.links if _is_stop(link)]
    for link in stops:
        for element in link.statement.parts.get("value", []):
            if found := _STOPS.get((element.get("code") or "").strip()):
                statement.take_link(link)
                return found
    by_status = _STOPPED_BY_STATUS.get(status_of(statement) or "")
    return by_status or (StopType.UNKNOWN if stops else None)


def _is_stop(link: Link) -> bool:
    """MP9 has said it in two ways: 9.0 by an observation of its own, 2.0 and later also by a concept."""
    return _is_process_stop(link) or _is_snomed_stop(link)


def _is_copy(statement: Statement) -> bool:
    for link in statement.links:
        if _is_copy_mark(link):
            for element in link.statement.parts.get("value", []):
                if (stated := element.get("value")) is not None:
                    statement.take_link(link)
                    return read_boolean(stated)
    return False


_is_process_stop = by_code("1", system=_PROCESS)
_is_snomed_stop = by_code("274512008", system=_SNOMED)
_is_copy_mark = by_code("16", system=_PROCESS)


def _product(statement: Statement) -> Any:
    return product_of(statement, "consumable", "product")


def _separate_product(values: dict[str, Any]) -> None:
    """The product's own parts, and who of those involved prescribed and who dispensed."""
    product = values.pop("product")
    if product is None:
        raise malformed("a medication without a product")
    values["product"] = product.concept
    values["product_codes"] = product.codes
    dispenses = values["kind"] in _DISPENSES
    author = values["author"]
    if dispenses and values["dispenser"] is None:
        values["dispenser"] = author
    elif not dispenses:
        values["prescriber"] = values["prescriber"] or author


_DOSE: Field = optional_value("doseQuantity")


def _of_dosing(field: Field) -> Field:
    """The field of the only dosing instruction below (MP9). Of several none counts: all are remarks."""

    def read(statement: Statement) -> Any:
        dosings = [
            link.statement
            for link in statement.links
            if link.kind in {"COMP", ""} and link.statement.kind == _DOSING
        ]
        return field(dosings[0]) if len(dosings) == 1 else None

    return read


def _schedule(statement: Statement) -> tuple[str, ...]:
    found: tuple[str, ...] | None = first(schedule, _of_dosing(schedule))(statement)
    return found or ()


MEDICATION: EntryMap[MedicationEntry] = EntryMap(
    entry=MedicationEntry,
    title=None,
    statements=frozenset({"substanceAdministration", "supply", DISPENSE}),
    fields={
        "kind": _kind,
        "setting": _setting,
        "product": _product,
        "instructions": text,
        "dose": first(_DOSE, _of_dosing(_DOSE)),
        "schedule": _schedule,
        "quantity": optional_value("quantity"),
        "route": coded("routeCode"),
        "begins": begin,
        "ends": end,
        "duration": duration,
        "stop": _stop,
        "reasons": concepts(by_kind("RSON")),
        "prescriber": party(participants=("REF", "AUT")),
        "dispenser": party("performer", "responsibleParty", participants=("DIST",)),
        "is_copy": _is_copy,
    },
    prepare=lift_administration,
    finish=_separate_product,
)


def _drop_class(statement: Statement) -> None:
    """ActCode IMMUNIZ says no more than that it is a vaccination."""
    if statement.code is not None and statement.code.code == "IMMUNIZ":
        statement.take("code")


def _product_only(values: dict[str, Any]) -> None:
    product = values["product"]
    if product is None:
        raise malformed("a vaccination without a vaccine")
    values["product"] = product.concept


VACCINATIONS: EntryMap[Vaccination] = EntryMap(
    entry=Vaccination,
    title=None,
    statements=frozenset({"substanceAdministration"}),
    fields={
        "product": _product,
        "given": moment,
        "dose": _DOSE,
        "performer": party("performer", participants=("PRF",)),
    },
    prepare=_drop_class,
    finish=_product_only,
)


def read_medication(statements: Iterable[etree._Element]) -> Reading[MedicationEntry]:
    """MP9 building blocks, QED and CDA statements, and the dispenses of a 6.x list, in the source's order."""
    return MEDICATION.read(open_lists(statements))
