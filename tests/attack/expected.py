"""The code that each attack and each bad input must be answered with."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "expected_codes.toml"


@dataclass(frozen=True, slots=True)
class Expected:
    """:param code: L100 to L704, or None for a panel. :param http: status. :param panel: panel state."""

    code: str | None
    http: int | None
    panel: str | None


@cache
def expected_codes() -> dict[str, Expected]:
    """Every row of ``expected_codes.toml`` by name: an attack id, ``<id>-<variant>``, or a bad input."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))
    return {name: Expected(row.get("code"), row.get("http"), row.get("panel")) for name, row in rows.items()}


def expected(name: str) -> Expected:
    """One row. :raises KeyError: the file does not name it."""
    return expected_codes()[name]
