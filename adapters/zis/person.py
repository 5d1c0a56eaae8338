"""Reads the answer about a person, by PDQv3 (PRPA_IN201306UV02) or AORTA (QUPA_IN101102).

No real QUPA_IN101102 is public: its roles are spelled as AORTA 6.12 does (``Patient``, ``Person``), with or
without a registration around them, and hold what PDQv3's hold.
"""

from lxml import etree

from adapters.zis.care_team import read_care_providers, read_coverages
from adapters.zis.datatypes import read_boolean, read_date, read_identifiers
from adapters.zis.errors import SourceError, malformed
from adapters.zis.identity import check_bsn, check_echo
from adapters.zis.interactions import FIND_PATIENT, Interaction
from adapters.zis.names import read_addresses, read_names, read_telecoms
from adapters.zis.paths import Path
from adapters.zis.wrapper import read_responses
from context.bsn import Bsn
from context.outcome import FailureCause
from context.person import Gender, LookupState, PartialDate, Patient, PatientLookup

_ROLE = "*[self::h:patient or self::h:Patient]"
_PATIENTS = Path(f"h:registrationEvent/h:subject1/{_ROLE} | h:RegistrationEvent/h:subject1/{_ROLE} | {_ROLE}")
_PERSON = Path("h:patientPerson | h:Person")
_IDS = Path("h:id")
_NAMES = Path("h:name")
_ADDRESSES = Path("h:addr")
_TELECOMS = Path("h:telecom")
_GENDER = Path("h:administrativeGenderCode/@code")
_BIRTH_TIME = Path("h:birthTime/@value")
_DECEASED = Path("h:deceasedInd/@value")
_DECEASED_TIME = Path("h:deceasedTime/@value")
_GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE, "UN": Gender.UNDIFFERENTIATED}


def read_lookup(
    root: etree._Element,
    bsn: Bsn,
    query_id: str,
    hospital_number_root: str,
    interaction: Interaction = FIND_PATIENT,
) -> PatientLookup:
    """Who has this BSN, according to the answer ``root``.

    :param query_id: of our question; an answer that repeats another one is refused.
    :param hospital_number_root: OID of the hospital's own patient numbers.
    :raises SourceError: no usable answer, or one about another BSN.
    """
    patients: list[etree._Element] = []
    remaining = 0
    for response in read_responses(root, interaction, query_id):
        if response.answer is None:
            raise SourceError(response.failure or FailureCause.MALFORMED, "one source did not answer")
        check_echo(response.answer.control_act, bsn)
        patients += find_patients(response.answer.subjects)
        remaining += response.answer.remaining
    check_bsn(patients, bsn)
    if len(patients) + remaining > 1:
        return PatientLookup(LookupState.SEVERAL)
    if not patients:
        return PatientLookup(LookupState.UNKNOWN)
    return PatientLookup(LookupState.FOUND, read_patient(patients[0], bsn, hospital_number_root))


def find_patients(subjects: tuple[etree._Element, ...]) -> list[etree._Element]:
    """The patient role of each subject.

    :raises SourceError: a subject does not hold exactly one.
    """
    patients = [_PATIENTS.elements(subject) for subject in subjects]
    if any(len(found) != 1 for found in patients):
        raise malformed("a subject without a patient")
    return [found[0] for found in patients]


def read_patient(patient: etree._Element, bsn: Bsn, hospital_number_root: str) -> Patient:
    """One patient role. The BSN in it is checked elsewhere (D19); ``bsn`` is the one asked for.

    :raises SourceError: no person in it, or a date or indicator that cannot be read.
    """
    person = _PERSON.element(patient)
    if person is None:
        raise malformed("a patient without a person")
    deceased_on = _first_date(_DECEASED_TIME, person)
    numbers = read_identifiers(_IDS.elements(patient))
    return Patient(
        bsn=bsn,
        names=read_names(_NAMES.elements(person)),
        birth_date=_first_date(_BIRTH_TIME, person),
        gender=_GENDERS.get(_GENDER.text(person) or "", Gender.UNKNOWN),
        hospital_numbers=tuple(number for number in numbers if number.root == hospital_number_root),
        deceased=deceased_on is not None or any(map(read_boolean, _DECEASED.texts(person))),
        deceased_on=deceased_on,
        addresses=read_addresses(_ADDRESSES.elements(person) + _ADDRESSES.elements(patient)),
        telecoms=read_telecoms(_TELECOMS.elements(person) + _TELECOMS.elements(patient)),
        care_providers=read_care_providers(person),
        coverages=read_coverages(patient),
    )


def _first_date(path: Path, person: etree._Element) -> PartialDate | None:
    text = path.text(person)
    return read_date(text) if text else None
