"""The synthetic patients: who they are, what the hospital knows, how it behaves about them.

All of it is invented; the numbers are test BSNs (prefix 9999).
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sandbox.clinical.documents import Letter
from sandbox.clinical.record import AnyFact, library
from sandbox.laboratory import MOST_TESTS, Result, generate_results, written_results

PATIENTS = Path(__file__).with_name("personas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A Dutch name. :param name_use: ``own``, ``partner``, ``partner_own`` or ``own_partner``."""

    initials: str
    family: str
    given: tuple[str, ...] = ()
    call_name: str = ""
    prefix: str = ""
    partner_prefix: str = ""
    partner_family: str = ""
    name_use: str = "own"

    @property
    def family_as_used(self) -> str:
        """The family names with their prefixes, in the order of use."""
        own = f"{self.prefix} {self.family}".strip()
        partner = f"{self.partner_prefix} {self.partner_family}".strip()
        used = {"own": own, "partner": partner, "own_partner": f"{own}-{partner}"}
        return used.get(self.name_use, f"{partner}-{own}")

    @property
    def label(self) -> str:
        """What a person reads: initials and family names."""
        return f"{self.initials} {self.family_as_used}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A postal address."""

    street: str
    house_number: str
    postal_code: str
    city: str
    addition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A care provider outside the hospital.

    :param kind: code in 2.16.840.1.113883.2.4.15.1060 (Z3 gp practice, J8 pharmacy), empty when the
        hospital sends none and only the AGB number tells.
    :param agb: eight digits, the first two name the kind.
    """

    agb: str
    organisation: str
    kind: str = ""
    person: Name | None = None
    place: Place | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """A health insurer. :param uzovi: four digits."""

    uzovi: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Another source that answers in the same batch (NL), or as another care record (UV).

    :param ura: who keeps that file. :param failed: it answers AE instead, with what it is called for.
    :param record: names of records that it holds; with the same facts, their numbers are the same too.
    """

    name: str
    ura: str
    failed: bool = False
    record: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalPerson:
    """What the hospital has written down about one person.

    :param birth_date: ``YYYYMMDD``, or shorter when only the year or month is known.
    :param deceased_on: ``YYYYMMDD``, empty when alive.
    """

    bsn: str
    number: str
    name: Name
    birth_date: str
    gender: str
    deceased_on: str = ""
    place: Place | None = None
    phones: tuple[str, ...] = ()
    providers: tuple[Provider, ...] = ()
    insurer: Insurer | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One synthetic patient, named by what it shows.

    :param purpose: Dutch, for the HIS portal.
    :param birth_date, name: as the HIS knows them.
    :param consent: ``Permit``, ``Deny``, ``NotApplicable`` or ``Indeterminate``.
    :param people: who the hospital finds under this BSN: nobody, one, or several.
    :param group: what it shows, for the HIS portal.
    :param record: names of records (``sandbox/records``). :param sources: others in the same answer.
    :param page_size: entries per page, 0 for everything at once.
    :param quirks: ways of writing (``sandbox/zis/quirks.py``).
    :param empty: sections that are answered with an organizer that holds nothing.
    :param letters: how many letters are generated, besides those of its records.
    :param faults: steps by interaction (``patient``, ``consent``, ``documents`` or a section's name).
    """

    key: str
    purpose: str
    bsn: str
    name: Name
    birth_date: date
    gender: str
    consent: str
    people: tuple[HospitalPerson, ...]
    group: str = ""
    record: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    page_size: int = 0
    quirks: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    letters: int = 0
    laboratory: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def allergies(self) -> tuple[AnyFact | Letter, ...]:
        """What the hospital wrote down about allergies."""
        return library().record(self.record).facts.get("allergies", ())

    def results(self, today: date) -> tuple[Result, ...]:
        """The laboratory results as of ``today`` (Europe/Amsterdam)."""
        plan = dict(self.laboratory)
        written = plan.pop("results", None)
        if written is not None:
            return written_results(written, today)
        return generate_results(self.bsn, today, **plan) if plan else ()


def load_personas(folder: Path = PATIENTS) -> dict[str, Persona]:
    """All patients by key, in the order of the files' names and of the rows in each.

    :raises ValueError: a BSN that is no test BSN or stands there twice.
    :raises KeyError: a reference to a provider, insurer, laboratory plan or record that no file has.
    """
    contents = [tomllib.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.toml"))]
    shelf = _Shelf(contents)
    rows = [row for content in contents for row in content.get("patients", ())]
    personas = {row["key"]: shelf.persona(row) for row in rows}
    for persona in personas.values():
        library().record(persona.record)
    bsns = [persona.bsn for persona in personas.values()]
    wrong = [persona.key for persona in personas.values() if not is_test_bsn(persona.bsn)]
    if wrong or len(set(bsns)) != len(rows):
        raise ValueError(f"patients need a test BSN of their own: {wrong}")
    return personas


def sized(persona: Persona, *, results: int, letters: int) -> Persona:
    """The same patient with exactly so many generated laboratory results and letters, for a bench."""
    plan = {"tests": MOST_TESTS, "samples": -(-results // MOST_TESTS), "count": results}
    return replace(persona, laboratory=plan, letters=letters)


def is_test_bsn(text: str) -> bool:
    """Nine digits, prefix 9999, and the 11-test holds."""
    if len(text) != 9 or not text.isdigit() or not text.startswith("9999"):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, text, strict=True)) % 11 == 0


class _Shelf:
    """The parts of the files that patients refer to by name."""

    def __init__(self, contents: Sequence[Mapping[str, Any]]) -> None:
        self.providers = {key: _provider(row) for key, row in _all(contents, "providers")}
        self.insurers = {key: Insurer(**row) for key, row in _all(contents, "insurers")}
        self.laboratory = dict(_all(contents, "laboratory"))

    def persona(self, row: Mapping[str, Any]) -> Persona:
        name = Name(**_tuples(row["name"]))
        return Persona(
            key=row["key"],
            purpose=row["purpose"],
            bsn=row["bsn"],
            name=name,
            birth_date=row["birth_date"],
            gender=row["gender"],
            consent=row.get("consent", "Permit"),
            people=self._people(row, name),
            group=row.get("group", "people"),
            record=tuple(row.get("record", ())),
            sources=tuple(Source(**_tuples(each)) for each in row.get("sources", ())),
            page_size=row.get("page_size", 0),
            quirks=tuple(row.get("quirks", ())),
            empty=tuple(row.get("empty", ())),
            letters=row.get("letters", 0),
            laboratory=self.laboratory[row["laboratory"]] if "laboratory" in row else {},
            faults={key: tuple(steps) for key, steps in row.get("faults", {}).items()},
        )

    def _people(self, row: Mapping[str, Any], name: Name) -> tuple[HospitalPerson, ...]:
        if "hospital" not in row:
            return ()
        rows = row["hospital"] if isinstance(row["hospital"], list) else [row["hospital"]]
        usual = HospitalPerson(
            bsn=row["bsn"],
            number="",
            name=name,
            birth_date=f"{row['birth_date']:%Y%m%d}",
            gender=row["gender"],
        )
        return tuple(self._person(each, usual) for each in rows)

    def _person(self, row: Mapping[str, Any], usual: HospitalPerson) -> HospitalPerson:
        changes = _tuples(row)
        changes["providers"] = tuple(self.providers[key] for key in row.get("providers", ()))
        changes["insurer"] = self.insurers[row["insurer"]] if "insurer" in row else None
        changes["place"] = Place(**row["place"]) if "place" in row else None
        changes["name"] = replace(usual.name, **_tuples(row.get("name", {})))
        return replace(usual, **changes)


def _all(contents: Sequence[Mapping[str, Any]], table: str) -> Iterator[tuple[str, Any]]:
    for content in contents:
        yield from content.get(table, {}).items()


def _provider(row: Mapping[str, Any]) -> Provider:
    changes = dict(row)
    changes["person"] = Name(**row["person"]) if "person" in row else None
    changes["place"] = Place(**row["place"]) if "place" in row else None
    return Provider(**changes)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
