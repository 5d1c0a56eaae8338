"""One committing thread per process (architecture.md D13, performance.md section 9).

Request threads hand over jobs and wait. The thread runs whatever has gathered meanwhile in one
transaction, so that many requests share one wait for the disk.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection

from app.engine import Database, storage_errors
from context.errors import StorageUnavailableError

T = TypeVar("T")

# Repeatable, and without effects outside the connection: it may run twice, the first time for nothing.
Job = Callable[[Connection], T]

BATCH = 64
WAIT_SECONDS = 10.0


@dataclass(slots=True)
class _Submission:
    jobs: tuple[Job[Any], ...]
    done: "Future[tuple[Any, ...]]" = field(default_factory=Future)
    abandoned: bool = False


class Writer:
    """Commits jobs. ``start`` after the fork: a thread does not survive one.

    :param wait_seconds: how long ``submit`` waits for its commit.
    """

    def __init__(self, database: Database, wait_seconds: float = WAIT_SECONDS) -> None:
        self._database = database
        self._wait_seconds = wait_seconds
        self._queue: SimpleQueue[_Submission | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._accepts = threading.Lock()

    def start(self) -> None:
        """Start the thread. :raises RuntimeError: it runs already."""
        with self._accepts:
            if self._thread is not None and self._thread.is_alive():
                raise RuntimeError("the writer runs already")
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Commit what was submitted, then end the thread. Later submissions are refused."""
        with self._accepts:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._queue.put(None)
        thread.join()

    def submit(self, *jobs: Job[Any]) -> tuple[Any, ...]:
        """Run the jobs in this order in one transaction and return their results once it is durable.

        :raises ContextError: what a job itself raised; nothing of this call was written.
        :raises StorageUnavailableError: the database is away or refuses, or did not answer in time. In
            the last case it is not certain that nothing was written: show nothing, the caller may repeat.
        """
        submission = _Submission(jobs)
        with self._accepts:
            if self._thread is None or not self._thread.is_alive():
                raise StorageUnavailableError("the writer does not run")
            self._queue.put(submission)
        try:
            return submission.done.result(self._wait_seconds)
        except TimeoutError:
            submission.abandoned = True  # spares the work when it has not begun yet
            raise StorageUnavailableError("no commit in time") from None

    def _run(self) -> None:
        stopping = False
        while not stopping:
            gathered = [self._queue.get()]
            while len(gathered) < BATCH:
                try:
                    gathered.append(self._queue.get_nowait())
                except Empty:
                    break
            stopping = None in gathered
            self._commit([submission for submission in gathered if submission is not None])

    def _commit(self, batch: list[_Submission]) -> bool:
        """All in one transaction. When a job fails, each submission again in a transaction of its own,
        so that a bad one harms no other. False: the database is away, nobody's jobs were to blame."""
        batch = [submission for submission in batch if not submission.abandoned]
        try:
            with storage_errors():
                results = self._transact(batch)
        except _JobFailedError as failure:
            if len(batch) > 1:
                return self._commit_each(batch)
            batch[0].done.set_exception(failure.cause)
        except StorageUnavailableError as error:
            _refuse(batch, error)
            return False
        else:
            for submission, result in zip(batch, results, strict=True):
                submission.done.set_result(result)
        return True

    def _commit_each(self, batch: list[_Submission]) -> bool:
        for position, submission in enumerate(batch):
            if not self._commit([submission]):
                # Each further attempt could cost a full time-out of the database: spare the callers that.
                _refuse(batch[position + 1 :], StorageUnavailableError("the database went away"))
                return False
        return True

    def _transact(self, batch: list[_Submission]) -> list[tuple[Any, ...]]:
        if not batch:
            return []
        with self._database.write() as connection:
            try:
                with storage_errors():
                    results = [tuple(job(connection) for job in submission.jobs) for submission in batch]
            except Exception as error:
                raise _JobFailedError(error) from error
            connection.commit()
        return results


class _JobFailedError(Exception):
    """A job raised; the transaction is rolled back. :ivar cause: what the job's own caller gets."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def _refuse(batch: list[_Submission], error: StorageUnavailableError) -> None:
    for submission in batch:
        submission.done.set_exception(StorageUnavailableError(*error.args))
