"""Each relaxation counts the launches that needed it, and ends by itself while the product runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from app.engine import Database
from app.writer import Writer
from context.errors import RefusedError, StorageUnavailableError
from launch.store import RelaxationUse, find_relaxation_uses
from sandbox.his.registration import registration_text
from sandbox.his.tokens import mint_jwt
from sandbox.his.vendors import His, Hospital
from tests.clock import START
from tests.people import ANNA
from tests.session_stage import SessionStage, make_stage
from tests.stack import Stack

TYP, ORIGIN = "typ_jwt", "missing_origin"


@pytest.fixture
def stage(migrated_database: Database) -> Iterator[SessionStage]:
    writer = Writer(migrated_database)
    writer.start()
    yield make_stage(migrated_database, writer, launches_per_minute=4)
    writer.stop()


def uses(stage: SessionStage) -> tuple[RelaxationUse, ...]:
    issuer = stage.launch("any", ANNA).issuer
    with stage.database.read() as connection:
        assert find_relaxation_uses(connection, issuer + "/other") == ()
        return find_relaxation_uses(connection, issuer)


def test_each_accepted_launch_counts_for_each_relaxation_that_it_needed(stage: SessionStage) -> None:
    stage.post(stage.launch("token-a", ANNA))
    assert uses(stage) == ()
    stage.post(stage.launch("token-b", ANNA, relaxations=(TYP, ORIGIN)))
    stage.clock.advance(5)
    stage.post(stage.launch("token-c", ANNA, relaxations=(TYP,)))
    stage.post(stage.launch("token-d", ANNA, relaxations=(TYP,), hospital="tergooi"))
    later = START + timedelta(seconds=5)
    assert uses(stage) == (
        RelaxationUse("cwz", ORIGIN, 1, START),
        RelaxationUse("cwz", TYP, 2, later),
        RelaxationUse("tergooi", TYP, 1, later),
    )


def test_refused_or_repeated_launch_does_not_count(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA, relaxations=(TYP,))
    at = stage.post(launch)
    stage.consume(at)
    stage.post(launch, at.browser_id)
    with pytest.raises(RefusedError, match="L405"):
        stage.post(launch)
    for number in range(3):
        stage.post(stage.launch(f"token-{number}", ANNA))
    with pytest.raises(RefusedError, match="L104"):
        stage.post(stage.launch("token-b", ANNA, relaxations=(TYP,)))
    assert uses(stage) == (RelaxationUse("cwz", TYP, 1, START),)


def test_launch_that_cannot_be_recorded_does_not_count(stage: SessionStage) -> None:
    stage.refuse_audit()
    with pytest.raises(StorageUnavailableError):
        stage.post(stage.launch("token-a", ANNA, relaxations=(TYP,)))
    assert uses(stage) == ()
    assert stage.rows("pending_launch") == []


def relaxed_registration(stack: Stack, until: datetime) -> str:
    hospitals = [Hospital("cwz", "cwz", stack.base_url(), "test")]
    text = registration_text(His.JWT, stack.his.url, stack.his.keys, hospitals)
    return text + (
        f'[[grants.relaxations]]\nname = "typ_jwt"\nuntil = {until.isoformat()}\nreason = "HIS 7.1"\n'
    )


def plainly_typed(stack: Stack) -> dict[str, str]:
    content = stack.content("consent_given")
    key = stack.his.keys.jwt
    return {"token": mint_jwt(content, key, now=stack.clock.now(), header={"typ": "JWT"})}


def test_relaxation_is_recorded_shown_and_off_by_itself_at_its_end(stack_on_both: Stack) -> None:
    stack = stack_on_both
    until = stack.clock.now() + timedelta(minutes=10)
    stack.product.register(relaxed_registration(stack, until))
    browser = stack.new_browser()
    assert browser.open(plainly_typed(stack)).status == 200
    (record,) = stack.records("LAUNCH_DECISION")
    assert record.fields["relaxations"] == (TYP,)
    assert record.fields["grade"] == "one_hop"
    shown = stack.product.run_cli("trust", "show", stack.his.issuer(His.JWT))
    assert "1 launch needed it, the last at 2026-11-22 09:00 UTC" in shown
    stack.clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    assert browser.launch(plainly_typed(stack)).status == 303
    stack.clock.advance(timedelta(microseconds=1))
    assert stack.clock.now() == until
    refused = browser.launch(plainly_typed(stack))
    assert (refused.status, "L209" in refused.body) == (401, True)
    assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == "L209"
    assert browser.launch(stack.jwt("consent_given")).status == 303
    assert "2 launches needed it" in stack.product.run_cli("trust", "show", stack.his.issuer(His.JWT))
