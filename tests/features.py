"""``make features``: every row of the mission (``docs/features.toml``) with the tests that cite it.

A test cites a row by ``@pytest.mark.proves("feature:A03")``. Exit code 1 when a row lacks its proof.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS_FILE = ROOT / "docs" / "features.toml"
_MUST_BE_PROVEN = frozenset({"IN", "UIT", "BEHEER"})
FEATURE = "feature:"


@dataclass(frozen=True, slots=True)
class Row:
    """:param planned: the topic under which it is still to come; only BEHEER rows may have one."""

    name: str
    kind: str
    title: str
    planned: str | None
    proofs: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        return not self.proofs and self.planned is None and self.kind in _MUST_BE_PROVEN

    def __str__(self) -> str:
        proofs = ", ".join(self.proofs) or (f"planned: {self.planned}" if self.planned else "-")
        if self.is_missing:
            proofs = "NOT PROVEN"
        return f"{self.name}  {self.kind:<6}  {self.title:<66}  {proofs}"


def read_rows(proofs: Mapping[str, list[str]]) -> list[Row]:
    """All rows in the file's order. :param proofs: names of tests by row.

    :raises ValueError: a proof of a row that does not exist, or a plan for one that may not have it.
    """
    content = tomllib.loads(ROWS_FILE.read_text("utf-8"))
    if unknown := proofs.keys() - content.keys():
        raise ValueError(f"no such row: {', '.join(sorted(unknown))}")
    rows = [
        Row(name, row["class"], row["title"], row.get("planned"), tuple(sorted(set(proofs.get(name, ())))))
        for name, row in content.items()
    ]
    if wrong := [row.name for row in rows if row.planned and row.kind != "BEHEER"]:
        raise ValueError(f"only BEHEER rows may be planned: {', '.join(wrong)}")
    return rows


def find_proofs(prefix: str = FEATURE) -> dict[str, list[str]]:
    """The tests that cite each row, as ``folder/test_file::test``.

    :param prefix: what the citations begin with, such as ``feature:`` or ``check:``.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        where = path.relative_to(ROOT / "tests").with_suffix("")
        for test, cited in _citations(ast.parse(path.read_text("utf-8"))):
            if cited.startswith(prefix):
                found.setdefault(cited.removeprefix(prefix), []).append(f"{where}::{test}")
    return found


def _citations(tree: ast.Module) -> Iterator[tuple[str, str]]:
    whole_module = [
        cited for node in tree.body if isinstance(node, ast.Assign) for cited in _cited(node.value)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            own = [cited for decorator in node.decorator_list for cited in _cited(decorator)]
            yield from ((node.name, cited) for cited in (*whole_module, *own))


def _cited(node: ast.AST) -> Iterator[str]:
    """The arguments of every ``pytest.mark.proves(...)`` in ``node``, also inside ``pytest.param``."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.proves":
            yield from (str(arg.value) for arg in call.args if isinstance(arg, ast.Constant))


def main() -> int:
    rows = read_rows(find_proofs())
    for row in rows:
        print(row)  # noqa: T201
    missing = [row.name for row in rows if row.is_missing]
    proven, planned = sum(bool(row.proofs) for row in rows), sum(bool(row.planned) for row in rows)
    print(f"{len(rows)} rows: {proven} proven, {planned} planned, {len(missing)} missing")  # noqa: T201
    if missing:
        print(f"NOT PROVEN: {', '.join(missing)}")  # noqa: T201
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
