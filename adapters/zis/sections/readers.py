"""How the entries of each section are read: one reader per section, for every dialect.

A reader takes clinical statements, whatever wrapped them: ``careProvisionEvent/pertinentInformation3`` (UV),
``organizer/component`` (NL) or ``section/entry`` (CDA). To add a section: docs/adding-a-section.md.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from lxml.etree import _Element

from adapters.zis.sections import allergies, care, dossier, lab, letters, medication, notes, results
from adapters.zis.sections.narrative import with_narrative
from adapters.zis.sections.statement import Reading
from context.records import Entry, Section

E = TypeVar("E", bound=Entry)

Reader = Callable[[Iterable[_Element]], Reading[Entry]]
"""From the statements of one answer to its entries, in the source's order, and how many were not read."""


def _reader(read: Callable[[Iterable[_Element]], Reading[E]]) -> Reader:
    def read_entries(statements: Iterable[_Element]) -> Reading[Entry]:
        found = read(with_narrative(statements))
        return Reading(list(found.entries), found.unread)

    return read_entries


READERS: Mapping[Section, Reader] = MappingProxyType(
    {
        Section.APPOINTMENTS: _reader(care.APPOINTMENTS.read),
        Section.SURGERIES: _reader(care.PROCEDURES.read),
        Section.ADMISSIONS: _reader(care.ADMISSIONS.read),
        Section.EMERGENCY_VISITS: _reader(care.EMERGENCY_VISITS.read),
        Section.REFERRALS: _reader(care.REFERRALS.read),
        Section.ALLERGIES: _reader(allergies.ALLERGIES.read),
        Section.CONDITIONS: _reader(dossier.PROBLEMS.read),
        Section.SUBSTANCE_USE: _reader(dossier.SUBSTANCE_USE.read),
        Section.DIAGNOSES: _reader(dossier.PROBLEMS.read),
        Section.CONTRAINDICATIONS: _reader(dossier.ALERTS.read),
        Section.IMPLANTS: _reader(dossier.DEVICES.read),
        Section.MATERIALS: _reader(dossier.DEVICES.read),
        Section.FUNCTIONAL_STATUS: _reader(dossier.FUNCTIONAL_STATUS.read),
        Section.DEVICES: _reader(dossier.DEVICES.read),
        Section.MEDICATION: _reader(medication.read_medication),
        Section.VACCINATIONS: _reader(medication.VACCINATIONS.read),
        Section.REPORTS: _reader(notes.REPORTS.read),
        Section.LETTERS: _reader(letters.LETTERS.read),
        Section.ALERTS: _reader(dossier.ALERTS.read),
        Section.PROCEDURES: _reader(care.PROCEDURES.read),
        Section.NURSING_PROBLEMS: _reader(notes.NURSING.read),
        Section.NURSING_PLAN: _reader(notes.NURSING.read),
        Section.NURSING_NOTES: _reader(notes.NURSING.read),
        Section.DIET_ADVICE: _reader(notes.DIET.read),
        Section.DIET_AGREEMENTS: _reader(notes.DIET.read),
        Section.TREATMENT_RESTRICTIONS: _reader(dossier.RESTRICTIONS.read),
        Section.TEAM_MEETINGS: _reader(notes.REPORTS.read),
        Section.LABORATORY: _reader(lab.LABORATORY.read),
        Section.MEASUREMENTS: _reader(results.MEASUREMENTS.read),
        Section.MICROBIOLOGY: _reader(results.TEXT_RESULTS.read),
        Section.PATHOLOGY: _reader(results.TEXT_RESULTS.read),
        Section.RADIOLOGY: _reader(results.TEXT_RESULTS.read),
        Section.CARDIOLOGY: _reader(results.TEXT_RESULTS.read),
        Section.ENDOSCOPY: _reader(results.TEXT_RESULTS.read),
    }
)
