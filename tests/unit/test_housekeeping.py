"""Renewing and forgetting go on, also after the database was away."""

import threading

from app.housekeeping import Housekeeper
from context.errors import StorageUnavailableError


def test_what_is_due_is_refreshed_at_once_until_nothing_is_also_after_a_failure() -> None:
    due: list[bool | StorageUnavailableError] = [True, False, StorageUnavailableError("away"), True, False]
    over = threading.Event()

    def refresh_one() -> bool:
        if not due:
            over.set()
            return False
        step = due.pop(0)
        if isinstance(step, StorageUnavailableError):
            raise step
        return step

    keeper = Housekeeper(lambda: 0, refresh_one, every_seconds=0.001)
    keeper.start()
    assert over.wait(5)
    keeper.stop()


def test_a_stop_does_not_wait_for_all_that_is_due() -> None:
    begun = threading.Event()

    def refresh_one() -> bool:
        begun.set()
        return True

    keeper = Housekeeper(lambda: 0, refresh_one)
    keeper.start()
    assert begun.wait(5)
    keeper.stop()


def test_purging_repeats_survives_a_database_that_is_away_and_stops() -> None:
    calls = 0
    third = threading.Event()

    def purge() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise StorageUnavailableError("away")
        if calls == 3:
            third.set()
        return 0

    keeper = Housekeeper(purge, every_seconds=0.001)
    keeper.start()
    assert third.wait(5)
    keeper.stop()
    assert "housekeeping" not in {thread.name for thread in threading.enumerate()}
