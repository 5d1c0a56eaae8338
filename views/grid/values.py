"""One observed value as it stands in a cell. Pure; nothing is converted or rounded (zis.md §10)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from context.records import CodedText, ObservedValue, ReferenceRange, ResultValue, ValueKind
from views.code_list import label_of, unit_words
from views.texts import Texts

LONGEST_IN_CELL = 20

_NUMBER = re.compile(r"[-+]?\d+\.\d+", re.ASCII)
_BOUND = re.compile(r"[<>]=?\s*\d+\.\d+", re.ASCII)
_POINT_IN_NUMBER = re.compile(r"(?<=\d)\.(?=\d)", re.ASCII)
_FINAL_STATUS = frozenset({"completed", "final", ""})
_NORMAL_FLAGS = frozenset({"N", "", "17621005"})


class FlagKind(StrEnum):
    """What the style sheet colours; the letter always stands beside the colour (feature X06)."""

    LOW = "low"
    HIGH = "high"
    OTHER = "other"


# HL7 ObservationInterpretation (2.16.840.1.113883.5.83), and the two SNOMED CT codes of the zib.
_FLAGS = {
    "L": ("L", FlagKind.LOW),
    "LL": ("LL", FlagKind.LOW),
    "LU": ("LU", FlagKind.LOW),
    "281300000": ("L", FlagKind.LOW),
    "H": ("H", FlagKind.HIGH),
    "HH": ("HH", FlagKind.HIGH),
    "HU": ("HU", FlagKind.HIGH),
    "281302008": ("H", FlagKind.HIGH),
    "A": ("A", FlagKind.OTHER),
    "AA": ("AA", FlagKind.OTHER),
}


@dataclass(frozen=True, slots=True)
class Flag:
    """:param letter: what is printed; a code that we do not know is printed as sent."""

    letter: str
    kind: FlagKind
    meaning: str


class CellKind(StrEnum):
    VALUE = "value"
    TEXT = "text"
    PENDING = "pending"
    NO_VALUE = "no-value"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class CellValue:
    """:param short: the first characters of a long text, or empty; ``text`` is always the whole."""

    kind: CellKind
    text: str
    short: str = ""
    flags: tuple[Flag, ...] = ()
    status: str = ""
    remarks: tuple[str, ...] = ()


_SENT = frozenset({CellKind.VALUE, CellKind.TEXT})


def present_value(result: ObservedValue, texts: Texts) -> CellValue:
    """The cell of one result: value with decimal comma, flags as letters, remarks, unusual status."""
    kind, text = _value(result.value, texts)
    if result.negated and kind in (CellKind.VALUE, CellKind.TEXT):
        text = texts("lab.negated", value=text)
    # A pending result says so already; "preliminary" beside it would be noise.
    status = "" if kind is CellKind.PENDING else _status(result.status, texts)
    return CellValue(
        kind=kind,
        text=text,
        short=text[:LONGEST_IN_CELL].rstrip() if len(text) > LONGEST_IN_CELL and kind in _SENT else "",
        flags=present_flags(result.flags, texts),
        status=status,
        remarks=tuple(remark for remark in result.remarks if remark.strip()),
    )


def present_flags(codes: tuple[str, ...], texts: Texts) -> tuple[Flag, ...]:
    """The flags as the laboratory sent them. None is derived here: the laboratory's word stands."""
    flags = []
    for code in dict.fromkeys(code.strip() for code in codes):
        if code in _NORMAL_FLAGS:
            continue
        letter, kind = _FLAGS.get(code, (code, FlagKind.OTHER))
        flags.append(Flag(letter, kind, texts.find(f"flag.{letter}") or texts("flag.other")))
    return tuple(flags)


def _value(value: ResultValue, texts: Texts) -> tuple[CellKind, str]:
    if value.kind is ValueKind.PENDING:
        return CellKind.PENDING, texts("lab.pending")
    if value.kind is ValueKind.MASKED:
        return CellKind.MASKED, texts("unknown.masked")
    text = value.comparator + with_comma(value)
    if value.kind is ValueKind.ABSENT or not text.strip():
        return CellKind.NO_VALUE, texts("lab.no_value")
    numeric = value.kind in (ValueKind.QUANTITY, ValueKind.RANGE)
    return (CellKind.VALUE if numeric else CellKind.TEXT), text


def with_comma(value: ResultValue) -> str:
    """The text as received, with a decimal comma where it surely is a number."""
    text = value.text
    if value.kind is ValueKind.RANGE:
        return _POINT_IN_NUMBER.sub(",", text)
    bare = text.strip()
    is_number = value.kind is ValueKind.QUANTITY and _NUMBER.fullmatch(bare.lstrip("<>= "))
    if is_number or _BOUND.fullmatch(bare):
        return text.replace(".", ",")
    return text


def _status(status: str | None, texts: Texts) -> str:
    if status is None or status in _FINAL_STATUS:
        return ""
    return texts.find(f"lab.status_{status}") or status


def present_references(result: ObservedValue, texts: Texts) -> str:
    """The reference ranges as received, ``3,5–5,1``; empty when none was sent."""
    shown = (present_range(reference, result.value.unit, texts) for reference in result.references)
    return "; ".join(dict.fromkeys(text for text in shown if text))


def present_range(reference: ReferenceRange, unit: str | None, texts: Texts) -> str:
    """One range as received; its unit only when it is not ``unit``, which stands elsewhere."""
    low, high = (_POINT_IN_NUMBER.sub(",", bound or "").strip() for bound in (reference.low, reference.high))
    if low and high:
        text = texts("lab.reference_between", low=low, high=high)
    elif low:
        text = texts("lab.reference_from", low=low)
    elif high:
        text = texts("lab.reference_until", high=high)
    else:
        return (reference.text or "").strip()
    # The unit has a column of its own; only another one must stand beside the range.
    other_unit = reference.unit if reference.unit and unit and reference.unit != unit else None
    return f"{text} {unit_words(other_unit)}".rstrip()


def present_concept(concept: CodedText | None, unknown: str, texts: Texts) -> str:
    """The label of a coded concept, "afgeschermd" when it is masked, else ``unknown``."""
    if concept is None:
        return unknown
    return label_of(concept) or (texts("unknown.masked") if concept.masked else unknown)
