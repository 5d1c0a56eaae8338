"""What the fields of an entry are made of, literally as the source sent it (zis.md §10)."""

from dataclasses import dataclass
from enum import StrEnum

from context.person import Identifier, Moment


@dataclass(frozen=True, slots=True)
class CodedText:
    """A coded concept with every text the source gave for it.

    :param laterality: the side of a place on the body, sent as its qualifier.
    :param masked: nullFlavor MSK: hidden on purpose, shown as "afgeschermd".
    :param null_flavor: the HL7 nullFlavor as sent, when there is no code.
    """

    code: str | None = None
    system: str | None = None
    display: str | None = None
    original_text: str | None = None
    masked: bool = False
    null_flavor: str | None = None
    laterality: "CodedText | None" = None

    @property
    def label(self) -> str | None:
        """What a doctor reads: the original text, else the display name, else the code; and the side."""
        name = self.original_text or self.display or self.code
        side = self.laterality.label if self.laterality is not None else None
        return f"{name}, {side}" if name and side else name or side


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
class Party:
    """Somebody named in an entry: who made, asked for, performed or received something.

    :param name: the person, as the source writes the name; None when only an organisation is named.
    :param organisation: practice, department or hospital.
    :param identifiers: of the person and the organisation (AGB, UZI, URA), to tell one's own from others.
    """

    name: str | None = None
    organisation: str | None = None
    specialism: CodedText | None = None
    identifiers: tuple[Identifier, ...] = ()

    @property
    def label(self) -> str | None:
        """The person, else the organisation."""
        return self.name or self.organisation


@dataclass(frozen=True, slots=True)
class TextPart:
    """One headed piece of text, for example "Conclusie". :param text: lines as sent."""

    heading: CodedText | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry of the record may carry.

    :param identifiers: the source's own ids; two entries are the same fact only by these (zis.md §10.12).
    :param status: the HL7 status code as sent (completed, active, ...), or the source's own status letter.
    :param author: who wrote it down.
    :param authorised: a specialist has authorised it (geaccordeerd); None when the source does not say.
    :param authorised_on: when. :param authoriser: who did, or who has still to do it.
    :param recorded: when it was written down, where that differs from what it is about.
    :param remarks: everything the source said for which the entry has no field of its own.
    :param negated: the statement denies what it names (``negationInd``); never shown as positive.
    """

    identifiers: tuple[Identifier, ...] = ()
    status: str | None = None
    author: Party | None = None
    authorised: bool | None = None
    authorised_on: Moment | None = None
    authoriser: Party | None = None
    recorded: Moment | None = None
    remarks: tuple[str, ...] = ()
    negated: bool = False


class Stage(StrEnum):
    """How far a planned act has come, by HL7 moodCode and statusCode.

    ``waiting``: intended or requested, the patient has not been called (INT, RQO, ARQ, PRP);
    ``scheduled``: the patient has been called or has an appointment (APT, PRMS);
    ``performed``: it happened or is happening (EVN); ``cancelled``: it will not (status cancelled, aborted).
    """

    WAITING = "waiting"
    SCHEDULED = "scheduled"
    PERFORMED = "performed"
    CANCELLED = "cancelled"
