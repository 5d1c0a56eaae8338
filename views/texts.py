"""The Dutch words of the screen: ``templates/texts.toml`` and ``templates/texts/``. No module holds any."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

_OWN_LABELS = ("tab.", "item.")


class Texts:
    """Dutch texts by ``table.key``. Every look-up of a key that does not exist is an error."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = dict(table)

    def __call__(self, key: str, /, **values: str | int) -> str:
        """The text with its ``{names}`` filled in.

        :raises KeyError: no such text, or a name in it has no value.
        """
        return self._table[key].format_map(values)

    def find(self, key: str) -> str | None:
        """The text as it stands, or None."""
        return self._table.get(key)

    def keys(self) -> Iterator[str]:
        return iter(self._table)

    def with_labels(self, labels: Mapping[str, str]) -> "Texts":
        """The same texts with a hospital's own names of tabs and items (feature F02, X08).

        :raises KeyError: a label that no page shows.
        """
        unknown = labels.keys() - label_keys()
        if unknown:
            raise KeyError(f"not a label: {sorted(unknown)}")
        # Braces in a hospital's own words are words, not names to fill in.
        own = {key: text.replace("{", "{{").replace("}", "}}") for key, text in labels.items()}
        return Texts({**self._table, **own})


@cache
def default_texts() -> Texts:
    """The texts of every file.

    :raises ValueError: two files hold one key.
    """
    found: dict[str, str] = {}
    for path in (TEMPLATES / "texts.toml", *sorted((TEMPLATES / "texts").glob("*.toml"))):
        own = dict(_flatten(tomllib.loads(path.read_text("utf-8"))))
        if twice := found.keys() & own.keys():
            raise ValueError(f"{path.name} repeats: {', '.join(sorted(twice))}")
        found |= own
    return Texts(found)


@cache
def label_keys() -> frozenset[str]:
    """The keys that a hospital file may name under ``[labels]``."""
    return frozenset(key for key in default_texts().keys() if key.startswith(_OWN_LABELS))  # noqa: SIM118


def _flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
