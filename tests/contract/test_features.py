"""The list of what the mission asks is complete, and every row of it is proven or openly planned."""

import re
from pathlib import Path

import pytest

from tests.features import find_proofs, read_rows

_ROW = re.compile(r"^\| (?P<name>[A-Z]\d\d) \|.*\| (?P<kind>IN|UIT|BEHEER|RAND)\b", re.MULTILINE)


def test_every_row_is_proven_or_openly_planned() -> None:
    assert [row.name for row in read_rows(find_proofs()) if row.is_missing] == []


def test_rows_are_those_of_the_mission_with_their_classes(shared_data: Path) -> None:
    mission = (shared_data.parent / "design" / "features.md").read_text("utf-8")
    asked = {found["name"]: found["kind"] for found in _ROW.finditer(mission)}
    ours = {row.name: row.kind for row in read_rows({})}
    assert len(ours) == 155
    assert {name: kind for name, kind in ours.items() if name in asked} == asked
    assert ours.keys() - asked.keys() == {name for name, kind in ours.items() if kind == "X"}


def test_proof_of_a_row_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="Z99"):
        read_rows({"Z99": ["somewhere::test_something"]})
