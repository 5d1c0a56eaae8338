"""Turns a question into a future that never raises: every failure becomes a value."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar
from uuid import uuid4

from adapters.zis.errors import SourceError
from adapters.zis.transport import SoapTransport
from adapters.zis.writing import Stamp
from context.outcome import FailureCause
from context.ports import Clock

T = TypeVar("T")

_log = logging.getLogger(__name__)


def ask(
    transport: SoapTransport,
    work: Callable[[], Coroutine[Any, Any, T]],
    otherwise: Callable[[FailureCause], T],
) -> "Future[T]":
    """Run ``work`` on the transport's loop.

    :param otherwise: makes the answer when there is none.
    """
    try:
        return transport.submit(settled(work, otherwise))
    except SourceError as error:
        refused: Future[T] = Future()
        refused.set_result(otherwise(error.cause))
        return refused


async def settled(work: Callable[[], Coroutine[Any, Any, T]], otherwise: Callable[[FailureCause], T]) -> T:
    """What ``work`` gives, or what ``otherwise`` makes of its failure; raises nothing."""
    try:
        return await work()
    except SourceError as error:
        return otherwise(error.cause)
    except asyncio.CancelledError:
        return otherwise(FailureCause.UNREACHABLE)
    except Exception as error:  # noqa: BLE001 - the ports promise a value, whatever goes wrong
        # Only the kind: the text of a foreign error may hold a value out of the message.
        _log.error("a question to the hospital failed unexpectedly: %s", type(error).__name__)
        return otherwise(FailureCause.MALFORMED)


def new_stamp(clock: Clock) -> Stamp:
    """Random ids and the present time for one question."""
    return Stamp(uuid4(), uuid4(), clock.now())
