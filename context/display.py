"""What one hospital shows, in which order and under which rules (features X01 to X12).

Every difference between two portals is a field here, so that a hospital is data. Two hospitals may share
one profile (feature F09).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

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
    """How a value outside its reference is marked (feature X06): always by letter and colour."""

    LETTER_AND_COLOUR = "letter_and_colour"


@dataclass(frozen=True, slots=True)
class DisplayProfile:
    """The display settings of a hospital.

    :param items: keys of the section catalogue (``views/catalogue``) in the order of the menus; empty for
        every item in the catalogue's own order.
    :param report_release_time: Europe/Amsterdam, for ``after_hour``: reports of today wait until then.
    :param stopped_medication_days: calendar days back, the last one included, for ``days``.
    :param medication_categories: category keys in the order shown; a category not named is not shown.
    :param medication_note, reports_note: what stands above the list (definitions, "work in progress").
    :param report_parts: what of a treatment report is shown.
    :param final_statuses: the status letters of a result that may be seen, by section; a section not named
        shows every status (feature X11: one table per section).
    :param recent_days: how far back "recent results" look; 365 means one year on the calendar, inclusive.
    :param chart_months: the longest window of a chart, 1 to 60.
    :param upcoming_first: planned contacts of all kinds come before past ones on the overview (feature Q02).
    :param dentist: patient information has a block for the dentist (feature P03).
    :param death_notice: a text tells where a death can be reported (feature P06).
    """

    items: tuple[str, ...] = ()
    report_release: ReportRelease = ReportRelease.AUTHORISED
    report_release_time: time = time(17, 0)
    authorised_letters_only: bool = True
    authorised_allergies_only: bool = True
    stopped_medication: StoppedMedication = StoppedMedication.ALL
    stopped_medication_days: int = 60
    medication_categories: tuple[str, ...] = ()
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
