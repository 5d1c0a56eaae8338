"""Which category a medication belongs to on a given day (features D10 to D13). Pure."""

from datetime import date
from enum import StrEnum

from context.person import Moment
from context.records import MedicationEntry, MedicationSetting, StopType


class MedicationCategory(StrEnum):
    """The five lists of the portals.

    ``stopped``: somebody stopped it for good; ``ended``: its course is over, or it is stopped until further
    notice.
    """

    HOME_ACTIVE = "home_active"
    CLINICAL_ACTIVE = "clinical_active"
    PLANNED = "planned"
    STOPPED = "stopped"
    ENDED = "ended"


_STOPPED = frozenset({"aborted", "cancelled", "obsolete"})
_PAUSED = frozenset({"suspended", "held"})


def categorise(entry: MedicationEntry, today: date) -> MedicationCategory:
    """The category on ``today`` (Europe/Amsterdam).

    What a source leaves open counts as active: a doctor must not miss a medication that may be in use.
    """
    ended = _is_before(entry.ends, today)
    if entry.stop is StopType.TEMPORARY or entry.status in _PAUSED:
        stops_later = entry.ends is not None and not ended
        return _active(entry) if stops_later and entry.status not in _PAUSED else MedicationCategory.ENDED
    if entry.stop is StopType.DEFINITIVE or entry.status in _STOPPED:
        return MedicationCategory.STOPPED if entry.ends is None or ended else _active(entry)
    if entry.begins is not None and _latest(entry.begins) > today and not ended:
        return MedicationCategory.PLANNED
    return MedicationCategory.ENDED if ended else _active(entry)


def stopped_on(entry: MedicationEntry) -> date | None:
    """The calendar day on which it stopped, the last possible one when only a month or year is known."""
    moment = entry.ends or entry.recorded
    return _latest(moment) if moment is not None else None


def _active(entry: MedicationEntry) -> MedicationCategory:
    if entry.setting is MedicationSetting.CLINICAL:
        return MedicationCategory.CLINICAL_ACTIVE
    return MedicationCategory.HOME_ACTIVE


def _is_before(moment: Moment | None, today: date) -> bool:
    return moment is not None and _latest(moment) < today


def _latest(moment: Moment) -> date:
    """The last day that a date with unknown parts can be."""
    day = moment.date
    if day.is_complete:
        return day.as_date()
    month = day.month or 12
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
