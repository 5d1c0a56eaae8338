"""What must happen though nobody asks for it: forgetting contexts and tokens whose time is up."""

import logging
import threading
from collections.abc import Callable

from context.errors import StorageUnavailableError

EVERY_SECONDS = 60.0

_log = logging.getLogger("zorgtegel")


class Housekeeper:
    """Purges at a steady pace in a thread of its own. ``start`` after the fork. Several may run at once.

    :param purge: ``Sessions.purge``; repeatable.
    """

    def __init__(self, purge: Callable[[], int], every_seconds: float = EVERY_SECONDS) -> None:
        self._purge = purge
        self._every_seconds = every_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; the first purge comes after one interval."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; waits for a purge that has begun."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            try:
                self._purge()
            except StorageUnavailableError as error:
                _log.warning("purge postponed: %s", error)
