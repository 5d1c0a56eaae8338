"""The ``[display]`` and ``[labels]`` tables of a hospital file, and profiles that hospitals share (F09).

What a key means, and which portal asked for it, stands at the key: ``docs/display-settings.md`` is made of
that.
"""

from datetime import time
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.hospital_fields import FileModel, Text
from context.display import (
    DateOrder,
    DisplayProfile,
    Flags,
    MedicationNote,
    PlannedActs,
    ReferralSelection,
    ReportParts,
    ReportRelease,
    ReportsNote,
    RequestedBy,
    StoppedMedication,
)
from context.medication import MedicationCategory
from context.records import Section
from views.catalogue.items import ITEMS
from views.texts import label_keys


def _check_item(key: str) -> str:
    if key not in ITEMS:
        raise ValueError("no such item; docs/display-settings.md lists them")
    return key


def _check_label(key: str) -> str:
    if key not in label_keys():
        raise ValueError("no such label; docs/display-settings.md lists them")
    return key


def _each_once(keys: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(keys)) < len(keys):
        raise ValueError("names something twice")
    return keys


def _setting(meaning: str, *, asked_by: str) -> Any:
    """A key that a file may leave out. :param asked_by: rows of the mission, or the rule behind it."""
    return Field(default=None, description=meaning, json_schema_extra={"asked_by": asked_by})


ItemKey = Annotated[str, AfterValidator(_check_item)]
LabelKey = Annotated[str, AfterValidator(_check_label)]
Labels = dict[LabelKey, Text]
Status = Annotated[str, Field(min_length=1, max_length=32)]


class DisplayFile(FileModel):
    """Keys of ``[display]``; one that is left out is the profile's, or else the default."""

    items: Annotated[tuple[ItemKey, ...], Field(min_length=1), AfterValidator(_each_once)] | None = _setting(
        "The pages that the hospital shows, in the order of the menus. Left out: every page whose section it"
        " serves. Patient information is always shown.",
        asked_by="D28, D30, R23, R24 (Saxenburgh, ZGT, MST)",
    )
    item_groups: bool | None = _setting(
        "The pages of a tab stand under headings, such as Medische gegevens and Rapporten.",
        asked_by="D29 (CWZ), D30 (ZGT, MST); without: D28 (Saxenburgh)",
    )
    report_release: ReportRelease | None = _setting(
        "When a treatment report may be seen: at once, when a specialist has authorised it, or, for one of"
        " today, from an hour on.",
        asked_by="X03: D16 (CWZ), B08 (ZGT, MST), D18 (Saxenburgh)",
    )
    report_release_time: time | None = _setting(
        "The hour for `after_hour`, on the clock of Europe/Amsterdam.", asked_by="D18 (Saxenburgh)"
    )
    report_parts: ReportParts | None = _setting(
        "What of a treatment report is shown: everything, or conclusion, policy and medication policy only.",
        asked_by="D19 (Saxenburgh)",
    )
    reports_note: ReportsNote | None = _setting(
        "What stands above the treatment reports.", asked_by="D17 (CWZ)"
    )
    authorised_letters_only: bool | None = _setting(
        "Letters that nobody has authorised are held, and their number is told.",
        asked_by="D22 (Saxenburgh), B08",
    )
    authorised_allergies_only: bool | None = _setting(
        "Allergies that the source calls not authorised are held, and their number is told.",
        asked_by="D01 (ZGT, MST)",
    )
    stopped_medication: StoppedMedication | None = _setting(
        "Which stopped medication is listed: none, that of a number of days, or all of it.",
        asked_by="X04: D13 (CWZ), D11 (Saxenburgh), D10 (ZGT, MST)",
    )
    stopped_medication_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = _setting(
        "Calendar days back for `days`; the last one is included.", asked_by="D11, X10 (Saxenburgh)"
    )
    medication_categories: (
        Annotated[tuple[MedicationCategory, ...], Field(min_length=1), AfterValidator(_each_once)] | None
    ) = _setting(
        "The categories of medication that are shown, in their order. Left out: all of them. A note tells"
        " which are not shown.",
        asked_by="D10, D11, D13",
    )
    medication_note: MedicationNote | None = _setting(
        "What stands above the medication: that it is the current overview, what home and admission"
        " medication mean, or that it is the hospital's own prescriptions only.",
        asked_by="D11 (Saxenburgh), D13 (CWZ), D14 (Tergooi)",
    )
    laboratory_requested_by: RequestedBy | None = _setting(
        "Whose requests the laboratory page shows; a note tells that others are left out.",
        asked_by="X05, R12 (ZGT, MST)",
    )
    surgeries: PlannedActs | None = _setting(
        "Which operations are shown: past ones, also those for which the patient was called, or all.",
        asked_by="Q03 (ZGT, MST), Q04 (CWZ), Q02 (Saxenburgh)",
    )
    admissions: PlannedActs | None = _setting(
        "Which admissions are shown, by the same words.", asked_by="Q05 (ZGT, MST), Q06 (CWZ)"
    )
    referrals: ReferralSelection | None = _setting(
        "Which referrals are shown: open ones, those of the GP's own practice, or all.",
        asked_by="Q07 (ZGT, MST), Q08 (CWZ)",
    )
    final_statuses: dict[Section, Annotated[frozenset[Status], Field(min_length=1)]] | None = _setting(
        "By section, the statuses of a result that may be seen, as the source sends them. A section that is"
        " not named shows every status.",
        asked_by="X11: R17 to R22 (Saxenburgh)",
    )
    recent_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = _setting(
        "How far back recent results look; 365 is one year on the calendar, the same date included.",
        asked_by="R01, X10 (CWZ)",
    )
    chart_months: Annotated[int, Field(ge=1, le=60, strict=True)] | None = _setting(
        "The longest window of a chart, in months.", asked_by="R11, X07 (ZGT, MST)"
    )
    date_order: DateOrder | None = _setting(
        "On which side of a grid the newest date stands.", asked_by="GTAB-188 of NHS CUI; R03"
    )
    flags: Flags | None = _setting(
        "How a value outside its reference is marked. There is one choice: letter and colour together.",
        asked_by="X06: R07 (CWZ, letters), R08 (ZGT, MST, colours)",
    )
    print_allowed: bool | None = _setting("Whether pages may be printed.", asked_by="F04 (Saxenburgh)")
    upcoming_first: bool | None = _setting(
        "On the overview of care moments, what is to come stands before what is past, of all kinds together.",
        asked_by="Q02 (Saxenburgh)",
    )
    dentist: bool | None = _setting(
        "Patient information has a block for the dentist.", asked_by="P03 (ZGT, MST)"
    )
    death_notice: bool | None = _setting(
        "A text tells where a death can be reported; nothing can be reported in the view itself.",
        asked_by="P06 (ZGT, MST)",
    )


class ProfileFile(FileModel):
    """``profiles/<name>.toml``: what several hospitals share. Each of them may still differ by key."""

    display: DisplayFile = Field(default_factory=DisplayFile)
    labels: Labels = Field(default_factory=dict)


def make_profile(shared: DisplayFile, own: DisplayFile) -> DisplayProfile:
    """The hospital's own keys over the shared ones, over the defaults."""
    return DisplayProfile(**(shared.model_dump(exclude_unset=True) | own.model_dump(exclude_unset=True)))
