"""The PDQv3 answer: whose BSN it is, how many there are, and everything said about the person."""

import pytest

from adapters.zis.errors import SourceError
from adapters.zis.person import read_lookup
from context.outcome import FailureCause
from context.person import (
    CareProvider,
    CareProviderKind,
    Coverage,
    Gender,
    Identifier,
    LookupState,
    PartialDate,
    Patient,
    PatientLookup,
)
from tests.zis_messages import (
    ASKED,
    BSN_ROOT,
    NUMBER_ROOT,
    OTHER,
    QUERY_ID,
    counters,
    parsed,
    pdq_answer,
    pdq_subject,
)

AGB = "2.16.840.1.113883.2.4.6.1"
UZOVI = "2.16.840.1.113883.2.4.6.4"
ROLE = "2.16.840.1.113883.2.4.15.1060"


def look_up(message: str) -> PatientLookup:
    return read_lookup(parsed(message), ASKED, QUERY_ID, NUMBER_ROOT)


def patient_of(person: str, patient: str = "") -> Patient:
    found = look_up(pdq_answer(pdq_subject(person=person, patient=patient))).patient
    assert found is not None
    return found


def cause_of(message: str) -> FailureCause:
    with pytest.raises(SourceError) as caught:
        look_up(message)
    return caught.value.cause


def test_person_is_found_with_the_hospitals_own_number() -> None:
    lookup = look_up(pdq_answer())
    assert lookup.state is LookupState.FOUND
    assert lookup.patient is not None
    assert lookup.patient.bsn == ASKED
    assert lookup.patient.birth_date == PartialDate(1980, 5, 12)
    assert lookup.patient.hospital_numbers == (Identifier(NUMBER_ROOT, "1234567"),)


def test_not_found_is_unknown() -> None:
    assert look_up(not_found()) == PatientLookup(LookupState.UNKNOWN)


def not_found(echo: str = "") -> str:
    message = pdq_answer(code="NF", counted=counters(0, 0, 0), echo=echo)
    return message.replace(pdq_subject(), "")


def test_found_with_a_total_of_nobody_is_unknown() -> None:
    message = pdq_answer(" ", counted='<resultTotalQuantity value="0"/>')
    assert look_up(message) == PatientLookup(LookupState.UNKNOWN)


def test_two_people_with_the_bsn_are_several() -> None:
    message = pdq_answer(pdq_subject() * 2, counted=counters(2, 2, 0))
    assert look_up(message) == PatientLookup(LookupState.SEVERAL)


def test_more_people_held_back_are_several() -> None:
    assert look_up(pdq_answer(counted=counters(2, 1, 1))) == PatientLookup(LookupState.SEVERAL)


@pytest.mark.proves("attack:A105")
@pytest.mark.parametrize(
    "message",
    [
        pdq_answer(pdq_subject(OTHER)),
        pdq_answer(pdq_subject("")),
        pdq_answer(pdq_subject().replace(BSN_ROOT, "1.2.3")),
        pdq_answer(pdq_subject() + pdq_subject(OTHER), counted=counters(2, 2, 0)),
        pdq_answer(
            pdq_subject(
                person=f'<name>x</name><asOtherIDs><id root="{BSN_ROOT}" extension="{OTHER}"/></asOtherIDs>'
            )
        ),
        not_found(
            "<queryByParameter><parameterList><livingSubjectId>"
            f'<value root="{BSN_ROOT}" extension="{OTHER}"/>'
            "</livingSubjectId></parameterList></queryByParameter>"
        ),
    ],
    ids=["other", "empty", "none", "one of two", "two of one", "not found, for another"],
)
def test_answer_about_another_bsn_is_the_wrong_patient(message: str) -> None:
    assert cause_of(message) is FailureCause.WRONG_PATIENT


def test_bsn_among_the_other_ids_counts() -> None:
    person = f'<name>x</name><asOtherIDs><id root="{BSN_ROOT}" extension="{ASKED.reveal()}"/></asOtherIDs>'
    subject = pdq_subject("", person=person).replace(f'<id root="{BSN_ROOT}" extension=""/>', "")
    assert look_up(pdq_answer(subject)).state is LookupState.FOUND


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
def test_refused_message_is_rejected(code: str) -> None:
    message = pdq_answer(acknowledgement=f'<acknowledgement><typeCode code="{code}"/></acknowledgement>')
    assert cause_of(message) is FailureCause.REJECTED


@pytest.mark.parametrize("code", ["AE", "QE"])
def test_unanswered_query_is_rejected(code: str) -> None:
    assert cause_of(pdq_answer(code=code)) is FailureCause.REJECTED


def test_acknowledgement_as_an_attribute_is_read() -> None:
    assert look_up(pdq_answer(acknowledgement='<acknowledgement typeCode="AA"/>')).state is LookupState.FOUND


