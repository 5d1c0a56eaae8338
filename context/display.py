"""What one hospital shows, in which order and under which rules (features X01 to X12).

Every difference between two portals is a field here, so that a hospital is data. Two hospitals may share
one profile (feature F09).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from context.medication import MedicationCategory
from context.records import Section


class ReportRelease(StrEnum):
    """When treatment reports may be seen (feature X03)."""

    DIRECT = "direct"
    AUTHORISED = "authorised"
    AFTER_HOUR = "after_hour"


class StoppedMedication(StrEnum):
    """Which stopped medication is listed (feature X04): none, that of a number of days, or all of it."""

    NONE = "none"
    DAYS = "days"
    ALL = "all"


class RequestedBy(StrEnum):
    """Whose requests the laboratory page shows (feature X05)."""

    HOSPITAL = "hospital"
    ANYONE = "anyone"


class PlannedActs(StrEnum):
    """Which operations or admissions are shown (features Q03 to Q06)."""

    PAST = "past"
    PAST_AND_CALLED = "past_and_called"
    ALL = "all"


class ReferralSelection(StrEnum):
    """Which referrals are shown (features Q07, Q08)."""

    OPEN = "open"
    OWN_PRACTICE = "own_practice"
    ALL = "all"


class MedicationNote(StrEnum):
    """What a hospital says above its list of medication (features D11, D13, D14)."""

    CURRENT_OVERVIEW = "current_overview"
    DEFINITIONS = "definitions"
    OWN_PRESCRIPTIONS = "own_prescriptions"


class ReportsNote(StrEnum):
    """What a hospital says above its treatment reports (feature D17)."""

    WORK_IN_PROGRESS = "work_in_progress"


class ReportParts(StrEnum):
    """What of a treatment report is shown: all of it, or conclusion and policies only (feature D19)."""

    ALL = "all"
    SUMMARY = "summary"


class DateOrder(StrEnum):
    """On which side the newest date column of a grid stands (GTAB-188)."""

    NEWEST_RIGHT = "newest_right"
    NEWEST_LEFT = "newest_left"


class Flags(StrEnum):
    """How a value outside its reference is marked (feature X06): by letter and colour. One of them alone
    would fail a colour-blind reader or a quick one, so no hospital may choose it."""

    LETTER_AND_COLOUR = "letter_and_colour"


@dataclass(frozen=True, slots=True)
class DisplayProfile:
    """The display settings of a hospital. What each means stands at its key in ``app/hospital_display.py``,
    from which ``docs/display-settings.md`` is made; empty ``items`` and ``medication_categories`` mean all.
    """

    items: tuple[str, ...] = ()
    item_groups: bool = True
    report_release: ReportRelease = ReportRelease.AUTHORISED
    report_release_time: time = time(17, 0)
    authorised_letters_only: bool = True
    authorised_allergies_only: bool = True
    stopped_medication: StoppedMedication = StoppedMedication.ALL
    stopped_medication_days: int = 60
    medication_categories: tuple[MedicationCategory, ...] = ()
    medication_note: MedicationNote | None = None
    reports_note: ReportsNote | None = None
    report_parts: ReportParts = ReportParts.ALL
    laboratory_requested_by: RequestedBy = RequestedBy.ANYONE
    surgeries: PlannedActs = PlannedActs.PAST_AND_CALLED
    admissions: PlannedActs = PlannedActs.PAST_AND_CALLED
    referrals: ReferralSelection = ReferralSelection.ALL
    final_statuses: Mapping[Section, frozenset[str]] = field(default_factory=dict)
    recent_days: int = 365
    chart_months: int = 12
    date_order: DateOrder = DateOrder.NEWEST_RIGHT
    flags: Flags = Flags.LETTER_AND_COLOUR
    print_allowed: bool = True
    upcoming_first: bool = False
    dentist: bool = False
    death_notice: bool = False
