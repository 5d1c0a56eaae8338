"""docs/adding-a-section.md: its change, performed on a copy, makes a section that is read and shown."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "adding-a-section.md").read_text("utf-8")
COPIED = ("context", "adapters", "views", "templates")
PROGRAM = """
from lxml import etree
from adapters.zis.sections.readers import READERS
from adapters.zis.sections.table import SECTIONS
from context.records import Section
from views.catalogue.items import ITEMS
from views.texts import TEMPLATES

assert set(READERS) == set(SECTIONS) == set(Section)
wound = (
    '<observation xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<code code="1" displayName="Wond"/><text>rustig</text><effectiveTime value="2026"/>'
    '<value xsi:type="CD" code="2" displayName="decubitus"/><targetSiteCode code="3" displayName="hiel"/>'
    '</observation>'
)
for link in ("sourceOf", "entryRelationship", "component"):
    held = f'<{link} typeCode="COMP">{wound}</{link}>'
    group = etree.fromstring(f'<organizer xmlns="urn:hl7-org:v3">{held}</organizer>')
    reading = READERS[Section.WOUNDS]([group])
    (entry,) = reading.entries
    assert reading.unread == 0
    print(entry.problem.label, entry.sites[0].label, entry.begins.date.year, *entry.remarks)
print(ITEMS["wounds"].path, (TEMPLATES / "texts" / "record.toml").read_text("utf-8").count("\\nwounds = "))
"""


def _hunks() -> Iterator[tuple[str, str, str]]:
    """Path, the lines before and the lines after, of each hunk in the guide's diff."""
    (diff,) = re.findall(r"```diff\n(.*?)```", GUIDE, re.DOTALL)
    for part in re.split(r"^--- a/", diff, flags=re.MULTILINE)[1:]:
        names, *hunks = part.split("\n@@\n")
        old, new = names.split("\n+++ b/")
        assert old == new
        for hunk in hunks:
            lines = hunk.splitlines()
            assert all(line[:1] in {" ", "+", "-"} for line in lines), hunk
            before = "\n".join(line[1:] for line in lines if line[0] != "+")
            yield old, before, "\n".join(line[1:] for line in lines if line[0] != "-")


@pytest.mark.proves("feature:D02")
def test_change_that_the_guide_shows_makes_a_section(tmp_path: Path) -> None:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, after in _hunks():
        path = tmp_path / name
        text = path.read_text("utf-8")
        assert text.count(f"\n{before}\n") == 1, (name, before)
        path.write_text(text.replace(f"\n{before}\n", f"\n{after}\n"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == 3 * ["decubitus hiel 2026 rustig"] + ["dossier/wonden 3"]


def test_guide_names_only_files_that_are_there() -> None:
    for name in re.findall(r"`((?:context|adapters|views|templates|sandbox|tests)/[\w/.]+)`", GUIDE):
        assert (ROOT / name).exists(), name
