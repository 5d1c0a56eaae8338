"""The medical record: zib Probleem, Alert, BehandelAanwijzing, MedischHulpmiddel and their neighbours.

Allergies have a module of their own (``allergies.py``).
"""

from typing import Any

from adapters.zis.errors import malformed
from adapters.zis.interactions import LOINC, SNOMED_CT
from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.fields import (
    Field,
    all_coded,
    begin,
    coded,
    coded_value,
    concept_by_code,
    end,
    first,
    moment,
    parties,
    party,
    place,
    says,
    text_concept,
    value,
)
from adapters.zis.sections.linked import by_code, by_kind, concept, concepts, linked_value
from adapters.zis.sections.products import Product, product_of
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.statement import Link, Statement
from adapters.zis.values import read_value
from context.records import (
    Alert,
    Device,
    FunctionalStatus,
    Problem,
    SubstanceUse,
    TreatmentRestriction,
    ValueKind,
)

_CLINICAL_STATUS = by_code("33999-4", system=LOINC)
_VERIFICATION = by_code("408729009", system=SNOMED_CT)
_CAUSES = by_kind("RSON", "CAUS")
_PERFORMER: Field = party("performer", "responsibleParty", participants=("PRF", "RESP", "SPRF", "PPRF"))
_OPEN = frozenset({"observation", "act"})


def _specialism_of_performer(values: dict[str, Any]) -> None:
    performer = values["performer"]
    values["specialism"] = performer.specialism if performer is not None else None


PROBLEMS: EntryMap[Problem] = EntryMap(
    entry=Problem,
    title="problem",
    statements=frozenset({"observation"}),
    fields={
        "problem": first(coded_value, concept_by_code),
        "kind": coded("code"),
        "clinical_status": concept(_CLINICAL_STATUS),
        "verification": concept(_VERIFICATION),
        "sites": all_coded("targetSiteCode"),
        "begins": begin,
        "ends": end,
        "performer": _PERFORMER,
    },
    inherits={"begins": "begins", "ends": "ends"},
    finish=_specialism_of_performer,
)

ALERTS: EntryMap[Alert] = EntryMap(
    entry=Alert,
    title="alert",
    statements=_OPEN,
    fields={
        "alert": first(coded_value, text_concept, coded("code")),
        "kind": coded("code"),
        "conditions": concepts(by_kind("RSON")),
        "begins": begin,
        "ends": end,
    },
    inherits={"begins": "begins", "ends": "ends"},
)

_DECISION = by_kind("REFR", "COMP", "SUBJ")


def _decision(statement: Statement) -> Any:
    """The decision is a statement below the treatment (zib 2020), or the value itself (zib 2017, CDA)."""
    return concept(_is_decision)(statement) or coded_value(statement)


def _is_decision(link: Link) -> bool:
    return _DECISION(link) and link.statement.kind == "observation" and not link.statement.is_comment


RESTRICTIONS: EntryMap[TreatmentRestriction] = EntryMap(
    entry=TreatmentRestriction,
    title="treatment",
    statements=_OPEN,
    fields={
        "treatment": coded("code"),
        "wills": concepts(lambda link: link.statement.kind == "act" and not link.statement.is_comment),
        "end_reason": concept(by_kind("RSON")),
        "decision": _decision,
        "discussed": begin,
        "ends": end,
        "agreed_with": parties(("VRF", "CNS", "CON", "RESP", "CST"), "verifier"),
    },
    apart=lambda statement: statement.kind in {"encounter", "substanceAdministration", "procedure"},
)


def _device(statement: Statement) -> Any:
    """The product; where nothing names it, what was done with it."""
    found = product_of(statement, "product", "consumable", "device")
    if found is None and (code := take_code(statement)) is not None and says(code):
        return Product(code, (), (), "")
    return found


def _separate_device(values: dict[str, Any]) -> None:
    product = values["product"]
    if product is None:
        raise malformed("a device that nothing names")
    values["product"] = product.concept
    values["product_ids"] = product.ids


def _lift_site(statement: Statement) -> None:
    """NL tells the site of a device in the procedure that placed it."""
    for link in statement.links:
        if statement.kind == "supply" and link.statement.kind == "procedure":
            for element in link.statement.take("targetSiteCode"):
                statement.parts.setdefault("targetSiteCode", []).append(element)


_DEVICE_STATEMENTS = frozenset({"supply", "procedure", "organizer"})


def _holds_devices(statement: Statement) -> bool:
    """An organizer of devices; without any it is one itself, with its measurements (IHE PHMR)."""
    return any(link.statement.kind in _DEVICE_STATEMENTS for link in statement.links) and (
        statement.kind == "organizer"
    )


DEVICES: EntryMap[Device] = EntryMap(
    entry=Device,
    title=None,
    statements=_DEVICE_STATEMENTS,
    heading=_holds_devices,
    prepare=_lift_site,
    fields={
        "product": _device,
        "sites": all_coded("targetSiteCode"),
        "begins": begin,
        "ends": end,
        "indications": concepts(by_kind("RSON")),
        "performer": _PERFORMER,
        "location": place,
    },
    apart=lambda statement: statement.kind in {"encounter", "observation", "substanceAdministration"},
    finish=_separate_device,
)

FUNCTIONAL_STATUS: EntryMap[FunctionalStatus] = EntryMap(
    entry=FunctionalStatus,
    title="subject",
    statements=frozenset({"observation"}),
    fields={
        "subject": coded("code"),
        "value": value,
        "determined": moment,
        "aids": concepts(lambda link: link.statement.kind == "supply"),
    },
    inherits={"determined": "begins"},
)

_USE = by_kind("REFR", "SUBJ", "COMP")
_AMOUNTS = frozenset({ValueKind.QUANTITY, ValueKind.RANGE})


def _is_amount(statement: Statement) -> bool:
    values = statement.parts.get("value", [])
    return bool(values) and read_value(values[0]).kind in _AMOUNTS


def _use(statement: Statement) -> Any:
    """Whether it is used: the coded value, or a finding beside the amount (BgZ)."""
    if _is_amount(statement):
        return concept(lambda link: _USE(link) and not link.statement.is_comment)(statement)
    return coded_value(statement)


def _amount(statement: Statement) -> Any:
    """How much: the value when it is a quantity, or that of a statement beside it."""
    if _is_amount(statement):
        return value(statement)
    return linked_value(lambda link: _is_amount(link.statement))(statement)


SUBSTANCE_USE: EntryMap[SubstanceUse] = EntryMap(
    entry=SubstanceUse,
    title="substance",
    statements=frozenset({"observation"}),
    fields={
        "substance": coded("code"),
        "use": _use,
        "amount": _amount,
        "begins": begin,
        "ends": end,
    },
)
