"""The lists of Dossier, Medische gegevens, except medication (features D01 to D09)."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from context.outcome import Outcome
from context.records import (
    Allergy,
    Device,
    FunctionalStatus,
    Problem,
    RecordEntry,
    Section,
    SubstanceUse,
    Vaccination,
)
from views.allergies import present_allergies, says_none
from views.catalogue.model import PageRequest
from views.current import WITHDRAWN, is_over
from views.dates import local_date
from views.lists.cells import amount, amount_cell, concept, concept_cell, concepts, joined, party, when
from views.lists.model import Cell, Column, ListSpec
from views.lists.order import by_moment, name_key, newest_first
from views.lists.status import status_words

# zib MateVanKritiekZijn and HL7 severity. What is not graded stands above what is graded mild.
_SEVERITY = {
    "399166001": 0,  # fatal
    "24484000": 1,  # severe
    "75540009": 1,  # high
    "CRITH": 1,
    "H": 1,
    "6736007": 2,  # moderate
    "M": 2,
    "255604002": 4,  # mild
    "62482003": 4,  # low
    "CRITL": 4,
    "L": 4,
}
_NOT_GRADED, _NOT_AN_ALLERGY = 3, 5
# zib ProbleemStatus: inactive; SNOMED CT: resolved; HL7 clinical status words.
_INACTIVE = frozenset({"73425007", "413322009", "inactive", "resolved", "remission"})


def _allergy_order(entries: Sequence[Allergy], request: PageRequest) -> tuple[Allergy, ...]:
    """Severity, then name; what is denied or withdrawn last."""

    def key(entry: Allergy) -> tuple[int, tuple[bool, str]]:
        code = entry.criticality.code if entry.criticality is not None else None
        rank = _SEVERITY.get(code or "", _NOT_GRADED)
        gone = entry.negated or entry.status in WITHDRAWN
        return (_NOT_AN_ALLERGY if gone else rank, name_key(entry.substance))

    return tuple(sorted(entries, key=key))


def _substance(entry: Allergy, request: PageRequest) -> Cell:
    if says_none(entry) and not entry.negated:
        return Cell(request.texts("allergy.statement"))
    found = concept_cell(entry.substance, request.texts)
    return found if found.text or not entry.negated else Cell(request.texts("allergy.any"))


def _allergy_line(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    """The label of the banner again; its four wordings are the only ones for allergies."""
    return present_allergies(outcome, request.texts).text if outcome.entries else ""


def _authorised_note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    only = request.hospital.display.authorised_allergies_only
    return request.texts("note.authorised_allergies") if only else ""


def _is_inactive(entry: Problem, today: date) -> bool:
    code = entry.clinical_status.code if entry.clinical_status is not None else None
    return code in _INACTIVE or is_over(entry.ends, today) or entry.status in WITHDRAWN or entry.negated


def _active_first(entries: Sequence[Problem], request: PageRequest) -> tuple[Problem, ...]:
    """Active first, then latest begin."""
    newest = by_moment(entries, lambda entry: entry.begins, descending=True)
    return tuple(sorted(newest, key=lambda entry: _is_inactive(entry, local_date(request.now))))


def _problem_status(entry: Problem, request: PageRequest) -> Cell:
    """The clinical status in the source's own words, and an unusual status of the record of it."""
    own = Cell(status_words(entry.status, request.texts))
    return joined([concept_cell(entry.clinical_status, request.texts), own], request.texts)


def _use(entry: SubstanceUse, request: PageRequest) -> Cell:
    texts = request.texts
    parts = [
        concept_cell(entry.use, texts),
        amount_cell(entry.amount, texts),
        concept_cell(entry.kind, texts),
    ]
    return joined(parts, texts)


def _state(entry: FunctionalStatus, request: PageRequest) -> Cell:
    aids = [concept_cell(aid, request.texts) for aid in entry.aids]
    return joined([amount_cell(entry.value, request.texts), *aids], request.texts)


def _device_words(entry: Device, request: PageRequest) -> Cell:
    """Where it is, on which side, and why."""
    told = (*entry.sites, *entry.indications)
    return joined([concept_cell(found, request.texts) for found in told], request.texts)


def _empty(key: str, request: PageRequest) -> str:
    return request.texts(f"empty.{key}")


