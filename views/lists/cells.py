"""How a field of an entry becomes a cell. Pure; values are literal (zis.md §10).

Each function takes how to read the field and gives a presenter for a column.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from context.person import Moment
from context.records import CodedText, Entry, Party, ResultValue, TextPart, ValueKind
from views.catalogue.model import PageRequest
from views.code_list import label_of, unit_words
from views.dates import AMSTERDAM, iso_date, present_moment, present_partial_date, present_time
from views.grid.values import with_comma
from views.lists.model import Cell, Present
from views.texts import Texts

E = TypeVar("E", bound=Entry)

NOTHING = Cell()


def words(read: Callable[[E], str | None]) -> Present[E]:
    """Text as sent."""
    return lambda entry, request: Cell((read(entry) or "").strip())


def concept(read: Callable[[E], CodedText | None]) -> Present[E]:
    """The label of a coded concept."""
    return lambda entry, request: concept_cell(read(entry), request.texts)


def concepts(read: Callable[[E], Iterable[CodedText]]) -> Present[E]:
    """The labels of all of them, in the order sent."""
    return lambda entry, request: joined(
        [concept_cell(found, request.texts) for found in read(entry)], request.texts
    )


def day(read: Callable[[E], Moment | None]) -> Present[E]:
    """The calendar day alone, for a column beside one with the time."""

    def present(entry: E, request: PageRequest) -> Cell:
        moment = read(entry)
        if moment is None:
            return Cell(request.texts("list.unknown_date"), kind="unknown")
        return Cell(present_partial_date(moment.date, request.texts), iso_date(moment.date))

    return present


def time(read: Callable[[E], Moment | None]) -> Present[E]:
    """The time alone; nothing when the source sent a day only."""

    def present(entry: E, request: PageRequest) -> Cell:
        moment = read(entry)
        if moment is None or moment.instant is None:
            return NOTHING
        return Cell(present_time(moment.instant), iso_moment(moment))

    return present


def when(read: Callable[[E], Moment | None], unknown: str = "") -> Present[E]:
    """Day, and time when sent. :param unknown: key of a text for an entry without it; empty for no words."""

    def present(entry: E, request: PageRequest) -> Cell:
        moment = read(entry)
        if moment is not None:
            return moment_cell(moment, request.texts)
        return Cell(request.texts(unknown), kind="unknown") if unknown else NOTHING

    return present


def party(read: Callable[[E], Party | None]) -> Present[E]:
    """The person and the organisation, whichever were sent."""
    return lambda entry, request: Cell(party_words(read(entry)))


def parties(read: Callable[[E], Iterable[Party]]) -> Present[E]:
    return lambda entry, request: joined([Cell(party_words(found)) for found in read(entry)], request.texts)


def amount(read: Callable[[E], ResultValue | None]) -> Present[E]:
    """A value with its unit, as received but for the decimal comma."""
    return lambda entry, request: amount_cell(read(entry), request.texts)


def parts(read: Callable[[E], Iterable[TextPart]]) -> Present[E]:
    """Headed pieces of text below each other, every line as sent."""
    return lambda entry, request: Cell("\n".join(part_words(part, request.texts) for part in read(entry)))


def concept_cell(found: CodedText | None, texts: Texts) -> Cell:
    """The label, or "afgeschermd"; nothing where the source named nothing."""
    if found is None:
        return NOTHING
    if label := label_of(found):
        return Cell(label)
    return Cell(texts("unknown.masked"), kind="masked") if found.masked else NOTHING


def amount_cell(value: ResultValue | None, texts: Texts) -> Cell:
    if value is None:
        return NOTHING
    if value.kind is ValueKind.MASKED:
        return Cell(texts("unknown.masked"), kind="masked")
    if value.kind is ValueKind.PENDING:
        return Cell(texts("lab.pending"))
    text = f"{value.comparator}{with_comma(value)}".strip()
    return Cell(f"{text} {unit_words(value.unit)}".rstrip() if text else text)


def moment_cell(moment: Moment, texts: Texts) -> Cell:
    return Cell(present_moment(moment, texts), iso_moment(moment))


def iso_moment(moment: Moment) -> str:
    """For ``<time datetime>``, in Europe/Amsterdam when there is a time."""
    if moment.instant is None:
        return iso_date(moment.date)
    return moment.instant.astimezone(AMSTERDAM).isoformat(timespec="minutes")


def party_words(found: Party | None) -> str:
    if found is None:
        return ""
    return ", ".join(dict.fromkeys(name for name in (found.name, found.organisation) if name))


def part_words(part: TextPart, texts: Texts) -> str:
    heading = concept_cell(part.heading, texts).text
    return texts("list.part", heading=heading, text=part.text) if heading else part.text


def joined(cells: Iterable[Cell], texts: Texts) -> Cell:
    """Several short values in one cell; what hides one of them is said once."""
    found = [cell for cell in cells if cell.text]
    kind = "masked" if found and all(cell.kind == "masked" for cell in found) else ""
    return Cell("; ".join(dict.fromkeys(cell.text for cell in found)), kind=kind)
