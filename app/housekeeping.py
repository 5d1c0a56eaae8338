"""What must happen though nobody asks for it: renewing vendors' key sets, and forgetting contexts and
tokens whose time is up."""

import logging
import threading
from collections.abc import Callable

from context.errors import ContextError, StorageUnavailableError

EVERY_SECONDS = 60.0

_log = logging.getLogger("zorgtegel")


def _nothing_due() -> bool:
    return False


class Housekeeper:
    """Purges and refreshes at a steady pace in a thread of its own. ``start`` after the fork. Several may
    run at once.

    :param purge: ``Sessions.purge``; repeatable.
    :param refresh_one: does one thing that is due; False when nothing is.
    """

    def __init__(
        self,
        purge: Callable[[], int],
        refresh_one: Callable[[], bool] = _nothing_due,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._purge = purge
        self._refresh_one = refresh_one
        self._every_seconds = every_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. It refreshes at once; the first purge comes after one interval."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; waits for a purge or a refresh that has begun."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        self._refresh()
        while not self._stopping.wait(self._every_seconds):
            try:
                self._purge()
            except StorageUnavailableError as error:
                _log.warning("purge postponed: %s", error)
            self._refresh()

    def _refresh(self) -> None:
        try:
            while not self._stopping.is_set() and self._refresh_one():
                continue
        except ContextError as error:
            _log.warning("refresh postponed: %s", error)
