"""Which entries of a section this hospital shows, and from when (features B08, X03 to X05, X11). Pure.

Two kinds of rule. A release rule holds entries that are not (yet) authorised: their number is told, so
that nobody reads the rest as all there is. A selection is what the section is about at this hospital ("only
operations in the past"); the page names it in its texts. Times are decided in Europe/Amsterdam (D16).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from context.display import (
    DisplayProfile,
    PlannedActs,
    ReferralSelection,
    ReportRelease,
    RequestedBy,
    StoppedMedication,
)
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.medication import MedicationCategory, categorise, stopped_on
from context.outcome import Outcome, OutcomeState
from context.person import Identifier, Moment
from context.records import (
    Document,
    Encounter,
    Entry,
    LabResult,
    MedicationEntry,
    Procedure,
    Referral,
    Report,
    Section,
    Stage,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_URA = "2.16.528.1.1007.3.3"
_AGB = "2.16.840.1.113883.2.4.6.1"
_UZI = "2.16.528.1.1007.3.1"
_GP_KIND = "01"
"""The first digits of an AGB code tell the kind of provider: 01 is a GP."""
_HAS_ENTRIES = (OutcomeState.OK, OutcomeState.EMPTY, OutcomeState.PARTIAL)


@dataclass(frozen=True, slots=True)
class Viewing:
    """Who looks, where and when. :param now: aware UTC."""

    hospital: Hospital
    launch: VerifiedLaunch
    now: datetime

    @property
    def display(self) -> DisplayProfile:
        return self.hospital.display

    @property
    def today(self) -> date:
        return self.now.astimezone(AMSTERDAM).date()


def release(section: Section, outcome: Outcome[Entry], viewing: Viewing) -> Outcome[Entry]:
    """What of an answer may be shown now."""
    if outcome.state not in _HAS_ENTRIES or not outcome.entries:
        return outcome
    select = _SELECTIONS.get(section)
    chosen = [entry for entry in outcome.entries if select is None or select(entry, viewing)]
    chosen = [entry for entry in chosen if _is_final(section, entry, viewing)]
    shown = [entry for entry in chosen if _is_released(section, entry, viewing)]
    until = _held_until(section, chosen, viewing)
    return _with_entries(outcome, tuple(shown), len(chosen) - len(shown), until)


def _with_entries(
    outcome: Outcome[Entry], shown: tuple[Entry, ...], held_back: int, until: datetime | None
) -> Outcome[Entry]:
    if outcome.state is OutcomeState.PARTIAL:
        return replace(outcome, entries=shown, held_back=held_back, held_until=until)
    if held_back and not shown:
        return Outcome(
            OutcomeState.WITHHELD, fetched_at=outcome.fetched_at, held_until=until, held_back=held_back
        )
    state = OutcomeState.OK if shown else OutcomeState.EMPTY
    return replace(outcome, state=state, entries=shown, held_back=held_back, held_until=until)


def _is_final(section: Section, entry: Entry, viewing: Viewing) -> bool:
    finals = viewing.display.final_statuses.get(section)
    return finals is None or entry.status in finals


def _is_released(section: Section, entry: Entry, viewing: Viewing) -> bool:
    display = viewing.display
    if isinstance(entry, Report) and section is Section.REPORTS:
        if display.report_release is ReportRelease.AUTHORISED:
            return _is_authorised(entry)
        return not _waits_for_the_hour(entry, viewing)
    if isinstance(entry, Document) and section is Section.LETTERS and display.authorised_letters_only:
        return _is_authorised(entry)
    if section is Section.ALLERGIES and display.authorised_allergies_only:
        # Only a plain "not authorised" hides an allergy: a source that says nothing must not cost a warning.
        return entry.authorised is not False
    return True


def _is_authorised(entry: Entry) -> bool:
    """A source that names no authoriser still says whether its text is complete."""
    return entry.authorised is True or (entry.authorised is None and entry.status in {"completed", "final"})


def _waits_for_the_hour(report: Report, viewing: Viewing) -> bool:
    """Written today, and the hour has not come. A date that leaves it open may be that of today."""
    display = viewing.display
    if display.report_release is not ReportRelease.AFTER_HOUR or viewing.now >= _hour_of_today(viewing):
        return False
    written = report.recorded or report.about
    return written is None or written.date.latest >= viewing.today


def _hour_of_today(viewing: Viewing) -> datetime:
    local = datetime.combine(viewing.today, viewing.display.report_release_time, AMSTERDAM)
    return local.astimezone(viewing.now.tzinfo)


def _held_until(section: Section, entries: Iterable[Entry], viewing: Viewing) -> datetime | None:
    waits = section is Section.REPORTS and any(
        isinstance(entry, Report) and _waits_for_the_hour(entry, viewing) for entry in entries
    )
    return _hour_of_today(viewing) if waits else None


def _planned(stage: Stage, rule: PlannedActs) -> bool:
    if rule is PlannedActs.ALL:
        return True
    shown = {Stage.PERFORMED} if rule is PlannedActs.PAST else {Stage.PERFORMED, Stage.SCHEDULED}
    return stage in shown


def _selects_surgery(entry: Entry, viewing: Viewing) -> bool:
    if not isinstance(entry, Procedure):
        return True
    rule = viewing.display.surgeries
    return _planned(entry.stage, rule) and (rule is not PlannedActs.PAST or _has_begun(entry.begins, viewing))


def _selects_admission(entry: Entry, viewing: Viewing) -> bool:
    if not isinstance(entry, Encounter):
        return True
    rule = viewing.display.admissions
    return _planned(entry.stage, rule) and (rule is not PlannedActs.PAST or _has_begun(entry.begins, viewing))


def _has_begun(begins: Moment | None, viewing: Viewing) -> bool:
    if begins is None:
        return True
    if begins.instant is not None:
        return begins.instant <= viewing.now
    return begins.date.sort_key <= (viewing.today.year, viewing.today.month, viewing.today.day)


def _selects_referral(entry: Entry, viewing: Viewing) -> bool:
    if not isinstance(entry, Referral):
        return True
    match viewing.display.referrals:
        case ReferralSelection.OPEN:
            return entry.is_open is not False
        case ReferralSelection.OWN_PRACTICE:
            return _is_own(entry, viewing.launch)
    return True


def _is_own(referral: Referral, launch: VerifiedLaunch) -> bool:
    """Made by the launch's practice, or by its user. Somebody unnamed is somebody else."""
    return referral.referrer is not None and _names_own(referral.referrer.identifiers, launch)


