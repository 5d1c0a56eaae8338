"""Record entries by zib (Laboratoriumuitslag, AllergieIntolerantie), as the hospital sent them.

Values are text exactly as received: never converted, rounded or re-united (zis.md §10).
"""

from dataclasses import dataclass
from enum import StrEnum

from context.person import Identifier, Moment


class Section(StrEnum):
    """The sections that a record source can be asked for."""

    LABORATORY = "laboratory"
    ALLERGIES = "allergies"


@dataclass(frozen=True, slots=True)
class CodedText:
    """A coded concept with every text the source gave for it.

    :param masked: nullFlavor MSK: hidden on purpose, shown as "afgeschermd".
    :param null_flavor: the HL7 nullFlavor as sent, when there is no code.
    """

    code: str | None = None
    system: str | None = None
    display: str | None = None
    original_text: str | None = None
    masked: bool = False
    null_flavor: str | None = None

    @property
    def label(self) -> str | None:
        """What a doctor reads: the original text, else the display name, else the code."""
        return self.original_text or self.display or self.code


class ValueKind(StrEnum):
    QUANTITY = "quantity"
    TEXT = "text"
    CODED = "coded"
    RANGE = "range"
    PENDING = "pending"
    ABSENT = "absent"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class ResultValue:
    """One value as received.

    :param text: the literal text, with the source's own decimal sign (``5.6``, ``<0.5``); empty for
        pending, absent and masked.
    :param comparator: ``<``, ``>``, ``<=`` or ``>=`` when the value is only a bound, else empty; it is
        not repeated in ``text``.
    :param unit: the unit as received, None when none was sent.
    """

    kind: ValueKind
    text: str = ""
    unit: str | None = None
    comparator: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """Reference range as received; ``text`` when the source sent words instead of bounds."""

    low: str | None = None
    high: str | None = None
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class LabResult:
    """One laboratory determination (zib LaboratoriumUitslag).

    :param flags: interpretation codes as sent (H, L, HH, LL, A, ...); unknown ones stay literal.
    :param group: the panel or order it was part of.
    :param status: the HL7 status code as sent (completed, active, ...).
    """

    test: CodedText
    value: ResultValue
    identifiers: tuple[Identifier, ...] = ()
    taken: Moment | None = None
    flags: tuple[str, ...] = ()
    references: tuple[ReferenceRange, ...] = ()
    material: CodedText | None = None
    group: CodedText | None = None
    status: str | None = None
    remarks: tuple[str, ...] = ()
    method: CodedText | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy or intolerance (zib AllergieIntolerantie).

    :param negated: an explicit statement of absence ("no known allergies"); never shown as positive.
    """

    substance: CodedText
    identifiers: tuple[Identifier, ...] = ()
    category: CodedText | None = None
    criticality: CodedText | None = None
    status: str | None = None
    negated: bool = False
    recorded: Moment | None = None
    reactions: tuple[CodedText, ...] = ()
    remarks: tuple[str, ...] = ()


RecordEntry = LabResult | Allergy
