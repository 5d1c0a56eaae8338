"""The one presenter of every list: ``templates/panels/list.html`` prints what comes out. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from context.outcome import Outcome, OutcomeState
from context.records import Entry, RecordEntry
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.lists.cells import party, when
from views.lists.model import Cell, Column, EntryGroup, Group, ListSpec, Note, Row
from views.lists.status import status_words
from views.panel import present_panel

TEMPLATE = "panels/list.html"
_MOMENTS = frozenset({"date", "moment"})
E = TypeVar("E", bound=Entry)


def list_panel(spec: ListSpec[E]) -> PanelSpec:
    """The panel that shows one list."""
    return PanelSpec(spec.key, (spec.section,), partial(_present, spec), TEMPLATE)


def _present(
    spec: ListSpec[E], panel_spec: PanelSpec, request: PageRequest, outcomes: Outcomes
) -> Mapping[str, object]:
    return present_list(spec, request, outcomes[spec.section])


def present_list(
    spec: ListSpec[E], request: PageRequest, outcome: Outcome[RecordEntry]
) -> Mapping[str, object]:
    """Values of ``panels/list.html``.

    :raises TypeError: an entry of another kind than the list is about: shown as failed, never left out.
    :raises ValueError: the groups of the list do not hold every entry once.
    """
    texts = request.texts
    title = texts(f"item.{spec.key}")
    facts = request.facts(title, texts(f"inline.{spec.key}"))
    groups = _groups(spec, request, outcome)
    is_alone = len(request.panels) == 1
    return {
        "key": spec.key,
        "title": "" if is_alone else title,
        "label": "kop" if is_alone else f"{spec.key}-kop",
        "caption": title,
        "framed": request.framed,
        "panel": present_panel(outcome, facts, request.now, texts, spec.empty(request)),
        "retry_url": request.url(query=request.query),
        "columns": [(column.key, texts(f"column.{column.key}")) for column in spec.columns],
        "main": spec.main,
        "groups": groups,
        "above": _notes(spec.above, request, outcome),
        "below": _notes(spec.below, request, outcome),
    }


def _notes(notes: tuple[Note, ...], request: PageRequest, outcome: Outcome[RecordEntry]) -> list[str]:
    return [text for note in notes if (text := note(request, outcome))]


def _groups(spec: ListSpec[E], request: PageRequest, outcome: Outcome[RecordEntry]) -> tuple[Group, ...]:
    entries = [_checked(entry, spec) for entry in outcome.entries]
    if spec.choose is not None:
        entries = [entry for entry in entries if spec.choose(entry, request)]
    found = (spec.groups or _ungrouped(spec))(entries, request)
    if sorted(id(entry) for group in found for entry in group.entries) != sorted(map(id, entries)):
        raise ValueError("the groups of a list do not hold every entry once")
    # "None" about one group may be said only when nothing of the whole answer is missing.
    complete = outcome.state is OutcomeState.OK and not outcome.held_back
    rest = request.texts("list.nothing_in_part")
    return tuple(_group(spec, group, group.empty if complete else rest, request) for group in found)


def _ungrouped(spec: ListSpec[E]) -> Callable[[Sequence[E], PageRequest], tuple[EntryGroup[E], ...]]:
    return lambda entries, request: (EntryGroup("", spec.order(entries, request), spec.empty(request)),)


def _checked(entry: RecordEntry, spec: ListSpec[E]) -> E:
    if not isinstance(entry, spec.entry):
        raise TypeError(f"{spec.key} is no list of {type(entry).__name__}")
    return entry


def _group(spec: ListSpec[E], group: EntryGroup[E], empty: str, request: PageRequest) -> Group:
    rows = tuple(present_row(spec, entry, request) for entry in group.entries)
    heading = request.texts("list.heading", heading=group.heading, n=len(rows)) if group.heading else ""
    return Group(heading, rows, empty)


def present_row(spec: ListSpec[E], entry: E, request: PageRequest) -> Row:
    """One entry: nothing that the source said about it stays behind."""
    texts = request.texts
    by_key = {column.key: column.present(entry, request) for column in spec.columns}
    details = _details(spec, entry, request, by_key)
    said = {cell.text for cell in (*by_key.values(), *(cell for _, cell in details))}
    remarks = [Cell(remark) for remark in entry.remarks if remark.strip() and remark.strip() not in said]
    marks = _marks(spec, entry, request)
    main = by_key[spec.main]
    if not main.text:
        main = Cell(texts("list.unnamed"), kind="unknown")
    if entry.negated and spec.main in _MOMENTS:
        # A date cannot be denied; what stands behind it is.
        marks = (texts("list.denied"), *marks)
    elif entry.negated:
        main = replace(main, text=texts("list.negated", value=main.text))
    return Row(
        name=main.text,
        cells=tuple((by_key | {spec.main: main}).values()),
        marks=marks,
        details=(*details, *((texts("column.remark"), remark) for remark in remarks)),
        remarked=bool(remarks),
    )


_OF_ANY_ENTRY: tuple[Column[Entry], ...] = (
    Column("recorded", when(lambda entry: entry.recorded)),
    Column("recorded_by", party(lambda entry: entry.author)),
    Column("authorised_on", when(lambda entry: entry.authorised_on)),
    Column("authorised_by", party(lambda entry: entry.authoriser if entry.authorised else None)),
    Column("to_authorise", party(lambda entry: None if entry.authorised else entry.authoriser)),
)


def _details(
    spec: ListSpec[E], entry: E, request: PageRequest, shown: Mapping[str, Cell]
) -> list[tuple[str, Cell]]:
    """The spec's own details, then what any entry can carry; not what a column says already."""
    own = [(column.key, column.present(entry, request)) for column in spec.details]
    said = {cell.text for cell in shown.values()}
    told = {key for key, _ in own} | shown.keys()
    common = [(c.key, c.present(entry, request)) for c in _OF_ANY_ENTRY if c.key not in told]
    found = [*own, *((key, cell) for key, cell in common if cell.text not in said)]
    return [(request.texts(f"column.{key}"), cell) for key, cell in found if cell.text]


def _marks(spec: ListSpec[E], entry: E, request: PageRequest) -> tuple[str, ...]:
    texts = request.texts
    own = spec.marks(entry, request) if spec.marks is not None else ()
    has_column = any(column.key == "status" for column in spec.columns)
    status = "" if has_column else status_words(entry.status, texts)
    unauthorised = texts("list.unauthorised") if entry.authorised is False else ""
    return tuple(mark for mark in (*own, status, unauthorised) if mark)
