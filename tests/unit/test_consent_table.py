"""The table of consent (audit-and-consent.md §2.2), one test for each row, per data category.

Row 9, the emergency button, is not built; tests/integration/test_no_emergency_access.py proves its absence.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from context.codes import RefusalCode
from context.consent import (
    TREATMENT_DATA,
    ConsentAnswer,
    ConsentState,
    categories_of,
    category_of,
    combine,
)
from context.errors import RefusedError, StorageUnavailableError
from context.outcome import Outcome, OutcomeState
from context.person import LookupState, PartialDate, PatientLookup
from context.ports import AuditEvent, ContextPhase
from context.records import Allergy, CodedText, RecordEntry, Section
from tests.clock import START
from tests.context_stage import Stage
from tests.people import a_hospital, a_patient
from tests.ports_in_memory import done

MEDICATION_DATA = "GGC003"
OLD = timedelta(minutes=5, microseconds=1)
BOTH = (Section.ALLERGIES, Section.MEDICATION)
PEANUT: Outcome[RecordEntry] = Outcome.of((Allergy(CodedText(display="Pinda")),), START)
TWO_CATEGORIES = a_hospital(consent_categories={Section.MEDICATION: MEDICATION_DATA})


def permit(*categories: str) -> ConsentAnswer:
    return ConsentAnswer(ConsentState.PERMIT, frozenset(categories), "decision-1")


NO = ConsentAnswer(ConsentState.REFUSED)
NOTHING_ON_RECORD = ConsentAnswer(ConsentState.NOT_ANSWERED)


def unavailable(cause: str) -> ConsentAnswer:
    return ConsentAnswer(ConsentState.UNAVAILABLE, cause=cause)


@pytest.fixture
def stage() -> Stage:
    """Nothing is open yet; sections would be answered."""
    made = Stage(hospital=TWO_CATEGORIES)
    made.records.answers = dict.fromkeys(BOTH, done(PEANUT))
    made.consent.answer = lambda: done(permit(TREATMENT_DATA, MEDICATION_DATA))
    return made


def read(stage: Stage) -> Mapping[Section, Outcome[RecordEntry]]:
    opened = stage.visit()
    return stage.service.read(stage.hospital, opened, BOTH, "overview").all()


def states(stage: Stage) -> tuple[OutcomeState, ...]:
    outcomes = read(stage)
    return tuple(outcomes[section].state for section in BOTH)


def withheld(stage: Stage) -> list[object]:
    return [
        note.fields["data_category"]
        for note in stage.audit.notes
        if note.event is AuditEvent.CATEGORY_WITHHELD
    ]


def answers(stage: Stage, answer: ConsentAnswer) -> None:
    stage.consent.answer = lambda: done(answer)


def test_row_1_permit_shows_the_permitted_categories_and_is_on_record(stage: Stage) -> None:
    assert states(stage) == (OutcomeState.OK, OutcomeState.OK)
    assert withheld(stage) == []
    (opened,) = [note for note in stage.audit.notes if note.event is AuditEvent.CONTEXT_OPENED]
    assert opened.fields["consent_categories"] == (TREATMENT_DATA, MEDICATION_DATA)
    assert opened.fields["decision_id"] == "decision-1"
    stage.clock.advance(timedelta(minutes=5))
    read(stage)
    assert len(stage.consent.asked) == 1


@pytest.mark.proves("feature:B08")
def test_row_2_a_category_that_is_not_permitted_is_not_asked_and_recorded_once(stage: Stage) -> None:
    answers(stage, permit(TREATMENT_DATA))
    assert states(stage) == (OutcomeState.OK, OutcomeState.NOT_PERMITTED)
    assert [section for section, _ in stage.records.asked] == [Section.ALLERGIES]
    assert withheld(stage) == [MEDICATION_DATA]
    read(stage)
    assert withheld(stage) == [MEDICATION_DATA]


def test_row_2_each_withheld_category_has_a_record_of_its_own(stage: Stage) -> None:
    stage.hospital = a_hospital(
        consent_categories={Section.MEDICATION: MEDICATION_DATA, Section.LABORATORY: "GGC004"}
    )
    answers(stage, permit(TREATMENT_DATA))
    stage.visit()
    assert withheld(stage) == [MEDICATION_DATA, "GGC004"]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [(NO, "consent_refused"), (NOTHING_ON_RECORD, "consent_not_answered")],
    ids=["row 3", "row 4"],
)
def test_rows_3_and_4_refusal_or_no_choice_shows_nothing(
    stage: Stage, answer: ConsentAnswer, detail: str
) -> None:
    answers(stage, answer)
    assert stage.refused() is RefusalCode.NOTHING_TO_SHOW
    assert stage.records.asked == []
    (refused,) = stage.audit.notes
    assert (refused.event, refused.fields["detail"]) == (AuditEvent.CONTEXT_REFUSED, detail)
    answers(stage, permit(TREATMENT_DATA))
    assert stage.refused() is RefusalCode.NOTHING_TO_SHOW


@pytest.mark.proves("attack:A137")
@pytest.mark.parametrize(
    "answer",
    [unavailable("rejected"), unavailable("malformed"), unavailable("wrong_patient"), unavailable("timeout")],
    ids=["row 5: Indeterminate", "row 5: malformed", "row 5: other BSN", "row 6: time-out"],
)
def test_rows_5_and_6_no_decision_shows_nothing_and_may_be_asked_again(
    stage: Stage, answer: ConsentAnswer
) -> None:
    answers(stage, answer)
    assert stage.refused() is RefusalCode.CONSENT_UNAVAILABLE
    assert stage.records.asked == []
    assert stage.audit.notes[0].fields["detail"] == f"consent_{answer.cause}"
    answers(stage, permit(TREATMENT_DATA))
    assert states(stage) == (OutcomeState.OK, OutcomeState.NOT_PERMITTED)


@pytest.mark.proves("attack:A137")
def test_row_6_an_old_permit_is_not_used_when_the_service_is_down(stage: Stage) -> None:
    read(stage)
    stage.clock.advance(OLD)
    answers(stage, unavailable("timeout"))
    stage.records.asked.clear()
    with pytest.raises(RefusedError) as caught:
        read(stage)
    assert caught.value.code is RefusalCode.CONSENT_UNAVAILABLE
    assert stage.records.asked == []


@pytest.mark.proves("attack:A137")
def test_row_7_withdrawn_consent_ends_the_view_under_the_reference_of_its_grant(stage: Stage) -> None:
    read(stage)
    stage.clock.advance(OLD)
    answers(stage, NO)
    stage.records.asked.clear()
    with pytest.raises(RefusedError):
        read(stage)
    assert stage.records.asked == []
    assert stage.contexts.stored.phase is ContextPhase.REFUSED
    granted, refused = stage.audit.notes[0], stage.audit.notes[-1]
    assert refused.fields["detail"] == "consent_withdrawn"
    assert refused.reference == granted.reference


@pytest.mark.proves("attack:A137")
def test_row_7_one_withdrawn_category_closes_its_sections_alone(stage: Stage) -> None:
    read(stage)
    stage.clock.advance(OLD)
    answers(stage, permit(TREATMENT_DATA))
    assert states(stage) == (OutcomeState.OK, OutcomeState.NOT_PERMITTED)
    assert withheld(stage) == [MEDICATION_DATA]


@pytest.mark.proves("attack:A137")
def test_row_7_consent_that_flips_back_after_a_withdrawal_opens_nothing(stage: Stage) -> None:
    read(stage)
    stage.clock.advance(OLD)
    answers(stage, NO)
    with pytest.raises(RefusedError):
        read(stage)
    answers(stage, permit(TREATMENT_DATA))
    assert stage.refused() is RefusalCode.NOTHING_TO_SHOW


@pytest.mark.parametrize(
    ("lookup", "code"),
    [
        (PatientLookup(LookupState.UNKNOWN), RefusalCode.NOTHING_TO_SHOW),
        (
            PatientLookup(LookupState.FOUND, a_patient(birth_date=PartialDate(1961, 3, 15))),
            RefusalCode.IDENTITY_DIFFERS,
        ),
    ],
    ids=["unknown", "another person"],
)
def test_row_8_a_token_that_fits_nobody_here_shows_nothing(
    stage: Stage, lookup: PatientLookup, code: RefusalCode
) -> None:
    stage.index.answer = lambda: done(lookup)
    assert stage.refused() is code
    assert stage.records.asked == []


def test_row_10_what_cannot_be_recorded_is_not_shown(stage: Stage) -> None:
    stage.visit()
    stage.audit.down = True
    with pytest.raises(StorageUnavailableError):
        read(stage)


def test_row_10_a_permit_that_cannot_be_recorded_opens_nothing(stage: Stage) -> None:
    stage.audit.down = True
    with pytest.raises(StorageUnavailableError):
        stage.visit()
    assert stage.contexts.stored.phase is ContextPhase.ENTERING
    assert stage.records.asked == []


# --- categories


def test_every_section_is_treatment_data_unless_the_hospital_says_otherwise() -> None:
    assert {category_of(a_hospital(), section) for section in Section} == {TREATMENT_DATA}
    assert category_of(TWO_CATEGORIES, Section.MEDICATION) == MEDICATION_DATA
    assert category_of(TWO_CATEGORIES, Section.ALLERGIES) == TREATMENT_DATA


def test_categories_of_sections_that_are_not_shown_are_not_asked() -> None:
    assert categories_of(TWO_CATEGORIES) == (TREATMENT_DATA, MEDICATION_DATA)
    only = replace(TWO_CATEGORIES, sections=frozenset({Section.MEDICATION}))
    assert categories_of(only) == (MEDICATION_DATA,)
    assert categories_of(replace(TWO_CATEGORIES, sections=frozenset())) == (TREATMENT_DATA,)


@pytest.mark.parametrize(
    ("given", "state", "categories"),
    [
        ((permit("A"), permit("B")), ConsentState.PERMIT, {"A", "B"}),
        ((permit("A"), NO), ConsentState.PERMIT, {"A"}),
        ((NOTHING_ON_RECORD, permit("B")), ConsentState.PERMIT, {"B"}),
        ((NO, NOTHING_ON_RECORD), ConsentState.REFUSED, set()),
        ((NOTHING_ON_RECORD, NOTHING_ON_RECORD), ConsentState.NOT_ANSWERED, set()),
        ((permit("A"), unavailable("timeout")), ConsentState.UNAVAILABLE, set()),
        ((NO, unavailable("timeout")), ConsentState.UNAVAILABLE, set()),
        ((permit("A"), ConsentAnswer(ConsentState.PERMIT)), ConsentState.UNAVAILABLE, set()),
    ],
)
def test_answers_for_each_category_become_one(
    given: tuple[ConsentAnswer, ...], state: ConsentState, categories: set[str]
) -> None:
    for order in (given, given[::-1]):
        found = combine(order)
        assert (found.state, found.categories) == (state, frozenset(categories))


def test_one_answer_alone_stays_as_it_is() -> None:
    for answer in (permit("A"), NO, NOTHING_ON_RECORD, unavailable("timeout")):
        assert combine([answer]) == answer
