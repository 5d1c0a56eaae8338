"""Recent results: of every kind together, no older than the hospital says (feature R01)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from context.outcome import Outcome, OutcomeState
from context.person import Moment
from context.records import ObservedValue, RecordEntry, Section, TextPart, TextResult
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.code_list import unit_words
from views.dates import iso_date, local_date, present_date, present_moment
from views.grid.page import requested_by_note
from views.grid.pressures import pair_pressures
from views.grid.rows import column_key
from views.grid.values import CellValue, Flag, present_concept, present_value
from views.panel import Panel, present_fetched, present_panel
from views.period import Period, months_back
from views.results.keys import result_key
from views.results.status import final_words, result_status
from views.texts import Texts
from views.url_words import PART

SECTIONS = (
    Section.LABORATORY,
    Section.MEASUREMENTS,
    Section.MICROBIOLOGY,
    Section.PATHOLOGY,
    Section.RADIOLOGY,
    Section.CARDIOLOGY,
    Section.ENDOSCOPY,
)
_LONGEST_SUMMARY = 160
_ANSWERED = (OutcomeState.OK, OutcomeState.EMPTY, OutcomeState.PARTIAL)
_UNDATED = ((0, 0, 0), 0.0)


@dataclass(frozen=True, slots=True)
class RecentValue:
    """:param name: of the test. :param unit: as received, may be empty."""

    name: str
    value: CellValue
    unit: str


@dataclass(frozen=True, slots=True)
class RecentRow:
    """The values of one sample and group, or one result in words.

    :param url: the page of a result in words; of values that of their grid.
    :param summary: the first words, with dots where they go on; empty for values.
    :param flags: every different one among the values.
    :param moment: to sort by; None when it has no date."""

    date: str
    iso: str
    kind: str
    title: str
    url: str
    values: tuple[RecentValue, ...]
    summary: str
    flags: tuple[Flag, ...]
    moment: Moment | None


def recent_period(days: int, today: date) -> Period:
    """What counts as recent, both ends included. Whole years go by the calendar: 365 is one year (X10)."""
    years, rest = divmod(days, 365)
    return Period(months_back(today, 12 * years) if years and not rest else today - timedelta(days=days))


def recent_panel(template: str, pages: Mapping[Section, tuple[str, str]]) -> PanelSpec:
    """The panel. :param pages: for each section the path of its page, and of one of its results."""

    def present(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
        return present_recent(request, outcomes, pages)

    return PanelSpec("recent", SECTIONS, present, template)


def present_recent(
    request: PageRequest, outcomes: Outcomes, pages: Mapping[Section, tuple[str, str]]
) -> Mapping[str, object]:
    """Values of ``panels/recent.html``."""
    texts, display = request.texts, request.hospital.display
    period = recent_period(display.recent_days, local_date(request.now))
    shown = [section for section in SECTIONS if _is_shown(section, request)]
    own = {section: outcomes[section] for section in shown}
    rows = [row for section in shown for row in _rows(section, own[section], period, request, pages)]
    since = present_date(period.since) if period.since else ""
    one_year = display.recent_days == 365
    return {
        "panel": _panel(own, bool(rows), since, request),
        "retry_url": request.url(),
        "rows": sorted(rows, key=lambda row: row.moment.sort_key if row.moment else _UNDATED, reverse=True),
        "period": texts("recent.past_year" if one_year else "recent.since", since=since),
        "nothing_in_part": texts("recent.nothing_in_part"),
        "kinds": texts("recent.kinds", kinds=_listed(shown, texts)),
        "left_out": [note for section in shown for note in _left_out(section, request)],
    }


def _is_shown(section: Section, request: PageRequest) -> bool:
    """Kinds without a page at this hospital are not here either."""
    items = request.hospital.display.items
    return section in request.hospital.sections and (not items or section.value in items)


def _panel(own: Outcomes, has_rows: bool, since: str, request: PageRequest) -> Panel:
    """One state for all kinds together: "none" is said only when every one of them answered in full."""
    texts, facts = request.texts, request.facts(request.texts("item.recent"), request.texts("inline.recent"))
    states = {outcome.state for outcome in own.values()}
    if not states & set(_ANSWERED):
        failed = OutcomeState.FAILED in states
        worst = next(o for o in own.values() if not failed or o.state is OutcomeState.FAILED)
        return present_panel(worst, facts, request.now, texts)
    fetched_at = [outcome.fetched_at for outcome in own.values() if outcome.fetched_at]
    fetched = present_fetched(min(fetched_at), facts.source, texts) if fetched_at else ""
    missing = _missing(own, texts)
    if missing:
        return Panel("deels", has_rows, message=missing, fetched=fetched, can_retry=True)
    if has_rows:
        return Panel("ok", shows_entries=True, fetched=fetched)
    none = "recent.none_year" if request.hospital.display.recent_days == 365 else "recent.none"
    return Panel("leeg", shows_entries=False, message=texts(none, since=since), fetched=fetched)


def _left_out(section: Section, request: PageRequest) -> Iterable[str]:
    """What of this kind the hospital shows nowhere: the page of the kind says it too."""
    words = final_words(section, request)
    by_status = request.texts("result.only_status", statuses=words) if words else ""
    kind = request.texts(f"item.{section.value}")
    for note in (requested_by_note(section, request), by_status):
        if note:
            yield request.texts("recent.left_out", kind=kind, note=note)


def _missing(own: Outcomes, texts: Texts) -> str:
    """Which kinds are not here, or not whole, and why."""
    reasons = (
        ("failed", [s for s, o in own.items() if o.state is OutcomeState.FAILED]),
        ("partial", [s for s, o in own.items() if o.state is OutcomeState.PARTIAL]),
        ("not_permitted", [s for s, o in own.items() if o.state is OutcomeState.NOT_PERMITTED]),
        ("held", [s for s, o in own.items() if o.held_back or o.state is OutcomeState.WITHHELD]),
    )
    told = [texts(f"recent.{key}", kinds=_listed(kinds, texts)) for key, kinds in reasons if kinds]
    return " ".join(told)


def _listed(sections: Sequence[Section], texts: Texts) -> str:
    names = [texts(f"item.{section.value}") for section in sections]
    if len(names) == 1:
        return names[0]
    return texts("panel.and", first=", ".join(names[:-1]), last=names[-1])


def _rows(
    section: Section,
    outcome: Outcome[RecordEntry],
    period: Period,
    request: PageRequest,
    pages: Mapping[Section, tuple[str, str]],
) -> Iterable[RecentRow]:
    """:raises TypeError: an entry that is no result; it is never left out."""
    values = [entry for entry in outcome.entries if isinstance(entry, ObservedValue)]
    reports = [entry for entry in outcome.entries if isinstance(entry, TextResult)]
    if len(values) + len(reports) < len(outcome.entries):
        raise TypeError("an entry of the recent results is no result")
    page, item = pages[section]
    paired = pair_pressures([value for value in values if _is_recent(value.taken, period)], request.texts)
    yield from _samples(section, paired, request.links.to(page), request.texts)
    for report in reports:
        if _is_recent(report.taken or report.recorded, period):
            url = request.links.to(item.replace(PART, result_key(report)))
            yield _report_row(section, report, url, request.texts)


def _is_recent(moment: Moment | None, period: Period) -> bool:
    """What has no date may be recent, so it is shown."""
    return period.admits(moment.date if moment else None)


def _samples(
    section: Section, values: Sequence[ObservedValue], url: str, texts: Texts
) -> Iterable[RecentRow]:
    """One row for the values of one moment and group: a sample has many."""
    samples: dict[object, list[ObservedValue]] = {}
    for value in values:
        group = value.group.label if value.group else None
        samples.setdefault((column_key(value.taken) if value.taken else None, group), []).append(value)
    for sample in samples.values():
        first = sample[0]
        shown = tuple(_value(value, texts) for value in sample)
        title = present_concept(first.group, texts(f"recent.one_{section.value}"), texts)
        flags = tuple(dict.fromkeys(flag for each in shown for flag in each.value.flags))
        yield _row(section, first.taken, title, url, texts, values=shown, flags=flags)


def _value(value: ObservedValue, texts: Texts) -> RecentValue:
    name = present_concept(value.test, texts("lab.unknown_test"), texts)
    return RecentValue(name, present_value(value, texts), unit_words(value.value.unit))


def _report_row(section: Section, report: TextResult, url: str, texts: Texts) -> RecentRow:
    title = present_concept(report.examination, texts("list.unnamed"), texts)
    if report.negated:
        title = texts("list.negated", value=title)
    status = result_status(section, report.status, texts)
    if status and status == report.status:
        # A letter that nobody here knows would read as part of the result.
        status = texts("recent.literal_status", status=status)
    words = " · ".join(part for part in (_summary(report, texts), status) if part)
    return _row(section, report.taken or report.recorded, title, url, texts, summary=words)


def _summary(report: TextResult, texts: Texts) -> str:
    """What was found: the organisms, else the conclusion, else the first words; or the values."""
    found = [present_concept(isolate.organism, texts("list.unnamed"), texts) for isolate in report.isolates]
    if found:
        return ", ".join(found)
    if report.values and not report.parts:
        return "; ".join(_value_words(value, texts) for value in report.values)
    conclusions = [part for part in report.parts if _is_conclusion(part, texts)]
    told = next((part.text for part in (*conclusions, *report.parts) if part.text.strip()), "")
    words = " ".join(told.split()) or (texts("result.as_document") if report.document else "")
    return words if len(words) <= _LONGEST_SUMMARY else f"{words[:_LONGEST_SUMMARY].rstrip()}…"


def _value_words(value: ObservedValue, texts: Texts) -> str:
    found = _value(value, texts)
    letters = (flag.letter for flag in found.value.flags)
    return " ".join(word for word in (found.name, found.value.text, *letters, found.unit) if word)


def _is_conclusion(part: TextPart, texts: Texts) -> bool:
    label = part.heading.label if part.heading else None
    return texts("recent.conclusion") in (label or "").casefold()


def _row(
    section: Section,
    moment: Moment | None,
    title: str,
    url: str,
    texts: Texts,
    *,
    values: tuple[RecentValue, ...] = (),
    summary: str = "",
    flags: tuple[Flag, ...] = (),
) -> RecentRow:
    return RecentRow(
        date=present_moment(moment, texts) if moment else texts("list.unknown_date"),
        iso=iso_date(moment.date) if moment else "",
        kind=texts(f"item.{section.value}"),
        title=title,
        url=url,
        values=values,
        summary=summary,
        flags=flags,
        moment=moment,
    )
