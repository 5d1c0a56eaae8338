"""Contacts with the hospital (zib Contact, Verrichting) and referrals to it."""

from dataclasses import dataclass

from context.person import Moment
from context.records.documents import DocumentReference
from context.records.values import CodedText, Entry, Party, Stage, TextPart


@dataclass(frozen=True, slots=True)
class Encounter(Entry):
    """An appointment, admission or emergency visit (zib Contact).

    :param kind: ActCode (AMB, IMP, EMER, SS, ...) or the source's own kind of contact.
    :param begins, ends: for an emergency visit arrival and departure.
    :param department: ward or outpatient clinic.
    :param location: room, building or address.
    :param destination: where the patient went afterwards (discharge disposition).
    """

    kind: CodedText | None
    stage: Stage = Stage.PERFORMED
    begins: Moment | None = None
    ends: Moment | None = None
    specialism: CodedText | None = None
    performer: Party | None = None
    department: str | None = None
    location: str | None = None
    reasons: tuple[CodedText, ...] = ()
    triage: CodedText | None = None
    origin: CodedText | None = None
    destination: CodedText | None = None


@dataclass(frozen=True, slots=True)
class Procedure(Entry):
    """An operation or other procedure (zib Verrichting)."""

    procedure: CodedText
    stage: Stage = Stage.PERFORMED
    begins: Moment | None = None
    ends: Moment | None = None
    specialism: CodedText | None = None
    performer: Party | None = None
    method: CodedText | None = None
    sites: tuple[CodedText, ...] = ()
    location: str | None = None
    indications: tuple[CodedText, ...] = ()
    materials: tuple[CodedText, ...] = ()
    results: tuple[TextPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Referral(Entry):
    """A referral to the hospital.

    :param referrer: who referred; its identifiers tell whether that was the GP's own practice (feature Q08).
    :param recipient: to whom, as far as named.
    :param number: the ZorgDomein number, not one of the hospital's own.
    :param is_open: not yet dealt with; None when the source does not say.
    :param letter: the referral letter, when it can be fetched.
    """

    kind: CodedText | None
    referred: Moment | None = None
    referrer: Party | None = None
    specialism: CodedText | None = None
    number: str | None = None
    is_open: bool | None = None
    reasons: tuple[CodedText, ...] = ()
    letter: DocumentReference | None = None
    recipient: Party | None = None