ALLERGIES: ListSpec[Allergy] = ListSpec(
    key="allergies",
    section=Section.ALLERGIES,
    entry=Allergy,
    main="substance",
    columns=(
        Column("substance", _substance),
        Column("kind", concept(lambda e: e.category)),
        Column("reaction", concepts(lambda e: e.reactions)),
        Column("severity", concept(lambda e: e.criticality)),
        Column("recorded", when(lambda e: e.recorded)),
        Column("authorised_on", when(lambda e: e.authorised_on)),
    ),
    order=_allergy_order,
    empty=lambda request: request.texts("allergy.not_recorded"),
    above=(_allergy_line,),
    below=(_authorised_note,),
)


def _problems(key: str, section: Section) -> ListSpec[Problem]:
    return ListSpec(
        key=key,
        section=section,
        entry=Problem,
        main="diagnosis" if section is Section.DIAGNOSES else "condition",
        columns=(
            Column(
                "diagnosis" if section is Section.DIAGNOSES else "condition", concept(lambda e: e.problem)
            ),
            Column("specialism", concept(lambda e: e.specialism)),
            Column("status", _problem_status),
            Column("begins", when(lambda e: e.begins)),
            Column("ends", when(lambda e: e.ends)),
            Column("performer", party(lambda e: e.performer)),
        ),
        details=(
            Column("kind", concept(lambda e: e.kind)),
            Column("verification", concept(lambda e: e.verification)),
            Column("site", concepts(lambda e: e.sites)),
        ),
        order=_active_first,
        empty=partial(_empty, key),
    )


CONDITIONS = _problems("conditions", Section.CONDITIONS)
DIAGNOSES = _problems("diagnoses", Section.DIAGNOSES)

SUBSTANCE_USE: ListSpec[SubstanceUse] = ListSpec(
    key="substance_use",
    section=Section.SUBSTANCE_USE,
    entry=SubstanceUse,
    main="description",
    columns=(
        Column("date", when(lambda e: e.begins, "list.unknown_date")),
        Column("description", concept(lambda e: e.substance)),
        Column("explanation", _use),
        Column("until", when(lambda e: e.ends)),
        Column("recorded_by", party(lambda e: e.author)),
    ),
    order=newest_first(lambda e: e.begins),
    empty=partial(_empty, "substance_use"),
)


def _devices(key: str, section: Section) -> ListSpec[Device]:
    return ListSpec(
        key=key,
        section=section,
        entry=Device,
        main="description",
        columns=(
            Column("date", when(lambda e: e.begins, "list.unknown_date")),
            Column("description", concept(lambda e: e.product)),
            Column("explanation", _device_words),
            Column("until", when(lambda e: e.ends)),
            Column("recorded_by", party(lambda e: e.author or e.performer)),
        ),
        details=(
            Column("product_id", lambda e, request: Cell("; ".join(e.product_ids))),
            Column("performer", party(lambda e: e.performer)),
            Column("location", lambda e, request: Cell(e.location or "")),
        ),
        order=newest_first(lambda e: e.begins),
        empty=partial(_empty, key),
    )


IMPLANTS = _devices("implants", Section.IMPLANTS)
MATERIALS = _devices("materials", Section.MATERIALS)
DEVICES = _devices("devices", Section.DEVICES)

FUNCTIONAL_STATUS: ListSpec[FunctionalStatus] = ListSpec(
    key="functional_status",
    section=Section.FUNCTIONAL_STATUS,
    entry=FunctionalStatus,
    main="description",
    columns=(
        Column("date", when(lambda e: e.determined, "list.unknown_date")),
        Column("description", concept(lambda e: e.subject)),
        Column("explanation", _state),
        Column("recorded_by", party(lambda e: e.author)),
    ),
    order=newest_first(lambda e: e.determined),
    empty=partial(_empty, "functional_status"),
)

VACCINATIONS: ListSpec[Vaccination] = ListSpec(
    key="vaccinations",
    section=Section.VACCINATIONS,
    entry=Vaccination,
    main="vaccine",
    columns=(
        Column("date", when(lambda e: e.given, "list.unknown_date")),
        Column("vaccine", concept(lambda e: e.product)),
        Column("dose", amount(lambda e: e.dose)),
        Column("given_by", party(lambda e: e.performer)),
    ),
    order=newest_first(lambda e: e.given),
    empty=partial(_empty, "vaccinations"),
)
