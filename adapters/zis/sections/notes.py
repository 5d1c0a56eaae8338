"""What is mostly told in words: nursing, eating and drinking, treatment reports and team meetings."""

from typing import Any

from adapters.zis.parties import party_in_words
from adapters.zis.sections.entry_map import EntryMap, Values
from adapters.zis.sections.fields import begin, coded, coded_value, end, moment, party, value
from adapters.zis.sections.linked import by_code, concept, concepts, headed_texts
from adapters.zis.sections.statement import Statement
from context.records import DietEntry, NursingEntry, Report, TextPart

_CARE = frozenset({"observation", "act", "procedure", "substanceAdministration", "supply", "encounter"})


def _title(statement: Statement) -> Any:
    """What it is about: its code, or the value where the code only says that something is asserted."""
    code = statement.code
    if code is not None and code.code == "ASSERTION":
        statement.take("code")
        return coded_value(statement)
    return coded("code")(statement)


def _some_value(statement: Statement) -> Any:
    return value(statement) if "value" in statement.parts else None


def _texts(statement: Statement) -> tuple[TextPart, ...]:
    """Its own text, then each piece below it under its heading."""
    own = statement.take_text()
    parts = headed_texts(lambda link: link.kind in {"COMP", ""} and not link.statement.is_comment)(statement)
    return ((TextPart(None, own),) if own else ()) + tuple(parts)


NURSING: EntryMap[NursingEntry] = EntryMap(
    entry=NursingEntry,
    title=None,
    statements=_CARE,
    fields={
        "title": _title,
        "about": begin,
        "ends": end,
        "value": _some_value,
        "goals": concepts(lambda link: link.kind == "OBJF" or link.statement.mood == "GOL"),
        "texts": _texts,
    },
)

_CONSISTENCY = "CONSISTENCY"
"""No public code exists; to be agreed per hospital, like the categories in ``table.py``."""

DIET: EntryMap[DietEntry] = EntryMap(
    entry=DietEntry,
    title=None,
    statements=_CARE,
    fields={
        "title": _title,
        "about": begin,
        "ends": end,
        "consistency": concept(by_code(_CONSISTENCY)),
        "texts": _texts,
    },
)


def _report_by_performer(values: Values) -> None:
    """Who held the consultation wrote the report, unless another author is named; the specialism is that
    of the consultation, else that of its author."""
    performer = values.pop("performer")
    writer = performer or values["author"]
    values["specialism"] = writer.specialism if writer is not None else None
    if performer is None:
        return
    if values["author"] is None:
        values["author"] = performer
    elif performer.label != values["author"].label:
        values["told"] = [party_in_words(performer)]


REPORTS: EntryMap[Report] = EntryMap(
    entry=Report,
    title=None,
    statements=frozenset({"act", "observation", "encounter"}),
    fields={
        "kind": coded("code"),
        "about": moment,
        "performer": party("performer", "responsibleParty", participants=("PRF", "RESP", "SPRF", "PPRF")),
        "parts": _texts,
    },
    finish=_report_by_performer,
)
