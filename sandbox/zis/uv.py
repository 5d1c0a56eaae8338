"""Writes statements as a Care Record (HL7 V3 NE2008, REPC_MT000100UV01), valid by its schema.

Choices where the schema has no room of its own: what an allergy is about is the observation's value; the
site of a device is that of a procedure inside; a link is ``sourceOf``; who authorised is ``verifier``,
with signatureCode S when it was done and X when it is still to be done; who asked for an examination is
the author of the order that it fulfils (``sourceOf`` FLFS).
"""

from collections.abc import Callable, Mapping

from lxml.etree import _Element as Element

from sandbox.clinical.statement import INTERPRETATION, Involved, Link, Party, Place, Product, Statement
from sandbox.zis.datatypes import (
    cd,
    dose_element,
    ii,
    quantity_element,
    reference_range,
    times,
    value_element,
)
from sandbox.zis.wire import hl7

CLASSES = {
    "act": "ACT",
    "encounter": "ENC",
    "observation": "OBS",
    "organizer": "CLUSTER",
    "procedure": "PROC",
    "substanceAdministration": "SBADM",
    "supply": "SPLY",
}
_BARE_TIMES = frozenset({"act", "organizer"})
_NO_ID = "2.16.840.1.113883.2.4.3.7.98"


def statement_element(statement: Statement) -> Element:
    """One statement and all inside it, in the order of the schema."""
    shape = statement.shape
    negation = "" if statement.negated is None else str(statement.negated).lower()
    element = hl7(
        shape,
        class_code=statement.act_class or CLASSES[shape],
        mood_code=statement.mood,
        negation_ind=negation,
    )
    for write in (_head, _details, _participants, _rest):
        element.extend(write(statement))
    return element


def _head(statement: Statement) -> list[Element]:
    found = [hl7("templateId", root=statement.template)] if statement.template else []
    found += [ii(each) for each in statement.ids]
    if not statement.ids and statement.shape in {"encounter", "procedure", "supply"}:
        found.append(hl7("id", root=_NO_ID, null_flavor="NI"))
    if statement.code:
        found.append(cd("code", statement.code))
    if statement.text and statement.shape != "organizer":
        found.append(hl7("text", statement.text))
    found.append(hl7("statusCode", code=statement.status))
    found += times(statement.times, bare=statement.shape in _BARE_TIMES)
    if statement.priority:
        found.append(cd("priorityCode", statement.priority))
    return found


def _details(statement: Statement) -> list[Element]:
    found = []
    if statement.origin:
        found.append(cd("admissionReferralSourceCode", statement.origin))
    if statement.destination:
        found.append(cd("dischargeDispositionCode", statement.destination))
    if statement.route:
        found.append(cd("routeCode", statement.route))
    if statement.dose:
        found.append(dose_element(statement.dose))
    if statement.quantity:
        found.append(quantity_element(statement.quantity))
    found += _value(statement)
    found += [hl7("interpretationCode", code=flag, code_system=INTERPRETATION) for flag in statement.flags]
    found += [cd("methodCode", each) for each in statement.methods]
    return found + [cd("targetSiteCode", each) for each in statement.sites]


def _value(statement: Statement) -> list[Element]:
    if statement.substance:
        return [cd("value", statement.substance, xsi_type="CD")]
    return [value_element(statement.value)] if statement.value else []


def _participants(statement: Statement) -> list[Element]:
    found = []
    if statement.material:
        found.append(hl7("subject", _specimen(statement.material), type_code="SPC"))
    if statement.product:
        found.append(_PRODUCTS[statement.shape](statement.product))
    found += [_involved("performer", "PRF", each) for each in statement.performers]
    found += [_involved("author", "AUT", each) for each in statement.authors]
    found += [_verifier(each) for each in statement.verifiers]
    return [*found, *([_location(statement.place)] if statement.place else [])]


