"""What professionals wrote: reports, team meetings, nursing record and diet."""

from dataclasses import dataclass

from sandbox.clinical.scene import Concept, Fact, Headed, Measure, RelativeMoment, Scene
from sandbox.clinical.statement import (
    LOINC,
    SNOMED,
    Code,
    Id,
    Involved,
    Link,
    Span,
    Statement,
    coded,
    fact,
    part,
)

_GOAL = Code(code="410518001", system=SNOMED, name="Zorgdoel")
_CONSISTENCY = Code(code="160670007", system=SNOMED, name="Consistentie")
_PROGRESS_NOTE = Concept(code="34900-1", system=LOINC, name="Consultverslag")


def _signed(scene: Scene, authorised: bool | None, by: str, on: str) -> tuple[Involved, ...]:
    """Nothing when the source says nothing of authorisation."""
    if authorised is None:
        return ()
    return scene.who(by, on if authorised else "", "S" if authorised else "X")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Fact):
    """A treatment report or the report of a team meeting.

    :param written: when it was written down, where that is another time than ``about``.
    :param authorised: None when the source does not say.
    """

    about: RelativeMoment
    author: str
    kind: Concept = _PROGRESS_NOTE
    written: RelativeMoment | None = None
    authorised: bool | None = None
    authorised_on: RelativeMoment | None = None
    supervisor: str = ""
    parts: tuple[Headed, ...]

    def statement(self, scene: Scene, root: str) -> Statement:
        by = self.supervisor or self.author
        return Statement(
            shape="act",
            ids=(Id(root=root, extension=self.number),),
            code=self.kind.built(),
            status=self.status,
            times=scene.period(self.about),
            authors=scene.who(self.author, self.written or self.about),
            verifiers=_signed(scene, self.authorised, by, self.authorised_on or ""),
            links=(*(part(each.heading.built(), each.text) for each in self.parts), *self.more()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nursing(Fact):
    """A nursing problem with its goals, a score, a planned intervention or a note.

    :param value: of a score. :param mood: INT for what is planned.
    """

    title: Concept
    about: RelativeMoment
    end: RelativeMoment | None = None
    mood: str = "EVN"
    value: Measure | None = None
    goals: tuple[Concept, ...] = ()
    parts: tuple[Headed, ...] = ()
    author: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        aims = (
            Link("REFR", Statement(shape="observation", code=_GOAL, mood="GOL", value=coded(each.built())))
            for each in self.goals
        )
        once = bool(self.value) and not self.end
        return Statement(
            shape="observation" if self.value else "act",
            ids=(Id(root=root, extension=self.number),),
            code=self.title.built(),
            mood=self.mood,
            negated=self.denial(),
            status=self.status,
            times=scene.point(self.about) if once else scene.period(self.about, self.end or ""),
            value=self.value.built() if self.value else None,
            authors=scene.who(self.author, self.about),
            links=(
                *aims,
                *(part(each.heading.built(), each.text) for each in self.parts),
                *self.more(),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Diet(Fact):
    """Advice or an agreement about eating and drinking."""

    title: Concept
    about: RelativeMoment
    end: RelativeMoment | None = None
    consistency: Concept | None = None
    parts: tuple[Headed, ...] = ()
    author: str = ""
    mood: str = "EVN"

    def statement(self, scene: Scene, root: str) -> Statement:
        thick = [fact("COMP", _CONSISTENCY, coded(self.consistency.built()))] if self.consistency else []
        return Statement(
            shape="act",
            ids=(Id(root=root, extension=self.number),),
            code=self.title.built(),
            mood=self.mood,
            status=self.status,
            times=(Span(low=scene.at(self.about), high=scene.at(self.end or "")),),
            authors=scene.who(self.author, self.about),
            links=(*thick, *(part(each.heading.built(), each.text) for each in self.parts), *self.more()),
        )
