"""What each source tells about one section of one patient, before any dialect."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.clinical.record import FACTS, Record, library
from sandbox.clinical.results import laboratory_statements
from sandbox.clinical.statement import URA, Code, Id, Party, Statement
from sandbox.laboratory import AMSTERDAM
from sandbox.patients import HospitalPerson, Persona
from sandbox.zis.faults import Fault

OTHER_BSN = "999904309"
OTHER_BIRTH_DATE = "19010203"
_HOSPITAL_KIND = Code(code="V4", system="2.16.840.1.113883.2.4.15.1060", name="Ziekenhuis")


@dataclass(frozen=True, slots=True)
class Delivery:
    """The answer of one source.

    :param pages: groups of statements, each one ``subject``. No page: nothing was found.
    :param failed: the source answers AE. :param held_back: results that it says it still has.
    :param earlier: results that earlier pages brought.
    """

    person: HospitalPerson
    owner: Party
    pages: tuple[tuple[Statement, ...], ...]
    failed: bool = False
    held_back: int = 0
    earlier: int = 0

    def page(self, start: int) -> "Delivery":
        """Only the page ``start`` (1 for the first); what follows is held back."""
        rest = max(len(self.pages) - start, 0)
        return replace(
            self,
            pages=self.pages[start - 1 : start],
            held_back=rest + self.held_back,
            earlier=min(start - 1, len(self.pages)),
        )


def deliveries(persona: Persona, section: str, fault: Fault, now: datetime) -> list[Delivery]:
    """The hospital's own first. Empty when the hospital does not know the patient.

    :param now: aware.
    """
    if not persona.people:
        return []
    person = spoiled(persona.people[0], fault)
    own = _statements(persona, library().record(persona.record), section, now)
    failed = fault is Fault.AE
    found = [_delivery(persona, person, section, _owner("Ziekenhuis", "90000101"), own, fault)]
    for source in persona.sources:
        told = _statements(None, library().record(source.record), section, now)
        each = _delivery(persona, person, section, _owner(source.name, source.ura), told, Fault.OK)
        found.append(replace(each, failed=True, pages=()) if source.failed else each)
    if fault is Fault.SOURCE_AE:
        found.append(Delivery(person, _owner("Regio Oost", "90000902"), (), failed=True))
    return [replace(each, failed=True, pages=()) for each in found] if failed else found


def spoiled(person: HospitalPerson, fault: Fault) -> HospitalPerson:
    """The person as the fault tells it."""
    if fault is Fault.WRONG_BSN:
        return replace(person, bsn=OTHER_BSN)
    if fault is Fault.WRONG_BIRTHDATE:
        return replace(person, birth_date=OTHER_BIRTH_DATE)
    return person


def _owner(name: str, ura: str) -> Party:
    return Party(
        ids=(Id(root=URA, extension=ura),),
        organisation=name,
        organisation_ids=(Id(root=URA, extension=ura),),
        role=_HOSPITAL_KIND,
    )


def _statements(persona: Persona | None, record: Record, section: str, now: datetime) -> list[Statement]:
    scene = library().scene(now)
    if section == "laboratory":
        results = persona.results(now.astimezone(AMSTERDAM).date()) if persona else ()
        return laboratory_statements(results, scene)
    return record.statements(section, scene) if section in FACTS else []


def _delivery(
    persona: Persona,
    person: HospitalPerson,
    section: str,
    owner: Party,
    statements: Sequence[Statement],
    fault: Fault,
) -> Delivery:
    held_back = 0
    if fault is Fault.HALF:
        statements, held_back = statements[: (len(statements) + 1) // 2], 1
    pages = _pages(statements, persona.page_size)
    if not pages and section in persona.empty:
        pages = ((),)
    return Delivery(person, owner, pages, held_back=held_back)


def _pages(statements: Sequence[Statement], size: int) -> tuple[tuple[Statement, ...], ...]:
    """Everything on one page for size 0."""
    step = size or len(statements)
    return tuple(tuple(statements[at : at + step]) for at in range(0, len(statements), step or 1))
