"""Who is on the screen: the one block that every page with data carries (interface.md §4.3). Pure.

Its clinical line is ``views/clinical.py``: that waits for the hospital, and this must not.
"""

from dataclasses import dataclass
from datetime import date

from context.bsn import Bsn
from context.person import Patient
from views.dates import iso_date, present_age, present_partial_date
from views.people import choose_name, present_formal_name
from views.texts import Texts


@dataclass(frozen=True, slots=True)
class Banner:
    """Ready to print, in the order name, birth date, gender, number (CUI PAB-0016).

    :param age: today, or None when unknown or when the patient died.
    :param bsn_groups: three groups of three digits, spaced by the style sheet, so that a copy has nine.
    :param deceased: the whole line, or None for a living patient.
    """

    name: str
    birth_date: str
    birth_iso: str | None
    age: str | None
    gender: str
    bsn_groups: tuple[str, str, str]
    patient_number_label: str
    patient_number: str
    deceased: str | None


@dataclass(frozen=True, slots=True)
class HospitalNumbers:
    """Which of the patient's numbers is the hospital's own. :param root: its OID."""

    hospital_name: str
    root: str


def present_banner(
    patient: Patient,
    numbers: HospitalNumbers,
    today: date,
    texts: Texts,
) -> Banner:
    """The banner as of a calendar day in Europe/Amsterdam."""
    born = patient.birth_date
    unknown = texts("unknown.field")
    return Banner(
        name=present_formal_name(choose_name(patient.names), patient.gender, texts),
        birth_date=present_partial_date(born, texts) if born else unknown,
        birth_iso=iso_date(born) if born else None,
        age=None if _has_died(patient) else present_age(born, today, texts),
        gender=texts(f"gender.{patient.gender.value}"),
        bsn_groups=group_bsn(patient.bsn),
        patient_number_label=texts("banner.patient_number", hospital=numbers.hospital_name),
        patient_number=_own_number(patient, numbers.root) or unknown,
        deceased=present_death(patient, texts),
    )


def group_bsn(bsn: Bsn) -> tuple[str, str, str]:
    """Three groups of three digits."""
    digits = bsn.reveal()
    return digits[:3], digits[3:6], digits[6:]


def present_death(patient: Patient, texts: Texts) -> str | None:
    """``Overleden 02-10-2026, 65 jaar``, as far as it is known; None for a living patient."""
    if not _has_died(patient):
        return None
    died = patient.deceased_on
    if died is None:
        return texts("banner.deceased")
    shown = present_partial_date(died, texts)
    age = present_age(patient.birth_date, died.as_date(), texts) if died.is_complete else None
    if age is None:
        return texts("banner.deceased_on", date=shown)
    return texts("banner.deceased_at_age", date=shown, age=age)


def _has_died(patient: Patient) -> bool:
    return patient.deceased or patient.deceased_on is not None


def _own_number(patient: Patient, root: str) -> str | None:
    own = [
        number.extension for number in patient.hospital_numbers if number.root == root and number.extension
    ]
    return ", ".join(own) or None
