"""When a context ends: to the instant."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from context.consent import Scope
from context.ports import ContextPhase, StoredContext
from context.session import OpenContext, forget_token_at, open_context, pending_end, retry_end
from tests.clock import START
from tests.people import a_hospital, a_launch, a_patient
from tests.ports_in_memory import pending

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def stored_open(active: datetime = START, consent: datetime | None = START) -> StoredContext:
    return replace(
        pending(START),
        phase=ContextPhase.OPEN,
        scope=Scope.FULL,
        patient=a_patient(),
        opened_at=START,
        last_active_at=active,
        consent_at=consent,
    )


def opened(active: datetime = START, idle: int = 15, consent: datetime | None = START) -> OpenContext:
    return open_context(a_hospital(idle_minutes=idle), stored_open(active, consent))


@pytest.mark.proves("attack:A141")
@pytest.mark.parametrize("idle", [1, 10, 15])
def test_idle_time_ends_the_context_at_the_exact_instant(idle: int) -> None:
    end = START + idle * MINUTE
    assert not opened(idle=idle).has_ended(end - TICK)
    assert opened(idle=idle).has_ended(end)
    assert opened(idle=idle).idle_ends_at == end


@pytest.mark.proves("attack:A141")
def test_four_hours_end_the_context_however_active_it_is() -> None:
    active = START + 4 * HOUR - MINUTE
    context = opened(active)
    assert context.absolute_ends_at == context.idle_ends_at == START + 4 * HOUR
    assert not context.has_ended(START + 4 * HOUR - TICK)
    assert context.has_ended(START + 4 * HOUR)


def test_consent_is_old_only_after_five_whole_minutes() -> None:
    assert not opened().consent_is_old(START + 5 * MINUTE)
    assert opened().consent_is_old(START + 5 * MINUTE + TICK)
    assert opened(consent=None).consent_is_old(START)


def test_what_is_not_open_is_no_open_context() -> None:
    for missing in ("scope", "launch", "patient", "opened_at", "last_active_at"):
        changes: dict[str, Any] = {missing: None}
        with pytest.raises(ValueError, match="open context"):
            open_context(a_hospital(), replace(stored_open(), **changes))


def test_a_launch_waits_retries_and_is_forgotten_at_its_own_times() -> None:
    expires = START + timedelta(seconds=120)
    assert pending_end(START) - START == timedelta(seconds=60)
    assert retry_end(expires) - expires == timedelta(seconds=30)
    assert forget_token_at(expires) - expires == timedelta(seconds=90)


@pytest.mark.proves("promise:P10")
def test_representations_show_no_name_and_no_number() -> None:
    shown = f"{opened()!r} {stored_open()!r} {a_launch()!r} {a_patient()!r}"
    assert not any(name in shown for name in ("Jansen", "Anna", "Arts", "999990019"))
