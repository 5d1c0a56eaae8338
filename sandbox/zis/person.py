"""The person as the hospital tells it: PRPA_IN201306UV02 with care providers and insurer (D20 paths)."""

from collections.abc import Iterator, Sequence

from lxml.etree import _Element as Element

from sandbox.patients import HospitalPerson, Insurer, Name, Place, Provider
from sandbox.zis.wire import AGB, BSN, ORGANISATION_TYPE, UZOVI, hl7, ii

_GENDER = "2.16.840.1.113883.5.1"
_INSURANCE_KIND = "2.16.840.1.113883.2.4.3.11.60.101.5.1"
_POLICY = "2.16.840.1.113883.2.4.3.7.90"
_OWN, _PARTNER = "BR", "SP"


def name_element(name: Name) -> Element:
    """A PN with qualified parts: BR birth, SP partner, VV prefix, IN initials, CL call name."""
    element = hl7("name", use="L")
    element.extend(hl7("given", given, qualifier="BR") for given in name.given)
    element.append(hl7("given", name.initials, qualifier="IN"))
    if name.call_name:
        element.append(hl7("given", name.call_name, qualifier="CL"))
    families = list(_families(name))
    for index, (prefix, family, qualifier) in enumerate(families):
        if index:
            element.append(hl7("delimiter", "-"))
        if prefix:
            element.append(hl7("prefix", f"{prefix} ", qualifier="VV"))
        element.append(hl7("family", family, qualifier=qualifier))
    return element


def _families(name: Name) -> Iterator[tuple[str, str, str]]:
    own = (name.prefix, name.family, _OWN)
    partner = (name.partner_prefix, name.partner_family, _PARTNER)
    yield from {
        "own": (own,),
        "partner": (partner,),
        "own_partner": (own, partner),
        "partner_own": (partner, own),
    }[name.name_use]


def address_element(place: Place, use: str) -> Element:
    """An AD with the Dutch parts."""
    element = hl7("addr", use=use)
    parts = (
        ("streetName", place.street),
        ("houseNumber", place.house_number),
        ("buildingNumberSuffix", place.addition),
        ("postalCode", place.postal_code),
        ("city", place.city),
    )
    element.extend(hl7(tag, text) for tag, text in parts if text)
    return element


def identity_elements(person: HospitalPerson, number_root: str) -> list[Element]:
    """The ids of a Patient role. :param number_root: OID of the hospital's own numbers, empty for none."""
    own = [ii("id", number_root, person.number)] if number_root else []
    return [ii("id", BSN, person.bsn), *own]


def gender_element(gender: str) -> Element:
    return hl7("administrativeGenderCode", code=gender, code_system=_GENDER)


def registration(person: HospitalPerson, number_root: str, custodian: str) -> Element:
    """``subject`` with one registrationEvent. :param custodian: OID of the hospital system."""
    event = hl7(
        "registrationEvent",
        hl7("id", null_flavor="NA"),
        hl7("statusCode", code="active"),
        hl7("subject1", _patient(person, number_root), type_code="SBJ"),
        custodian_element(custodian),
        class_code="REG",
        mood_code="EVN",
    )
    return hl7("subject", event, type_code="SUBJ")


def custodian_element(custodian: str) -> Element:
    entity = hl7("assignedEntity", ii("id", custodian), class_code="ASSIGNED")
    return hl7("custodian", entity, type_code="CST")


def _patient(person: HospitalPerson, number_root: str) -> Element:
    match = hl7(
        "queryMatchObservation",
        hl7("code", code="IHE_PDQ"),
        hl7("value", xsi_type="INT", value="100"),
        class_code="COND",
        mood_code="EVN",
    )
    insurer = [_coverage(person, person.insurer)] if person.insurer else []
    return hl7(
        "patient",
        *identity_elements(person, number_root),
        hl7("statusCode", code="active"),
        _patient_person(person),
        hl7("subjectOf1", match),
        *insurer,
        class_code="PAT",
    )


def _patient_person(person: HospitalPerson) -> Element:
    deceased: Sequence[Element] = ()
    if person.deceased_on:
        deceased = (hl7("deceasedInd", value="true"), hl7("deceasedTime", value=person.deceased_on))
    return hl7(
        "patientPerson",
        name_element(person.name),
        *(hl7("telecom", value=phone, use="MC" if "+316" in phone else "HP") for phone in person.phones),
        gender_element(person.gender),
        hl7("birthTime", value=person.birth_date),
        *deceased,
        *([address_element(person.place, "HP")] if person.place else []),
        *(_care_provider(provider) for provider in person.providers),
        class_code="PSN",
        determiner_code="INSTANCE",
    )


def _care_provider(provider: Provider) -> Element:
    kind = [hl7("code", code=provider.kind, code_system=ORGANISATION_TYPE)] if provider.kind else []
    performer = hl7("performer", _assigned_provider(provider), type_code="PPRF")
    provision = hl7("careProvision", *kind, performer, class_code="PCPR", mood_code="EVN")
    subject = hl7("subjectOf", provision, type_code="SBJ")
    return hl7("asPatientOfOtherProvider", subject, class_code="PAT")


def _assigned_provider(provider: Provider) -> Element:
    person = []
    if provider.person:
        role = hl7("asHealthCareProvider", class_code="PROV")
        person = [
            hl7(
                "assignedPerson",
                name_element(provider.person),
                role,
                class_code="PSN",
                determiner_code="INSTANCE",
            )
        ]
    organisation = hl7(
        "representedOrganization",
        ii("id", AGB, provider.agb),
        hl7("name", provider.organisation),
        class_code="ORG",
        determiner_code="INSTANCE",
    )
    return hl7(
        "assignedProvider",
        ii("id", AGB, provider.agb),
        *([address_element(provider.place, "WP")] if provider.place else []),
        *([hl7("telecom", value=provider.phone, use="WP")] if provider.phone else []),
        *person,
        organisation,
        class_code="ASSIGNED",
    )


def _coverage(person: HospitalPerson, insurer: Insurer) -> Element:
    organisation = hl7(
        "invoicePayorOrganization",
        ii("id", UZOVI, insurer.uzovi),
        hl7("name", insurer.name),
        class_code="ORG",
        determiner_code="INSTANCE",
    )
    payor = hl7(
        "payor", ii("id", UZOVI, insurer.uzovi), hl7("name", insurer.name), organisation, class_code="PAYOR"
    )
    covered = hl7("coveredParty", ii("id", BSN, person.bsn), class_code="COVPTY")
    policy = hl7(
        "policyOrProgram",
        ii("id", _POLICY, person.policy),
        hl7("code", code="B", code_system=_INSURANCE_KIND, display_name="Basisverzekering"),
        hl7("coveredParty", covered, type_code="COV", negation_ind="false"),
        hl7("primaryPerformer", payor, type_code="PPRF"),
        class_code="COV",
        mood_code="EVN",
    )
    record = hl7(
        "coverageRecord",
        ii("id", _POLICY, person.policy),
        hl7("statusCode", code="active"),
        hl7("effectiveTime", hl7("low", value="20260101")),
        hl7("component", policy, type_code="COMP"),
        class_code="COV",
        mood_code="EVN",
    )
    return hl7("coveredPartyOf", record, type_code="COV")
