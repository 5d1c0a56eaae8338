"""The list of medication, by category (features D10 to D14)."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from context.display import DisplayProfile, StoppedMedication
from context.medication import MedicationCategory, categorise
from context.outcome import Outcome
from context.records import MedicationEntry, MedicationKind, RecordEntry, Section, StopType
from views.catalogue.model import PageRequest
from views.code_list import timing_words, unit_words
from views.dates import local_date
from views.lists.cells import amount, amount_cell, concept, concepts, moment_cell, party, when
from views.lists.model import Cell, Column, EntryGroup, ListSpec
from views.lists.order import name_key
from views.texts import Texts

_STOP_MARKS: Mapping[StopType | None, str] = MappingProxyType(
    {
        StopType.TEMPORARY: "medication.stopped_for_now",
        StopType.CANCELLED: "medication.cancelled",
        StopType.UNKNOWN: "medication.stopped_somehow",
    }
)
# What every list of medication is made of is not said on each row.
_USUAL_KINDS = frozenset({MedicationKind.AGREEMENT, MedicationKind.STATEMENT})
_REPETITION = re.compile(r"(\d+)×/([\d.,]+) (\S+)", re.ASCII)


def shown_categories(display: DisplayProfile) -> tuple[MedicationCategory, ...]:
    """The categories that a hospital shows, in its order; all of them when it names none."""
    named = display.medication_categories or tuple(MedicationCategory)
    if display.stopped_medication is StoppedMedication.NONE:
        return tuple(category for category in named if category is not MedicationCategory.STOPPED)
    return named


def _groups(
    entries: Sequence[MedicationEntry], request: PageRequest
) -> tuple[EntryGroup[MedicationEntry], ...]:
    """One group for each category, by name in it; a medication of a category that is not chosen, after
    them: release decides what is shown, and nothing that it passed on may vanish here. What is denied
    stands last, because it is not used."""
    today = local_date(request.now)
    found: dict[MedicationCategory | None, list[MedicationEntry]] = {
        category: [] for category in shown_categories(request.hospital.display)
    }
    for entry in sorted(entries, key=lambda entry: name_key(entry.product)):
        found.setdefault(categorise(entry, today), []).append(entry)
    texts = request.texts
    denied = tuple(found.pop(None, ()))
    groups = tuple(
        EntryGroup(texts(f"medication.{category.value}"), tuple(group), _empty(category, request))
        for category, group in found.items()
        if category is not None
    )
    return (*groups, EntryGroup(texts("medication.denied"), denied, "")) if denied else groups


def _empty(category: MedicationCategory, request: PageRequest) -> str:
    display = request.hospital.display
    if category is MedicationCategory.STOPPED and display.stopped_medication is StoppedMedication.DAYS:
        return request.texts("empty.medication_stopped_days", n=display.stopped_medication_days)
    return request.texts(f"empty.medication_{category.value}")


def _empty_list(request: PageRequest) -> str:
    """Every category that was looked for, because no other was."""
    return " ".join(_empty(category, request) for category in shown_categories(request.hospital.display))


def _note(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    key = request.hospital.display.medication_note
    return request.texts(f"note.medication_{key.value}", hospital=request.hospital.name) if key else ""


def _not_shown(request: PageRequest, outcome: Outcome[RecordEntry]) -> str:
    """Which categories the hospital leaves out, and from when stopped medication is left out."""
    display, texts = request.hospital.display, request.texts
    shown = shown_categories(display)
    left_out = [texts(f"inline.medication_{c.value}") for c in MedicationCategory if c not in shown]
    if MedicationCategory.STOPPED in shown and display.stopped_medication is StoppedMedication.DAYS:
        left_out.append(texts("inline.medication_stopped_earlier", n=display.stopped_medication_days))
    return texts("note.medication_not_shown", categories="; ".join(left_out)) if left_out else ""


def _dosage(entry: MedicationEntry, request: PageRequest) -> Cell:
    """The words of the prescriber; the bare dose only where there are none."""
    return Cell(entry.instructions) if entry.instructions else amount_cell(entry.dose, request.texts)


def _schedule(entry: MedicationEntry, request: PageRequest) -> Cell:
    return Cell("; ".join(_repetition(said, request.texts) for said in entry.schedule))


def _repetition(said: str, texts: Texts) -> str:
    """``1×/8 h`` and moments of the day in words; the number, and anything else, as sent."""
    found = _REPETITION.fullmatch(said)
    if found is None:
        event, _, offset = said.partition(" ")
        return f"{timing_words(event) or event} {offset}".rstrip()
    often, amount, unit = found.groups()
    return texts("medication.repetition", n=often, amount=amount.replace(".", ","), unit=unit_words(unit))


def _duration(entry: MedicationEntry, request: PageRequest) -> Cell:
    amount, _, unit = (entry.duration or "").rpartition(" ")
    return Cell(f"{amount} {unit_words(unit)}".strip())


def _stop(entry: MedicationEntry, request: PageRequest) -> Cell:
    """Until when; what has only a duration says how long."""
    if entry.ends is not None:
        return moment_cell(entry.ends, request.texts)
    duration = _duration(entry, request).text
    return Cell(request.texts("medication.lasts", duration=duration) if duration else "")


def _marks(entry: MedicationEntry, request: PageRequest) -> tuple[str, ...]:
    texts = request.texts
    marks = [] if entry.kind in _USUAL_KINDS else [texts(f"medication_kind.{entry.kind.value}")]
    if entry.stop in _STOP_MARKS:
        marks.append(texts(_STOP_MARKS[entry.stop]))
    if entry.is_copy:
        marks.append(texts("medication.copied"))
    return tuple(marks)


def _setting(entry: MedicationEntry, request: PageRequest) -> Cell:
    return Cell(request.texts(f"medication_setting.{entry.setting.value}") if entry.setting else "")


def _codes(entry: MedicationEntry, request: PageRequest) -> Cell:
    named = [f"{found.code} {found.label}" for found in entry.product_codes if found.code and found.label]
    return Cell("; ".join(named))


MEDICATION: ListSpec[MedicationEntry] = ListSpec(
    key="medication",
    section=Section.MEDICATION,
    entry=MedicationEntry,
    main="medicine",
    columns=(
        Column("medicine", concept(lambda e: e.product)),
        Column("dosage", _dosage),
        Column("route", concept(lambda e: e.route)),
        Column("start", when(lambda e: e.begins)),
        Column("stop", _stop),
        Column("prescriber", party(lambda e: e.prescriber)),
        Column("reason", concepts(lambda e: e.reasons)),
    ),
    details=(
        Column("dose", amount(lambda e: e.dose)),
        Column("schedule", _schedule),
        Column("quantity", amount(lambda e: e.quantity)),
        Column("duration", _duration),
        Column("setting", _setting),
        Column("dispenser", party(lambda e: e.dispenser)),
        Column("product_codes", _codes),
    ),
    order=lambda entries, request: tuple(entries),
    groups=_groups,
    empty=_empty_list,
    marks=_marks,
    above=(_note,),
    below=(_not_shown,),
)
