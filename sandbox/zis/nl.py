"""Writes statements in the Dutch form (AORTA, CDA R2 style): an organizer with recordTarget and components.

Links are ``entryRelationship``; what an allergy is about takes part as CSM, a device or specimen as PRD,
who asked for an examination as REF; who authorised is a VRF participant, with signatureCode S (done) or X
(still to be done).
"""

from collections.abc import Sequence

from lxml.etree import _Element as Element

from sandbox.clinical.statement import (
    INTERPRETATION,
    LOINC,
    Code,
    Involved,
    Link,
    Party,
    Place,
    Product,
    Statement,
)
from sandbox.patients import HospitalPerson
from sandbox.zis.datatypes import (
    cd,
    dose_element,
    ii,
    quantity_element,
    reference_range,
    times,
    value_element,
)
from sandbox.zis.person import address_element, gender_element, name_element
from sandbox.zis.uv import CLASSES
from sandbox.zis.wire import BSN, hl7
from sandbox.zis.wire import ii as identifier


def organizer(
    person: HospitalPerson, code: Code, template: str, owner: Party, statements: Sequence[Statement]
) -> Element:
    """The organizer of one source. :param owner: who keeps the file (CST)."""
    templates = [hl7("templateId", root=template)] if template else []
    return hl7(
        "organizer",
        *templates,
        cd("code", code),
        hl7("statusCode", code="completed"),
        record_target(person),
        hl7("participant", _role("ASSIGNED", owner), type_code="CST"),
        *(
            hl7("component", statement_element(each), type_code="COMP", context_control_code="OP")
            for each in statements
        ),
        class_code="CLUSTER",
        mood_code="EVN",
    )


def record_target(person: HospitalPerson) -> Element:
    """Whose record it is, CDA style."""
    place = [address_element(person.place, "HP")] if person.place else []
    patient = hl7(
        "patient",
        name_element(person.name),
        gender_element(person.gender),
        hl7("birthTime", value=person.birth_date),
    )
    role = hl7("patientRole", identifier("id", BSN, person.bsn), *place, patient)
    return hl7("recordTarget", role, type_code="RCT", context_control_code="OP")


def statement_element(statement: Statement) -> Element:
    """One statement and all inside it."""
    shape = statement.shape
    negation = "true" if statement.negated else ""
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
    if statement.code:
        found.append(cd("code", statement.code))
    if statement.text:
        found.append(hl7("text", statement.text, media_type="text/plain"))
    found.append(hl7("statusCode", code=statement.status))
    spans = statement.times[:1] if _has_dosing(statement) else statement.times
    found += times(spans, bare=statement.shape != "substanceAdministration")
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
    if statement.dose and not _has_dosing(statement):
        found.append(dose_element(statement.dose))
    if statement.quantity:
        found.append(quantity_element(statement.quantity))
    if statement.value:
        found.append(value_element(statement.value))
    found += [hl7("interpretationCode", code=flag, code_system=INTERPRETATION) for flag in statement.flags]
    found += [cd("methodCode", each) for each in statement.methods]
    return found + [cd("targetSiteCode", each) for each in statement.sites]


def _participants(statement: Statement) -> list[Element]:
    found = []
    if statement.product and statement.shape == "substanceAdministration":
        found.append(_consumable(statement.product))
    found += [_performer(each) for each in statement.performers]
    found += [author(each) for each in statement.authors]
    found += [_verifier(each) for each in statement.verifiers]
    found += [
        hl7("participant", _role("ASSIGNED", each.party), type_code="REF") for each in statement.requesters
    ]
    if statement.substance:
        found.append(_playing("CSM", "MANU", "playingEntity", Product(code=statement.substance)))
    if statement.product and statement.shape == "supply":
        found.append(_playing("PRD", "MANU", "playingDevice", statement.product))
    return [*found, *([_location(statement.place)] if statement.place else [])]


def _rest(statement: Statement) -> list[Element]:
    found = [_specimen(statement.material)] if statement.material else []
    if statement.shape == "organizer":
        found += [
            hl7("component", statement_element(link.statement), type_code=link.kind)
            for link in statement.links
        ]
    else:
        found += [_dosing(statement)] if _has_dosing(statement) else []
        found += [_link(each) for each in statement.links]
    return found + [reference_range(each) for each in statement.ranges]


def _has_dosing(statement: Statement) -> bool:
    """A building block of MP9: how much and how often is an administration inside it."""
    if statement.shape != "substanceAdministration" or not statement.times or statement.times[0].at:
        return False
    return statement.dose is not None or len(statement.times) > 1


