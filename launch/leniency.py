"""The relaxations of one grant, used by one launch (architecture.md D9)."""

from datetime import datetime

from launch.trust.model import Grant, RelaxationName


class Leniency:
    """Ask it only when the strict rule has failed: a permission that it gives counts as used.

    :param grant: whose relaxations may apply.
    :param now: aware; a relaxation that has ended by then is off.
    """

    def __init__(self, grant: Grant, now: datetime) -> None:
        self._grant = grant
        self._now = now
        self._used: dict[RelaxationName, None] = {}

    def permits(self, name: RelaxationName) -> bool:
        """Whether this relaxation holds now; if so it is among those used from here on."""
        holds = self._grant.relaxes(name, self._now)
        if holds:
            self._used[name] = None
        return holds

    @property
    def used(self) -> tuple[str, ...]:
        """Names, each once, in the order of their first use."""
        return tuple(name.value for name in self._used)
