"""Forgetting goes on, also after the database was away."""

import threading

from app.housekeeping import Housekeeper
from context.errors import StorageUnavailableError


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
