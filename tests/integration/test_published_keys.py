"""Key sets of vendors on both databases: when they are fetched, what they answer, and what a bad one does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import text, update

from app.engine import Database
from app.published_keys import MAX_WAITING
from app.schema import upgrade
from context.errors import StorageUnavailableError
from launch.trust.administration.store import revoke_key
from launch.trust.model import KeyKind, KeyStatus, TrustStatus, VendorKey
from launch.trust.published.store import KID_MEMORY, MAX_KNOWN_KIDS, list_kids
from launch.trust.store import vendor as vendor_table
from launch.trust.store import vendor_key
from sandbox.his.content import SigningKey, new_es256_key
from tests.attack.expected import expected
from tests.clock import SteppingClock
from tests.key_set_stage import ISSUER, KeySetStage, jwks_vendor, key_set_stage
from tests.launch_stage import FAR_AHEAD, LONG_AGO
from tests.vendor_server import Answer, key_set

FIRST, SECOND, THIRD = new_es256_key("first"), new_es256_key("second"), new_es256_key("third")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNKNOWN = "none"


Opener = Callable[[str], Database]


@pytest.fixture
def stage(sqlite_url: str, open_database: Opener, stepping_clock: SteppingClock) -> Iterator[KeySetStage]:
    """Two processes over one SQLite database."""
    upgrade(sqlite_url)
    with key_set_stage(lambda: open_database(sqlite_url), stepping_clock) as opened:
        opened.server.publish(FIRST)
        yield opened


@pytest.fixture
def stage_on_both(
    migrated_database: Database, database_url: str, open_database: Opener, stepping_clock: SteppingClock
) -> Iterator[KeySetStage]:
    """Two processes, once over SQLite and once over PostgreSQL."""
    with key_set_stage(lambda: open_database(database_url), stepping_clock) as opened:
        opened.server.publish(FIRST)
        yield opened


def details(stage: KeySetStage, status: str) -> list[str]:
    records = [record for record in stage.records() if record.fields["status"] == status]
    assert all(record.fields["actor"] == "key_set" for record in records)
    assert all(record.fields["issuer"] == ISSUER for record in records)
    return [str(record.fields["detail"]) for record in records]


def test_a_key_is_fetched_once_for_all_launches_and_all_processes(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    assert [stage.find("first") for _ in range(3)] == ["found"] * 3
    (found,) = stage.processes[1].find(stage.vendor, "first")
    assert (found.kid, found.pem, found.algorithm) == ("first", FIRST.public_pem, "ES256")
    assert stage.asked_since() == 1


def test_what_comes_into_the_set_and_leaves_it_is_recorded(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    stage.find("first")
    stage.server.publish(SECOND)
    stage.clock.advance(15 * MINUTE)
    assert stage.refresh() == 1
    first, second = details(stage, "published")
    (withdrawn,) = details(stage, "withdrawn")
    assert first.startswith("first ES256 sha256 ")
    assert second.startswith("second ES256 sha256 ")
    assert withdrawn == first


def test_a_set_that_stays_as_it_is_leaves_no_record(stage: KeySetStage) -> None:
    stage.find("first")
    stage.clock.advance(HOUR)
    assert stage.refresh() == 1
    assert len(stage.records()) == 1


@pytest.mark.proves("attack:A118")
def test_a_rotation_with_overlap_never_refuses_a_launch(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    assert stage.find("first") == "found"
    stage.server.publish(FIRST, SECOND)
    stage.clock.advance(30)
    assert stage.find("second") == "found", "the launch that brings the new kid is judged with the new set"
    assert stage.find("first") == "found"
    stage.server.publish(SECOND)
    stage.clock.advance(15 * MINUTE)
    stage.refresh()
    assert (stage.find("first"), stage.find("second")) == (UNKNOWN, "found")


@pytest.mark.proves("attack:A118")
def test_a_removed_key_stops_at_the_next_refresh(stage: KeySetStage) -> None:
    stage.find("first")
    stage.server.publish(SECOND)
    stage.clock.advance(15 * MINUTE - timedelta(microseconds=1))
    assert (stage.refresh(), stage.find("first")) == (0, "found")
    stage.clock.advance(timedelta(microseconds=1))
    assert (stage.refresh(), stage.find("first")) == (1, UNKNOWN)


@pytest.mark.proves("attack:A118")
def test_an_emptied_set_withdraws_every_key(stage: KeySetStage) -> None:
    stage.find("first")
    stage.server.publish()
    stage.clock.advance(HOUR)
    stage.refresh()
    assert stage.find("first") == UNKNOWN


def test_a_known_kid_never_waits_for_a_vendor_that_hangs(stage: KeySetStage) -> None:
    stage.find("first")
    stage.server.answer_keys(Answer(wait_for=stage.server.release))
    stage.clock.advance(20 * HOUR)
    stage.asked_since()
    assert stage.find("first") == "found"
    assert stage.asked_since() == 0


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(
    ("cache_control", "life"),
    [(None, 15 * MINUTE), ("max-age=0", 5 * MINUTE), ("max-age=3600", HOUR), ("max-age=86400", 4 * HOUR)],
)
def test_a_set_is_renewed_when_the_vendor_says_within_bounds(
    stage: KeySetStage, cache_control: str | None, life: timedelta
) -> None:
    stage.server.publish(FIRST, headers={"Cache-Control": cache_control} if cache_control else {})
    assert stage.refresh() == 1
    stage.clock.advance(life - timedelta(microseconds=1))
    assert stage.refresh() == 0
    stage.clock.advance(timedelta(microseconds=1))
    assert stage.refresh() == 1


@pytest.mark.proves("attack:A119")
def test_a_flood_of_unknown_kids_causes_one_fetch_in_thirty_seconds(stage: KeySetStage) -> None:
    stage.find("first")
    stage.clock.advance(30)
    stage.asked_since()
    assert {stage.find(f"flood-{number}") for number in range(100)} == {UNKNOWN}
    stage.clock.advance(30 - 0.000001)
    assert {stage.find(f"flood-{number}") for number in range(100)} == {UNKNOWN}
    assert stage.asked_since() == 1
    stage.clock.advance(0.000001)
    stage.find("flood")
    assert (stage.asked_since(), stage.find("first")) == (1, "found")


@pytest.mark.proves("attack:A119")
@pytest.mark.proves("attack:A115")
def test_a_flood_of_unknown_kids_costs_no_write(stage: KeySetStage) -> None:
    stage.find("first")
    for writer in stage.writers:
        writer.stop()
    assert {stage.find(f"flood-{number}") for number in range(20)} == {UNKNOWN}
    stage.clock.advance(30)
    with pytest.raises(StorageUnavailableError):
        stage.find("flood")


@pytest.mark.proves("attack:A119")
def test_unknown_kids_at_once_in_two_processes_cause_one_fetch_and_see_its_set(
    stage_on_both: KeySetStage,
) -> None:
    """Half the launches that may wait, in each of two processes; all wait for the one who fetches."""
    stage = stage_on_both
    stage.find("first")
    stage.clock.advance(30)
    stage.asked_since()
    stage.server.publish(FIRST, SECOND, wait_for=stage.server.release)
    launches = [stage.processes[number % 2] for number in range(MAX_WAITING)]
    with ThreadPoolExecutor(len(launches)) as threads:
        waiting = [threads.submit(keys.find, stage.vendor, "second") for keys in launches]
        arrived(stage)
        stage.server.release.set()
        assert [found.result()[0].kid for found in waiting] == ["second"] * len(launches)
    assert stage.asked_since() == 1


@pytest.mark.proves("attack:A119")
def test_a_flood_during_a_slow_fetch_occupies_few_threads(stage: KeySetStage) -> None:
    stage.find("first")
    stage.clock.advance(30)
    stage.server.publish(FIRST, SECOND, wait_for=stage.server.release)
    with ThreadPoolExecutor(MAX_WAITING + 1) as threads:
        leader = threads.submit(stage.keys.find, stage.vendor, "second")
        arrived(stage)
        waiting = [threads.submit(stage.keys.find, stage.vendor, "second") for _ in range(MAX_WAITING)]
        occupied(stage)
        assert stage.find("second") == UNKNOWN, "judged at once by what is stored"
        assert stage.find("first") == "found"
        stage.server.release.set()
        assert all(each.result() for each in (leader, *waiting))


def arrived(stage: KeySetStage) -> None:
    """Returns when the vendor was asked and has not answered."""
    until(lambda: len(stage.server.asked) == 2)


def occupied(stage: KeySetStage) -> None:
    """Returns when as many launches wait as may."""
    until(lambda: stage.keys._waiting._value == 0)


def until(holds: Callable[[], bool]) -> None:
    never = Event()
    assert any(holds() or never.wait(0.01) for _ in range(1000))


BAD_ANSWERS = {
    "redirect": Answer(status=302, headers={"Location": "/elsewhere"}),
    "html": Answer(b"<html></html>", content_type="text/html"),
    "json that is no set": Answer(b"{}"),
    "large": Answer(b" " * 70_000),
    "10k keys": Answer(key_set(*[{"kty": "EC"}] * 3000)),
    "private": Answer(key_set(FIRST, {"kty": "EC", "crv": "P-256", "d": "AQ"})),
    "symmetric": Answer(key_set(FIRST, {"kty": "oct", "k": "c2VjcmV0", "kid": "s"})),
    "weak": Answer(key_set(FIRST, {"kty": "RSA", "n": "AQAB" * 40 + "AQ", "e": "AQAB", "kid": "w"})),
    "one kid twice": Answer(key_set(FIRST, {**new_es256_key("first").public_jwk})),
    "error": Answer(status=500),
}


@pytest.mark.proves("attack:A016")
@pytest.mark.proves("attack:A017")
@pytest.mark.proves("attack:A018")
@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_leaves_the_last_good_set_and_one_record(stage: KeySetStage, answer: Answer) -> None:
    stage.find("first")
    stage.server.answer_keys(answer)
    for _ in range(3):
        stage.clock.advance(HOUR)
        assert stage.refresh() == 1
    assert stage.find("first") == "found"
    assert len(details(stage, "refused")) == 1
    stage.server.publish(SECOND)
    stage.clock.advance(MINUTE)
    stage.refresh()
    assert (stage.find("first"), stage.find("second")) == (UNKNOWN, "found")


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_vendor_without_any_good_set_is_refused(stage: KeySetStage, answer: Answer) -> None:
    stage.server.answer_keys(answer)
    assert stage.find("first") == expected("A119").code


@pytest.mark.proves("attack:A119")
def test_the_last_good_set_serves_a_day_while_the_vendor_is_down(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    stage.find("first")
    stage.server.answer_keys(Answer(status=503))
    for _ in range(24):
        assert stage.find("first") == "found"
        stage.clock.advance(HOUR)
        stage.refresh()
    stage.clock.advance(-timedelta(microseconds=1))
    assert stage.find("first") == "found"
    stage.clock.advance(timedelta(microseconds=1))
    assert stage.find("first") == expected("A119").code
    stage.server.publish(FIRST)
    stage.clock.advance(30)
    assert stage.find("first") == "found"


def test_an_unknown_kid_while_the_vendor_is_down_is_not_called_unknown(stage: KeySetStage) -> None:
    stage.find("first")
    stage.server.answer_keys(Answer(status=503))
    stage.clock.advance(30)
    assert stage.find("second") == "L703"


def test_a_vendor_that_is_down_is_asked_at_most_twice_a_minute(stage: KeySetStage) -> None:
    stage.server.answer_keys(Answer(status=503))
    stage.find("first")
    stage.clock.advance(29)
    assert (stage.refresh(), stage.find("first")) == (0, "L703")
    stage.clock.advance(1)
    assert stage.refresh() == 1


@pytest.mark.proves("attack:A118")
def test_a_kid_that_names_another_key_refuses_the_set(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    stage.find("first")
    other = new_es256_key("first")
    stage.server.publish(other, SECOND)
    stage.clock.advance(HOUR)
    stage.refresh()
    (found,) = stage.keys.find(stage.vendor, "first")
    assert found.pem == FIRST.public_pem
    assert details(stage, "refused") == ["kid first named another key before"]
    assert stage.find("second") == "L703"


@pytest.mark.proves("attack:A118")
def test_a_kid_is_not_free_again_when_its_key_has_left_the_set(stage: KeySetStage) -> None:
    stage.find("first")
    stage.server.publish(SECOND)
    stage.clock.advance(HOUR)
    stage.refresh()
    stage.server.publish(new_es256_key("first"))
    stage.clock.advance(HOUR)
    stage.refresh()
    assert (stage.find("second"), stage.find("first")) == ("found", "L703")


@pytest.mark.proves("attack:A118")
@pytest.mark.parametrize(("registered", "answer"), [(FIRST, "found"), (THIRD, "L703")])
def test_a_kid_that_names_another_key_in_the_registration_refuses_the_set(
    stage: KeySetStage, registered: SigningKey, answer: str
) -> None:
    key = replace(revoked(registered, "first"), status=KeyStatus.ACTIVE)
    with stage.database.write() as connection:
        revoke_key(ISSUER, key)(connection)
        connection.execute(update(vendor_key).values(status=KeyStatus.ACTIVE))
        connection.commit()
    assert stage.find("first") == answer


def test_a_key_may_come_back_under_its_own_kid(stage: KeySetStage) -> None:
    for keys in ([FIRST], [SECOND], [FIRST]):
        stage.server.publish(*keys)
        stage.clock.advance(HOUR)
        stage.refresh()
    assert stage.find("first") == "found"
    with stage.database.read() as connection:
        first_seen, last_seen = list_kids(connection, ISSUER)["first"]
    assert last_seen - first_seen == 2 * HOUR


def test_a_kid_that_was_not_seen_for_long_is_forgotten(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    stage.find("first")
    stage.server.publish(SECOND)
    stage.clock.advance(KID_MEMORY + timedelta(microseconds=1))
    stage.refresh()
    with stage.database.read() as connection:
        assert set(list_kids(connection, ISSUER)) == {"second"}


@pytest.mark.proves("attack:A119")
def test_a_set_that_changes_at_every_call_ends_at_its_limit(stage: KeySetStage) -> None:
    for turn in range(MAX_KNOWN_KIDS // 50 + 1):
        stage.server.publish(*(new_es256_key(f"{turn}-{number}") for number in range(50)))
        stage.clock.advance(HOUR)
        stage.refresh()
    last = MAX_KNOWN_KIDS // 50
    assert stage.find(f"{last - 1}-0") == "found"
    assert stage.find(f"{last}-0") == "L703"
    assert details(stage, "refused") == [f"more than {MAX_KNOWN_KIDS} kids in {KID_MEMORY.days} days"]


def test_a_vendor_that_moved_its_set_is_asked_at_the_new_place_at_once(stage_on_both: KeySetStage) -> None:
    stage = stage_on_both
    stage.find("first")
    moved = f"{stage.server.url}/moved.json"
    stage.server.answers["/moved.json"] = Answer(key_set(THIRD))
    change(stage, jwks_url=moved)
    stage.vendor = jwks_vendor(moved)
    assert (stage.find("third"), stage.find("first")) == ("found", UNKNOWN)
    assert [asked.path for asked in stage.server.asked] == ["/jwks.json", "/moved.json"]


@pytest.mark.proves("attack:A009")
@pytest.mark.parametrize("changes", [{"status": TrustStatus.SUSPENDED}, {"jwks_url": None}])
def test_a_vendor_that_is_suspended_or_has_no_set_is_never_asked(
    stage: KeySetStage, changes: dict[str, object]
) -> None:
    change(stage, **changes)
    stage.clock.advance(HOUR)
    assert stage.refresh() == 0
    assert stage.keys.find(replace(stage.vendor, jwks_url=None), "first") == ()
    assert stage.server.asked == []


def change(stage: KeySetStage, **values: object) -> None:
    with stage.database.write() as connection:
        connection.execute(update(vendor_table).values(values))
        connection.commit()


def test_a_published_key_that_was_revoked_by_hand_stays_revoked(stage: KeySetStage) -> None:
    stage.vendor = replace(stage.vendor, keys=(revoked(FIRST, "another-kid"),))
    assert stage.find("first") == "revoked"


def revoked(key: SigningKey, kid: str) -> VendorKey:
    return VendorKey(kid, KeyKind.PUBLIC_KEY, "ES256", key.public_pem, KeyStatus.REVOKED, LONG_AGO, FAR_AHEAD)


@pytest.mark.proves("attack:A112")
def test_a_database_that_refuses_is_unavailable_and_nobody_is_asked(stage: KeySetStage) -> None:
    with stage.database.write() as connection:
        connection.execute(text("DROP TABLE key_set"))
        connection.commit()
    with pytest.raises(StorageUnavailableError):
        stage.find("first")
    assert stage.server.asked == []


@pytest.mark.proves("attack:A120")
def test_a_strict_service_does_not_connect_to_a_set_on_this_machine(
    sqlite_url: str, open_database: Opener, stepping_clock: SteppingClock
) -> None:
    upgrade(sqlite_url)
    with key_set_stage(lambda: open_database(sqlite_url), stepping_clock, strict=True) as stage:
        stage.server.publish(FIRST)
        assert stage.find("first") == expected("A120").code
        assert stage.server.connections == 0
        assert details(stage, "refused") == ["address_refused"]
