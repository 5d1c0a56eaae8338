"""How long a fetched key set serves, and how often it may be fetched (launch.md §12.5)."""

import re
from datetime import timedelta

SHORTEST_LIFE = timedelta(minutes=5)
DEFAULT_LIFE = timedelta(minutes=15)
LONGEST_LIFE = timedelta(hours=4)
"""AORTA's key sets say 14400 seconds (launch.md §8)."""

LAST_GOOD_LIFE = timedelta(hours=24)
"""How long the last good set is still used while fetching fails."""

BETWEEN_FETCHES = timedelta(seconds=30)
"""Per issuer, whatever the reason to fetch."""

_SECONDS = re.compile(r'"?([0-9]{1,9})"?', re.ASCII)


def life_of(cache_control: str | None, age: str | None) -> timedelta:
    """For how long an answer is fresh, from 5 minutes to 4 hours (RFC 9111 sections 4.2 and 5.2.2).

    :param cache_control, age: the headers as sent. What cannot be read counts as absent; of two values for
        ``max-age`` the smaller counts.
    """
    asked = _asked_for(cache_control or "")
    if asked is None:
        return DEFAULT_LIFE
    passed = _SECONDS.fullmatch((age or "").strip())
    seconds = asked - (int(passed[1]) if passed else 0)
    return min(max(timedelta(seconds=seconds), SHORTEST_LIFE), LONGEST_LIFE)


def _asked_for(cache_control: str) -> int | None:
    found: list[int] = []
    for directive in cache_control.split(","):
        name, _, value = directive.strip().partition("=")
        if name.lower() in ("no-store", "no-cache"):
            return 0
        seconds = _SECONDS.fullmatch(value.strip()) if name.lower() == "max-age" else None
        if seconds:
            found.append(int(seconds[1]))
    return min(found, default=None)
