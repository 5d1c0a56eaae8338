"""The lists of Dossier, Verpleegkundig dossier and Overige (features D25 to D27)."""

from collections.abc import Callable

from context.records import DietEntry, NursingEntry, Section, TreatmentRestriction
from views.catalogue.model import PageRequest
from views.lists.cells import (
    amount,
    concept,
    concept_cell,
    concepts,
    joined,
    part_words,
    parties,
    parts,
    party,
    when,
)
from views.lists.groups import current_first
from views.lists.model import Cell, Column, ListSpec
from views.lists.order import newest_first

_DATE: Column[NursingEntry] = Column("date", when(lambda e: e.about or e.recorded, "list.unknown_date"))
_TEXT: Column[NursingEntry] = Column("text", parts(lambda e: e.texts))
_NURSE: Column[NursingEntry] = Column("nurse", party(lambda e: e.author))
_GOALS: Column[NursingEntry] = Column("goals", concepts(lambda e: e.goals))
_SCORE: Column[NursingEntry] = Column("score", amount(lambda e: e.value))
_ENDS: Column[NursingEntry] = Column("ends", when(lambda e: e.ends))


def _empty(key: str) -> Callable[[PageRequest], str]:
    return lambda request: request.texts(f"empty.{key}")


NURSING_PROBLEMS: ListSpec[NursingEntry] = ListSpec(
    key="nursing_problems",
    section=Section.NURSING_PROBLEMS,
    entry=NursingEntry,
    main="problem",
    columns=(_DATE, Column("problem", concept(lambda e: e.title)), _GOALS, _SCORE, _NURSE),
    details=(_TEXT, _ENDS),
    order=newest_first(lambda e: e.about or e.recorded),
    empty=_empty("nursing_problems"),
)

NURSING_PLAN: ListSpec[NursingEntry] = ListSpec(
    key="nursing_plan",
    section=Section.NURSING_PLAN,
    entry=NursingEntry,
    main="intervention",
    columns=(_DATE, Column("intervention", concept(lambda e: e.title)), _TEXT, _NURSE),
    details=(_GOALS, _SCORE, _ENDS),
    order=newest_first(lambda e: e.about or e.recorded),
    empty=_empty("nursing_plan"),
)

NURSING_NOTES: ListSpec[NursingEntry] = ListSpec(
    key="nursing_notes",
    section=Section.NURSING_NOTES,
    entry=NursingEntry,
    main="date",
    columns=(_DATE, Column("subject", concept(lambda e: e.title)), _TEXT, _NURSE),
    details=(_GOALS, _SCORE, _ENDS),
    order=newest_first(lambda e: e.about or e.recorded),
    empty=_empty("nursing_notes"),
)


def _diet_words(entry: DietEntry, request: PageRequest) -> Cell:
    consistency = concept_cell(entry.consistency, request.texts)
    lines = [Cell(part_words(part, request.texts)) for part in entry.texts]
    return joined([consistency, *lines], request.texts)


def _diet(key: str, section: Section) -> ListSpec[DietEntry]:
    return ListSpec(
        key=key,
        section=section,
        entry=DietEntry,
        main="description",
        columns=(
            Column("date", when(lambda e: e.about or e.recorded, "list.unknown_date")),
            Column("description", concept(lambda e: e.title)),
            Column("explanation", _diet_words),
            Column("until", when(lambda e: e.ends)),
            Column("recorded_by", party(lambda e: e.author)),
        ),
        order=newest_first(lambda e: e.about or e.recorded),
        empty=_empty(key),
    )


DIET_ADVICE = _diet("diet_advice", Section.DIET_ADVICE)
DIET_AGREEMENTS = _diet("diet_agreements", Section.DIET_AGREEMENTS)

TREATMENT_RESTRICTIONS: ListSpec[TreatmentRestriction] = ListSpec(
    key="treatment_restrictions",
    section=Section.TREATMENT_RESTRICTIONS,
    entry=TreatmentRestriction,
    main="restriction",
    columns=(
        Column("restriction", concept(lambda e: e.treatment)),
        Column("agreement", concept(lambda e: e.decision)),
        Column("date", when(lambda e: e.discussed, "list.unknown_date")),
        Column("agreed_with", parties(lambda e: e.agreed_with)),
        Column("doctor", party(lambda e: e.author)),
    ),
    details=(
        Column("ends", when(lambda e: e.ends)),
        Column("end_reason", concept(lambda e: e.end_reason)),
        Column("will", concepts(lambda e: e.wills)),
    ),
    order=newest_first(lambda e: e.discussed),
    groups=current_first("treatment_restrictions", lambda e: e.discussed, lambda e: e.ends),
    empty=_empty("treatment_restrictions"),
)
