"""The one presenter of every list: ``templates/panels/list.html`` prints what comes out. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from context.outcome import Outcome, OutcomeState
from context.records import Entry, RecordEntry
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.lists.model import Cell, EntryGroup, Group, ListSpec, Note, Row
from views.lists.status import status_words
from views.panel import present_panel
from views.texts import Texts

TEMPLATE = "panels/list.html"
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
        "panel": present_panel(outcome, facts, request.now, texts, spec.empty(request)),
        "retry_url": request.url(query=request.query),
        "columns": [(column.key, texts(f"column.{column.key}")) for column in spec.columns],
        "main": spec.main,
        "groups": groups,
        "has_details": any(row.details for group in groups for row in group.rows),
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
    main = _main(by_key[spec.main], entry, texts)
    by_key[spec.main] = main
    told = [(column.key, column.present(entry, request)) for column in spec.details]
    details = [(texts(f"column.{key}"), cell) for key, cell in told if cell.text]
    remarks = [Cell(remark) for remark in entry.remarks if remark.strip()]
    return Row(
        name=main.text,
        cells=tuple(by_key.values()),
        marks=_marks(entry, "status" in by_key, texts),
        details=(*details, *((texts("column.remark"), remark) for remark in remarks)),
        remarked=bool(remarks),
    )


def _main(cell: Cell, entry: Entry, texts: Texts) -> Cell:
    """The words that name the entry; a denial reads as one."""
    named = cell if cell.text else Cell(texts("list.unnamed"), kind="unknown")
    return replace(named, text=texts("list.negated", value=named.text)) if entry.negated else named


def _marks(entry: Entry, has_status_column: bool, texts: Texts) -> tuple[str, ...]:
    marks: Sequence[str] = () if has_status_column else (status_words(entry.status, texts),)
    unauthorised = texts("list.unauthorised") if entry.authorised is False else ""
    return tuple(mark for mark in (*marks, unauthorised) if mark)
