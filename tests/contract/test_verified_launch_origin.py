"""A ``VerifiedLaunch`` comes from the verifier, or from our own authenticated ciphertext, and from nowhere
else (context/launch.py)."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MAKERS = {"launch/verify.py", "app/sessions.py"}
PRODUCT = ("launch", "context", "views", "adapters", "audit", "app", "console", "migrations")


def _makers(source: str) -> bool:
    """True when the source calls ``VerifiedLaunch``, renames it, or copies one with changes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) == "VerifiedLaunch":
            return True
        if isinstance(node, ast.alias) and node.name == "VerifiedLaunch" and node.asname:
            return True
        if isinstance(node, ast.Assign) and _name(node.value) == "VerifiedLaunch":
            return True
    return False


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _modules() -> Iterator[Path]:
    for folder in PRODUCT:
        yield from sorted((PROJECT / folder).rglob("*.py"))


def test_verified_launch_is_made_in_two_places_only() -> None:
    making = {str(module.relative_to(PROJECT)) for module in _modules() if _makers(module.read_text("utf-8"))}
    assert "launch/verify.py" in making
    assert making <= MAKERS


def test_scan_sees_calls_renames_and_attributes() -> None:
    assert _makers("launch.VerifiedLaunch(bsn=1)")
    assert _makers("from context.launch import VerifiedLaunch as V")
    assert _makers("V = VerifiedLaunch")
    assert not _makers("def f(x: VerifiedLaunch) -> None: ...")