@pytest.mark.parametrize(
    "message",
    [
        pdq_answer(acknowledgement=""),
        pdq_answer(acknowledgement='<acknowledgement><typeCode code="??"/></acknowledgement>'),
        pdq_answer().replace("queryAck", "queryNack"),
        pdq_answer().replace("PRPA_IN201306UV02", "QUPC_IN043200UV01"),
        pdq_answer().replace('xmlns="urn:hl7-org:v3"', 'xmlns="urn:other"'),
        pdq_answer(query_id="33333333-2222-4222-8222-222222222222"),
        pdq_answer(code="??"),
        pdq_answer(code="NF"),
        pdq_answer(counted=counters(1, 2, 0)),
        pdq_answer(counted=counters(2, 1, 0)),
        pdq_answer(counted=counters(0, 1, 0)),
        pdq_answer(counted=counters("1e0", 1, 0)),
        pdq_answer(counted=counters("9" * 5000, 1, 0)),
        pdq_answer("<subject/>"),
        pdq_answer(pdq_subject().replace("patientPerson", "patientAnimal")),
        pdq_answer(pdq_subject(person='<name>x</name><birthTime value="onbekend"/>')),
        pdq_answer(pdq_subject(person='<name>x</name><deceasedInd value="misschien"/>')),
        pdq_answer(" ", counted=counters(0, 0, 1)),
        pdq_answer(" ", counted=counters(1, 0, 1)),
        pdq_answer(" ", counted=""),
    ],
)
def test_answer_that_does_not_add_up_is_malformed(message: str) -> None:
    assert cause_of(message) is FailureCause.MALFORMED


def test_answer_without_counters_is_counted_by_its_subjects() -> None:
    assert look_up(pdq_answer(counted="")).state is LookupState.FOUND


@pytest.mark.parametrize(
    ("code", "gender"),
    [("M", Gender.MALE), ("F", Gender.FEMALE), ("UN", Gender.UNDIFFERENTIATED), ("X", Gender.UNKNOWN)],
)
def test_gender_is_spelled_out(code: str, gender: Gender) -> None:
    assert patient_of(f'<name>x</name><administrativeGenderCode code="{code}"/>').gender is gender


@pytest.mark.parametrize(
    ("xml", "deceased", "on"),
    [
        ('<deceasedInd value="true"/>', True, None),
        ('<deceasedInd value="false"/>', False, None),
        ('<deceasedTime value="202503"/>', True, PartialDate(2025, 3)),
        ('<deceasedTime nullFlavor="UNK"/>', False, None),
    ],
)
def test_death_is_read_from_either_element(xml: str, deceased: bool, on: PartialDate | None) -> None:
    patient = patient_of(f"<name>x</name>{xml}")
    assert (patient.deceased, patient.deceased_on) == (deceased, on)


def provider(code: str = "", agb: str = "", organisation: str = "Praktijk") -> str:
    return (
        f"<asPatientOfOtherProvider><subjectOf><careProvision>{code}<performer><assignedProvider>"
        f'<id root="{AGB}" extension="{agb}"/><addr><city>Nijmegen</city></addr>'
        '<telecom value="tel:024"/><assignedPerson><name><family>Arts</family></name></assignedPerson>'
        f"<representedOrganization><name>{organisation}</name></representedOrganization>"
        "</assignedProvider></performer></careProvision></subjectOf></asPatientOfOtherProvider>"
    )


@pytest.mark.parametrize(
    ("code", "agb", "kind"),
    [
        ("Z3", "02000001", CareProviderKind.GP),
        ("H1", "", CareProviderKind.GP),
        ("K3", "", CareProviderKind.GP),
        ("J8", "01000001", CareProviderKind.PHARMACY),
        ("A1", "", CareProviderKind.PHARMACY),
        ("", "01000001", CareProviderKind.GP),
        ("", "02000001", CareProviderKind.PHARMACY),
        ("", "12000001", CareProviderKind.DENTIST),
        ("", "04000001", CareProviderKind.OTHER),
        ("??", "12000001", CareProviderKind.DENTIST),
        ("", "", CareProviderKind.OTHER),
    ],
)
def test_kind_of_care_provider_comes_from_the_role_else_from_the_agb_code(
    code: str, agb: str, kind: CareProviderKind
) -> None:
    role = f'<code code="{code}" codeSystem="{ROLE}"/>' if code else ""
    found: CareProvider = patient_of(f"<name>x</name>{provider(role, agb)}").care_providers[0]
    assert found.kind is kind
    assert found.organisation_name == "Praktijk"
    assert found.person_name is not None
    assert found.person_name.parts[0].text == "Arts"
    assert found.addresses[0].parts[0].text == "Nijmegen"
    assert found.telecoms[0].value == "tel:024"


def test_role_in_another_code_system_tells_nothing() -> None:
    role = '<code code="J8" codeSystem="1.2.3"/>'
    found = patient_of(f"<name>x</name>{provider(role, '01000001')}").care_providers[0]
    assert found.kind is CareProviderKind.GP


def test_insurer_is_read_with_policy_and_period() -> None:
    coverage = (
        "<coveredPartyOf><coverageRecord><component><policyOrProgram>"
        '<id root="1.2.3" extension="P-77"/>'
        '<effectiveTime><low value="2026"/><high value="20261231"/></effectiveTime>'
        f'<primaryPerformer><payor><id root="{UZOVI}" extension="3311"/><invoicePayorOrganization>'
        "<name>Zorgverzekeraar</name></invoicePayorOrganization></payor></primaryPerformer>"
        "</policyOrProgram></component></coverageRecord></coveredPartyOf>"
    )
    assert patient_of("<name>x</name>", coverage).coverages == (
        Coverage("Zorgverzekeraar", "3311", "P-77", PartialDate(2026), PartialDate(2026, 12, 31)),
    )


def test_answer_without_providers_or_insurer_leaves_them_empty() -> None:
    patient = patient_of("<name>x</name>")
    assert (patient.care_providers, patient.coverages) == ((), ())