def _rest(statement: Statement) -> list[Element]:
    found = [reference_range(each) for each in statement.ranges]
    if statement.shape == "organizer":
        inside = [link for link in statement.links if link.kind == "COMP"]
        found += [hl7("component", statement_element(each.statement), type_code="COMP") for each in inside]
        others = [each for each in statement.links if each.kind != "COMP"]
    else:
        others = list(statement.links)
    return found + [_order(each) for each in statement.requesters] + [_link(each) for each in others]


def _order(requester: Involved) -> Element:
    """The order that it fulfils, of which only the author is known."""
    order = hl7(
        "act",
        hl7("code", null_flavor="NI"),
        hl7("statusCode", code="completed"),
        _involved("author", "AUT", requester),
        class_code="ACT",
        mood_code="RQO",
    )
    return hl7("sourceOf", order, type_code="FLFS")


def _link(link: Link) -> Element:
    inversion = "true" if link.inverted else ""
    inside = statement_element(link.statement)
    return hl7("sourceOf", inside, type_code=link.kind, inversion_ind=inversion)


def _specimen(material: Product) -> Element:
    natural = hl7("specimenNatural", cd("code", material.code), class_code="MAT", determiner_code="INSTANCE")
    known = ii(material.ids[0]) if material.ids else hl7("id", null_flavor="NI")
    return hl7("specimen", known, hl7("code", null_flavor="NI"), natural, class_code="SPEC")


def _consumable(product: Product) -> Element:
    words = [hl7("desc", product.words)] if product.words else []
    inner = hl7(
        "administerableMaterial",
        cd("code", product.code),
        *words,
        class_code="MMAT",
        determiner_code="KIND",
    )
    outer = hl7("administerableMaterial", inner, class_code="ADMM")
    return hl7("consumable", outer, type_code="CSM")


def _supplied(product: Product) -> Element:
    words = [hl7("desc", product.words)] if product.words else []
    material = hl7(
        "playingMaterial", cd("code", product.code), *words, class_code="MAT", determiner_code="INSTANCE"
    )
    return hl7(
        "product",
        hl7("product1", *(ii(each) for each in product.ids), material, class_code="MANU"),
        type_code="PRD",
    )


_PRODUCTS: Mapping[str, Callable[[Product], Element]] = {
    "substanceAdministration": _consumable,
    "supply": _supplied,
}


def _involved(tag: str, kind: str, involved: Involved) -> Element:
    moment = []
    if involved.time:
        moment = [hl7("time", value=involved.time) if tag == "author" else _at(involved.time)]
    return hl7(tag, *moment, _entity("assignedEntity1", involved.party), type_code=kind)


def _at(time: str) -> Element:
    return hl7("time", hl7("low", value=time))


def _verifier(involved: Involved) -> Element:
    moment = [hl7("time", value=involved.time)] if involved.time else []
    signature = [hl7("signatureCode", code=involved.signature)] if involved.signature else []
    return hl7("verifier", *moment, *signature, _entity("assignedEntity", involved.party), type_code="VRF")


def _entity(tag: str, party: Party) -> Element:
    person = (
        [hl7("assignedPerson", hl7("name", party.name), class_code="PSN", determiner_code="INSTANCE")]
        if party.name
        else []
    )
    organisation = []
    if party.organisation or party.organisation_ids:
        ids = [ii(each) for each in party.organisation_ids] or [hl7("id", null_flavor="NI")]
        organisation = [
            hl7(
                "representedOrganization",
                *ids,
                hl7("name", party.organisation),
                class_code="ORG",
                determiner_code="INSTANCE",
            )
        ]
    return hl7(
        tag,
        *(ii(each) for each in party.ids),
        *([cd("code", party.role)] if party.role else []),
        *person,
        *organisation,
        class_code="ASSIGNED",
    )


def _location(place: Place) -> Element:
    inside = []
    if place.name:
        inside.append(hl7("location", hl7("name", place.name), class_code="PLC", determiner_code="INSTANCE"))
    if place.department:
        inside.append(
            hl7(
                "serviceProviderOrganization",
                hl7("name", place.department),
                class_code="ORG",
                determiner_code="INSTANCE",
            )
        )
    facility = hl7("healthCareFacility", *inside, class_code="SDLOC")
    return hl7("location", facility, type_code="LOC")