def _dosing(statement: Statement) -> Element:
    often = times(statement.times, bare=False)[1:]
    dose = [dose_element(statement.dose)] if statement.dose else []
    inside = hl7(
        "substanceAdministration",
        *often,
        *dose,
        hl7("consumable", xsi_nil="true"),
        class_code="SBADM",
        mood_code=statement.mood,
    )
    return hl7("entryRelationship", hl7("sequenceNumber", value="1"), inside, type_code="COMP")


def _link(link: Link) -> Element:
    inversion = "true" if link.inverted else ""
    inside = statement_element(link.statement)
    return hl7("entryRelationship", inside, type_code=link.kind, inversion_ind=inversion)


def _consumable(product: Product) -> Element:
    words = [hl7("name", product.words)] if product.words else []
    material = hl7(
        "manufacturedMaterial",
        cd("code", product.code),
        *words,
        class_code="MMAT",
        determiner_code="KIND",
    )
    return hl7("consumable", hl7("manufacturedProduct", material, class_code="MANU"))


def _playing(kind: str, role: str, tag: str, product: Product) -> Element:
    words = [hl7("desc", product.words)] if product.words else []
    entity_class = "MMAT" if kind == "CSM" else "DEV"
    entity = hl7(tag, cd("code", product.code), *words, class_code=entity_class, determiner_code="INSTANCE")
    ids = [ii(each) for each in product.ids]
    return hl7("participant", hl7("participantRole", *ids, entity, class_code=role), type_code=kind)


def _specimen(material: Product) -> Element:
    """The specimen as its collection (LOINC 33882-2), as Nictiz' laboratory exchange has it."""
    entity = hl7("playingEntity", cd("code", material.code))
    role = hl7("participantRole", *(ii(each) for each in material.ids), entity, class_code="SPEC")
    collection = hl7(
        "procedure",
        hl7("code", code="33882-2", code_system=LOINC),
        hl7("participant", role, type_code="PRD"),
        class_code="PROC",
        mood_code="EVN",
    )
    return hl7("entryRelationship", collection, type_code="COMP")


def _performer(involved: Involved) -> Element:
    moment = [hl7("time", hl7("low", value=involved.time))] if involved.time else []
    entity = _entity("assignedEntity", involved.party)
    return hl7("performer", *moment, entity, type_code="PRF")


def author(involved: Involved) -> Element:
    """CDA's author, with the time of writing."""
    moment = hl7("time", value=involved.time) if involved.time else hl7("time", null_flavor="NI")
    return hl7("author", moment, _entity("assignedAuthor", involved.party))


def _verifier(involved: Involved) -> Element:
    moment = [hl7("time", value=involved.time)] if involved.time else []
    signature = [hl7("signatureCode", code=involved.signature)] if involved.signature else []
    return hl7("participant", *moment, *signature, _role("ASSIGNED", involved.party), type_code="VRF")


def _entity(tag: str, party: Party) -> Element:
    person = [hl7("assignedPerson", hl7("name", party.name))] if party.name else []
    organisation = []
    if party.organisation:
        ids = [ii(each) for each in party.organisation_ids]
        organisation = [hl7("representedOrganization", *ids, hl7("name", party.organisation))]
    ids = [ii(each) for each in party.ids] or [hl7("id", null_flavor="NI")]
    role = [cd("code", party.role)] if party.role else []
    return hl7(tag, *ids, *role, *person, *organisation)


def _role(role_class: str, party: Party) -> Element:
    person = []
    if party.name:
        role = [cd("code", party.role)] if party.role else []
        person = [
            hl7(
                "playingEntity",
                *role,
                hl7("name", party.name),
                class_code="PSN",
                determiner_code="INSTANCE",
            )
        ]
    organisation = []
    if party.organisation:
        ids = [ii(each) for each in party.organisation_ids]
        organisation = [
            hl7(
                "scopingEntity",
                *ids,
                hl7("desc", party.organisation),
                class_code="ORG",
                determiner_code="INSTANCE",
            )
        ]
    ids = [ii(each) for each in party.ids]
    return hl7("participantRole", *ids, *person, *organisation, class_code=role_class)


def _location(place: Place) -> Element:
    entity = [hl7("playingEntity", hl7("name", place.name), class_code="PLC")] if place.name else []
    scope = (
        [hl7("scopingEntity", hl7("desc", place.department), class_code="ORG")] if place.department else []
    )
    return hl7("participant", hl7("participantRole", *entity, *scope, class_code="SDLOC"), type_code="LOC")
