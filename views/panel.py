"""The frame around a section: six states, each with its own words and markup (interface.md §4.4). Pure.

The markup is in ``templates/partials/panel.html``. A failed panel never says "Geen", because a doctor
who reads that word in a hurry reads "nothing there".
"""

from dataclasses import dataclass
from datetime import datetime

from context.outcome import Outcome, OutcomeState
from context.records import RecordEntry
from views.dates import local_date, present_date, present_instant, present_time
from views.texts import Texts

_DATA_STATES = {
    OutcomeState.OK: "ok",
    OutcomeState.EMPTY: "leeg",
    OutcomeState.PARTIAL: "deels",
    OutcomeState.FAILED: "fout",
    OutcomeState.NOT_PERMITTED: "geen-recht",
    OutcomeState.WITHHELD: "niet-vrijgegeven",
}


@dataclass(frozen=True, slots=True)
class PanelFacts:
    """What a panel's sentences name.

    :param section: name of the section at the start of a sentence; ``inline`` in the middle of one.
    :param contact: telephone number, else e-mail address or name, of the hospital's help.
    :param reference: ``XXXX-XXXX`` of the context.
    """

    section: str
    inline: str
    hospital: str
    source: str
    contact: str
    reference: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of six states, ready to print.

    :param data_state: ok, leeg, deels, fout, geen-recht or niet-vrijgegeven.
    :param shows_entries: whether the section's table may stand in the panel.
    :param mark: a word in front, so that the state is not told by colour alone; may be empty.
    :param message: the state in words; empty when the table itself says it.
    :param advice: what to do next; empty when there is nothing to do.
    :param held: a line about entries that are held by a release rule; empty without any.
    :param fetched: when and where from; empty when nothing arrived.
    :param can_retry: asking again may help.
    """

    data_state: str
    shows_entries: bool
    mark: str = ""
    message: str = ""
    advice: str = ""
    held: str = ""
    fetched: str = ""
    can_retry: bool = False


def present_panel(
    outcome: Outcome[RecordEntry], facts: PanelFacts, now: datetime, texts: Texts, empty: str | None = None
) -> Panel:
    """The panel for an outcome, at a moment (aware UTC) that decides what "today" is.

    :param empty: what a complete answer without entries means here; a general sentence when None.
    """
    state = outcome.state
    held = _held(outcome, now, texts)
    fetched = _fetched(outcome.fetched_at, facts, texts)
    if state is OutcomeState.OK:
        return Panel(_DATA_STATES[state], shows_entries=True, held=held, fetched=fetched)
    if state is OutcomeState.EMPTY:
        message = empty or texts("panel.empty", section=facts.inline, hospital=facts.hospital)
        return Panel(_DATA_STATES[state], shows_entries=False, message=message, held=held, fetched=fetched)
    if state is OutcomeState.PARTIAL:
        return Panel(
            _DATA_STATES[state],
            shows_entries=bool(outcome.entries),
            message=_partial(outcome.missing_sources, texts),
            held=held,
            fetched=fetched,
            can_retry=True,
        )
    return _without_entries(state, facts, held, texts)


def _without_entries(state: OutcomeState, facts: PanelFacts, held: str, texts: Texts) -> Panel:
    if state is OutcomeState.NOT_PERMITTED:
        return Panel(
            _DATA_STATES[state],
            shows_entries=False,
            mark=texts("panel.not_permitted_mark"),
            message=texts("panel.not_permitted"),
        )
    if state is OutcomeState.WITHHELD:
        return Panel(
            _DATA_STATES[state],
            shows_entries=False,
            mark=texts("panel.withheld_mark"),
            message=held or texts("panel.withheld_unknown"),
        )
    return Panel(
        _DATA_STATES[OutcomeState.FAILED],
        shows_entries=False,
        message=texts("panel.failed", section=facts.section),
        advice=texts("panel.failed_next", contact=facts.contact, reference=facts.reference),
        can_retry=True,
    )


def present_fetched(fetched_at: datetime, source: str, texts: Texts) -> str:
    """``Opgehaald 22-11-2026 14:03 uit ZIS van CWZ`` (feature F08)."""
    return texts("panel.fetched", moment=present_instant(fetched_at, texts), source=source)


def _fetched(fetched_at: datetime | None, facts: PanelFacts, texts: Texts) -> str:
    return present_fetched(fetched_at, facts.source, texts) if fetched_at else ""


def _partial(missing: tuple[str, ...], texts: Texts) -> str:
    if len(missing) == 1:
        return texts("panel.partial", sources=missing[0])
    listed = texts("panel.and", first=", ".join(missing[:-1]), last=missing[-1])
    return texts("panel.several_sources", sources=listed)


def _held(outcome: Outcome[RecordEntry], now: datetime, texts: Texts) -> str:
    until = outcome.held_until
    if until is None:
        return texts("panel.withheld_unknown") if outcome.held_back else ""
    time = present_time(until).replace(":", ".")
    day = local_date(until)
    if day == local_date(now):
        return texts("panel.withheld_today", time=time)
    return texts("panel.withheld_later", date=present_date(day), time=time)
