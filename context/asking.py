"""Waiting for several answers at once, no longer than agreed."""

from collections.abc import Collection
from concurrent.futures import Future, wait
from typing import Any, TypeVar

T = TypeVar("T")


def wait_for(futures: Collection[Future[Any]], seconds: float) -> None:
    """Wait until all are there or the time is up; what is late then is cancelled, so that nothing keeps
    a hospital busy for a page that has left."""
    _, late = wait(futures, timeout=seconds)
    for future in late:
        future.cancel()


def answer_or(future: Future[T], late: T, broken: T) -> T:
    """The answer after ``wait_for``.

    :param late: what counts as the answer when it did not come in time.
    :param broken: what counts as the answer when the port broke its promise and raised.
    """
    if not future.done() or future.cancelled():
        return late
    return broken if future.exception() is not None else future.result()
