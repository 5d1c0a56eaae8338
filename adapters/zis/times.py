"""When something holds or happened: TS, IVL_TS, PIVL_TS, EIVL_TS, SXPR_TS and the Timing of MP9 (trap 8).

Sources often leave the type out, so the shape decides. What is no begin, end or duration is told in words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from adapters.zis.datatypes import AMSTERDAM, MASKED, read_coded, read_moment
from adapters.zis.errors import SourceError
from adapters.zis.paths import local_name
from context.person import Moment


@dataclass(slots=True)
class Period:
    """:param duration: a ``width``, value and unit as sent.

    :param began: the begin, also when something took it.
    :param schedule: how often and at which events, in words. :param words: further times.
    """

    begins: Moment | None = None
    began: Moment | None = None
    ends: Moment | None = None
    duration: str | None = None
    schedule: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    literal: bool = False

    def take_begin(self) -> Moment | None:
        found, self.begins = self.begins, None
        return found

    def take_end(self) -> Moment | None:
        found, self.ends = self.ends, None
        return found

    def take_moment(self) -> Moment | None:
        """The one moment of what takes no time: its begin, else its end."""
        if self.begins is None:
            return self.take_end()
        if self.ends == self.begins:
            self.ends = None
        return self.take_begin()

    def take_duration(self) -> str | None:
        found, self.duration = self.duration, None
        return found

    def take_schedule(self) -> tuple[str, ...]:
        found, self.schedule = tuple(words for words in self.schedule if words), []
        return found

    def drop_same_moment(self, whole: "Period") -> None:
        """A part that has just the moment of the whole says nothing by it."""
        if self.begins is not None and self.begins == whole.began and self.ends in (None, self.begins):
            self.take_moment()

    def rest(self) -> list[str]:
        """What nothing took, in words."""
        further = (*self.words, *self.schedule)
        if self.begins is self.ends is None and self.duration is None:
            return [words for words in further if words]
        span = " - ".join(moment_in_words(moment) for moment in (self.begins, self.ends) if moment)
        return [words for words in (span, self.duration, *further) if words]


def read_period(elements: Iterable[etree._Element], *, literal: bool = False) -> Period:
    """All ``effectiveTime`` elements of one statement together.

    :param literal: for what is only told in words: a timestamp that is none is told as sent.
    :raises SourceError: a timestamp that is none, unless ``literal``.
    """
    period = Period(literal=literal)
    for element in elements:
        _add(period, element)
    period.began = period.begins
    return period


def moment_in_words(moment: Moment) -> str:
    """Day, month and year as far as known, and the Dutch time of day when one was sent."""
    date = moment.date
    parts = [f"{number:02}" for number in (date.day, date.month) if number is not None]
    words = "-".join([*parts, f"{date.year:04}"])
    return f"{words} {moment.instant.astimezone(AMSTERDAM):%H:%M}" if moment.instant else words


def _add(period: Period, element: etree._Element) -> None:
    if not len(element):
        period.begins = _set(period, period.begins, _moment_of(element, period))
        return
    children: dict[str, list[etree._Element]] = {}
    for child in element:
        children.setdefault(local_name(child), []).append(child)
    for nested in (*children.get("comp", ()), *children.get("phase", ())):
        _add(period, nested)
    for begin in (element, *children.get("low", ()), *children.get("center", ())):
        period.begins = _set(period, period.begins, _moment_of(begin, period))
    for high in children.get("high", ()):
        period.ends = _set(period, period.ends, _moment_of(high, period))
    for width in children.get("width", ()):
        if words := _quantity(width):
            period.duration = words if period.duration is None else f"{period.duration}, {words}"
    _add_schedule(period, children)


def _set(period: Period, known: Moment | None, stated: Moment | None) -> Moment | None:
    """The first of two moments; another second one is told in words."""
    if known is None:
        return stated
    if stated is not None and stated != known:
        period.words.append(moment_in_words(stated))
    return known


def _moment_of(element: etree._Element, period: Period) -> Moment | None:
    text = (element.get("value") or "").strip()
    if text:
        try:
            return read_moment(text)
        except SourceError:
            if not period.literal:
                raise
            period.words.append(text)
            return None
    if element.get("nullFlavor") == MASKED:
        period.words.append(MASKED)
    return None


def _add_schedule(period: Period, children: dict[str, list[etree._Element]]) -> None:
    """A period (PIVL_TS), an event of the day (EIVL_TS) or a repetition (Timing)."""
    for every in children.get("period", ()):
        if words := _quantity(every):
            period.schedule.append(f"1×/{words}")
    for event in children.get("event", ()):
        coded = read_coded(event)
        offset = " ".join(
            _quantity(bound) for shift in children.get("offset", ()) for bound in (shift, *shift)
        )
        words = " ".join(part for part in (coded.label if coded else None, offset.strip()) if part)
        if words:
            period.schedule.append(words)
    for repeat in children.get("repeat", ()):
        period.schedule.append(_repetition(repeat))


def _repetition(repeat: etree._Element) -> str:
    said = {local_name(child): (child.get("value") or child.get("code") or "").strip() for child in repeat}
    often = said.pop("frequency", "")
    span = " ".join(part for part in (said.pop("period", ""), said.pop("periodUnit", "")) if part)
    usual = "/".join(part for part in (f"{often}×" if often else "", span) if part)
    return ", ".join(part for part in (usual, *said.values()) if part)


def _quantity(element: etree._Element) -> str:
    parts = (element.get("value"), element.get("unit"))
    return " ".join(part.strip() for part in parts if part and part.strip())
