"""Dutch dates, times and ages. Pure; Europe/Amsterdam; a date without a time stays a date (D16)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from context.person import Moment, PartialDate
from views.texts import Texts

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local_date(instant: datetime) -> date:
    """The calendar date in Europe/Amsterdam of an aware instant."""
    return instant.astimezone(AMSTERDAM).date()


def present_date(day: date) -> str:
    """dd-mm-yyyy."""
    return f"{day.day:02d}-{day.month:02d}-{day.year:04d}"


def present_time(instant: datetime) -> str:
    """HH:MM in Europe/Amsterdam of an aware instant."""
    return f"{instant.astimezone(AMSTERDAM):%H:%M}"


def present_instant(instant: datetime, texts: Texts) -> str:
    """dd-mm-yyyy HH:MM in Europe/Amsterdam of an aware instant."""
    return texts("date.at", date=present_date(local_date(instant)), time=present_time(instant))


def present_digits(day: PartialDate) -> str:
    """dd-mm-yyyy with zeros for what is unknown: ``00-00-1961``."""
    return f"{day.day or 0:02d}-{day.month or 0:02d}-{day.year:04d}"


def present_partial_date(day: PartialDate, texts: Texts) -> str:
    """dd-mm-yyyy; unknown parts are zeros and said in words (interface.md §4.3)."""
    if day.month is None:
        return texts("date.unknown_day_and_month", date=present_digits(day))
    if day.day is None:
        return texts("date.unknown_day", date=present_digits(day))
    return present_digits(day)


def present_moment(moment: Moment, texts: Texts) -> str:
    """The date, with the time only when the source sent one."""
    if moment.instant is None:
        return present_partial_date(moment.date, texts)
    return present_instant(moment.instant, texts)


def iso_date(day: PartialDate) -> str:
    """For ``<time datetime>``: yyyy-mm-dd, yyyy-mm or yyyy."""
    if day.month is None:
        return f"{day.year:04d}"
    if day.day is None:
        return f"{day.year:04d}-{day.month:02d}"
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


def present_age(birth: PartialDate | None, on: date, texts: Texts) -> str | None:
    """The age on a day: years, under two years months, under one month days (interface.md §4.3).

    Someone born on 29 February is a year older on 1 March of a common year.

    :returns: None when the birth date is not complete or lies after ``on``.
    """
    if birth is None or not birth.is_complete:
        return None
    born = birth.as_date()
    if born > on:
        return None
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months >= 24:
        return texts("age.year", n=months // 12)
    if months >= 1:
        return texts("age.month") if months == 1 else texts("age.months", n=months)
    days = (on - born).days
    return texts("age.day") if days == 1 else texts("age.days", n=days)
