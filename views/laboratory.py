"""The page Laboratorium: the grid with its search options (features R02 to R15)."""

from collections.abc import Mapping

from context.records import LabResult, Section
from views import url_words
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.dates import present_date
from views.grid.grid import present_lab_grid
from views.grid.query import Column, LabQuery, parse_lab_query
from views.panel import present_panel


def present_laboratory(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
    """Values of ``panels/laboratory.html``."""
    texts = request.texts
    outcome = outcomes[Section.LABORATORY]

    def lab_url(query: LabQuery | None = None) -> str:
        return request.url(query=query.parameters() if query else None)

    query = parse_lab_query(request.query)
    facts = request.facts(texts("item.laboratory"), texts("inline.laboratory"))
    results = [entry for entry in outcome.entries if isinstance(entry, LabResult)]
    return {
        "panel": present_panel(outcome, facts, request.now, texts),
        "grid": present_lab_grid(results, query, texts),
        "query": query,
        "columns": [(c.value, texts(f"lab.column_{c.name.lower()}"), c in query.columns) for c in Column],
        "since": present_date(query.since) if query.since else "",
        "until": present_date(query.until) if query.until else "",
        "problems": [texts(key) for key in query.problems],
        "lab_url": lab_url,
        "words": url_words,
        "nothing": texts("lab.nothing_in_filter", hospital=request.hospital.name),
        "nothing_in_part": texts("lab.nothing_in_part"),
    }
