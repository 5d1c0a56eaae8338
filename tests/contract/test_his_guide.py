"""docs/adding-a-his.md: a HIS is one file of code and one of data, and the guide shows the whole change."""

import re
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

import adapters.his
from app.claim_maps import CLAIM_MAPS, find_claim_maps
from sandbox.his.dialects import DIALECTS, load_dialects

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "adding-a-his.md").read_text("utf-8")


def _shown_files() -> dict[str, str]:
    """Paths and contents in the guide's diff."""
    (diff,) = re.findall(r"```diff\n(.*?)```", GUIDE, re.DOTALL)
    files: dict[str, str] = {}
    path = ""
    for line in diff.splitlines():
        if line == "--- /dev/null":
            continue
        if line.startswith("+++ b/"):
            path = line.removeprefix("+++ b/")
            files[path] = ""
        else:
            assert line.startswith("+"), line
            files[path] += line[1:] + "\n"
    return files


def test_guide_shows_the_smallest_adapter_and_its_dialect_whole() -> None:
    shown = _shown_files()
    assert list(shown) == ["adapters/his/sanday.py", "sandbox/his/dialects/sanday.toml"]
    for path, text in shown.items():
        assert text == (ROOT / path).read_text("utf-8"), path


def test_shown_adapter_is_the_smallest() -> None:
    sizes = {name: len((ROOT / "adapters" / "his" / f"{name}.py").read_bytes()) for name in CLAIM_MAPS}
    assert sizes["sanday"] == min(sizes.values())


def test_guide_lists_every_adapter_with_its_form() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| ([A-Z]+) \|", GUIDE, re.MULTILINE))
    assert set(rows) == set(CLAIM_MAPS)
    forms = {name: form.lower() for name, form in rows.items() if form != "SMART"}
    assert forms == {name: CLAIM_MAPS[name].form.value for name in forms}


@pytest.fixture
def extra_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules count as adapters."""
    before = set(sys.modules)
    monkeypatch.setattr(adapters.his, "__path__", [*adapters.his.__path__, str(tmp_path)])
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("adapters.his."):
            del sys.modules[name]
            vars(adapters.his).pop(name.rpartition(".")[2], None)
    invalidate_caches()


def test_files_of_another_name_make_another_his(extra_folder: Path) -> None:
    for path, text in _shown_files().items():
        (extra_folder / Path(path).name.replace("sanday", "medicom")).write_text(
            text.replace("sanday", "medicom").replace("Sanday", "Medicom"), "utf-8"
        )
    invalidate_caches()
    found = find_claim_maps()
    assert set(found) == {*CLAIM_MAPS, "medicom"}
    assert found["medicom"].name == "medicom"
    assert load_dialects(extra_folder)["medicom"].says == DIALECTS["sanday"].says


def test_map_that_bears_another_name_than_its_module_is_told(extra_folder: Path) -> None:
    (extra_folder / "medicom.py").write_text(_shown_files()["adapters/his/sanday.py"], "utf-8")
    invalidate_caches()
    with pytest.raises(LookupError, match=r"adapters\.his\.medicom"):
        find_claim_maps()
