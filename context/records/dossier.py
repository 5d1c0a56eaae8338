"""The medical and nursing record (zib AllergieIntolerantie, Probleem, Alert and their neighbours)."""

from dataclasses import dataclass

from context.person import Moment
from context.records.values import CodedText, Entry, Party, ResultValue, TextPart


@dataclass(frozen=True, slots=True)
class Allergy(Entry):
    """One allergy or intolerance (zib AllergieIntolerantie).

    ``negated`` is an explicit statement of absence ("no known allergies"); never shown as positive.
    """

    substance: CodedText
    category: CodedText | None = None
    criticality: CodedText | None = None
    reactions: tuple[CodedText, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem(Entry):
    """A diagnosis or condition (zib Probleem).

    :param clinical_status: active or inactive, with the source's own words.
    """

    problem: CodedText
    kind: CodedText | None = None
    clinical_status: CodedText | None = None
    verification: CodedText | None = None
    sites: tuple[CodedText, ...] = ()
    begins: Moment | None = None
    ends: Moment | None = None
    specialism: CodedText | None = None
    performer: Party | None = None


@dataclass(frozen=True, slots=True)
class Alert(Entry):
    """An alert (zib Alert) or a contra-indication for medication (zib MedicatieContraIndicatie)."""

    alert: CodedText
    kind: CodedText | None = None
    conditions: tuple[CodedText, ...] = ()
    begins: Moment | None = None
    ends: Moment | None = None


@dataclass(frozen=True, slots=True)
class TreatmentRestriction(Entry):
    """What was agreed about one treatment (zib BehandelAanwijzing2, and BehandelAanwijzing of 2017).

    :param decision: do, do not, or otherwise, as sent.
    :param agreed_with: patient, representative, practitioner.
    :param wills: living wills: what kind, and when where that is known.
    """

    treatment: CodedText
    decision: CodedText | None = None
    discussed: Moment | None = None
    agreed_with: tuple[Party, ...] = ()
    ends: Moment | None = None
    end_reason: CodedText | None = None
    wills: tuple[CodedText, ...] = ()


@dataclass(frozen=True, slots=True)
class Device(Entry):
    """An implant, a placed material or an aid (zib MedischHulpmiddel).

    :param product_ids: GTIN, HIBC or UDI as sent.
    """

    product: CodedText
    product_ids: tuple[str, ...] = ()
    sites: tuple[CodedText, ...] = ()
    begins: Moment | None = None
    ends: Moment | None = None
    indications: tuple[CodedText, ...] = ()
    performer: Party | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionalStatus(Entry):
    """A functional or mental status (zib FunctioneleOfMentaleStatus)."""

    subject: CodedText
    value: ResultValue
    determined: Moment | None = None
    aids: tuple[CodedText, ...] = ()


@dataclass(frozen=True, slots=True)
class SubstanceUse(Entry):
    """Use of alcohol, tobacco or drugs (zib AlcoholGebruik, TabakGebruik, DrugsGebruik).

    :param use: whether it is used, as sent.
    :param kind: of drug or tobacco.
    """

    substance: CodedText
    use: CodedText | None = None
    amount: ResultValue | None = None
    kind: CodedText | None = None
    begins: Moment | None = None
    ends: Moment | None = None


@dataclass(frozen=True, slots=True)
class NursingEntry(Entry):
    """A nursing problem with goals and scores, a planned intervention, or a note.

    :param value: of a score.
    :param goals: what is aimed for.
    """

    title: CodedText | None
    about: Moment | None = None
    ends: Moment | None = None
    value: ResultValue | None = None
    goals: tuple[CodedText, ...] = ()
    texts: tuple[TextPart, ...] = ()


@dataclass(frozen=True, slots=True)
class DietEntry(Entry):
    """Advice or an agreement about eating and drinking."""

    title: CodedText | None
    about: Moment | None = None
    ends: Moment | None = None
    consistency: CodedText | None = None
    texts: tuple[TextPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Report(Entry):
    """A treatment report (consultation, SOEP) or the report of a team meeting (MDO).

    :param about: when the consultation was.
    :param parts: only what was filled in, each with its heading (conclusie, beleid, medicatiebeleid ...).
    """

    kind: CodedText | None
    about: Moment | None = None
    specialism: CodedText | None = None
    parts: tuple[TextPart, ...] = ()
