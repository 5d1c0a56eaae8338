"""One result in full: what it is, every word of it, values, isolates with their antibiogram, pictures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from context.outcome import OutcomeState
from context.records import Isolate, ObservedValue, ResultValue, Section, Susceptibility, TextResult
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.code_list import unit_words
from views.dates import present_moment
from views.documents import DocumentLink, present_link
from views.grid.values import (
    CellValue,
    present_concept,
    present_references,
    present_value,
)
from views.lists.cells import amount_cell, party_words
from views.panel import present_panel
from views.results.keys import result_key
from views.results.lists import is_openable
from views.results.status import result_status
from views.texts import Texts

_FACTS = (
    "date",
    "taken",
    "result_kind",
    "material",
    "requester",
    "performed_by",
    "status",
    "authorised_on",
    "written_on",
    "recorded_by",
)


@dataclass(frozen=True, slots=True)
class Susceptible:
    """One line of an antibiogram. :param meaning: of the letter, empty for one that we do not know."""

    agent: str
    amount: str
    letter: str
    meaning: str


@dataclass(frozen=True, slots=True)
class IsolateView:
    organism: str
    growth: str
    susceptibilities: tuple[Susceptible, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueView:
    test: str
    value: CellValue
    unit: str
    reference: str


@dataclass(frozen=True, slots=True)
class Picture:
    """:param url: empty for an address that may not become a link; ``text`` is the address then."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """:param facts: label and words of what is known about it.
    :param parts: heading, which may be empty, and lines.
    :param document: where its report opens when that is a document.
    :param unreported: says so when nothing of what was found came."""

    title: str
    mark: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str], ...]
    values: tuple[ValueView, ...]
    isolates: tuple[IsolateView, ...]
    pictures: tuple[Picture, ...]
    document: DocumentLink | None
    unreported: str
    remarks: tuple[str, ...]


def present_result_page(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
    """Values of ``panels/result.html``. Two results that a source calls by one name are both shown."""
    texts, (section,) = request.texts, spec.sections
    outcome = outcomes[section]
    facts = request.facts(texts(f"item.{spec.key}"), texts(f"inline.{spec.key}"))
    found = [
        entry
        for entry in outcome.entries
        if isinstance(entry, TextResult) and result_key(entry) == request.part
    ]
    complete = outcome.state in (OutcomeState.OK, OutcomeState.EMPTY) and not outcome.held_back
    return {
        "panel": present_panel(outcome, facts, request.now, texts),
        "retry_url": request.url(),
        "results": [present_result(entry, section, request) for entry in found],
        "nothing": texts("result.not_there" if complete else "result.not_in_part"),
    }


def present_result(result: TextResult, section: Section, request: PageRequest) -> ResultView:
    """Everything that the source said, in its own words."""
    texts, reference = request.texts, result.document
    told = result.parts or result.values or result.isolates or reference
    title = present_concept(result.examination, texts("list.unnamed"), texts)
    return ResultView(
        title=texts("list.negated", value=title) if result.negated else title,
        mark=texts("list.unauthorised") if result.authorised is False else "",
        facts=_facts(result, section, texts),
        parts=tuple((present_concept(part.heading, "", texts), part.text) for part in result.parts),
        values=tuple(_value(value, texts) for value in result.values),
        isolates=tuple(_isolate(isolate, texts) for isolate in result.isolates),
        pictures=tuple(_pictures(result.images, texts)),
        document=present_link(section, reference, request) if reference is not None else None,
        unreported="" if told else texts("result.unreported"),
        remarks=tuple(remark for remark in result.remarks if remark.strip()),
    )


def _facts(result: TextResult, section: Section, texts: Texts) -> tuple[tuple[str, str], ...]:
    # No sample is taken for a picture.
    about = "date" if section is Section.RADIOLOGY else "taken"
    moments = {about: result.taken, "written_on": result.recorded, "authorised_on": result.authorised_on}
    concepts = {"result_kind": result.kind, "material": result.material}
    parties = {"requester": result.requester, "performed_by": result.performer, "recorded_by": result.author}
    told = {key: present_moment(moment, texts) for key, moment in moments.items() if moment}
    told |= {key: present_concept(concept, "", texts) for key, concept in concepts.items()}
    told |= {key: party_words(party) for key, party in parties.items()}
    told["status"] = result_status(section, result.status, texts)
    return tuple((texts(f"column.{key}"), told[key]) for key in _FACTS if told.get(key))


def _value(value: ObservedValue, texts: Texts) -> ValueView:
    return ValueView(
        present_concept(value.test, texts("lab.unknown_test"), texts),
        present_value(value, texts),
        unit_words(value.value.unit),
        present_references(value, texts),
    )


def _isolate(isolate: Isolate, texts: Texts) -> IsolateView:
    return IsolateView(
        organism=present_concept(isolate.organism, texts("list.unnamed"), texts),
        growth=_amount(isolate.growth, texts),
        susceptibilities=tuple(_susceptible(each, texts) for each in isolate.susceptibilities),
        remarks=isolate.remarks,
    )


def _susceptible(found: Susceptibility, texts: Texts) -> Susceptible:
    letter = found.interpretation.strip()
    meaning = texts.find(f"susceptibility.{letter}") or ""
    agent = present_concept(found.agent, texts("list.unnamed"), texts)
    return Susceptible(agent, _amount(found.value, texts), letter, meaning)


def _amount(value: ResultValue | None, texts: Texts) -> str:
    return amount_cell(value, texts).text


def _pictures(addresses: Iterable[str], texts: Texts) -> Iterable[Picture]:
    for address in addresses:
        openable = is_openable(address)
        yield Picture(texts("result.images") if openable else address, address if openable else "")
