"""Result values and reference ranges, literally as received: never converted, rounded or re-united."""

from collections.abc import Callable

from lxml import etree

from adapters.zis.datatypes import MASKED, read_boolean, read_coded, read_text
from adapters.zis.errors import malformed
from adapters.zis.paths import Path, child_of, hl7_tag
from context.records import CodedText, ReferenceRange, ResultValue, ValueKind

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LOW = hl7_tag("low")
_HIGH = hl7_tag("high")
_CENTER = hl7_tag("center")
_NUMERATOR = hl7_tag("numerator")
_DENOMINATOR = hl7_tag("denominator")
_TRANSLATION = Path("h:translation[@value]")
_BOUND_TAGS = frozenset({_LOW, _HIGH, _CENTER})
_UNITY = "1"
_BINARY = Path(
    "self::*[@representation='B64'] | h:reference[normalize-space(@value)][not(../text()[normalize-space()])]"
)
_RANGE_VALUE = hl7_tag("value")
_RANGE_TEXT = hl7_tag("text")
_INTERPRETATION = hl7_tag("interpretationCode")
_OPEN_BOUNDS = frozenset({"NINF", "PINF"})


def read_value(element: etree._Element) -> ResultValue:
    """The ``value`` of an observation. The type is ``xsi:type``, or what its content shows.

    :raises SourceError: a type that cannot be shown as text; the entry must then not look complete.
    """
    null_flavor = element.get("nullFlavor")
    if null_flavor and null_flavor.strip() == MASKED:
        return ResultValue(ValueKind.MASKED)
    # Nearly always the type stands there as it is named in the table.
    read = _READERS.get(element.get(_XSI_TYPE) or "") or _READERS[_kind_of(element)]
    value = read(element)
    if value.kind is ValueKind.ABSENT and not (null_flavor or "").strip() and len(element):
        raise malformed("a value of an unknown shape")
    return value


def _kind_of(element: etree._Element) -> str:
    stated = (element.get(_XSI_TYPE) or "").strip().rpartition(":")[2]
    if stated:
        if stated not in _READERS:
            raise malformed("a value of a type that cannot be shown")
        return stated
    if any(child.tag in _BOUND_TAGS for child in element):
        return "IVL_PQ"
    if child_of(element, _NUMERATOR) is not None:
        return "RTO"
    if element.get("value") is not None:
        return "PQ"
    return "CD" if element.get("code") is not None else "ED"


def _read_quantity(element: etree._Element) -> ResultValue:
    text = (element.get("value") or "").strip()
    if text:
        return ResultValue(ValueKind.QUANTITY, text, _unit(element))
    if child_of(element, _LOW) is not None or child_of(element, _HIGH) is not None:
        return _read_interval(element)
    translation = _TRANSLATION.element(element)
    if translation is None:
        return _read_words(element)
    coded = read_coded(translation)
    return ResultValue(
        ValueKind.QUANTITY, (translation.get("value") or "").strip(), coded.label if coded else None
    )


def _read_literal(element: etree._Element) -> ResultValue:
    text = (element.get("value") or "").strip()
    return ResultValue(ValueKind.TEXT, text) if text else _read_words(element)


def _read_words(element: etree._Element) -> ResultValue:
    if _BINARY.elements(element):
        raise malformed("a value that is a document")
    text = read_text(element)
    return ResultValue(ValueKind.TEXT, text) if text else ResultValue(ValueKind.ABSENT)


def _read_code(element: etree._Element) -> ResultValue:
    coded = read_coded(element)
    if coded is not None and coded.masked:
        return ResultValue(ValueKind.MASKED)
    if coded is not None and coded.label:
        return ResultValue(ValueKind.CODED, coded.label)
    return _read_words(element)


def _read_interval(element: etree._Element) -> ResultValue:
    low, high = _bounds_of(element)
    if low is not None and high is not None:
        return _between(low, high)
    if low is not None:
        return ResultValue(ValueKind.QUANTITY, low.text, low.unit, ">=" if low.inclusive else ">")
    if high is not None:
        return ResultValue(ValueKind.QUANTITY, high.text, high.unit, "<=" if high.inclusive else "<")
    center = child_of(element, _CENTER)
    return _read_quantity(center) if center is not None else _read_literal(element)


def _read_ratio(element: etree._Element) -> ResultValue:
    parts = [child_of(element, _NUMERATOR), child_of(element, _DENOMINATOR)]
    texts = [(part.get("value") or "").strip() for part in parts if part is not None]
    units = [unit for part in parts if part is not None and (unit := _unit(part))]
    if not texts:
        return ResultValue(ValueKind.ABSENT)
    if len(texts) != 2 or not all(texts):
        raise malformed("half a ratio")
    return ResultValue(ValueKind.TEXT, ":".join(texts), "/".join(units) or None)


