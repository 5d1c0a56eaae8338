"""Bad tokens in rows, so that a test file reads like the catalogue."""

from collections.abc import Callable

import pytest
from _pytest.mark.structures import ParameterSet

from tests.launch_stage import Stage

Maker = Callable[[Stage], str]


class Cases:
    """Bad tokens under the names of ``expected_codes.toml``."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, Maker]] = []

    def add(self, row: str, what: str, maker: Maker) -> None:
        """:param row: the name in ``expected_codes.toml``. :param what: what is wrong, for the test's id."""
        self._rows.append((row, what, maker))

    def params(self) -> list[ParameterSet]:
        """For ``parametrize(("row", "maker"), ...)``, marked with the attack that the row is of."""
        return [
            pytest.param(row, maker, id=f"{row} {what}", marks=_marks(row)) for row, what, maker in self._rows
        ]


def _marks(row: str) -> tuple[pytest.MarkDecorator, ...]:
    attack = row.partition("-")[0]
    return (pytest.mark.proves(f"attack:{attack}"),) if attack[1:].isdigit() else ()
