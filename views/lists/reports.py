"""The lists of Dossier, Rapporten, except letters (features D15 to D19, D23, D24)."""

from collections.abc import Collection

from context.display import ReportParts
from context.outcome import Outcome
from context.person import Moment
from context.records import Alert, Procedure, RecordEntry, Report, Section, TextPart
from views.catalogue.model import PageRequest
from views.lists.cells import concept, concept_cell, concepts, joined, part_words, parts, party, when, words
from views.lists.groups import current_first
from views.lists.model import Cell, Column, ListSpec
from views.lists.order import newest_first
from views.lists.status import stage_words

# LOINC sections of a SOEP report and of a letter, and what hospitals call these parts themselves.
_CONCLUSION = frozenset({"51848-0", "55110-1", "conclusie", "evaluatie"})
_POLICY = frozenset({"18776-5", "beleid", "plan"})
_MEDICATION_POLICY = frozenset({"medicatiebeleid"})
_IN_COLUMNS = _CONCLUSION | _POLICY | _MEDICATION_POLICY


def _is(part: TextPart, names: Collection[str]) -> bool:
    if part.heading is None:
        return False
    return part.heading.code in names or (part.heading.label or "").strip().casefold() in names


def _part(key: str, names: Collection[str]) -> Column[Report]:
    """The parts with one of these headings, below each other."""
    return Column(
        key,
        lambda entry, request: Cell("\n".join(part.text for part in entry.parts if _is(part, names))),
    )


def _other_parts(entry: Report, request: PageRequest) -> Cell:
    """The parts without a column, under their own headings; not where the hospital shows a summary."""
    if request.hospital.display.report_parts is ReportParts.SUMMARY:
        return Cell()
    rest = [part for part in entry.parts if not _is(part, _IN_COLUMNS)]
    return Cell("\n".join(part_words(part, request.texts) for part in rest))


def _written(entry: Report) -> Moment | None:
    return entry.about or entry.recorded


def _report_note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    key = request.hospital.display.reports_note
    return request.texts(f"note.reports_{key.value}") if key else ""


def _summary_note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    summary = request.hospital.display.report_parts is ReportParts.SUMMARY
    return request.texts("note.reports_summary") if summary else ""


def _release_note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    """When a report may be seen here (feature X03)."""
    display = request.hospital.display
    time = f"{display.report_release_time:%H.%M}"
    return request.texts(f"note.report_release_{display.report_release.value}", time=time)


def _results(entry: Procedure, request: PageRequest) -> Cell:
    return Cell("\n".join(part_words(part, request.texts) for part in entry.results))


def _procedure_words(entry: Procedure, request: PageRequest) -> Cell:
    told = (*entry.indications, entry.method, *entry.sites)
    return joined([concept_cell(found, request.texts) for found in told], request.texts)


def _procedure_status(entry: Procedure, request: PageRequest) -> Cell:
    return Cell(stage_words("surgery", entry, request.texts))


REPORTS: ListSpec[Report] = ListSpec(
    key="reports",
    section=Section.REPORTS,
    entry=Report,
    main="moment",
    columns=(
        Column("moment", when(_written, "list.unknown_date")),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("author", party(lambda e: e.author)),
        Column("kind", concept(lambda e: e.kind)),
        _part("conclusion", _CONCLUSION),
        _part("policy", _POLICY),
        _part("medication_policy", _MEDICATION_POLICY),
    ),
    details=(Column("other_parts", _other_parts),),
    order=newest_first(_written),
    empty=lambda request: request.texts("empty.reports"),
    above=(_report_note,),
    below=(_summary_note, _release_note),
)

TEAM_MEETINGS: ListSpec[Report] = ListSpec(
    key="team_meetings",
    section=Section.TEAM_MEETINGS,
    entry=Report,
    main="description",
    columns=(
        Column("date", when(_written, "list.unknown_date")),
        Column("description", concept(lambda e: e.kind)),
        Column("explanation", parts(lambda e: e.parts)),
        Column("recorded_by", party(lambda e: e.author)),
    ),
    details=(Column("specialism", concept(lambda e: e.specialism)),),
    order=newest_first(_written),
    empty=lambda request: request.texts("empty.team_meetings"),
)


def _alerts(key: str, section: Section) -> ListSpec[Alert]:
    return ListSpec(
        key=key,
        section=section,
        entry=Alert,
        main="description",
        columns=(
            Column("date", when(lambda e: e.begins, "list.unknown_date")),
            Column("description", concept(lambda e: e.alert)),
            Column("explanation", concepts(lambda e: e.conditions)),
            Column("until", when(lambda e: e.ends)),
            Column("recorded_by", party(lambda e: e.author)),
        ),
        details=(Column("kind", concept(lambda e: e.kind)),),
        order=newest_first(lambda e: e.begins),
        groups=current_first(key, lambda e: e.begins, lambda e: e.ends),
        empty=lambda request: request.texts(f"empty.{key}"),
    )


ALERTS = _alerts("alerts", Section.ALERTS)
CONTRAINDICATIONS = _alerts("contraindications", Section.CONTRAINDICATIONS)

PROCEDURES: ListSpec[Procedure] = ListSpec(
    key="procedures",
    section=Section.PROCEDURES,
    entry=Procedure,
    main="description",
    columns=(
        Column("date", when(lambda e: e.begins, "list.unknown_date")),
        Column("description", concept(lambda e: e.procedure)),
        Column("explanation", _procedure_words),
        Column("status", _procedure_status),
        Column("recorded_by", party(lambda e: e.author or e.performer)),
    ),
    details=(
        Column("ends", when(lambda e: e.ends)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("performer", party(lambda e: e.performer)),
        Column("material_used", concepts(lambda e: e.materials)),
        Column("location", words(lambda e: e.location)),
        Column("result", _results),
    ),
    order=newest_first(lambda e: e.begins),
    empty=lambda request: request.texts("empty.procedures"),
)
