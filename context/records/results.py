"""Results: laboratory, measurements, and everything that is told in words (zib TekstUitslag)."""

from dataclasses import dataclass

from context.person import Moment
from context.records.documents import DocumentReference
from context.records.values import CodedText, Entry, Party, ReferenceRange, ResultValue, TextPart


@dataclass(frozen=True, slots=True)
class ObservedValue(Entry):
    """One determination with its value.

    :param flags: interpretation codes as sent (H, L, HH, LL, A, ...); unknown ones stay literal.
    :param group: the panel or order it was part of.
    """

    test: CodedText
    value: ResultValue
    taken: Moment | None = None
    flags: tuple[str, ...] = ()
    references: tuple[ReferenceRange, ...] = ()
    group: CodedText | None = None
    method: CodedText | None = None


@dataclass(frozen=True, slots=True)
class LabResult(ObservedValue):
    """One laboratory determination (zib LaboratoriumUitslag).

    :param requester: who asked for it; tells a hospital's own results from a GP's (feature R12).
    """

    material: CodedText | None = None
    requester: Party | None = None


@dataclass(frozen=True, slots=True)
class Measurement(ObservedValue):
    """A measurement (zib Bloeddruk, Lichaamsgewicht, ...). A blood pressure is two of them in one group.

    :param position: of the body, or the site of measurement.
    """

    position: CodedText | None = None


@dataclass(frozen=True, slots=True)
class Susceptibility:
    """One agent of an antibiogram. :param interpretation: S, I, R or as sent."""

    agent: CodedText
    value: ResultValue | None = None
    interpretation: str = ""


@dataclass(frozen=True, slots=True)
class Isolate:
    """A micro-organism found in a culture, with its antibiogram."""

    organism: CodedText
    growth: ResultValue | None = None
    susceptibilities: tuple[Susceptibility, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextResult(Entry):
    """A result in words: microbiology, pathology, radiology, ECG, endoscopy (zib TekstUitslag).

    ``status`` is the source's own status letter or HL7 status code; which of them are final differs by
    kind of result (feature X11).

    :param taken: when the sample or the pictures were taken.
    :param images: links to pictures, as the source names them; empty when there are none.
    :param values: coded or measured results that stand beside the words.
    """

    examination: CodedText
    kind: CodedText | None = None
    taken: Moment | None = None
    material: CodedText | None = None
    requester: Party | None = None
    performer: Party | None = None
    parts: tuple[TextPart, ...] = ()
    values: tuple[ObservedValue, ...] = ()
    isolates: tuple[Isolate, ...] = ()
    images: tuple[str, ...] = ()
    document: DocumentReference | None = None
