"""How often a comparison is repeated: a number of times, but never far beyond a time."""

import time
from collections.abc import Iterator


class Rounds:
    """Iterate over it once; the first round always comes.

    :param most: rounds at most.
    :param seconds: no round begins later than this after the first.
    :ivar made: rounds so far.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self.made = 0

    def __iter__(self) -> Iterator[int]:
        end = time.perf_counter() + self._seconds
        while self.made < self._most and (not self.made or time.perf_counter() < end):
            self.made += 1
            yield self.made
