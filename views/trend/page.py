"""The page of one test: its course in words and drawing, and always the whole table (feature R10, R11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from context.outcome import OutcomeState
from context.records import LabResult, Measurement, ObservedValue, Party, ValueKind
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.code_list import unit_words
from views.dates import iso_date, local_date, present_date, present_moment
from views.grid.page import charted_period, checked_values, requested_by_note
from views.grid.pressures import pair_pressures
from views.grid.rows import Row, RowKey, build_rows
from views.grid.values import CellValue, present_concept, present_references, present_value
from views.panel import present_panel
from views.period import ALWAYS, Period
from views.texts import Texts
from views.trend.chart import Chart, draw_chart
from views.trend.courses import Course, make_courses
from views.trend.query import TrendQuery, month_choices, parse_trend_query
from views.trend.series import trend_key
from views.trend.summary import summarise


@dataclass(frozen=True, slots=True)
class TrendCourse:
    """:param name: empty for an only one. :param chart: None when there is nothing to draw, or the user
    asked for the table alone. :param notes: what is not in the drawing."""

    name: str
    summary: str
    chart: Chart | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One line of the table. :param facts: what has no column, in words."""

    date: str
    iso: str
    value: CellValue
    reference: str
    requester: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendLink:
    label: str
    url: str
    current: bool


