"""Which category a medication belongs to on a given day (features D10 to D13). Pure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

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
_WITHDRAWN = "nullified"
_STOP_CATEGORIES: Mapping[StopType | None, MedicationCategory] = MappingProxyType(
    {
        StopType.TEMPORARY: MedicationCategory.ENDED,
        StopType.DEFINITIVE: MedicationCategory.STOPPED,
    }
)


def categorise(entry: MedicationEntry, today: date) -> MedicationCategory | None:
    """The category on ``today`` (Europe/Amsterdam); None for a medication that is denied: somebody said that
    it is not used, so that it may stand in none of these lists.

    What a source leaves open counts as active: a doctor must not miss a medication that may be in use. So
    a day that is only partly known is the first one for a beginning and the last one for an end, and who
    stops on a day used it on that day. A stop of an unknown kind leaves it open too.
    """
    return None if entry.negated else _category(entry, today)


def _category(entry: MedicationEntry, today: date) -> MedicationCategory:
    ended = entry.ends is not None and entry.ends.date.latest < today
    goes_on = entry.ends is not None and not ended
    if entry.status == _WITHDRAWN or entry.status in _PAUSED:
        return MedicationCategory.ENDED
    if entry.status in _STOPPED or entry.stop is StopType.CANCELLED:
        return MedicationCategory.STOPPED
    if entry.stop in _STOP_CATEGORIES and not goes_on:
        return _STOP_CATEGORIES[entry.stop]
    if ended:
        return MedicationCategory.ENDED
    if entry.begins is not None and entry.begins.date.earliest > today:
        return MedicationCategory.PLANNED
    in_clinic = entry.setting is MedicationSetting.CLINICAL
    return MedicationCategory.CLINICAL_ACTIVE if in_clinic else MedicationCategory.HOME_ACTIVE


def stopped_on(entry: MedicationEntry) -> date | None:
    """The calendar day on which it stopped, the last possible one when only a month or year is known; None
    when the source does not say. When it was written down tells nothing about when it stopped."""
    return entry.ends.date.latest if entry.ends is not None else None
