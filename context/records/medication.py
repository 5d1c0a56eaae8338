"""Medication: 6.x dispense lists, MP9 building blocks and overviews, and what a vaccination was."""

from dataclasses import dataclass
from enum import StrEnum

from context.person import Moment
from context.records.values import CodedText, Entry, Party, ResultValue


class MedicationKind(StrEnum):
    """Which building block an entry is (MP9), or what a QED source calls it."""

    AGREEMENT = "agreement"
    DISPENSING_AGREEMENT = "dispensing_agreement"
    DISPENSE_REQUEST = "dispense_request"
    DISPENSE = "dispense"
    USE = "use"
    VARIABLE_DOSING = "variable_dosing"
    ADMINISTRATION = "administration"
    STATEMENT = "statement"


class MedicationSetting(StrEnum):
    """Thuismedicatie (outpatient, GP) or opnamemedicatie (during an admission) (feature D13)."""

    HOME = "home"
    CLINICAL = "clinical"


class StopType(StrEnum):
    """How a medication was stopped (MP9 stoptype).

    ``cancelled``: it never began; ``unknown``: the source says that it was stopped, in a way that we do not
    know.
    """

    TEMPORARY = "temporary"
    DEFINITIVE = "definitive"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MedicationEntry(Entry):
    """One medication as one source knows it.

    :param product: with the most specific code sent; ``product_codes`` holds all of them (PRK, HPK, ZI, ATC).
    :param instructions: the dosage in words, as sent.
    :param dose: one dose, when sent apart from the words.
    :param schedule: how often and when of the day, as stated beside those words (``1×/8 h``).
    :param begins, ends: period of use. :param duration: in words, when there is no end.
    :param stop: set when the entry says that the medication was stopped.
    :param is_copy: the source passes on what another wrote (kopie-indicator).
    """

    product: CodedText
    kind: MedicationKind = MedicationKind.STATEMENT
    setting: MedicationSetting | None = None
    product_codes: tuple[CodedText, ...] = ()
    instructions: str | None = None
    dose: ResultValue | None = None
    schedule: tuple[str, ...] = ()
    quantity: ResultValue | None = None
    route: CodedText | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    duration: str | None = None
    stop: StopType | None = None
    reasons: tuple[CodedText, ...] = ()
    prescriber: Party | None = None
    dispenser: Party | None = None
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Vaccination(Entry):
    """A vaccination (zib Vaccinatie)."""

    product: CodedText
    given: Moment | None = None
    dose: ResultValue | None = None
    performer: Party | None = None
