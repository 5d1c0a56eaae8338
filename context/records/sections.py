"""The parts of a hospital record that a GP may be shown, one name for each."""

from enum import StrEnum


class Section(StrEnum):
    """The sections that a record source can be asked for (features Q01 to Q10, D01 to D30, R01 to R24)."""

    APPOINTMENTS = "appointments"
    SURGERIES = "surgeries"
    ADMISSIONS = "admissions"
    EMERGENCY_VISITS = "emergency_visits"
    REFERRALS = "referrals"

    ALLERGIES = "allergies"
    CONDITIONS = "conditions"
    SUBSTANCE_USE = "substance_use"
    DIAGNOSES = "diagnoses"
    CONTRAINDICATIONS = "contraindications"
    IMPLANTS = "implants"
    MATERIALS = "materials"
    FUNCTIONAL_STATUS = "functional_status"
    DEVICES = "devices"
    MEDICATION = "medication"
    VACCINATIONS = "vaccinations"

    REPORTS = "reports"
    LETTERS = "letters"
    ALERTS = "alerts"
    PROCEDURES = "procedures"

    NURSING_PROBLEMS = "nursing_problems"
    NURSING_PLAN = "nursing_plan"
    NURSING_NOTES = "nursing_notes"

    DIET_ADVICE = "diet_advice"
    DIET_AGREEMENTS = "diet_agreements"
    TREATMENT_RESTRICTIONS = "treatment_restrictions"
    TEAM_MEETINGS = "team_meetings"

    LABORATORY = "laboratory"
    MEASUREMENTS = "measurements"
    MICROBIOLOGY = "microbiology"
    PATHOLOGY = "pathology"
    RADIOLOGY = "radiology"
    CARDIOLOGY = "cardiology"
    ENDOSCOPY = "endoscopy"


BANNER_SECTIONS = (Section.ALLERGIES, Section.TREATMENT_RESTRICTIONS, Section.ALERTS)
"""What the patient banner tells on every page (interface.md §4.3)."""
