"""Record sections in QED's shape: careProvisionEvent with laboratory results or allergies (REPC_MT000100)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from lxml.etree import _Element as Element

from sandbox.laboratory import Result
from sandbox.patients import AllergyEntry, HospitalPerson
from sandbox.zis.person import custodian_element, gender_element, identity_elements, name_element
from sandbox.zis.wire import ACT_CODE, INTERPRETATION, LOINC, SNOMED, hl7, ii, timestamp

_RESULT_NUMBERS = "2.16.840.1.113883.2.4.3.7.91"
_ALLERGY_NUMBERS = "2.16.840.1.113883.2.4.3.7.92"
_MATERIAL = "2.16.840.1.113883.2.4.3.7.93"
_ORDERS = "2.16.840.1.113883.2.4.3.7.94"
_SEVERITIES = {"licht": "255604002", "matig": "6736007", "ernstig": "24484000"}


def care_record(
    person: HospitalPerson, entries: Iterable[Element], number_root: str, custodian: str
) -> Element:
    """``subject`` with one careProvisionEvent about this person."""
    patient = hl7(
        "patient",
        *identity_elements(person, number_root),
        hl7("statusCode", code="active"),
        hl7(
            "patientPerson",
            name_element(person.name),
            gender_element(person.gender),
            hl7("birthTime", value=person.birth_date),
            class_code="PSN",
            determiner_code="INSTANCE",
        ),
        class_code="PAT",
    )
    provision = hl7(
        "careProvisionEvent",
        hl7("recordTarget", patient, type_code="RCT"),
        *(
            hl7("pertinentInformation3", entry, type_code="DRIV", context_conduction_ind="true")
            for entry in entries
        ),
        class_code="PCPR",
        mood_code="EVN",
    )
    event = hl7(
        "registrationEvent",
        hl7("statusCode", code="active"),
        custodian_element(custodian),
        hl7("subject2", provision, type_code="SUBJ"),
        class_code="REG",
        mood_code="EVN",
    )
    return hl7("subject", event, type_code="SUBJ")


def laboratory_entries(results: Sequence[Result]) -> list[Element]:
    """One organizer per sample and group, with its observations."""

    def sample(result: Result) -> tuple[datetime, str]:
        return (result.taken, result.group)

    ordered = sorted(results, key=sample, reverse=True)
    return [_organizer(taken, group, list(members)) for (taken, group), members in groupby(ordered, sample)]


def _organizer(taken: datetime, group: str, results: Sequence[Result]) -> Element:
    pending = any(result.kind == "pending" for result in results)
    return hl7(
        "organizer",
        ii("id", _ORDERS, f"{taken:%Y%m%d%H%M}-{group.replace(' ', '')}"),
        hl7("code", hl7("originalText", group), code="26436-6", code_system=LOINC),
        hl7("statusCode", code="active" if pending else "completed"),
        hl7("effectiveTime", value=timestamp(taken)),
        *(hl7("component", _observation(result), type_code="COMP") for result in results),
        class_code="BATTERY",
        mood_code="EVN",
    )


def _observation(result: Result) -> Element:
    flag = [hl7("interpretationCode", code=result.flag, code_system=INTERPRETATION)] if result.flag else []
    return hl7(
        "observation",
        hl7("templateId", root="1.3.6.1.4.1.19376.1.5.3.1.4.13"),
        ii("id", _RESULT_NUMBERS, f"{result.number}-{result.taken:%H%M}"),
        hl7("code", code=result.code, code_system=LOINC, code_system_name="LOINC", display_name=result.name),
        hl7("statusCode", code="active" if result.kind == "pending" else "completed"),
        hl7("effectiveTime", value=timestamp(result.taken)),
        *_value(result),
        *flag,
        _specimen(result),
        *_reference_range(result),
        *([_comment(result.remark)] if result.remark else []),
        class_code="OBS",
        mood_code="EVN",
    )


def _value(result: Result) -> list[Element]:
    if result.kind == "pending":
        return []
    if result.kind == "masked":
        return [hl7("value", xsi_type="PQ", null_flavor="MSK")]
    if result.kind == "text":
        return [hl7("value", result.value, xsi_type="ST")]
    if result.kind == "coded":
        return [hl7("value", hl7("originalText", result.value), xsi_type="CD", null_flavor="OTH")]
    if result.kind == "bound":
        side = "high" if result.comparator == "<" else "low"
        bound = hl7(side, value=result.value, unit=result.unit, inclusive="false")
        return [hl7("value", bound, xsi_type="IVL_PQ")]
    return [hl7("value", xsi_type="PQ", value=result.value, unit=result.unit)]


def _specimen(result: Result) -> Element:
    code = hl7("code", hl7("originalText", result.material), null_flavor="OTH")
    natural = hl7("specimenNatural", code, class_code="MAT", determiner_code="INSTANCE")
    specimen = hl7(
        "specimen",
        ii("id", _MATERIAL, f"{result.taken:%Y%m%d%H%M}"),
        hl7("code", hl7("originalText", result.material), null_flavor="OTH"),
        natural,
        class_code="SPEC",
    )
    return hl7("subject", specimen, type_code="SPC")


def _reference_range(result: Result) -> list[Element]:
    text = [hl7("text", result.reference_text)] if result.reference_text else []
    if result.low or result.high:
        bounds = [
            hl7(side, value=value, unit=result.unit)
            for side, value in (("low", result.low), ("high", result.high))
            if value
        ]
        value = hl7("value", *bounds, xsi_type="IVL_PQ")
    elif text:
        value = hl7("value", xsi_type="IVL_PQ", null_flavor="NA")
    else:
        return []
    normal = hl7("interpretationCode", code="N", code_system=INTERPRETATION)
    criterion = hl7("observationRange", *text, value, normal, class_code="OBS", mood_code="EVN.CRT")
    return [hl7("referenceRange", criterion, type_code="REFV")]


def _comment(text: str) -> Element:
    act = hl7(
        "act",
        hl7("code", code="48767-8", code_system=LOINC),
        hl7("text", text),
        hl7("statusCode", code="completed"),
        class_code="ACT",
        mood_code="EVN",
    )
    return hl7("sourceOf", act, type_code="SUBJ", inversion_ind="true")


def allergy_entries(allergies: Sequence[AllergyEntry]) -> list[Element]:
    """One concern act per allergy."""
    return [_concern(index, allergy) for index, allergy in enumerate(allergies)]


def _concern(index: int, allergy: AllergyEntry) -> Element:
    since = hl7("low", value=allergy.since) if allergy.since else hl7("low", null_flavor="UNK")
    relation = hl7("sourceOf", _allergy(index, allergy), type_code="SUBJ")
    return hl7(
        "act",
        hl7("templateId", root="1.3.6.1.4.1.19376.1.5.3.1.4.5.3"),
        ii("id", _ALLERGY_NUMBERS, f"concern-{index}"),
        hl7("code", code="CONC", code_system="2.16.840.1.113883.5.6"),
        hl7("statusCode", code="active"),
        hl7("effectiveTime", since),
        relation,
        class_code="ACT",
        mood_code="EVN",
    )


def _allergy(index: int, allergy: AllergyEntry) -> Element:
    return hl7(
        "observation",
        hl7("templateId", root="1.3.6.1.4.1.19376.1.5.3.1.4.6"),
        ii("id", _ALLERGY_NUMBERS, str(index)),
        hl7("code", code=allergy.category, code_system=ACT_CODE),
        hl7("statusCode", code="completed"),
        *([hl7("effectiveTime", value=allergy.since)] if allergy.since else []),
        _substance(allergy),
        *(_reaction(reaction) for reaction in allergy.reactions),
        *([_severity(allergy.severity)] if allergy.severity else []),
        *([_comment(allergy.remark)] if allergy.remark else []),
        class_code="OBS",
        mood_code="EVN",
        negation_ind="true" if allergy.negated else "false",
    )


def _substance(allergy: AllergyEntry) -> Element:
    if allergy.masked:
        return hl7("value", xsi_type="CD", null_flavor="MSK")
    if not allergy.code:
        return hl7("value", hl7("originalText", allergy.text), xsi_type="CD", null_flavor="OTH")
    return hl7("value", xsi_type="CD", code=allergy.code, code_system=SNOMED, display_name=allergy.text)


def _reaction(text: str) -> Element:
    observation = hl7(
        "observation",
        hl7("code", code="ASSERTION", code_system=ACT_CODE),
        hl7("statusCode", code="completed"),
        hl7("value", hl7("originalText", text), xsi_type="CD", null_flavor="OTH"),
        class_code="OBS",
        mood_code="EVN",
    )
    return hl7("sourceOf", observation, type_code="MFST", inversion_ind="true")


def _severity(text: str) -> Element:
    observation = hl7(
        "observation",
        hl7("code", code="SEV", code_system=ACT_CODE),
        hl7("statusCode", code="completed"),
        hl7("value", xsi_type="CD", code=_SEVERITIES[text], code_system=SNOMED, display_name=text),
        class_code="OBS",
        mood_code="EVN",
    )
    return hl7("sourceOf", observation, type_code="SUBJ", inversion_ind="true")
