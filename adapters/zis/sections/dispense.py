"""Dispenses of NL 6.x: ``MedicationDispenseList/component/medicationDispenseEvent`` (AORTA, QURX_IN990113NL).

There how it is used stands below the product, in a ``medicationAdministrationRequest``; here it is lifted
to where the other dialects have it, so that one map reads all.
"""

from collections.abc import Iterable, Iterator

from lxml import etree

from adapters.zis.interactions import HL7
from adapters.zis.paths import local_name
from adapters.zis.sections.statement import Statement
from adapters.zis.sections.words import in_words, rest_in_words

DISPENSE = "medicationDispenseEvent"
_LIST = "MedicationDispenseList"
_REQUEST = f"{{{HL7}}}medicationAdministrationRequest"
_LIFTED = ("text", "effectiveTime", "routeCode", "doseQuantity", "maxDoseQuantity", "rateQuantity")


def open_lists(statements: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """The statements, with a dispense list's dispenses in the place of the list."""
    for statement in statements:
        if local_name(statement) != _LIST:
            yield statement
            continue
        for component in statement:
            if local_name(component) == "component":
                yield from component


def lift_administration(statement: Statement) -> None:
    """The first request to administer tells text, period, route and dose; further ones become remarks.

    The time of the dispense itself becomes a remark beside that period.
    """
    if statement.kind != DISPENSE:
        return
    requests = [found for product in statement.parts.get("product", []) for found in product.iter(_REQUEST)]
    if not requests:
        return
    first = Statement(requests[0])
    if "effectiveTime" in first.parts and "effectiveTime" in statement.parts:
        statement.parts["activityTime"] = statement.take("effectiveTime")
    for name in _LIFTED:
        if elements := first.take(name):
            statement.parts.setdefault(name, []).extend(elements)
    first.take("code")
    statement.told.extend(rest_in_words(first))
    for further in requests[1:]:
        statement.told.extend(in_words(Statement(further)))
