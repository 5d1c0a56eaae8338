"""The person, as the hospital knows them (zib Patient, Zorgverlener, Zorgaanbieder, Betaler).

Names and addresses keep every part that the source sent, in its order and with its qualifiers;
deciding what a doctor reads is the presenter's work, so nothing can be lost on the way.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from context.bsn import Bsn
from context.outcome import FailureCause


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A calendar date that may miss its day or month (HL7 TS with less precision).

    :param month: 1 to 12, or None when unknown (then ``day`` is None too).
    :raises ValueError: a day without a month, or a date that does not exist.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day without a month")
        date(self.year, self.month or 1, self.day or 1)

    @property
    def is_complete(self) -> bool:
        return self.day is not None

    def as_date(self) -> date:
        """The calendar date. :raises ValueError: when a part is unknown."""
        if self.month is None or self.day is None:
            raise ValueError("the date is not complete")
        return date(self.year, self.month, self.day)

    @property
    def earliest(self) -> date:
        """The first day that it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that it can be."""
        if self.is_complete:
            return self.as_date()
        month = self.month or 12
        return date(self.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

    @property
    def sort_key(self) -> tuple[int, int, int]:
        return (self.year, self.month or 0, self.day or 0)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, as precise as the source said.

    :param date: the calendar date in Europe/Amsterdam.
    :param instant: aware UTC, when the source sent a time; a date without a time stays a date (D16).
    """

    date: PartialDate
    instant: datetime | None = None

    @property
    def sort_key(self) -> tuple[tuple[int, int, int], float]:
        return (self.date.sort_key, self.instant.timestamp() if self.instant else 0.0)


@dataclass(frozen=True, slots=True)
class Identifier:
    """An HL7 instance identifier (II): ``root`` is an OID, ``extension`` the number in it."""

    root: str
    extension: str = ""


class Gender(StrEnum):
    """HL7 AdministrativeGender (2.16.840.1.113883.5.1), spelled out: never shown as a code."""

    MALE = "male"
    FEMALE = "female"
    UNDIFFERENTIATED = "undifferentiated"
    UNKNOWN = "unknown"


class NamePartKind(StrEnum):
    GIVEN = "given"
    FAMILY = "family"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    DELIMITER = "delimiter"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class NamePart:
    """One part of a name with the qualifiers as sent (BR birth, SP partner, VV prefix, IN, CL, AC)."""

    kind: NamePartKind
    text: str
    qualifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HumanName:
    """A name as sent, every part kept in order.

    :param use: the HL7 use codes as sent, for example ("L",).
    """

    parts: tuple[NamePart, ...]
    use: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressPart:
    """One part of an address; ``kind`` is the HL7 element name (streetName, houseNumber, city, ...)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Address:
    parts: tuple[AddressPart, ...]
    use: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telecom:
    """A telephone number or address as sent, for example ``tel:+31...`` (the scheme is kept)."""

    value: str
    use: tuple[str, ...] = ()


class CareProviderKind(StrEnum):
    GP = "gp"
    PHARMACY = "pharmacy"
    DENTIST = "dentist"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CareProvider:
    """A provider who cares for the patient outside the hospital (D20)."""

    kind: CareProviderKind
    identifiers: tuple[Identifier, ...] = ()
    person_name: HumanName | None = None
    organisation_name: str | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """A health insurance (zib Betaler): insurer by UZOVI, with the policy number when sent."""

    insurer_name: str | None
    uzovi: str | None = None
    policy_number: str | None = None
    begins: PartialDate | None = None
    ends: PartialDate | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Patient:
    """The hospital's own answer about the person (PDQv3), after the BSN in it was checked (D19).
    The representation holds nothing of it.

    :param hospital_numbers: the hospital's own patient numbers.
    :param care_providers: empty means that the answer carried none: "Niet beschikbaar" (D20).
    :param coverages: empty likewise.
    """

    bsn: Bsn
    names: tuple[HumanName, ...]
    birth_date: PartialDate | None
    gender: Gender
    hospital_numbers: tuple[Identifier, ...] = ()
    deceased: bool = False
    deceased_on: PartialDate | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    care_providers: tuple[CareProvider, ...] = ()
    coverages: tuple[Coverage, ...] = ()

    def __repr__(self) -> str:
        return "Patient(...)"


class LookupState(StrEnum):
    FOUND = "found"
    UNKNOWN = "unknown"
    SEVERAL = "several"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PatientLookup:
    """The hospital's answer to "who has this BSN". ``failure`` is set for ``failed``."""

    state: LookupState
    patient: Patient | None = None
    failure: FailureCause | None = None
