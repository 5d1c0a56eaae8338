"""The dispense list of AORTA 6.x (QURX_IN990113NL): what pharmacies that do not speak MP9 send."""

from collections.abc import Sequence

from lxml.etree import _Element as Element

from sandbox.clinical.medication import BLOCKS
from sandbox.clinical.statement import ACT_CODE, Party, Statement
from sandbox.patients import HospitalPerson
from sandbox.zis.datatypes import cd, dose_element, expression, ii, quantity_element
from sandbox.zis.person import gender_element, name_element
from sandbox.zis.wire import BSN, hl7
from sandbox.zis.wire import ii as identifier

DISPENSE_LIST = "QURX_IN990113NL"
_HANDED_OUT = (BLOCKS["dispense"], BLOCKS["dispensing_agreement"])


def dispense_list(person: HospitalPerson, statements: Sequence[Statement]) -> Element:
    """``MedicationDispenseList`` with an event for each dispense and dispensing agreement."""
    patient = hl7(
        "Patient",
        identifier("id", BSN, person.bsn),
        hl7("statusCode", code="active"),
        hl7(
            "Person",
            name_element(person.name),
            gender_element(person.gender),
            hl7("birthTime", value=person.birth_date),
        ),
    )
    handed_out = [each for each in statements if each.code in _HANDED_OUT]
    return hl7(
        "MedicationDispenseList",
        hl7("code", code="MEDLIST", code_system=ACT_CODE),
        hl7("subject", patient),
        *(hl7("component", _event(each)) for each in handed_out),
    )


def _event(statement: Statement) -> Element:
    begin = statement.times[0].at or statement.times[0].low
    quantity = [quantity_element(statement.quantity)] if statement.quantity else []
    return hl7(
        "medicationDispenseEvent",
        *(ii(each) for each in statement.ids),
        hl7("statusCode", code=statement.status),
        hl7("effectiveTime", value=begin),
        *quantity,
        hl7("product", hl7("dispensedMedication", *_medication(statement))),
        *(hl7("responsibleParty", _pharmacy(each.party)) for each in statement.performers),
    )


def _medication(statement: Statement) -> list[Element]:
    kind = []
    if statement.product:
        code = cd("code", statement.product.code)
        kind = [hl7("MedicationKind", code, class_code="MMAT", determiner_code="KIND")]
    route = [cd("routeCode", statement.route)] if statement.route else []
    dose = [dose_element(statement.dose)] if statement.dose else []
    request = hl7(
        "medicationAdministrationRequest",
        *([hl7("text", statement.text, media_type="text/plain")] if statement.text else []),
        hl7("statusCode", code="active"),
        *([] if statement.times[0].at else [expression(statement.times)]),
        *route,
        *dose,
        class_code="SBADM",
        mood_code="RQO",
    )
    return [*kind, hl7("therapeuticAgentOf", request)]


def _pharmacy(party: Party) -> Element:
    ids = [ii(each) for each in party.organisation_ids]
    organisation = hl7("representedOrganization", *ids, hl7("name", party.organisation))
    return hl7("assignedCareProvider", hl7("id", null_flavor="NI"), organisation)
