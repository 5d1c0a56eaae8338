"""``docs/threat-model.md`` names only tests that exist, and each attack it names is cited there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\|.*?\((A\d{3}[^)]*)\).*\|(.*)\|$", re.MULTILINE)
_FILE = re.compile(r"`(tests/[a-z_/]+\.py)`")


def _text() -> str:
    return (ROOT / "docs" / "threat-model.md").read_text("utf-8")


def _cited(file: str) -> set[str]:
    return set(re.findall(r"\bA\d{3}\b", (ROOT / file).read_text("utf-8")))


def test_every_file_that_is_named_exists() -> None:
    named = set(_FILE.findall(_text()))
    assert len(named) > 20
    assert [file for file in sorted(named) if not (ROOT / file).is_file()] == []


def test_every_row_names_tests_that_cite_its_attacks() -> None:
    rows = _ROW.findall(_text())
    assert len(rows) > 15
    for attacks, files in rows:
        cited = set[str]().union(*map(_cited, _FILE.findall(files)))
        first_and_last = re.findall(r"A\d{3}", attacks)
        assert [attack for attack in first_and_last if attack not in cited] == [], attacks