_READERS: dict[str, Callable[[etree._Element], ResultValue]] = {
    **dict.fromkeys(("PQ", "MO", "INT", "REAL"), _read_quantity),
    **dict.fromkeys(("ST", "ED", "SC"), _read_words),
    **dict.fromkeys(("BL", "TS", "II", "TEL"), _read_literal),
    **dict.fromkeys(("CD", "CE", "CV", "CO", "CS"), _read_code),
    **dict.fromkeys(("IVL_PQ", "IVL_INT", "IVL_REAL", "IVL_TS"), _read_interval),
    **dict.fromkeys(("RTO", "RTO_PQ_PQ", "RTO_QTY_QTY", "RTO_INT_INT"), _read_ratio),
}


class _Bound:
    __slots__ = ("inclusive", "text", "unit")

    def __init__(self, text: str, unit: str | None, inclusive: bool) -> None:
        self.text = text
        self.unit = unit
        self.inclusive = inclusive


def _bounds_of(interval: etree._Element) -> tuple[_Bound | None, _Bound | None]:
    """Its first low and its first high; None where that is absent or open."""
    low = high = None
    for child in interval:
        if low is None and child.tag == _LOW:
            low = child
        elif high is None and child.tag == _HIGH:
            high = child
    return _bound(low) if low is not None else None, _bound(high) if high is not None else None


def _bound(element: etree._Element) -> _Bound | None:
    """A low or high of an interval; None when it is open."""
    text = (element.get("value") or "").strip()
    if not text:
        if (element.get("nullFlavor") or "").strip() == MASKED:
            raise malformed("a masked bound")
        return None
    inclusive = element.get("inclusive")
    return _Bound(text, _unit(element), read_boolean(inclusive) if inclusive else True)


def _between(low: _Bound, high: _Bound) -> ResultValue:
    if low.unit == high.unit or low.unit is None or high.unit is None:
        return ResultValue(ValueKind.RANGE, f"{low.text} - {high.text}", low.unit or high.unit)
    return ResultValue(ValueKind.RANGE, f"{low.text} {low.unit} - {high.text} {high.unit}")


def _unit(element: etree._Element) -> str | None:
    """The unit as sent. UCUM's ``1`` only says that things are counted; a translation with the same number
    then says which (NL: the G-standaard's "stuk")."""
    unit = (element.get("unit") or element.get("currency") or "").strip() or None
    if unit == _UNITY:
        for translation in _TRANSLATION.elements(element):
            if (translation.get("value") or "").strip() == (element.get("value") or "").strip():
                coded = read_coded(translation)
                return (coded.label if coded else None) or unit
    return unit


def read_reference_range(observation_range: etree._Element) -> ReferenceRange | None:
    """An ``observationRange``; None when it holds nothing.

    Only a range for normal results may set the bounds. Another one (``interpretationCode`` H, LL, ...)
    is told in words, so that a critical limit never passes for a normal one.
    """
    note = element = None
    codes = []
    for child in observation_range:
        if child.tag == _RANGE_VALUE:
            element = child if element is None else element
        elif child.tag == _RANGE_TEXT:
            note = child if note is None else note
        elif child.tag == _INTERPRETATION and (code := (child.get("code") or "").strip()):
            codes.append(code)
    text = read_text(note) if note is not None else None
    reference = _read_bounds(element, text) if element is not None else ReferenceRange(text=text)
    if codes and "N" not in codes:
        return ReferenceRange(text=f"{' '.join(codes)}: {_in_words(reference)}")
    return reference if reference.low or reference.high or reference.unit or reference.text else None


def _read_bounds(element: etree._Element, text: str | None) -> ReferenceRange:
    low, high = _bounds_of(element)
    if low is not None and high is not None:
        if low.unit and high.unit and low.unit != high.unit:
            return ReferenceRange(text="; ".join(filter(None, (_between(low, high).text, text))))
        return ReferenceRange(low.text, high.text, low.unit or high.unit, text)
    if low is not None:
        return ReferenceRange(low=low.text, unit=low.unit, text=text)
    if high is not None:
        return ReferenceRange(high=high.text, unit=high.unit, text=text)
    value = read_value(element)
    words = " ".join(part for part in (value.text, value.unit) if part)
    return ReferenceRange(text="; ".join(part for part in (words, text) if part) or None)


def _in_words(reference: ReferenceRange) -> str:
    if reference.low and reference.high:
        bounds = f"{reference.low} - {reference.high}"
    elif reference.low or reference.high:
        bounds = f">= {reference.low}" if reference.low else f"<= {reference.high}"
    else:
        bounds = ""
    return " ".join(part for part in (bounds, reference.unit, reference.text) if part)


def describe(coded: CodedText | None, value: ResultValue | None) -> str | None:
    """A statement that has no field of its own, in words: ``label: value unit``."""
    label = coded.label if coded else None
    if value is not None and value.kind is ValueKind.MASKED:
        return f"{label}: {MASKED}" if label else MASKED
    if value is None or not value.text:
        return label
    words = " ".join(part for part in (f"{value.comparator}{value.text}", value.unit) if part)
    return f"{label}: {words}" if label else words
