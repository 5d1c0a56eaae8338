"""A blood pressure is sent as two measurements and read as one: 120/80 (zib Bloeddruk). Pure.

Two become one only when nothing about them is in doubt: both codes known, both with a number, the same
moment, group, unit and position, and no third one beside them. Nothing is ever made up for a missing half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from context.person import Moment
from context.records import CodedText, Measurement, ObservedValue, ReferenceRange, ResultValue, ValueKind
from views.grid.values import present_flags, present_references, with_comma
from views.texts import Texts
from views.trend.series import number_of

SYSTOLIC = frozenset({"8480-6", "271649006"})  # LOINC, SNOMED CT
DIASTOLIC = frozenset({"8462-4", "271650006"})

_Place = tuple[Moment, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressure(Measurement):
    """Both halves as one value, ``120/80``; ``systolic`` and ``diastolic`` are as the source sent them."""

    systolic: Measurement
    diastolic: Measurement


def pair_pressures(results: Sequence[ObservedValue], texts: Texts) -> tuple[ObservedValue, ...]:
    """The same values, with each pair in the place of its first half."""
    halves: dict[_Place, list[int]] = {}
    for index, result in enumerate(results):
        place = _place(result)
        if place is not None:
            halves.setdefault(place, []).append(index)
    paired: dict[int, ObservedValue | None] = {}
    for indices in halves.values():
        pair = _pair([results[index] for index in indices], texts)
        if pair is not None:
            paired[min(indices)], paired[max(indices)] = pair, None
    found = (paired.get(index, result) for index, result in enumerate(results))
    return tuple(result for result in found if result is not None)


def _place(result: ObservedValue) -> _Place | None:
    if not isinstance(result, Measurement) or result.test.code not in SYSTOLIC | DIASTOLIC:
        return None
    if result.taken is None or result.group is None or result.group.label is None:
        return None
    position = result.position.label if result.position else None
    return result.taken, result.group.label, result.value.unit or "", position or ""


def _pair(halves: Sequence[ObservedValue], texts: Texts) -> BloodPressure | None:
    found = [half for half in halves if isinstance(half, Measurement) and _is_plain(half)]
    systolic = [half for half in found if half.test.code in SYSTOLIC]
    diastolic = [half for half in found if half.test.code in DIASTOLIC]
    if len(halves) != 2 or len(systolic) != 1 or len(diastolic) != 1:
        return None
    upper, lower = systolic[0], diastolic[0]
    if upper.status != lower.status:
        return None
    value = f"{with_comma(upper.value)}/{with_comma(lower.value)}"
    return BloodPressure(
        test=CodedText(original_text=texts("measurement.blood_pressure")),
        value=ResultValue(ValueKind.QUANTITY, value, upper.value.unit),
        taken=upper.taken,
        flags=tuple(dict.fromkeys(upper.flags + lower.flags)),
        references=_references(upper, lower, texts),
        group=upper.group,
        method=upper.method,
        status=upper.status,
        author=upper.author,
        remarks=_flagged(upper, lower, texts) + tuple(dict.fromkeys(upper.remarks + lower.remarks)),
        position=upper.position,
        systolic=upper,
        diastolic=lower,
    )


def _is_plain(half: Measurement) -> bool:
    value = half.value
    is_number = value.kind is ValueKind.QUANTITY and number_of(value.text) is not None
    return is_number and not value.comparator and not half.negated


def _references(upper: Measurement, lower: Measurement, texts: Texts) -> tuple[ReferenceRange, ...]:
    ranges = [present_references(half, texts) for half in (upper, lower)]
    if not any(ranges):
        return ()
    unknown = texts("measurement.no_reference")
    return (ReferenceRange(text=" / ".join(found or unknown for found in ranges)),)


def _flagged(upper: Measurement, lower: Measurement, texts: Texts) -> tuple[str, ...]:
    """Which half a letter beside the pair is about."""
    halves = (("measurement.systolic", upper), ("measurement.diastolic", lower))
    letters = [(key, [flag.letter for flag in present_flags(half.flags, texts)]) for key, half in halves]
    return tuple(texts(key, flags=", ".join(found)) for key, found in letters if found)


def parts_of(result: ObservedValue) -> tuple[ObservedValue, ...]:
    """What the source sent for one value of a grid."""
    if isinstance(result, BloodPressure):
        return result.systolic, result.diastolic
    return (result,)
