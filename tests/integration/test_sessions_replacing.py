"""Which context gives way to which (architecture.md D4), and what is left of one that ended (D8)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.engine import Database
from app.writer import Writer
from context.codes import RefusalCode
from context.consent import NotPermitted, Scope
from context.errors import StorageUnavailableError
from context.hospital import OtherPatient
from context.launch import Practice
from context.notes import closed_note, extended_note, launch_fields, refused_note
from context.ports import AuditEvent, Consumption, ContextPhase, StoredContext
from context.session import open_context
from launch.replay import AcceptedLaunch
from tests.people import ANNA, BRAM, CARLA, a_hospital, a_patient
from tests.session_stage import GGC, SessionStage, make_stage, opened_note

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
BROWSER = "B" * 43


@pytest.fixture
def stage(migrated_database: Database) -> Iterator[SessionStage]:
    writer = Writer(migrated_database)
    writer.start()
    yield make_stage(migrated_database, writer)
    writer.stop()


def later(stage: SessionStage) -> SessionStage:
    stage.clock.advance(SECOND)
    return stage


def replaced(stage: SessionStage) -> list[tuple[object, object, object]]:
    return [
        (record.fields["context"], record.fields["detail"], record.fields["other_context"])
        for record in stage.records(AuditEvent.CONTEXT_REPLACED)
    ]


@pytest.mark.proves("attack:A101")
def test_a_launch_for_another_patient_replaces_the_older_context(stage: SessionStage) -> None:
    anna = stage.enter("token-a", ANNA)
    bram = later(stage).enter("token-b", BRAM)
    assert (stage.phase(anna), stage.phase(bram)) == (ContextPhase.REPLACED, ContextPhase.OPEN)
    assert replaced(stage) == [(anna.context_id, "other_patient", bram.context_id)]
    assert (stage.find(anna).launch, stage.find(anna).patient) == (None, None)
    assert not stage.sessions.touch(stage.find(anna), stage.clock.now(), ())


@pytest.mark.proves("attack:A101")
@pytest.mark.parametrize("consumed_before", [True, False])
def test_launch_a_then_b_then_retry_a_never_opens_a(stage: SessionStage, consumed_before: bool) -> None:
    launch = stage.launch("token-a", ANNA)
    first = stage.post(launch, BROWSER)
    if consumed_before:
        stage.consume(first)
        stage.open(first)
    bram = later(stage).enter("token-b", BRAM, BROWSER)
    retried = later(stage).post(launch, BROWSER)
    expected = Consumption.GONE if consumed_before else Consumption.REPLACED
    assert stage.consume(retried).result is expected
    assert (stage.phase(retried), stage.phase(bram)) == (ContextPhase.REPLACED, ContextPhase.OPEN)
    assert stage.consume(first).result is not Consumption.ENTERED


def test_a_launch_received_before_a_context_that_ended_still_never_opens(stage: SessionStage) -> None:
    anna = stage.post(stage.launch("token-a", ANNA))
    bram = later(stage).enter("token-b", BRAM)
    stage.sessions.end(stage.find(bram), ContextPhase.CLOSED, stage.clock.now(), None)
    assert stage.consume(anna).result is Consumption.REPLACED
    assert replaced(stage) == [(anna.context_id, "received_before_live_context", None)]


def test_a_launch_that_entered_undecided_is_replaced_and_cannot_open(stage: SessionStage) -> None:
    anna = stage.post(stage.launch("token-a", ANNA))
    stage.consume(anna)
    undecided = stage.find(anna)
    later(stage).enter("token-b", BRAM)
    note = opened_note(undecided)
    assert not stage.sessions.open(undecided, Scope.FULL, GGC, a_patient(), stage.clock.now(), (note,))
    assert stage.phase(anna) is ContextPhase.REPLACED
    assert len(stage.records(AuditEvent.CONTEXT_OPENED)) == 1


def test_a_new_launch_for_the_same_patient_leaves_the_older_open(stage: SessionStage) -> None:
    first = stage.enter("token-a", ANNA)
    second = later(stage).enter("token-b", ANNA)
    assert (stage.phase(first), stage.phase(second)) == (ContextPhase.OPEN, ContextPhase.OPEN)
    third = later(stage).enter("token-c", BRAM)
    assert (stage.phase(first), stage.phase(second)) == (ContextPhase.REPLACED, ContextPhase.REPLACED)
    assert stage.phase(third) is ContextPhase.OPEN


def test_an_older_launch_for_the_same_patient_as_the_live_one_opens(stage: SessionStage) -> None:
    older = stage.post(stage.launch("token-a", ANNA))
    newer = later(stage).enter("token-b", ANNA)
    assert stage.consume(older).result is Consumption.ENTERED
    assert stage.phase(newer) is ContextPhase.OPEN


@pytest.mark.parametrize("change", ["user", "practice", "issuer", "hospital"])
def test_another_key_is_left_alone(stage: SessionStage, change: str) -> None:
    anna = stage.enter("token-a", ANNA)
    other = later(stage).launch("token-b", BRAM, user="gp-2" if change == "user" else "gp-1")
    if change == "practice":
        other = replace(other, practice=Practice("87654321"))
    if change == "issuer":
        other = replace(other, issuer="https://other.example/")
    kept = stage.hospital
    if change == "hospital":
        other = replace(other, hospital="tergooi")
        stage.hospital = a_hospital(slug="tergooi")
    bram = stage.post(other)
    assert stage.consume(bram).result is Consumption.ENTERED
    stage.hospital = kept
    assert stage.phase(anna) is ContextPhase.OPEN


def test_a_hospital_that_keeps_leaves_both_open_in_either_order(stage: SessionStage) -> None:
    stage.hospital = a_hospital(other_patient=OtherPatient.KEEP)
    carla = stage.post(stage.launch("token-c", CARLA))
    anna = later(stage).enter("token-a", ANNA)
    bram = later(stage).enter("token-b", BRAM)
    assert stage.consume(carla).result is Consumption.ENTERED
    assert (stage.phase(anna), stage.phase(bram)) == (ContextPhase.OPEN, ContextPhase.OPEN)
    assert replaced(stage) == []


@pytest.mark.proves("attack:A109")
@pytest.mark.parametrize("mode", list(OtherPatient))
def test_another_user_in_the_same_browser_ends_its_contexts(stage: SessionStage, mode: OtherPatient) -> None:
    stage.hospital = a_hospital(other_patient=mode)
    first = stage.enter("token-a", ANNA, BROWSER, "gp-1")
    elsewhere = stage.enter("token-b", ANNA, "C" * 43, "gp-1")
    second = later(stage).enter("token-c", ANNA, BROWSER, "gp-2")
    assert stage.phase(first) is ContextPhase.REPLACED
    assert (stage.phase(elsewhere), stage.phase(second)) == (ContextPhase.OPEN, ContextPhase.OPEN)
    assert replaced(stage) == [(first.context_id, "other_user_same_browser", second.context_id)]


def test_another_user_in_the_same_browser_at_another_hospital_ends_nothing(stage: SessionStage) -> None:
    first, cwz = stage.enter("token-a", ANNA, BROWSER, "gp-1"), stage.hospital
    stage.hospital = a_hospital(slug="tergooi")
    there = later(stage).launch("token-b", BRAM, "gp-2", hospital="tergooi")
    assert stage.consume(stage.post(there, BROWSER)).result is Consumption.ENTERED
    stage.hospital = cwz
    assert stage.phase(first) is ContextPhase.OPEN


def test_the_same_user_of_two_practices_in_one_browser_keeps_both(stage: SessionStage) -> None:
    first = stage.enter("token-a", ANNA, BROWSER)
    there = later(stage).launch("token-b", BRAM, practice=Practice("87654321"))
    second = stage.post(there, BROWSER)
    assert stage.consume(second).result is Consumption.ENTERED
    assert stage.phase(first) is ContextPhase.OPEN


def test_a_launch_received_before_the_next_user_came_never_opens_in_that_browser(
    stage: SessionStage,
) -> None:
    early = stage.post(stage.launch("token-a", ANNA, user="gp-1"), BROWSER)
    later(stage).enter("token-b", BRAM, BROWSER, "gp-2")
    assert stage.consume(early).result is Consumption.REPLACED


# --- ending, erasing, purging


def end_by_closing(stage: SessionStage, stored: StoredContext) -> ContextPhase:
    assert stored.launch is not None
    note = closed_note(stored, stored.launch, ContextPhase.CLOSED)
    stage.sessions.end(stored, ContextPhase.CLOSED, stage.clock.now(), note)
    return ContextPhase.CLOSED


def end_by_refusing(stage: SessionStage, stored: StoredContext) -> ContextPhase:
    assert stored.launch is not None
    code = RefusalCode.NOTHING_TO_SHOW
    note = refused_note(
        stored, launch_fields(stored.context_id, stored.launch), NotPermitted(code, "consent_withdrawn")
    )
    assert stage.sessions.refuse(stored, code, stage.clock.now(), note)
    assert not stage.sessions.refuse(stored, code, stage.clock.now(), note)
    return ContextPhase.REFUSED


def end_by_time(stage: SessionStage, stored: StoredContext) -> ContextPhase:
    stage.clock.advance(15 * MINUTE)
    assert stage.sessions.purge() > 0
    return ContextPhase.EXPIRED


@pytest.mark.proves("attack:A141")
@pytest.mark.parametrize("end", [end_by_closing, end_by_refusing, end_by_time])
def test_an_ended_context_forgets_whom_it_was_about(
    stage: SessionStage, end: Callable[[SessionStage, StoredContext], ContextPhase]
) -> None:
    at = stage.enter("token-a", ANNA)
    phase = end(stage, stage.find(at))
    found = stage.find(at)
    assert (found.phase, found.launch, found.patient) == (phase, None, None)
    (row,) = stage.rows("context")
    assert (row["claims"], row["patient"]) == (None, None)
    assert [row["claims"] for row in stage.rows("pending_launch")] in ([None], [])
    events = {"closed": "CONTEXT_CLOSED", "refused": "CONTEXT_REFUSED", "expired": "CONTEXT_CLOSED"}
    assert stage.events()[-1] == events[phase.value]


@pytest.mark.proves("promise:P10")
def test_no_table_holds_a_number_a_name_or_a_cookie(stage: SessionStage) -> None:
    at = stage.enter("token-a", ANNA)
    stage.post(stage.launch("token-b", BRAM))
    stored = json.dumps(stage.everything(), default=lambda cell: bytes(cell).decode("latin-1"))
    for secret in (
        ANNA.reveal(),
        BRAM.reveal(),
        "Jansen",
        "Arts",
        "Linde",
        "token-a",
        at.context_secret,
        at.browser_id,
    ):
        assert secret not in stored
    assert at.context_id in stored


def test_ciphertext_of_one_context_does_not_open_in_another(stage: SessionStage) -> None:
    anna, bram = stage.post(stage.launch("token-a", ANNA)), stage.post(stage.launch("token-b", BRAM))
    swap = "UPDATE pending_launch SET claims = (SELECT claims FROM pending_launch WHERE context_id = '{}')"
    with stage.database.write() as connection:
        connection.exec_driver_sql(f"{swap.format(bram.context_id)} WHERE context_id = '{anna.context_id}'")
        connection.commit()
    with pytest.raises(StorageUnavailableError):
        stage.find(anna)


def test_a_context_that_is_still_used_is_not_purged(stage: SessionStage) -> None:
    at = stage.enter("token-a", ANNA)
    for _ in range(17):
        stage.clock.advance(14 * MINUTE)
        assert stage.sessions.touch(stage.find(at), stage.clock.now(), ())
        stage.sessions.purge()
    assert stage.phase(at) is ContextPhase.OPEN
    stage.clock.advance(2 * MINUTE)
    stage.sessions.purge()
    assert stage.phase(at) is ContextPhase.EXPIRED


def test_an_undecided_context_and_an_old_ended_one_are_purged(stage: SessionStage) -> None:
    at = stage.post(stage.launch("token-a", ANNA))
    stage.consume(at)
    stage.clock.advance(4 * MINUTE)
    stage.sessions.purge()
    assert stage.phase(at) is ContextPhase.EXPIRED
    stage.clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    stage.sessions.purge()
    assert len(stage.rows("context")) == 1
    stage.clock.advance(timedelta(microseconds=1))
    stage.sessions.purge()
    assert (stage.rows("context"), stage.rows("live_context")) == ([], [])


# --- the audit trail refuses


@pytest.mark.proves("attack:A135")
@pytest.mark.proves("promise:P1")
@pytest.mark.parametrize("step", ["post", "post again", "consume", "open", "refuse", "touch", "replace"])
def test_without_its_record_no_step_changes_anything(stage: SessionStage, step: str) -> None:
    launch = stage.launch("token-a", ANNA)
    at = stage.post(launch)
    if step in ("post again", "open", "refuse"):
        stage.consume(at)
    if step in ("touch", "replace"):
        stage.consume(at)
        assert stage.open(at)
    bram = later(stage).post(stage.launch("token-b", BRAM))
    other_browser = stage.post(launch) if step == "consume" else at
    if step == "consume":
        stage.consume(at)
    stage.refuse_audit()
    before, recorded = stage.everything(), stage.events()
    with pytest.raises(StorageUnavailableError):
        take(stage, step, at, bram, other_browser)
    assert stage.everything() == before
    assert stage.events() == recorded


def take(
    stage: SessionStage, step: str, at: AcceptedLaunch, bram: AcceptedLaunch, other: AcceptedLaunch
) -> None:
    if step == "post":
        stage.post(stage.launch("token-c", CARLA))
    elif step == "post again":
        stage.post(stage.launch("token-a", ANNA), at.browser_id)
    elif step == "consume":
        stage.consume(other)
    elif step == "replace":
        stage.consume(bram)
    elif step == "open":
        stage.open(at)
    elif step == "refuse":
        end_by_refusing(stage, stage.find(at))
    else:
        opened = open_context(stage.hospital, stage.find(at))
        stage.sessions.touch(opened, stage.clock.now(), (extended_note(opened),))


@pytest.mark.proves("attack:A135")
def test_closing_ends_the_context_even_when_it_cannot_be_recorded(stage: SessionStage) -> None:
    at = stage.enter("token-a", ANNA)
    stage.refuse_audit()
    end_by_closing(stage, stage.find(at))
    assert stage.phase(at) is ContextPhase.CLOSED
    assert stage.find(at).launch is None


@pytest.mark.proves("attack:A112")
def test_without_the_writer_nothing_is_accepted(stage: SessionStage) -> None:
    at = stage.post(stage.launch("token-a", ANNA))
    stage.writer.stop()
    with pytest.raises(StorageUnavailableError):
        stage.post(stage.launch("token-b", BRAM))
    with pytest.raises(StorageUnavailableError):
        stage.consume(at)
