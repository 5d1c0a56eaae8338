"""An instant as stores keep it: whole microseconds, because databases round other forms differently."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact. :param instant: aware, any zone."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The inverse; aware UTC."""
    return _EPOCH + count * _MICROSECOND
