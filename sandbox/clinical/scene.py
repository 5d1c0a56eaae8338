"""What every fact needs to become a statement: the time it is, and who is who."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.clinical.moments import RelativeMoment, stamp
from sandbox.clinical.statement import (
    AGB,
    SNOMED,
    SPECIALISM,
    URA,
    UZI,
    Code,
    Id,
    Involved,
    Link,
    Party,
    Place,
    Span,
    Statement,
    Value,
    comment,
)

NUMBERS = "2.16.840.1.113883.2.4.3.7"
"""Below it, one OID for the numbers of each section (see ``sandbox/zis/sections.py``)."""
OTHER = "OTH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A concept as the data files write it.

    :param text: the source's own words; without a code they are all there is (nullFlavor OTH).
    :param null: MSK, UNK, ...: a concept that is withheld or not known.
    """

    code: str = ""
    system: str = SNOMED
    name: str = ""
    text: str = ""
    null: str = ""
    laterality: str = ""

    def built(self) -> Code:
        if self.null or not self.code:
            return Code(null=self.null or OTHER, text=self.text)
        return Code(
            code=self.code, system=self.system, name=self.name, text=self.text, laterality=self.laterality
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caregiver:
    """Somebody who can be named in a fact.

    :param specialism: code of a medical specialism (AGB, COD016), with its Dutch name.
    """

    name: str = ""
    agb: str = ""
    uzi: str = ""
    organisation: str = ""
    organisation_agb: str = ""
    ura: str = ""
    specialism: str = ""
    specialism_name: str = ""

    def party(self) -> Party:
        ids = [Id(root=UZI, extension=self.uzi)] if self.uzi else []
        ids += [Id(root=AGB, extension=self.agb)] if self.agb else []
        place = [Id(root=URA, extension=self.ura)] if self.ura else []
        place += [Id(root=AGB, extension=self.organisation_agb)] if self.organisation_agb else []
        role = Code(code=self.specialism, system=SPECIALISM, name=self.specialism_name)
        return Party(
            ids=tuple(ids),
            name=self.name,
            organisation=self.organisation,
            organisation_ids=tuple(place),
            role=role if self.specialism else None,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """:param now: aware. :param people: caregivers by the word the data files use."""

    now: datetime
    people: Mapping[str, Caregiver]

    def at(self, moment: str) -> str:
        """An HL7 TS, empty for an empty moment."""
        return stamp(moment, self.now) if moment else ""

    def point(self, moment: str) -> tuple[Span, ...]:
        return (Span(at=self.at(moment)),) if moment else ()

    def period(self, begin: str, end: str = "") -> tuple[Span, ...]:
        """An interval, open where nothing is known."""
        if not begin and not end:
            return ()
        return (Span(low=self.at(begin), high=self.at(end), low_null="" if begin else "UNK"),)

    def who(self, word: str, moment: str = "", signature: str = "") -> tuple[Involved, ...]:
        """Nobody for an empty word. :raises KeyError: a word that no file explains."""
        if not word:
            return ()
        return (Involved(party=self.people[word].party(), time=self.at(moment), signature=signature),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact may carry.

    :param number: its extension, unique within the section and the patient.
    :param remark: free words. :param refers_to: number of a concern that is told elsewhere (by id only).
    """

    number: str
    remark: str = ""
    refers_to: str = ""
    status: str = "completed"
    negated: bool = False

    def more(self) -> tuple[Link, ...]:
        """The links that every fact may have."""
        found = [comment(self.remark)] if self.remark else []
        if self.refers_to:
            known = Id(root=f"{NUMBERS}.109", extension=self.refers_to)
            concern = Code(code="CONC", system="2.16.840.1.113883.5.6")
            found.append(Link("REFR", Statement(shape="act", ids=(known,), code=concern, status="active")))
        return tuple(found)

    def denial(self) -> bool | None:
        return True if self.negated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A value as the data files write it; see :class:`sandbox.clinical.statement.Value`."""

    kind: str = "PQ"
    value: str = ""
    unit: str = ""
    high: str = ""
    high_unit: str = ""
    exclusive: bool = False
    concept: Concept | None = None
    words: str = ""
    link: str = ""
    null: str = ""

    def built(self) -> Value:
        return Value(
            kind=self.kind,
            value=self.value,
            unit=self.unit,
            high=self.high,
            high_unit=self.high_unit,
            exclusive=self.exclusive,
            code=self.concept.built() if self.concept else None,
            words=self.words,
            link=self.link,
            null=self.null,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """Text below a heading. :param heading: empty for a part without one."""

    text: str
    heading: Concept = Concept()


def place_of(department: str, room: str) -> Place | None:
    """None when neither is known."""
    return Place(department=department, name=room) if department or room else None


def reasons(concepts: tuple[Concept, ...]) -> tuple[Link, ...]:
    """Why something is done (RSON): a diagnosis each."""
    kind = Code(code="282291009", system=SNOMED, name="Diagnose")
    return tuple(
        Link(
            "RSON",
            Statement(shape="observation", code=kind, value=Value(kind="CD", code=each.built())),
        )
        for each in concepts
    )


__all__ = [
    "Caregiver",
    "Concept",
    "Fact",
    "Headed",
    "Measure",
    "RelativeMoment",
    "Scene",
    "place_of",
    "reasons",
]
