"""The pages Laboratorium and Metingen: a grid with its search options (features R02 to R16)."""

from collections.abc import Iterable, Mapping

from context.display import RequestedBy
from context.records import ObservedValue, RecordEntry, Section
from views import url_words
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.dates import local_date, present_date
from views.grid.model import GridSetting
from views.grid.present import present_grid
from views.grid.pressures import pair_pressures
from views.grid.query import DATES_PER_PAGE, Column, GridQuery, parse_grid_query
from views.panel import present_panel
from views.period import Period, months_back

_KINDS = {Section.LABORATORY: "lab", Section.MEASUREMENTS: "measurement"}


def present_grid_page(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
    """Values of ``panels/grid.html``."""
    texts, (section,) = request.texts, spec.sections
    kind, outcome = _KINDS[section], outcomes[section]

    def grid_url(query: GridQuery | None = None) -> str:
        return request.url(query=query.parameters() if query else None)

    query = parse_grid_query(request.query)
    facts = request.facts(texts(f"item.{request.item.key}"), texts(f"inline.{request.item.key}"))
    results = pair_pressures(checked_values(outcome.entries), texts)
    grid = present_grid(results, query, _setting(kind, query, request))
    return {
        "panel": present_panel(outcome, facts, request.now, texts),
        "grid": grid,
        "has_results": bool(grid.rows or grid.absent),
        "query": query,
        "columns": [(c.value, texts(f"{kind}.column_{c.name.lower()}"), c in query.columns) for c in Column],
        "dates": DATES_PER_PAGE,
        "since": present_date(query.period.since) if query.period.since else "",
        "until": present_date(query.period.until) if query.period.until else "",
        "problems": [texts(key) for key in query.problems],
        "grid_url": grid_url,
        "words": url_words,
        "nothing": texts(f"{kind}.nothing_in_filter", hospital=request.hospital.name),
        "nothing_in_part": texts("grid.nothing_in_part"),
        "own_only": requested_by_note(section, request),
        "pager_label": texts("grid.pager"),
    }


def checked_values(entries: Iterable[RecordEntry]) -> list[ObservedValue]:
    """:raises TypeError: what is no value makes the panel read as failed; it is never left out."""
    found = list(entries)
    values = [entry for entry in found if isinstance(entry, ObservedValue)]
    if len(values) < len(found):
        raise TypeError("an entry of a grid is no value")
    return values


def requested_by_note(section: Section, request: PageRequest) -> str:
    """Says that results asked for by others are not here (feature R12); empty where they are."""
    limited = request.hospital.display.laboratory_requested_by is RequestedBy.HOSPITAL
    if section is not Section.LABORATORY or not limited:
        return ""
    return request.texts("lab.requested_by_hospital", hospital=request.hospital.name)


def charted_period(request: PageRequest, months: int | None = None) -> Period:
    """What a chart shows: a number of months up to today, no more than the hospital allows.

    :param months: as asked; the most there may be when None.
    """
    most = request.hospital.display.chart_months
    return Period(months_back(local_date(request.now), min(months or most, most)), None)


def _setting(kind: str, query: GridQuery, request: PageRequest) -> GridSetting:
    trend = request.item.below[0]

    def trend_url(test: str) -> str:
        return request.url(trend, query.period.parameters(), part=test)

    order = request.hospital.display.date_order
    return GridSetting(kind, order, charted_period(request), trend_url, request.texts)
