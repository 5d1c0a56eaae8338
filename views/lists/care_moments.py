"""The lists of Zorgmomenten: appointments, operations, admissions, emergency visits, referrals
(features Q01 to Q10)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from context.display import DisplayProfile, PlannedActs
from context.outcome import Outcome
from context.records import Encounter, Procedure, RecordEntry, Referral, Section, Stage
from views.catalogue.model import PageRequest
from views.documents import present_link
from views.lists.cells import concept, concepts, day, party, time, when, words
from views.lists.model import Cell, Column, EntryGroup, ListSpec, Note
from views.lists.order import by_moment, newest_first
from views.lists.status import stage_words, status_words
from views.lists.upcoming import is_upcoming

P = TypeVar("P", Encounter, Procedure)


@dataclass(frozen=True, slots=True)
class _Planned(Generic[P]):
    """What divides one list of planned contacts.

    :param rule: which of them the hospital shows. :param goes_on: tells one that has begun and is not over.
    """

    key: str
    rule: Callable[[DisplayProfile], PlannedActs]
    goes_on: Callable[[P, PageRequest], bool] = lambda entry, request: False

    def coming(self, entry: P, request: PageRequest) -> bool:
        return is_upcoming(entry.begins, entry.stage, request.now)

    def past(self, entry: P, request: PageRequest) -> bool:
        return not self.coming(entry, request)

    def upcoming_group(self, entries: Sequence[P], request: PageRequest) -> tuple[EntryGroup[P], ...]:
        """Soonest first."""
        found = by_moment(entries, lambda entry: entry.begins, descending=False)
        chosen = self.rule(request.hospital.display)
        empty = request.texts(f"empty.{self.key}_upcoming_{chosen.value}")
        return (EntryGroup(request.texts("list.upcoming"), found, empty),)

    def past_group(self, entries: Sequence[P], request: PageRequest) -> tuple[EntryGroup[P], ...]:
        """Latest first; what goes on now stands above the past, apart from it."""
        found = by_moment(entries, lambda entry: entry.begins, descending=True)
        now = tuple(entry for entry in found if self.goes_on(entry, request))
        over = tuple(entry for entry in found if not self.goes_on(entry, request))
        past = EntryGroup(request.texts("list.past"), over, request.texts(f"empty.{self.key}_past"))
        return (EntryGroup(request.texts(f"stage.{self.key}_now"), now, ""), past) if now else (past,)

    def groups(self, entries: Sequence[P], request: PageRequest) -> tuple[EntryGroup[P], ...]:
        """Toekomstig above Verleden (feature Q01)."""
        coming = [entry for entry in entries if self.coming(entry, request)]
        behind = self.past_group([entry for entry in entries if self.past(entry, request)], request)
        # Where the hospital shows the past only, "none to come" would be told without being known.
        if coming or self.rule(request.hospital.display) is not PlannedActs.PAST:
            return self.upcoming_group(coming, request) + behind
        return behind

    def empty(self, request: PageRequest) -> str:
        return request.texts(f"empty.{self.key}_{self.rule(request.hospital.display).value}")

    def note(self, request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
        """Which of them the hospital shows, where that is not all."""
        return request.texts.find(f"note.{self.key}_{self.rule(request.hospital.display).value}") or ""


def _status(kind: str) -> Callable[[Encounter | Procedure, PageRequest], Cell]:
    return lambda entry, request: Cell(stage_words(kind, entry, request.texts))


def _is_real(entry: Encounter) -> bool:
    return entry.stage is Stage.PERFORMED and entry.status != "nullified" and not entry.negated


def _is_admitted(entry: Encounter, request: PageRequest) -> bool:
    """An admission without an end goes on only where the source says so."""
    if entry.ends is None:
        return _is_real(entry) and entry.status == "active"
    return _is_real(entry) and is_upcoming(entry.ends, Stage.SCHEDULED, request.now)


def _admission_status(entry: Encounter, request: PageRequest) -> Cell:
    """An admission without an end is not told to be over, nor to go on."""
    if not _is_real(entry):
        return Cell(stage_words("admission", entry, request.texts))
    if _is_admitted(entry, request):
        return Cell(request.texts("stage.admission_goes_on"))
    return Cell(request.texts("stage.admission_ended" if entry.ends else "stage.admission_end_unknown"))


def _referral_status(entry: Referral, request: PageRequest) -> Cell:
    if entry.status == "nullified" or entry.is_open is None:
        return Cell(status_words(entry.status, request.texts))
    return Cell(request.texts("stage.referral_open" if entry.is_open else "stage.referral_closed"))


def _place(entry: Encounter) -> str:
    """Ward or clinic, and room or building."""
    return ", ".join(dict.fromkeys(name for name in (entry.department, entry.location) if name))


def _letter(entry: Referral, request: PageRequest) -> Cell:
    """The digital referral letter, where it can be opened (feature Q09)."""
    if entry.letter is None:
        return Cell()
    link = present_link(Section.REFERRALS, entry.letter, request)
    return Cell(link.text, url=link.url)


_APPOINTMENTS: _Planned[Encounter] = _Planned("appointments", lambda display: PlannedActs.ALL)
_SURGERIES: _Planned[Procedure] = _Planned("surgeries", lambda display: display.surgeries)
_ADMISSIONS: _Planned[Encounter] = _Planned(
    "admissions", lambda display: display.admissions, goes_on=_is_admitted
)

APPOINTMENTS: ListSpec[Encounter] = ListSpec(
    key="appointments",
    section=Section.APPOINTMENTS,
    entry=Encounter,
    main="specialism",
    columns=(
        Column("date", day(lambda e: e.begins)),
        Column("time", time(lambda e: e.begins)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("performer", party(lambda e: e.performer)),
        Column("location", words(_place)),
        Column("kind", concept(lambda e: e.kind)),
        Column("status", _status("appointment")),
    ),
    details=(
        Column("ends", when(lambda e: e.ends)),
        Column("reason", concepts(lambda e: e.reasons)),
    ),
    order=newest_first(lambda e: e.begins),
    groups=_APPOINTMENTS.groups,
    empty=_APPOINTMENTS.empty,
)

SURGERIES: ListSpec[Procedure] = ListSpec(
    key="surgeries",
    section=Section.SURGERIES,
    entry=Procedure,
    main="surgery",
    columns=(
        Column("date", when(lambda e: e.begins, "list.unknown_date")),
        Column("surgery", concept(lambda e: e.procedure)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("surgeon", party(lambda e: e.performer)),
        Column("status", _status("surgery")),
    ),
    details=(
        Column("ends", when(lambda e: e.ends)),
        Column("site", concepts(lambda e: e.sites)),
        Column("method", concept(lambda e: e.method)),
        Column("indication", concepts(lambda e: e.indications)),
        Column("material_used", concepts(lambda e: e.materials)),
        Column("location", words(lambda e: e.location)),
    ),
    order=newest_first(lambda e: e.begins),
    groups=_SURGERIES.groups,
    empty=_SURGERIES.empty,
    below=(_SURGERIES.note,),
)

ADMISSIONS: ListSpec[Encounter] = ListSpec(
    key="admissions",
    section=Section.ADMISSIONS,
    entry=Encounter,
    main="department",
    columns=(
        Column("from", when(lambda e: e.begins, "list.unknown_date")),
        Column("until", when(lambda e: e.ends)),
        Column("department", words(lambda e: e.department or e.location)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("reason", concepts(lambda e: e.reasons)),
        Column("status", _admission_status),
    ),
    details=(
        Column("kind", concept(lambda e: e.kind)),
        Column("performer", party(lambda e: e.performer)),
        Column("location", words(lambda e: e.location if e.department else None)),
        Column("origin", concept(lambda e: e.origin)),
        Column("destination", concept(lambda e: e.destination)),
    ),
    order=newest_first(lambda e: e.begins),
    groups=_ADMISSIONS.groups,
    empty=_ADMISSIONS.empty,
    below=(_ADMISSIONS.note,),
)

EMERGENCY_VISITS: ListSpec[Encounter] = ListSpec(
    key="emergency_visits",
    section=Section.EMERGENCY_VISITS,
    entry=Encounter,
    main="complaint",
    columns=(
        Column("arrival", when(lambda e: e.begins, "list.unknown_date")),
        Column("departure", when(lambda e: e.ends)),
        Column("complaint", concepts(lambda e: e.reasons)),
        Column("triage", concept(lambda e: e.triage)),
        Column("performer", party(lambda e: e.performer)),
        Column("destination", concept(lambda e: e.destination)),
    ),
    details=(
        Column("kind", concept(lambda e: e.kind)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("origin", concept(lambda e: e.origin)),
        Column("location", words(_place)),
    ),
    order=newest_first(lambda e: e.begins),
    empty=lambda request: request.texts("empty.emergency_visits"),
)

REFERRALS: ListSpec[Referral] = ListSpec(
    key="referrals",
    section=Section.REFERRALS,
    entry=Referral,
    main="kind",
    columns=(
        Column("date", when(lambda e: e.referred, "list.unknown_date")),
        Column("referrer", party(lambda e: e.referrer)),
        Column("specialism", concept(lambda e: e.specialism)),
        Column("kind", concept(lambda e: e.kind)),
        Column("zorgdomein_number", words(lambda e: e.number)),
        Column("status", _referral_status),
    ),
    details=(
        Column("letter", _letter),
        Column("referred_to", party(lambda e: e.recipient)),
        Column("reason", concepts(lambda e: e.reasons)),
    ),
    order=newest_first(lambda e: e.referred),
    empty=lambda request: request.texts(f"empty.referrals_{request.hospital.display.referrals.value}"),
    below=(
        lambda request, outcome: (
            request.texts.find(f"note.referrals_{request.hospital.display.referrals.value}") or ""
        ),
    ),
)


def _unnamed_when_alone(groups: tuple[EntryGroup[P], ...]) -> tuple[EntryGroup[P], ...]:
    """The title of a half says what its only group is."""
    return groups if len(groups) > 1 else (replace(groups[0], heading=""),)


def _part(spec: ListSpec[P], planned: _Planned[P], *, coming: bool, note: bool = False) -> ListSpec[P]:
    """The same list with only what is to come, or only what is past, under a heading of its own."""
    divide = planned.upcoming_group if coming else planned.past_group
    notes: tuple[Note, ...] = (planned.note,) if note else ()
    return replace(
        spec,
        key=f"{'upcoming' if coming else 'past'}_{spec.key}",
        choose=planned.coming if coming else planned.past,
        groups=lambda entries, request: _unnamed_when_alone(divide(entries, request)),
        empty=lambda request: divide((), request)[0].empty,
        below=notes,
    )


UPCOMING_APPOINTMENTS = _part(APPOINTMENTS, _APPOINTMENTS, coming=True)
UPCOMING_ADMISSIONS = _part(ADMISSIONS, _ADMISSIONS, coming=True, note=True)
UPCOMING_SURGERIES = _part(SURGERIES, _SURGERIES, coming=True, note=True)
PAST_APPOINTMENTS = _part(APPOINTMENTS, _APPOINTMENTS, coming=False)
PAST_ADMISSIONS = _part(ADMISSIONS, _ADMISSIONS, coming=False)
PAST_SURGERIES = _part(SURGERIES, _SURGERIES, coming=False, note=True)
