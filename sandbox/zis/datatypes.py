"""HL7 V3 data types as elements; both dialects share them."""

from collections.abc import Callable, Mapping

from lxml.etree import _Element as Element

from sandbox.clinical.statement import INTERPRETATION, Code, Id, Range, Span, Value
from sandbox.zis.wire import hl7

SYSTEM_NAMES = {
    "2.16.840.1.113883.6.1": "LOINC",
    "2.16.840.1.113883.6.96": "SNOMED CT",
    "2.16.840.1.113883.6.73": "ATC",
}
_LATERALITY = "272741003"
_SNOMED = "2.16.840.1.113883.6.96"


def ii(identifier: Id) -> Element:
    """An instance identifier."""
    return hl7(
        "id",
        root=identifier.root,
        extension=identifier.extension,
        assigning_authority_name=identifier.authority,
    )


def cd(tag: str, code: Code, *, xsi_type: str = "") -> Element:
    """A concept. With a nullFlavor nothing but its own words goes along."""
    words = [hl7("originalText", code.text)] if code.text else []
    if code.null:
        return hl7(tag, *words, xsi_type=xsi_type, null_flavor=code.null)
    side = []
    if code.laterality:
        side = [
            hl7(
                "qualifier",
                hl7("name", code=_LATERALITY, code_system=_SNOMED),
                hl7("value", code=code.laterality, code_system=_SNOMED),
            )
        ]
    return hl7(
        tag,
        *words,
        *side,
        *(cd("translation", each) for each in code.translations),
        xsi_type=xsi_type,
        code=code.code,
        code_system=code.system,
        code_system_name=SYSTEM_NAMES.get(code.system, ""),
        display_name=code.name,
    )


def times(spans: tuple[Span, ...], *, bare: bool) -> list[Element]:
    """``effectiveTime``. :param bare: the element's own type is IVL_TS, so that it names none.

    Several spans become the parts of one expression: the first is the period, the others say how often.
    """
    if not spans:
        return []
    first, *others = spans
    head = _span("effectiveTime", first, typed=not bare)
    return [head, *(_span("effectiveTime", each, typed=True, operator="A") for each in others)]


def expression(spans: tuple[Span, ...]) -> Element:
    """The same as one SXPR_TS (AORTA 6.12, hybrid MP9)."""
    parts = [_span("comp", spans[0], typed=True)]
    parts += [_span("comp", each, typed=True, operator="A") for each in spans[1:]]
    return hl7("effectiveTime", *parts, xsi_type="SXPR_TS")


def _span(tag: str, span: Span, *, typed: bool, operator: str = "") -> Element:
    if span.period:
        value, unit = span.period.split()
        return hl7(tag, hl7("period", value=value, unit=unit), xsi_type="PIVL_TS", operator=operator)
    if span.event:
        return hl7(tag, hl7("event", code=span.event), xsi_type="EIVL_TS", operator=operator)
    if span.at:
        return hl7(tag, value=span.at)
    parts = []
    if span.low or span.low_null:
        parts.append(hl7("low", value=span.low, null_flavor=span.low_null))
    if span.width:
        value, unit = span.width.split()
        parts.append(hl7("width", value=value, unit=unit))
    elif span.high or span.high_null:
        parts.append(hl7("high", value=span.high, null_flavor=span.high_null))
    return hl7(tag, *parts, xsi_type="IVL_TS" if typed else "", operator=operator)


def value_element(value: Value, tag: str = "value") -> Element:
    """The value of an observation."""
    if value.null:
        return hl7(tag, xsi_type=value.kind, null_flavor=value.null)
    return _WRITERS.get(value.kind, _literal)(tag, value)


def _literal(tag: str, value: Value) -> Element:
    return hl7(tag, xsi_type=value.kind, value=value.value, unit=value.unit)


def _words(tag: str, value: Value) -> Element:
    if value.link:
        return hl7(tag, hl7("reference", value=value.link), xsi_type="ED", media_type="application/dicom")
    return hl7(tag, value.words, xsi_type=value.kind)


def _coded(tag: str, value: Value) -> Element:
    return cd(tag, value.code or Code(null="UNK"), xsi_type=value.kind)


def _interval(tag: str, value: Value) -> Element:
    return hl7(tag, *_bounds(value), xsi_type=value.kind)


def _bounds(value: Value) -> list[Element]:
    inclusive = "false" if value.exclusive else ""
    both = (("low", value.value, value.unit), ("high", value.high, value.high_unit or value.unit))
    return [hl7(tag, value=text, unit=unit, inclusive=inclusive) for tag, text, unit in both if text]


def _ratio(tag: str, value: Value) -> Element:
    return hl7(
        tag,
        hl7("numerator", value=value.value, unit=value.unit, xsi_type="PQ"),
        hl7("denominator", value=value.high, unit=value.high_unit, xsi_type="PQ"),
        xsi_type=value.kind,
    )


_WRITERS: Mapping[str, Callable[[str, Value], Element]] = {
    **dict.fromkeys(("ST", "ED"), _words),
    **dict.fromkeys(("CD", "CE", "CV", "CO"), _coded),
    **dict.fromkeys(("IVL_PQ", "IVL_INT"), _interval),
    "RTO_PQ_PQ": _ratio,
}


def dose_element(value: Value) -> Element:
    """``doseQuantity``, an IVL_PQ: one dose, or between two."""
    if value.high:
        return hl7("doseQuantity", *_bounds(value))
    return hl7("doseQuantity", hl7("center", value=value.value, unit=value.unit))


def quantity_element(value: Value) -> Element:
    return hl7("quantity", value=value.value, unit=value.unit)


def reference_range(limits: Range) -> Element:
    """``referenceRange`` with bounds, words or both."""
    words = [hl7("text", limits.text)] if limits.text else []
    bounds = Value(kind="IVL_PQ", value=limits.low, high=limits.high, unit=limits.unit)
    known = value_element(bounds) if limits.low or limits.high else None
    if known is None:
        known = hl7("value", xsi_type="IVL_PQ", null_flavor="NA")
    meaning = hl7("interpretationCode", code=limits.meaning, code_system=INTERPRETATION)
    criterion = hl7("observationRange", *words, known, meaning, class_code="OBS", mood_code="EVN.CRT")
    return hl7("referenceRange", criterion, type_code="REFV")
