"""An instant comes back from a store as exactly the same instant."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from context.instant import from_microseconds, to_microseconds


@given(st.datetimes(timezones=st.timezones()))
def test_every_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    if datetime(2, 1, 1) < instant.replace(tzinfo=None) < datetime(9998, 1, 1):  # noqa: DTZ001
        restored = from_microseconds(to_microseconds(instant))
        assert restored == instant.astimezone(UTC)
        assert restored.tzinfo is UTC


def test_the_zone_does_not_matter() -> None:
    here = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    assert to_microseconds(here) == to_microseconds(here.astimezone(UTC)) == 1792888200000000
