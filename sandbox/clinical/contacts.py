"""Contacts with the hospital: appointments, admissions, operations and other procedures, referrals."""

from dataclasses import dataclass

from sandbox.clinical.scene import (
    NUMBERS,
    Concept,
    Fact,
    Headed,
    RelativeMoment,
    Scene,
    place_of,
    reasons,
)
from sandbox.clinical.statement import ACT_CODE, LOINC, SNOMED, Code, Id, Link, Product, Span, Statement, part

_PATIENT_REFERRAL = Code(code="3457005", system=SNOMED, name="verwijzen van patiënt")
ZORGDOMEIN_NUMBERS = f"{NUMBERS}.95"
_CLINICAL_NOTE = Code(code="34109-9", system=LOINC, name="Notitie")
_CONTACT_NAMES = {
    "AMB": "Poliklinisch",
    "IMP": "Klinisch",
    "EMER": "SEH",
    "SS": "Dagopname",
    "VR": "Virtueel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Fact):
    """An appointment, admission or emergency visit (zib Contact).

    :param contact: ActCode AMB, IMP, EMER, SS or VR. :param label: the source's own name of the kind.
    :param mood: EVN happened, APT called or booked, INT waiting.
    :param performer: a word for a caregiver.
    """

    contact: str
    label: str = ""
    mood: str = "EVN"
    begin: RelativeMoment
    end: RelativeMoment | None = None
    performer: str = ""
    department: str = ""
    room: str = ""
    reasons: tuple[Concept, ...] = ()
    triage: Concept | None = None
    origin: Concept | None = None
    destination: Concept | None = None

    def statement(self, scene: Scene, root: str) -> Statement:
        name = _CONTACT_NAMES.get(self.contact, "")
        return Statement(
            shape="encounter",
            ids=(Id(root=root, extension=self.number),),
            code=Code(code=self.contact, system=ACT_CODE, name=name, text=self.label),
            mood=self.mood,
            status=self.status,
            times=scene.period(self.begin, self.end or ""),
            priority=self.triage.built() if self.triage else None,
            origin=self.origin.built() if self.origin else None,
            destination=self.destination.built() if self.destination else None,
            performers=scene.who(self.performer),
            place=place_of(self.department, self.room),
            links=(*reasons(self.reasons), *self.more()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Fact):
    """An operation or other procedure (zib Verrichting).

    :param mood: EVN done, APT called, RQO or INT on the waiting list.
    :param report: what was found or done. :param materials: used or placed.
    """

    procedure: Concept
    mood: str = "EVN"
    begin: RelativeMoment | None = None
    end: RelativeMoment | None = None
    performer: str = ""
    department: str = ""
    room: str = ""
    method: Concept | None = None
    sites: tuple[Concept, ...] = ()
    reasons: tuple[Concept, ...] = ()
    materials: tuple[Concept, ...] = ()
    report: tuple[Headed, ...] = ()

    def statement(self, scene: Scene, root: str) -> Statement:
        placed = tuple(
            Link("COMP", Statement(shape="supply", product=Product(code=each.built())))
            for each in self.materials
        )
        told = tuple(part(each.heading.built(), each.text) for each in self.report)
        return Statement(
            shape="procedure",
            ids=(Id(root=root, extension=self.number),),
            code=self.procedure.built(),
            mood=self.mood,
            negated=self.denial(),
            status=self.status,
            times=scene.period(self.begin or "", self.end or ""),
            methods=(self.method.built(),) if self.method else (),
            sites=tuple(each.built() for each in self.sites),
            performers=scene.who(self.performer),
            place=place_of(self.department, self.room),
            links=(*reasons(self.reasons), *placed, *told, *self.more()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(Fact):
    """A referral to the hospital. ``status`` is active while nobody dealt with it, else completed.

    :param zorgdomein: its ZorgDomein number, empty for another way of referring.
    :param referrer: who referred. :param specialist: to whom.
    """

    referred: RelativeMoment
    referrer: str
    specialist: str = ""
    zorgdomein: str = ""
    kind: Concept | None = None
    reasons: tuple[Concept, ...] = ()
    letter: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        ids = [Id(root=root, extension=self.number)]
        if self.zorgdomein:
            ids.append(Id(root=ZORGDOMEIN_NUMBERS, extension=self.zorgdomein, authority="ZorgDomein"))
        told = (part(_CLINICAL_NOTE, self.letter),) if self.letter else ()
        return Statement(
            shape="act",
            ids=tuple(ids),
            code=self.kind.built() if self.kind else _PATIENT_REFERRAL,
            mood="RQO",
            status=self.status,
            times=(Span(at=scene.at(self.referred)),),
            performers=scene.who(self.specialist),
            authors=scene.who(self.referrer, self.referred),
            links=(*reasons(self.reasons), *told, *self.more()),
        )
