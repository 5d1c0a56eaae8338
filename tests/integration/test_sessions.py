"""Launches and contexts in real databases: reuse, replacement, erasure (architecture.md D3, D4, D8)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app.engine import Database
from app.writer import Writer
from context.codes import RefusalCode
from context.errors import RefusedError
from context.launch import Practice
from context.ports import AuditEvent, Consumption, ContextPhase, Credentials
from context.session import open_context
from context.store import doubt_row
from tests.clock import START
from tests.people import ANNA, a_hospital
from tests.session_stage import GGC, SessionStage, cookies, make_stage

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(migrated_database: Database) -> Iterator[SessionStage]:
    writer = Writer(migrated_database)
    writer.start()
    yield make_stage(migrated_database, writer)
    writer.stop()


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Do it so many times in threads that all start together."""
    barrier = threading.Barrier(count)

    def run(number: int) -> object:
        barrier.wait(10)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


# --- accepting and finding


def test_a_posted_launch_waits_whole_and_sealed_for_its_browser(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA)
    at = stage.post(launch)
    assert (len(at.context_id), len(at.context_secret), len(at.browser_id)) == (22, 43, 43)
    stored = stage.find(at)
    assert (stored.phase, stored.browser_matches, stored.context_matches) == (
        ContextPhase.PENDING,
        True,
        True,
    )
    assert stored.launch == launch
    assert stored.pending_until == START + MINUTE
    assert stored.retry_until == launch.expires_at + timedelta(seconds=30)
    (record,) = stage.records()
    assert (record.event, record.reference) == ("LAUNCH_DECISION", stored.reference)
    assert record.fields["context"] == at.context_id


def test_a_context_is_found_at_its_own_hospital_only(stage: SessionStage) -> None:
    at = stage.post(stage.launch("token-a", ANNA))
    assert stage.sessions.find("tergooi", at.context_id, cookies(at)) is None
    assert stage.sessions.find("cwz", at.context_id[:-1] + "~", cookies(at)) is None


def test_cookies_are_compared_one_by_one_and_claims_kept_from_strangers(stage: SessionStage) -> None:
    at = stage.enter("token-a", ANNA)
    for shown, browser, context in (
        (Credentials(None, None), False, False),
        (Credentials(at.browser_id, None), True, False),
        (Credentials(None, at.context_secret), False, True),
        (Credentials(at.context_secret, at.browser_id), False, False),
    ):
        found = stage.sessions.find("cwz", at.context_id, shown)
        assert found is not None
        assert (found.browser_matches, found.context_matches) == (browser, context)
        assert (found.launch is None, found.patient is None) == (not context, not context)


@pytest.mark.proves("attack:A109")
def test_a_browser_id_of_another_form_is_not_taken_over(stage: SessionStage) -> None:
    at = stage.post(stage.launch("token-a", ANNA), "chosen by someone else")
    assert at.browser_id != "chosen by someone else"
    again = stage.post(stage.launch("token-b", ANNA), at.browser_id)
    assert again.browser_id == at.browser_id


def test_every_post_draws_its_own_ids(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA)
    posts = [stage.post(launch) for _ in range(5)]
    for name in ("context_id", "context_secret", "browser_id"):
        assert len({getattr(at, name) for at in posts}) == 5


# --- consuming


@pytest.mark.proves("attack:A111")
def test_fifty_browsers_with_one_token_open_exactly_one_context(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA)
    posts = [stage.post(launch) for _ in range(50)]

    def enter(number: int) -> bool:
        if stage.consume(posts[number]).result is not Consumption.ENTERED:
            return False
        return stage.open(posts[number])

    assert sorted(map(bool, at_once(50, enter))) == [False] * 49 + [True]
    phases = [stage.phase(at) for at in posts]
    assert (phases.count(ContextPhase.OPEN), phases.count(ContextPhase.PENDING)) == (1, 49)
    assert len(stage.records(AuditEvent.REPLAY_ALARM)) == 49
    assert len(stage.records(AuditEvent.CONTEXT_OPENED)) == 1


@pytest.mark.proves("attack:A111")
def test_one_launch_consumed_many_times_at_once_enters_once(stage: SessionStage) -> None:
    at = stage.post(stage.launch("token-a", ANNA))
    results = at_once(20, lambda _: stage.consume(at).result)
    assert results.count(Consumption.ENTERED) == 1
    assert results.count(Consumption.GONE) == 19
    assert stage.records(AuditEvent.REPLAY_ALARM) == []


def test_a_double_click_in_one_browser_is_no_alarm(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA)
    first = stage.post(launch)
    second = stage.post(launch, first.browser_id)
    assert stage.consume(second).result is Consumption.ENTERED
    moved = stage.consume(first)
    assert (moved.result, moved.moved_to) == (Consumption.MOVED, second.context_id)
    assert stage.records(AuditEvent.REPLAY_ALARM) == []


