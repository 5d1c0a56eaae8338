"""Reads the record files: sets of facts by section, which personas refer to by name."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sandbox.clinical.contacts import Contact, Operation, Referral
from sandbox.clinical.documents import Letter
from sandbox.clinical.dossier import Alert, Allergy, Device, Functioning, Problem, Restriction, Use
from sandbox.clinical.medication import Medicine, Vaccination
from sandbox.clinical.notes import Diet, Nursing, Report
from sandbox.clinical.results import Culture, Finding, Measurement
from sandbox.clinical.scene import NUMBERS, Caregiver, Scene
from sandbox.clinical.statement import Statement

RECORDS = Path(__file__).parent.parent / "records"

AnyFact = (
    Contact
    | Operation
    | Referral
    | Allergy
    | Problem
    | Alert
    | Restriction
    | Device
    | Functioning
    | Use
    | Medicine
    | Vaccination
    | Report
    | Nursing
    | Diet
    | Measurement
    | Culture
    | Finding
)
LETTERS = "letters"

FACTS: Mapping[str, tuple[type[AnyFact], str]] = {
    "appointments": (Contact, f"{NUMBERS}.101"),
    "surgeries": (Operation, f"{NUMBERS}.102"),
    "admissions": (Contact, f"{NUMBERS}.103"),
    "emergency_visits": (Contact, f"{NUMBERS}.104"),
    "referrals": (Referral, f"{NUMBERS}.105"),
    "allergies": (Allergy, f"{NUMBERS}.92"),
    "conditions": (Problem, f"{NUMBERS}.106"),
    "substance_use": (Use, f"{NUMBERS}.107"),
    "diagnoses": (Problem, f"{NUMBERS}.108"),
    "contraindications": (Alert, f"{NUMBERS}.110"),
    "implants": (Device, f"{NUMBERS}.111"),
    "materials": (Device, f"{NUMBERS}.112"),
    "functional_status": (Functioning, f"{NUMBERS}.113"),
    "devices": (Device, f"{NUMBERS}.114"),
    "medication": (Medicine, f"{NUMBERS}.115"),
    "vaccinations": (Vaccination, f"{NUMBERS}.116"),
    "reports": (Report, f"{NUMBERS}.117"),
    "alerts": (Alert, f"{NUMBERS}.118"),
    "procedures": (Operation, f"{NUMBERS}.119"),
    "nursing_problems": (Nursing, f"{NUMBERS}.120"),
    "nursing_plan": (Nursing, f"{NUMBERS}.121"),
    "nursing_notes": (Nursing, f"{NUMBERS}.122"),
    "diet_advice": (Diet, f"{NUMBERS}.123"),
    "diet_agreements": (Diet, f"{NUMBERS}.124"),
    "treatment_restrictions": (Restriction, f"{NUMBERS}.125"),
    "team_meetings": (Report, f"{NUMBERS}.126"),
    "measurements": (Measurement, f"{NUMBERS}.127"),
    "microbiology": (Culture, f"{NUMBERS}.128"),
    "pathology": (Finding, f"{NUMBERS}.129"),
    "radiology": (Finding, f"{NUMBERS}.130"),
    "cardiology": (Finding, f"{NUMBERS}.131"),
    "endoscopy": (Finding, f"{NUMBERS}.132"),
}
"""What a section holds and the root of its numbers. Laboratory and letters have their own modules."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a hospital knows of one patient: facts by section."""

    facts: Mapping[str, tuple[AnyFact | Letter, ...]] = field(default_factory=dict)

    def statements(self, section: str, scene: Scene) -> list[Statement]:
        """In the order of the files. :raises KeyError: a section without facts of this kind."""
        _, root = FACTS[section]
        told = (each for each in self.facts.get(section, ()) if not isinstance(each, Letter))
        return [each.statement(scene, root) for each in told]

    @property
    def letters(self) -> tuple[Letter, ...]:
        return tuple(each for each in self.facts.get(LETTERS, ()) if isinstance(each, Letter))

    @property
    def findings(self) -> Mapping[str, tuple[Finding, ...]]:
        """Results in words, by section."""
        return {
            section: tuple(each for each in facts if isinstance(each, Finding))
            for section, facts in self.facts.items()
            if section != LETTERS and FACTS[section][0] is Finding
        }

    def joined(self, others: Iterable["Record"]) -> "Record":
        """All facts of both, own first."""
        merged: dict[str, tuple[AnyFact | Letter, ...]] = dict(self.facts)
        for other in others:
            for section, facts in other.facts.items():
                merged[section] = merged.get(section, ()) + facts
        return Record(merged)


@dataclass(frozen=True, slots=True)
class Library:
    """:param records: by name. :param people: caregivers by word."""

    records: Mapping[str, Record]
    people: Mapping[str, Caregiver]

    def record(self, names: Iterable[str]) -> Record:
        """:raises KeyError: a name that no file has."""
        return Record().joined(self.records[name] for name in names)

    def scene(self, now: datetime) -> Scene:
        return Scene(now, self.people)


def load_library(folder: Path = RECORDS) -> Library:
    """Every ``*.toml`` of the folder: ``[people.WORD]``, and ``[[RECORD.SECTION]]`` for each fact.

    :raises ValueError: a row that does not fit its section; the message names file and field.
    """
    people: dict[str, Caregiver] = {}
    records: dict[str, Record] = {}
    for file in sorted(folder.glob("*.toml")):
        content = tomllib.loads(file.read_text("utf-8"))
        people |= _read(dict[str, Caregiver], content.pop("people", {}), file)
        for name, sections in content.items():
            records[name] = records.get(name, Record()).joined([_record(sections, file)])
    return Library(records, people)


@cache
def library() -> Library:
    """The library of ``sandbox/records``, read once."""
    return load_library()


def _record(sections: Mapping[str, Any], file: Path) -> Record:
    return Record({section: _facts(section, rows, file) for section, rows in sections.items()})


def _facts(section: str, rows: Any, file: Path) -> tuple[AnyFact | Letter, ...]:
    kind = Letter if section == LETTERS else FACTS[section][0]
    return tuple(_read(list[kind], rows, file))  # type: ignore[valid-type]  # the table says which


def _read(kind: Any, rows: Any, file: Path) -> Any:
    try:
        return TypeAdapter(kind).validate_python(rows)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error
