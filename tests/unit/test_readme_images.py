"""The pictures of the README: there, small, and PNG."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 120_000


def test_every_picture_of_the_readme_is_there_and_small() -> None:
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(named) == 3
    for name in named:
        content = (ROOT / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) <= MOST_BYTES
