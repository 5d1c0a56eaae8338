"""Several sources of one section: complete only together, each fact once, an alarm never lost."""

from datetime import UTC, datetime

import pytest

from adapters.zis.merging import merge, without_duplicates
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import Identifier
from context.records import CodedText, Problem, RecordEntry

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ASTHMA = CodedText(display="Astma")
ELSEWHERE = Problem(identifiers=(Identifier("1.8", "a"),), problem=ASTHMA)
OTHER_TIME = datetime(2026, 11, 21, tzinfo=UTC)


def entry(*numbers: str, status: str = "") -> RecordEntry:
    ids = tuple(Identifier("1.9", number) for number in numbers)
    return Problem(identifiers=ids, status=status, problem=ASTHMA)


A, B, C = entry("a"), entry("b"), entry("c")
OK_A: Outcome[RecordEntry] = Outcome.of((A,), OTHER_TIME)
OK_B: Outcome[RecordEntry] = Outcome.of((B,), OTHER_TIME)
EMPTY: Outcome[RecordEntry] = Outcome.of((), OTHER_TIME)
HALF: Outcome[RecordEntry] = Outcome.partial((C,), ("deel",), OTHER_TIME, FailureCause.MALFORMED)


def failed(cause: FailureCause = FailureCause.TIMEOUT) -> Outcome[RecordEntry]:
    return Outcome.failed(cause)


def merged(*outcomes: Outcome[RecordEntry]) -> Outcome[RecordEntry]:
    return merge([(f"bron {number}", outcome) for number, outcome in enumerate(outcomes)], NOW)


def test_all_complete_is_ok() -> None:
    assert merged(OK_A, EMPTY, OK_B) == Outcome.of((A, B), NOW)


def test_all_empty_is_empty() -> None:
    assert merged(EMPTY, EMPTY) == Outcome.of((), NOW)


def test_failed_sources_are_named_and_the_others_shown() -> None:
    assert merged(OK_A, failed(), OK_B) == Outcome.partial((A, B), ("bron 1",), NOW, FailureCause.TIMEOUT)


def test_failed_source_beside_empty_ones_is_never_empty() -> None:
    outcome = merged(EMPTY, failed())
    assert (outcome.state, outcome.entries) == (OutcomeState.PARTIAL, ())


def test_sources_that_half_failed_keep_the_names_they_gave() -> None:
    assert merged(HALF, failed()).missing_sources == ("deel", "bron 1")


def test_all_failed_is_failed() -> None:
    assert merged(failed(), failed(FailureCause.FAULT)) == failed()


@pytest.mark.proves("attack:A105")
def test_answer_about_another_patient_is_what_is_told() -> None:
    wrong = failed(FailureCause.WRONG_PATIENT)
    assert merged(failed(), wrong) == wrong
    assert merged(OK_A, failed(), wrong).failure is FailureCause.WRONG_PATIENT


@pytest.mark.parametrize(
    ("groups", "kept"),
    [
        ([[A], [A, B]], [A, B]),
        ([[A], [entry("a", "b")]], [A, entry("a", "b")]),
        ([[entry("a", "b")], [A]], [entry("a", "b")]),
        ([[A, entry("a", status="x")]], [A, entry("a", status="x")]),
        ([[entry()], [entry()]], [entry(), entry()]),
        ([[A], [entry("a", status="other words")]], [A]),
        ([[ELSEWHERE], [A]], [ELSEWHERE, A]),
    ],
    ids=["same", "one more id", "one less id", "within a source", "without ids", "other text", "other root"],
)
@pytest.mark.proves("trap:12")
def test_duplicates_are_known_by_their_identifiers_only(
    groups: list[list[RecordEntry]], kept: list[RecordEntry]
) -> None:
    assert list(without_duplicates(groups)) == kept