@pytest.mark.proves("attack:A110")
def test_a_later_post_of_the_same_browser_gets_the_same_context_with_a_fresh_cookie(
    stage: SessionStage,
) -> None:
    launch = stage.launch("token-a", ANNA)
    first = stage.post(launch)
    stage.consume(first)
    assert stage.open(first)
    again = stage.post(launch, first.browser_id)
    assert (again.context_id, again.browser_id) == (first.context_id, first.browser_id)
    assert again.context_secret != first.context_secret
    assert stage.find(again).context_matches
    assert not stage.find(first).context_matches
    assert stage.records(AuditEvent.REPLAY_ALARM) == []
    assert [record.fields["context"] for record in stage.records(AuditEvent.LAUNCH_DECISION)] == [
        first.context_id
    ] * 2


@pytest.mark.proves("attack:A110")
@pytest.mark.parametrize("browser", [None, "B" * 43])
def test_a_later_post_of_another_browser_is_refused_with_an_alarm(
    stage: SessionStage, browser: str | None
) -> None:
    launch = stage.launch("token-a", ANNA)
    first = stage.post(launch)
    stage.consume(first)
    before = stage.everything()
    with pytest.raises(RefusedError) as caught:
        stage.post(launch, browser)
    assert caught.value.code is RefusalCode.REPLAYED
    assert stage.everything() == before
    (alarm,) = stage.records(AuditEvent.REPLAY_ALARM)
    assert alarm.reference == stage.find(first).reference
    assert len(stage.records(AuditEvent.LAUNCH_DECISION)) == 1


def test_before_it_is_consumed_no_post_of_a_token_is_refused(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA)
    assert [stage.phase(stage.post(launch)) for _ in range(3)] == [ContextPhase.PENDING] * 3


@pytest.mark.proves("attack:A116")
def test_the_same_token_id_of_another_issuer_or_hospital_is_another_token(stage: SessionStage) -> None:
    stage.enter("token-a", ANNA)
    other_issuer = stage.launch("token-a", ANNA, issuer="https://other.example/")
    assert stage.consume(stage.post(other_issuer)).result is Consumption.ENTERED
    other_hospital = replace(stage.launch("token-a", ANNA), hospital="tergooi")
    stage.hospital = a_hospital(slug="tergooi")
    assert stage.consume(stage.post(other_hospital)).result is Consumption.ENTERED


def test_a_launch_can_be_consumed_for_less_than_a_minute(stage: SessionStage) -> None:
    in_time, too_late = (stage.post(stage.launch(token, ANNA)) for token in ("token-a", "token-b"))
    stage.clock.advance(MINUTE - timedelta(microseconds=1))
    assert stage.consume(in_time).result is Consumption.ENTERED
    stage.clock.advance(timedelta(microseconds=1))
    assert stage.consume(too_late).result is Consumption.GONE


@pytest.mark.proves("attack:A113")
def test_a_used_token_is_remembered_while_it_could_come_again(stage: SessionStage) -> None:
    launch = stage.launch("token-a", ANNA)
    stage.consume(stage.post(launch))
    stage.clock.advance(launch.expires_at - START + timedelta(seconds=90, microseconds=-1))
    stage.sessions.purge()
    assert len(stage.rows("used_token")) == len(stage.rows("pending_launch")) == 1
    with pytest.raises(RefusedError):
        stage.post(launch)
    stage.clock.advance(timedelta(microseconds=1))
    stage.sessions.purge()
    assert (stage.rows("used_token"), stage.rows("pending_launch")) == ([], [])


def test_a_practice_may_launch_so_often_a_minute_and_no_more(stage: SessionStage) -> None:
    for number in range(120):
        stage.post(stage.launch(f"token-{number}", ANNA, user=f"gp-{number % 7}"))
    with pytest.raises(RefusedError) as caught:
        stage.post(stage.launch("token-over", ANNA))
    assert caught.value.code is RefusalCode.TOO_MANY_LAUNCHES
    stage.post(stage.launch("token-next-door", ANNA, practice=Practice("87654321")))
    stage.clock.advance(MINUTE)
    stage.post(stage.launch("token-later", ANNA))
    assert len(stage.rows("pending_launch")) == 122


@pytest.mark.proves("attack:A137")
def test_consent_answer_from_before_a_doubt_does_not_end_it(stage: SessionStage) -> None:
    """Consent is asked, a notice casts doubt on it, and only then the answer arrives."""
    at = stage.enter("token-1", ANNA)
    opened = open_context(stage.hospital, stage.find(at))
    stage.clock.advance(360)
    stage.writer.submit(doubt_row(at.context_id))
    stage.sessions.confirm_consent(opened, GGC, stage.clock.now())
    assert stage.find(at).consent_at is None
    doubted = open_context(stage.hospital, stage.find(at))
    assert doubted.consent_is_old(stage.clock.now())
    stage.sessions.confirm_consent(doubted, GGC, stage.clock.now())
    assert stage.find(at).consent_at == stage.clock.now()


@pytest.mark.proves("attack:A137")
def test_context_that_is_doubted_while_it_enters_asks_again_at_once(stage: SessionStage) -> None:
    at = stage.post(stage.launch("token-1", ANNA))
    stage.consume(at)
    stage.writer.submit(doubt_row(at.context_id))
    assert stage.open(at)
    assert open_context(stage.hospital, stage.find(at)).consent_is_old(stage.clock.now())
