"""Which planned contacts are still to come. Pure; days are those of Europe/Amsterdam (D16)."""

from datetime import datetime

from context.person import Moment
from context.records import Stage
from views.dates import local_date


def is_upcoming(begins: Moment | None, stage: Stage, now: datetime) -> bool:
    """Whether it still has to begin.

    A day that is today, or only partly known, leaves it open: then what was performed is past and all
    else is to come, because a missed appointment harms more than one that is listed too long.

    :param now: aware UTC.
    """
    is_open = stage in (Stage.WAITING, Stage.SCHEDULED)
    if begins is None:
        return is_open
    if begins.instant is not None:
        return begins.instant > now
    today, begin = local_date(now), begins.date
    if begin.earliest > today:
        return True
    return is_open and begin.latest >= today
