"""Each pitfall of real HL7v3 answers (zis.md §10) is cited by a test as ``trap:<number>``."""

import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNLICENSED = ("reference-nictiz", "reference-icardea")
"""To learn from and not to copy (zis.md §10.20)."""
_SECTION = re.compile(r"^## 10\. Pitfalls\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_CITED = re.compile(r'"trap:(\d+)"')


def test_every_pitfall_is_cited_by_a_test(shared_data: Path) -> None:
    design = (shared_data.parent / "design" / "zis.md").read_text("utf-8")
    section = _SECTION.search(design)
    assert section
    known = {int(number) for number in re.findall(r"^(\d+)\. ", section[1], re.MULTILINE)}
    assert known == set(range(1, 21))
    tests = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert {int(number) for text in tests for number in _CITED.findall(text)} == known


@pytest.mark.proves("trap:20")
def test_no_file_without_a_licence_is_part_of_the_project(shared_data: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    own = {_digest(ROOT / name): name for name in listed.stdout.split("\0") if (ROOT / name).is_file()}
    foreign = [
        path
        for folder in UNLICENSED
        for path in (shared_data / "hl7v3" / folder).rglob("*")
        if path.is_file()
    ]
    assert len(foreign) > 10
    assert [own[digest] for path in foreign if (digest := _digest(path)) in own] == []


def _digest(path: Path) -> str:
    """Of the words alone: another layout makes no other file."""
    return sha256(b" ".join(path.read_bytes().split())).hexdigest()
