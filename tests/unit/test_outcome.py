""" "No answer" can never read as "nothing there"."""

from itertools import product

import pytest

from context.outcome import FailureCause, Outcome, OutcomeState
from tests.clock import START

SHOWS = (OutcomeState.OK, OutcomeState.PARTIAL)


@pytest.mark.parametrize(
    ("state", "entries", "missing", "failure"),
    list(product(OutcomeState, [(), ("row",)], [(), ("EPD",)], [None, FailureCause.TIMEOUT])),
)
def test_a_misleading_combination_cannot_be_made(
    state: OutcomeState, entries: tuple[str, ...], missing: tuple[str, ...], failure: FailureCause | None
) -> None:
    misleads = (
        (bool(entries) and state not in SHOWS)
        or (state is OutcomeState.OK and not entries)
        or (state is OutcomeState.FAILED and failure is None)
        or (state is OutcomeState.PARTIAL and not missing)
    )
    if misleads:
        with pytest.raises(ValueError, match=r"\w"):
            Outcome(state, entries, missing, failure=failure)
    else:
        assert Outcome(state, entries, missing, failure=failure).entries == entries


def test_an_answer_without_entries_is_empty_and_one_with_entries_is_ok() -> None:
    nothing: Outcome[str] = Outcome.of((), START)
    assert nothing.state is OutcomeState.EMPTY
    assert nothing.fetched_at == START
    assert Outcome.of(("row",), START).state is OutcomeState.OK


def test_the_other_states_carry_what_explains_them() -> None:
    failed: Outcome[str] = Outcome.failed(FailureCause.FAULT)
    withheld: Outcome[str] = Outcome.withheld(START)
    not_permitted: Outcome[str] = Outcome.not_permitted()
    partial = Outcome.partial(("row",), ("EPD",), START, FailureCause.TIMEOUT)
    assert (failed.state, failed.failure) == (OutcomeState.FAILED, FailureCause.FAULT)
    assert (withheld.state, withheld.held_until) == (OutcomeState.WITHHELD, START)
    assert not_permitted.state is OutcomeState.NOT_PERMITTED
    assert (partial.missing_sources, partial.failure) == (("EPD",), FailureCause.TIMEOUT)
