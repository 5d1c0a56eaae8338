"""Times of facts, said relative to now, so that the same file is fresh on every day.

A moment is written as ``"-3 08:05"`` (three days ago, to the minute), ``"+10"`` (in ten days, to the day),
``"-400 month"`` and ``"-400 year"`` (400 days ago, of which only the month or year is known),
``"0 17:00:30"``, or ``"=2004"``: an HL7 TS that is sent exactly so, whatever its precision.
"""

import re
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator

from sandbox.laboratory import AMSTERDAM

_RELATIVE = re.compile(r"([+-]?\d{1,5})(?: (month|year|\d{2}:\d{2}(?::\d{2})?))?")
_LITERAL = re.compile(r"=\d{4,14}(?:\.\d{1,4})?(?:[+-]\d{4})?")


def _checked(text: str) -> str:
    if not _RELATIVE.fullmatch(text) and not _LITERAL.fullmatch(text):
        raise ValueError(f"{text!r} is no moment; see sandbox/clinical/moments.py")
    return text


RelativeMoment = Annotated[str, AfterValidator(_checked)]
"""As the module says."""


def stamp(moment: str, now: datetime) -> str:
    """The HL7 TS of a moment, Dutch local time.

    :param now: aware; its day in Europe/Amsterdam is day 0.
    :raises ValueError: no moment.
    """
    if moment.startswith("="):
        return moment[1:]
    found = _RELATIVE.fullmatch(moment)
    if found is None:
        raise ValueError(f"{moment!r} is no moment")
    days, detail = found.groups()
    day = now.astimezone(AMSTERDAM).date() + timedelta(days=int(days))
    if detail is None:
        return f"{day:%Y%m%d}"
    if detail in {"month", "year"}:
        return f"{day:%Y%m}" if detail == "month" else f"{day:%Y}"
    at = datetime.combine(day, time.fromisoformat(detail), AMSTERDAM)
    return f"{at:%Y%m%d%H%M%S%z}"
