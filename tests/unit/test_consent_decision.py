"""The decision table of D6, whole: every answer, every look-up, every hospital."""

from itertools import product

import pytest

from context.codes import RefusalCode
from context.consent import (
    ConsentAnswer,
    ConsentState,
    NotPermitted,
    Permitted,
    Scope,
    decide_access,
    is_decided,
    still_permits,
)
from context.hospital import WithoutConsent
from context.outcome import FailureCause
from context.person import LookupState, PartialDate, PatientLookup
from tests.people import a_hospital, a_launch, a_patient

GGC = frozenset({"GGC002"})
ANSWERS = {
    "permit": ConsentAnswer(ConsentState.PERMIT, GGC),
    "permits_nothing": ConsentAnswer(ConsentState.PERMIT),
    "refused": ConsentAnswer(ConsentState.REFUSED),
    "not_answered": ConsentAnswer(ConsentState.NOT_ANSWERED),
    "unavailable": ConsentAnswer(ConsentState.UNAVAILABLE, cause="timeout"),
}
LOOKUPS = {
    "found": PatientLookup(LookupState.FOUND, a_patient()),
    "differs": PatientLookup(LookupState.FOUND, a_patient(birth_date=PartialDate(1961, 3, 15))),
    "unknown": PatientLookup(LookupState.UNKNOWN),
    "several": PatientLookup(LookupState.SEVERAL),
    "failed": PatientLookup(LookupState.FAILED, failure=FailureCause.UNREACHABLE),
    "wrong": PatientLookup(LookupState.FAILED, failure=FailureCause.WRONG_PATIENT),
    "found_nobody": PatientLookup(LookupState.FOUND),
}
FULL, ONLY = Scope.FULL.value, Scope.PATIENT_INFORMATION_ONLY.value
PERMIT_ROW = {
    "found": FULL,
    "differs": "L604",
    "unknown": "L603",
    "several": "L702",
    "failed": "L702",
    "wrong": "L702",
    "found_nobody": "L702",
}
ALWAYS_L701 = dict.fromkeys(LOOKUPS, "L701")
ALWAYS_L603 = dict.fromkeys(LOOKUPS, "L603")
ON_A_MATCH = ALWAYS_L603 | {"found": ONLY}
TABLE = {
    WithoutConsent.REFUSE: {
        "permit": PERMIT_ROW,
        "permits_nothing": ALWAYS_L701,
        "refused": ALWAYS_L603,
        "not_answered": ALWAYS_L603,
        "unavailable": ALWAYS_L701,
    },
    WithoutConsent.PATIENT_INFORMATION_ONLY: {
        "permit": PERMIT_ROW,
        "permits_nothing": ALWAYS_L701,
        "refused": ON_A_MATCH,
        "not_answered": ON_A_MATCH,
        "unavailable": ALWAYS_L701,
    },
}


@pytest.mark.proves("attack:A137")
@pytest.mark.proves("promise:P11")
@pytest.mark.parametrize(("mode", "answer", "lookup"), list(product(WithoutConsent, ANSWERS, LOOKUPS)))
@pytest.mark.proves("feature:B03")
@pytest.mark.proves("feature:B04")
@pytest.mark.proves("feature:B13")
@pytest.mark.proves("feature:X02")
def test_each_pair_of_answers_has_its_one_decision(mode: WithoutConsent, answer: str, lookup: str) -> None:
    hospital = a_hospital(without_consent=mode)
    decision = decide_access(ANSWERS[answer], LOOKUPS[lookup], a_launch(), hospital)
    expected = TABLE[mode][answer][lookup]
    if isinstance(decision, NotPermitted):
        assert decision.code == expected
        return
    assert decision.scope.value == expected
    assert decision.patient == LOOKUPS[lookup].patient
    assert decision.categories == (GGC if decision.scope is Scope.FULL else frozenset())


@pytest.mark.parametrize("answer", ["refused", "not_answered"])
@pytest.mark.proves("feature:B15")
def test_a_refusal_says_the_same_whoever_is_known(answer: str) -> None:
    decisions = {
        decide_access(ANSWERS[answer], lookup, a_launch(), a_hospital()) for lookup in LOOKUPS.values()
    }
    assert len(decisions) == 1


def test_a_family_name_that_differs_is_refused_as_another_identity() -> None:
    decision = decide_access(
        ANSWERS["permit"], LOOKUPS["found"], a_launch(family_name="Bakker"), a_hospital()
    )
    assert decision == NotPermitted(RefusalCode.IDENTITY_DIFFERS, "identity_differs")


def test_without_a_family_name_the_birth_date_decides() -> None:
    decision = decide_access(ANSWERS["permit"], LOOKUPS["found"], a_launch(family_name=None), a_hospital())
    assert isinstance(decision, Permitted)


@pytest.mark.parametrize(
    ("answer", "decided"),
    [
        ("permit", True),
        ("permits_nothing", False),
        ("refused", True),
        ("not_answered", True),
        ("unavailable", False),
    ],
)
def test_only_a_clear_yes_or_no_is_a_decision(answer: str, decided: bool) -> None:
    assert is_decided(ANSWERS[answer]) is decided


@pytest.mark.parametrize("answer", ["permit", "refused", "not_answered"])
def test_a_full_view_lives_by_a_permit_and_patient_information_by_itself(answer: str) -> None:
    assert still_permits(ANSWERS[answer], Scope.FULL) is (answer == "permit")
    assert still_permits(ANSWERS[answer], Scope.PATIENT_INFORMATION_ONLY)