def present_trend(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
    """Values of ``panels/trend.html``."""
    texts, (section,) = request.texts, spec.sections
    outcome = outcomes[section]
    facts = request.facts(texts(f"item.{spec.key}"), texts(f"inline.{spec.key}"))
    query = parse_trend_query(request.query, request.hospital.display.chart_months)
    rows = build_rows(pair_pressures(checked_values(outcome.entries), texts), texts)
    own = [row for row in rows if trend_key(row.key) == request.part]
    results = tuple(result for row in (*own, *_words_beside(own, rows)) for result in row.results)
    complete = outcome.state in (OutcomeState.OK, OutcomeState.EMPTY) and not outcome.held_back
    return {
        "panel": present_panel(outcome, facts, request.now, texts),
        "retry_url": request.url(query=query.parameters()),
        "title": _title(own[0].key, texts) if own else "",
        "courses": _courses(results, query, request) if own else (),
        "shows_chart": not query.table_only,
        "links": _links(query, request) if own else (),
        "limits": _limits(query.period, texts),
        "whole_url": request.url(query=replace(query, period=ALWAYS).parameters()),
        "problem": texts(query.problem) if query.problem else "",
        "rows": [_row(result, texts) for result in _newest_first(results)],
        "has_requester": any(isinstance(result, LabResult) and result.requester for result in results),
        "references": _other_references(own, texts),
        "nothing": texts("trend.nothing" if complete else "trend.nothing_in_part"),
        "own_only": requested_by_note(section, request),
    }


def _words_beside(own: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    """What the same test gave in words, or has still to give: those come without a unit."""
    if not own or not own[0].key.unit:
        return []
    key = own[0].key
    same = [row for row in rows if row.key.test == key.test and row.key.material in ("", key.material)]
    wordy = [row for row in same if not row.key.unit and row not in own]
    return [row for row in wordy if all(r.value.kind is not ValueKind.QUANTITY for r in row.results)]


def _title(key: RowKey, texts: Texts) -> str:
    unit = unit_words(key.unit)
    named = texts("trend.title", test=key.label, unit=unit) if unit else key.label
    return f"{named} · {key.material}" if key.material else named


def _courses(
    results: Sequence[ObservedValue], query: TrendQuery, request: PageRequest
) -> tuple[TrendCourse, ...]:
    texts = request.texts
    period = charted_period(request, query.months).narrowed(query.period)
    courses = make_courses(results, period, texts)
    return tuple(_course(course, period, query, request) for course in courses)


def _course(course: Course, period: Period, query: TrendQuery, request: PageRequest) -> TrendCourse:
    texts = request.texts
    summary = summarise(course.series, _period_words(period, query, request), texts)
    chart = None
    if not query.table_only:
        since = period.since or local_date(request.now)
        until = max(since, period.until or local_date(request.now))
        name = course.name or texts("trend.chart")
        chart = draw_chart(course.series, since, until, name, summary, texts)
    return TrendCourse(course.name, summary, chart, _notes(course, texts))


def _notes(course: Course, texts: Texts) -> tuple[str, ...]:
    series = course.series
    bounds = len(series.points) - len(series.values)
    outside = len(course.results) - len(series.points) - len(series.left_out)
    pending = sum(result.value.kind is ValueKind.PENDING for result in series.left_out)
    wordy = len(series.left_out) - pending
    counts = (("pending", pending), ("bounds", bounds), ("left_out", wordy), ("outside", outside))
    return tuple(
        texts(f"trend.{key}_one") if count == 1 else texts(f"trend.{key}", n=count)
        for key, count in counts
        if count
    )


def _period_words(period: Period, query: TrendQuery, request: PageRequest) -> str:
    texts = request.texts
    if query.period == ALWAYS:
        most = request.hospital.display.chart_months
        months = query.months or most
        return texts("trend.months", n=months)
    since = present_date(period.since) if period.since else ""
    until = present_date(period.until or local_date(request.now))
    return texts("trend.period", since=since, until=until)


def _links(query: TrendQuery, request: PageRequest) -> tuple[TrendLink, ...]:
    """Grafiek, Tabel, and the months to choose from."""
    texts, most = request.texts, request.hospital.display.chart_months

    def link(label: str, target: TrendQuery, *, current: bool) -> TrendLink:
        return TrendLink(label, request.url(query=target.parameters()), current)

    views = (
        link(texts("trend.chart"), replace(query, table_only=False), current=not query.table_only),
        link(texts("trend.table"), replace(query, table_only=True), current=query.table_only),
    )
    months = tuple(
        link(texts("trend.months", n=n), replace(query, months=n), current=n == (query.months or most))
        for n in month_choices(most)
    )
    return views + months


def _limits(period: Period, texts: Texts) -> str:
    since = texts("grid.limit_from", since=present_date(period.since)) if period.since else ""
    until = texts("grid.limit_until", until=present_date(period.until)) if period.until else ""
    return ", ".join(limit for limit in (since, until) if limit)


def _newest_first(results: Sequence[ObservedValue]) -> list[ObservedValue]:
    """What has no date stands last."""
    undated = ((0, 0, 0), 0.0)
    return sorted(results, key=lambda r: r.taken.sort_key if r.taken else undated, reverse=True)


def _row(result: ObservedValue, texts: Texts) -> TrendRow:
    taken = result.taken
    requester = result.requester if isinstance(result, LabResult) else None
    return TrendRow(
        date=present_moment(taken, texts) if taken else texts("grid.unknown_date"),
        iso=iso_date(taken.date) if taken else "",
        value=present_value(result, texts),
        reference=present_references(result, texts),
        requester=_party(requester),
        facts=tuple(_facts(result, texts)),
    )


def _facts(result: ObservedValue, texts: Texts) -> list[str]:
    value = present_value(result, texts)
    found = [value.status] if value.status else []
    if result.method is not None and (method := present_concept(result.method, "", texts)):
        found.append(texts("trend.method", method=method))
    if isinstance(result, Measurement) and (author := _party(result.author)):
        found.append(texts("trend.author", author=author))
    return [*found, *value.remarks]


def _party(party: Party | None) -> str:
    if party is None:
        return ""
    return ", ".join(dict.fromkeys(name for name in (party.name, party.organisation) if name))


def _other_references(rows: Sequence[Row], texts: Texts) -> str:
    """Says that an older reference differed (interface.md §4.6); rows come newest first."""
    ranges = [row.key.reference or texts("trend.no_reference") for row in rows]
    if len(set(ranges)) < 2:
        return ""
    return texts("trend.other_references", newest=ranges[0], others="; ".join(dict.fromkeys(ranges[1:])))
