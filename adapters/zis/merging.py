"""One section out of several sources: complete only when all of them are, and each fact once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from context.outcome import FailureCause, Outcome, OutcomeState
from context.records import RecordEntry


def without_duplicates(groups: Iterable[Sequence[RecordEntry]]) -> tuple[RecordEntry, ...]:
    """The entries of several sources in order, without those that an earlier source sent too.

    Only identifiers tell (zis.md §10.12): every one of the entry's own must be known from an earlier
    source. Within one source nothing is dropped.
    """
    kept: list[RecordEntry] = []
    known: set[tuple[str, str]] = set()
    for group in groups:
        for entry in group:
            if not (ids := identifiers_of(entry)) or not ids <= known:
                kept.append(entry)
        known.update(*(identifiers_of(entry) for entry in group))
    return tuple(kept)


def identifiers_of(entry: RecordEntry) -> set[tuple[str, str]]:
    """Root and extension of each."""
    return {(each.root, each.extension) for each in entry.identifiers}


def merge(outcomes: Sequence[tuple[str, Outcome[RecordEntry]]], fetched_at: datetime) -> Outcome[RecordEntry]:
    """The outcome of a section from those of its sources.

    All complete: ok or empty. Some failed: partial, naming them. All failed: failed.

    :param outcomes: the name of each source, with its outcome; at least one.
    :param fetched_at: aware UTC.
    """
    failures = [outcome.failure for _, outcome in outcomes if outcome.failure]
    if all(outcome.state is OutcomeState.FAILED for _, outcome in outcomes):
        return Outcome.failed(_worst(failures))
    missing: dict[str, None] = {}
    for name, outcome in outcomes:
        names = (name,) if outcome.state is OutcomeState.FAILED else outcome.missing_sources
        missing.update(dict.fromkeys(names))
    entries = without_duplicates([outcome.entries for _, outcome in outcomes])
    if missing:
        return Outcome.partial(entries, tuple(missing), fetched_at, _worst(failures) if failures else None)
    return Outcome.of(entries, fetched_at)


def _worst(failures: Sequence[FailureCause]) -> FailureCause:
    """An answer about another patient must be told even when others fail too: it raises the alarm."""
    wrong = FailureCause.WRONG_PATIENT
    return wrong if wrong in failures else failures[0]
