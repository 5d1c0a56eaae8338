"""Results: laboratory, measurements, microbiology, and findings in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sandbox.clinical.documents import Form
from sandbox.clinical.scene import NUMBERS, Concept, Fact, Headed, Measure, RelativeMoment, Scene
from sandbox.clinical.statement import (
    LOINC,
    SNOMED,
    Code,
    Id,
    Link,
    Product,
    Range,
    Span,
    Statement,
    Value,
    comment,
    fact,
    part,
)
from sandbox.laboratory import Result

RESULT_NUMBERS = f"{NUMBERS}.91"
MATERIAL_NUMBERS = f"{NUMBERS}.93"
ORDER_NUMBERS = f"{NUMBERS}.94"
_SIMPLE_OBSERVATION = "1.3.6.1.4.1.19376.1.5.3.1.4.13"
_LABORATORY = "26436-6"
_RESULT_STATUS = Code(code="92236-9", system=LOINC, name="Resultaatstatus")
_RESULT_STATES = "2.16.840.1.113883.2.4.3.11.60.40.4.16.1"
_ISOLATE = Code(code="264395009", system=SNOMED, name="Micro-organisme")
_PICTURES = Code(code="55113-5", system=LOINC, name="Beelden")


def laboratory_statements(results: Sequence[Result], scene: Scene) -> list[Statement]:
    """One organizer per sample and group, newest first, with its observations."""

    def sample(result: Result) -> tuple[datetime, str]:
        return (result.taken, result.group)

    ordered = sorted(results, key=sample, reverse=True)
    return [
        _battery(taken, group, tuple(members), scene) for (taken, group), members in groupby(ordered, sample)
    ]


def _battery(taken: datetime, group: str, results: tuple[Result, ...], scene: Scene) -> Statement:
    pending = any(result.kind == "pending" for result in results)
    requesters = {result.requester for result in results if result.requester}
    return Statement(
        shape="organizer",
        act_class="BATTERY",
        ids=(Id(root=ORDER_NUMBERS, extension=f"{taken:%Y%m%d%H%M}-{group.replace(' ', '')}"),),
        code=Code(code=_LABORATORY, system=LOINC, text=group),
        status="active" if pending else "completed",
        times=(Span(at=f"{taken:%Y%m%d%H%M%S%z}"),),
        requesters=tuple(each for word in sorted(requesters) for each in scene.who(word)),
        links=tuple(Link("COMP", _observation(result)) for result in results),
    )


def _observation(result: Result) -> Statement:
    pending = result.kind == "pending"
    return Statement(
        shape="observation",
        template=_SIMPLE_OBSERVATION,
        ids=(Id(root=RESULT_NUMBERS, extension=f"{result.number}-{result.taken:%H%M}"),),
        code=Code(code=result.code, system=LOINC, name=result.name),
        status="active" if pending else "completed",
        times=(Span(at=f"{result.taken:%Y%m%d%H%M%S%z}"),),
        value=_value(result),
        flags=(result.flag,) if result.flag else (),
        material=Product(
            code=Code(null="OTH", text=result.material),
            ids=(Id(root=MATERIAL_NUMBERS, extension=f"{result.taken:%Y%m%d%H%M}"),),
        ),
        ranges=_ranges(result),
        links=(comment(result.remark),) if result.remark else (),
    )


def _value(result: Result) -> Value | None:
    match result.kind:
        case "pending":
            return None
        case "masked":
            return Value(kind="PQ", null="MSK")
        case "text":
            return Value(kind="ST", words=result.value)
        case "coded":
            return Value(kind="CD", code=Code(null="OTH", text=result.value))
        case "bound":
            low, high = (result.value, "") if result.comparator == ">" else ("", result.value)
            return Value(kind="IVL_PQ", value=low, high=high, unit=result.unit, exclusive=True)
    return Value(kind="PQ", value=result.value, unit=result.unit)


def _ranges(result: Result) -> tuple[Range, ...]:
    if not (result.low or result.high or result.reference_text):
        return ()
    return (Range(low=result.low, high=result.high, unit=result.unit, text=result.reference_text),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One value with its code."""

    test: Concept
    value: Measure | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(Fact):
    """A measurement, or several in one group (a blood pressure).

    :param results: more than one make a group, named by ``group``.
    :param position: of the body, or where was measured.
    """

    taken: RelativeMoment
    results: tuple[Observed, ...]
    group: Concept | None = None
    method: Concept | None = None
    position: Concept | None = None

    def statement(self, scene: Scene, root: str) -> Statement:
        observations = [self._one(index, each, scene, root) for index, each in enumerate(self.results)]
        if self.group is None:
            return observations[0]
        return Statement(
            shape="organizer",
            ids=(Id(root=root, extension=self.number),),
            code=self.group.built(),
            status=self.status,
            times=scene.point(self.taken),
            links=tuple(Link("COMP", each) for each in observations),
        )

    def _one(self, index: int, observed: Observed, scene: Scene, root: str) -> Statement:
        number = f"{self.number}.{index}" if self.group else self.number
        return Statement(
            shape="observation",
            ids=(Id(root=root, extension=number),),
            code=observed.test.built(),
            negated=self.denial(),
            status=self.status,
            times=scene.point(self.taken),
            value=observed.value.built() if observed.value else None,
            flags=observed.flags,
            methods=(self.method.built(),) if self.method else (),
            sites=(self.position.built(),) if self.position else (),
            links=self.more(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One line of an antibiogram. :param result: S, I or R. :param mic: the measured value."""

    agent: Concept
    result: str
    mic: Measure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolate:
    """A micro-organism that was found."""

    organism: Concept
    growth: str = ""
    agents: tuple[Agent, ...] = ()
    remark: str = ""


_GROWTH = Code(code="365690003", system=SNOMED, name="Groei")


@dataclass(frozen=True, slots=True, kw_only=True)
class Culture(Fact):
    """A microbiological examination. ``status`` is the laboratory's letter: F final, P preliminary."""

    examination: Concept
    taken: RelativeMoment
    material: Concept
    requester: str = ""
    performer: str = ""
    results: tuple[Observed, ...] = ()
    isolates: tuple[Isolate, ...] = ()
    parts: tuple[Headed, ...] = ()

    def statement(self, scene: Scene, root: str) -> Statement:
        state = "final" if self.status == "F" else "preliminary"
        known = Value(kind="CD", code=Code(code=state, system=_RESULT_STATES))
        return Statement(
            shape="organizer",
            act_class="CLUSTER",
            ids=(Id(root=root, extension=self.number),),
            code=self.examination.built(),
            status=self.status,
            times=scene.point(self.taken),
            material=Product(code=self.material.built()),
            performers=scene.who(self.performer),
            requesters=scene.who(self.requester),
            links=(
                fact("COMP", _RESULT_STATUS, known),
                *(Link("COMP", _observed(each)) for each in self.results),
                *(self._isolate(number, each, root) for number, each in enumerate(self.isolates)),
                *(part(each.heading.built(), each.text) for each in self.parts),
                *(Link("COMP", link.statement) for link in self.more()),
            ),
        )

    def _isolate(self, number: int, isolate: Isolate, root: str) -> Link:
        growth = [fact("COMP", _GROWTH, Value(kind="ST", words=isolate.growth))] if isolate.growth else []
        remark = [comment(isolate.remark)] if isolate.remark else []
        found = Statement(
            shape="observation",
            ids=(Id(root=root, extension=f"{self.number}-{number}"),),
            code=_ISOLATE,
            value=Value(kind="CD", code=isolate.organism.built()),
            links=(*growth, *(Link("COMP", _agent(each)) for each in isolate.agents), *remark),
        )
        return Link("COMP", found)


def _agent(agent: Agent) -> Statement:
    return Statement(
        shape="observation",
        code=agent.agent.built(),
        value=agent.mic.built() if agent.mic else None,
        flags=(agent.result,),
    )


def _observed(observed: Observed) -> Statement:
    return Statement(
        shape="observation",
        code=observed.test.built(),
        value=observed.value.built() if observed.value else None,
        flags=observed.flags,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Fact):
    """A result in words: pathology, radiology, ECG, endoscopy. ``status`` is the source's own letter.

    :param document: how the document exchange has it.
    :param images: links to pictures.
    """

    examination: Concept
    kind: Concept | None = None
    taken: RelativeMoment
    material: Concept | None = None
    requester: str = ""
    performer: str = ""
    parts: tuple[Headed, ...]
    results: tuple[Observed, ...] = ()
    images: tuple[str, ...] = ()
    document: Form = "cda3"

    def statement(self, scene: Scene, root: str) -> Statement:
        pictures = (fact("COMP", _PICTURES, Value(kind="ED", link=each)) for each in self.images)
        return Statement(
            shape="observation",
            ids=(Id(root=root, extension=self.number),),
            code=self.examination.built(),
            status=self.status,
            times=scene.point(self.taken),
            methods=(self.kind.built(),) if self.kind else (),
            material=Product(code=self.material.built()) if self.material else None,
            performers=scene.who(self.performer),
            requesters=scene.who(self.requester),
            links=(
                *(part(each.heading.built(), each.text) for each in self.parts),
                *(Link("COMP", _observed(each)) for each in self.results),
                *pictures,
                *self.more(),
            ),
        )
