"""The QED answer: whose record it is, and whether it is all of it."""

from datetime import UTC, datetime

import pytest

from adapters.zis.errors import SourceError
from adapters.zis.interactions import FETCH_RECORD
from adapters.zis.record import Asked, read_part
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import Allergy, LabResult, RecordEntry, Section
from tests.zis_messages import (
    ASKED,
    ASKER,
    BSN_ROOT,
    OTHER,
    QUERY_ID,
    SOURCE,
    counters,
    parsed,
    penicillin,
    potassium,
    qed_answer,
    qed_subject,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BIRTH = PartialDate(1980, 5, 12)


def section(
    message: str, which: Section = Section.LABORATORY, birth_date: PartialDate | None = BIRTH
) -> Outcome[RecordEntry]:
    question = RecordQuestion(ASKED, birth_date, ASKER)
    asked = Asked(FETCH_RECORD, which, question, QUERY_ID, SOURCE)
    return read_part(parsed(message), asked).outcome(SOURCE, NOW)


def cause_of(message: str) -> FailureCause:
    with pytest.raises(SourceError) as caught:
        section(message)
    return caught.value.cause


def test_complete_answer_is_ok() -> None:
    outcome = section(qed_answer(qed_subject(potassium())))
    assert (outcome.state, outcome.fetched_at) == (OutcomeState.OK, NOW)
    assert isinstance(outcome.entries[0], LabResult)


def test_allergies_are_read_as_allergies() -> None:
    outcome = section(qed_answer(qed_subject(penicillin())), Section.ALLERGIES)
    assert outcome.state is OutcomeState.OK
    assert isinstance(outcome.entries[0], Allergy)


@pytest.mark.parametrize(
    "message",
    [
        qed_answer("", code="NF", counted=counters(0, 0, 0)),
        qed_answer("", code="NF", counted=""),
        qed_answer("", code="OK", counted=counters(0, 0, 0)),
        qed_answer(qed_subject()),
    ],
    ids=["not found", "not found, uncounted", "nothing counted", "an empty record"],
)
def test_nothing_found_is_empty(message: str) -> None:
    assert section(message) == Outcome.of((), NOW)


def test_results_held_back_make_it_partial_and_name_the_source() -> None:
    outcome = section(qed_answer(qed_subject(potassium()), counted=counters(2, 1, 1)))
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))
    assert len(outcome.entries) == 1


def test_results_held_back_are_noticed_without_a_remaining_counter() -> None:
    counted = '<resultTotalQuantity value="3"/><resultCurrentQuantity value="1"/>'
    assert section(qed_answer(qed_subject(potassium()), counted=counted)).state is OutcomeState.PARTIAL


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("current", [0, 2])
@pytest.mark.parametrize(
    "total", ["", '<resultTotalQuantity value="2"/><resultRemainingQuantity value="1"/>']
)
def test_results_that_are_not_as_many_as_counted_are_refused(current: int, total: str) -> None:
    counted = f'{total}<resultCurrentQuantity value="{current}"/>'
    with pytest.raises(SourceError) as caught:
        section(qed_answer(qed_subject(potassium()), counted=counted))
    assert caught.value.cause is FailureCause.MALFORMED


def test_entry_that_cannot_be_read_makes_it_partial() -> None:
    outcome = section(qed_answer(qed_subject(potassium(), "<encounter/>")))
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))
    assert outcome.failure is FailureCause.MALFORMED
    assert len(outcome.entries) == 1


@pytest.mark.proves("trap:5")
@pytest.mark.parametrize("holder", ["pertinentInformation3", "careProvisionEvent", "registrationEvent"])
def test_what_its_holder_denies_is_never_told(holder: str) -> None:
    record = qed_subject(potassium()).replace(f"<{holder}>", f'<{holder} negationInd="true">')
    outcome = section(qed_answer(record))
    assert (outcome.state, outcome.entries) == (OutcomeState.PARTIAL, ())


def test_entries_of_several_records_are_joined() -> None:
    second = potassium("5.2").replace('extension="77"', 'extension="78"')
    message = qed_answer(qed_subject(potassium()) + qed_subject(second), counted=counters(2, 2, 0))
    assert len(section(message).entries) == 2


@pytest.mark.proves("trap:12")
def test_same_fact_in_two_records_is_shown_once() -> None:
    message = qed_answer(qed_subject(potassium()) + qed_subject(potassium()), counted=counters(2, 2, 0))
    assert len(section(message).entries) == 1


def nested_patient(bsn: str) -> str:
    target = f'<recordTarget><patient><id root="{BSN_ROOT}" extension="{bsn}"/></patient></recordTarget>'
    return potassium().replace("</observation>", f"{target}</observation>")


@pytest.mark.proves("attack:A105")
@pytest.mark.parametrize(
    "message",
    [
        qed_answer(qed_subject(potassium(), bsn=OTHER)),
        qed_answer(qed_subject(potassium(), bsn="")),
        qed_answer(qed_subject(potassium()).replace("recordTarget", "nobody")),
        qed_answer(qed_subject(potassium(), birth_date="19800513")),
        qed_answer(qed_subject(potassium(), birth_date="1981")),
        qed_answer(qed_subject(potassium()) + qed_subject(bsn=OTHER), counted=counters(2, 2, 0)),
        qed_answer(qed_subject(nested_patient(OTHER))),
        qed_answer(
            "",
            code="NF",
            counted=counters(0, 0, 0),
            echo=f'<parameterList><patientId><value root="{BSN_ROOT}" extension="{OTHER}"/></patientId>'
            "</parameterList>",
        ),
    ],
    ids=["other", "empty", "no patient", "birth day", "birth year", "one of two", "nested", "not found"],
)
def test_record_of_anyone_else_is_the_wrong_patient(message: str) -> None:
    assert cause_of(message) is FailureCause.WRONG_PATIENT


def test_patient_repeated_in_a_statement_is_no_alarm() -> None:
    assert section(qed_answer(qed_subject(nested_patient(ASKED.reveal())))).state is OutcomeState.OK


@pytest.mark.parametrize("known", [PartialDate(1980), PartialDate(1980, 5), None])
def test_birth_date_is_compared_on_what_both_know(known: PartialDate | None) -> None:
    assert section(qed_answer(qed_subject(potassium())), birth_date=known).state is OutcomeState.OK


def test_refused_question_is_rejected() -> None:
    assert cause_of(qed_answer(qed_subject(potassium()), code="QE")) is FailureCause.REJECTED


@pytest.mark.parametrize(
    "message",
    [
        qed_answer("", code="OK", counted=""),
        qed_answer(qed_subject(potassium()), counted=counters(1, 0, 1)),
        qed_answer("<subject><registrationEvent/></subject>"),
        qed_answer(qed_subject(birth_date="ooit")),
    ],
    ids=["found nothing", "counted wrong", "no record", "no date"],
)
def test_answer_that_does_not_add_up_is_malformed(message: str) -> None:
    assert cause_of(message) is FailureCause.MALFORMED