def _names_own(numbers: Iterable[Identifier], launch: VerifiedLaunch) -> bool:
    """Whether one of these is a number of the launch's practice or user."""
    own = {(_URA, launch.practice.ura_number)}
    own |= {(root, number) for root, number in ((_AGB, launch.user.agb_code),) if number}
    own |= {(root, number) for root, number in ((_UZI, launch.user.uzi_number),) if number}
    return any((number.root, number.extension) in own for number in numbers)


def _selects_lab_result(entry: Entry, viewing: Viewing) -> bool:
    """A result whose requester is known to be somebody else is not the hospital's own.

    Somebody else is another organisation, a GP by the kind of the AGB code, or the launch's own practice or
    user. A person of whom only a personal number is known may work here, so the result is shown.
    """
    if viewing.display.laboratory_requested_by is RequestedBy.ANYONE or not isinstance(entry, LabResult):
        return True
    numbers = entry.requester.identifiers if entry.requester is not None else ()
    organisations = {number.extension for number in numbers if number.root == _URA}
    if organisations:
        return viewing.hospital.ura_number in organisations
    is_gp = any(number.root == _AGB and number.extension.startswith(_GP_KIND) for number in numbers)
    return not is_gp and not _names_own(numbers, viewing.launch)


def _selects_medication(entry: Entry, viewing: Viewing) -> bool:
    if not isinstance(entry, MedicationEntry):
        return True
    display = viewing.display
    category = categorise(entry, viewing.today)
    if category is None:
        # What is not used is a warning beside a list that says that it is.
        return True
    if display.medication_categories and category not in display.medication_categories:
        return False
    if category is not MedicationCategory.STOPPED or display.stopped_medication is StoppedMedication.ALL:
        return True
    if display.stopped_medication is StoppedMedication.NONE:
        return False
    stopped = stopped_on(entry)
    earliest = viewing.today - timedelta(days=display.stopped_medication_days)
    return stopped is None or stopped >= earliest


_SELECTIONS: Mapping[Section, Callable[[Entry, Viewing], bool]] = MappingProxyType(
    {
        Section.SURGERIES: _selects_surgery,
        Section.ADMISSIONS: _selects_admission,
        Section.REFERRALS: _selects_referral,
        Section.LABORATORY: _selects_lab_result,
        Section.MEDICATION: _selects_medication,
    }
)
