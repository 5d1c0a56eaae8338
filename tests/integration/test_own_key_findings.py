"""``zorgtegel check`` on our own key pairs."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import SystemClock
from tests.integration.test_check_command import Installation
from tests.trust_files import jwt_file


@pytest.fixture
def installed(tmp_path: Path, sqlite_url: str) -> Installation:
    made = Installation(tmp_path, sqlite_url)
    assert made.run("db", "upgrade").exit_code == 0
    return made


def change_secrets(installed: Installation, pattern: str, replacement: str) -> None:
    path = installed.folder / "secrets.toml"
    text = path.read_text("utf-8")
    changed = re.sub(pattern, replacement, text, flags=re.DOTALL)
    assert changed != text
    path.write_text(changed, "utf-8")


def test_file_without_key_pairs_is_told_to_have_features_off(installed: Installation) -> None:
    change_secrets(installed, r"# opens tokens.*", "")
    code, lines = installed.check()
    told = "\n".join(lines)
    assert code == 1
    assert "no key opens encrypted launches, which are refused (L207)" in told
    assert "no key signs what we ask a HIS" in told
    assert "PRIVATE" not in told


def test_grant_that_asks_for_encryption_without_a_key_is_an_error(installed: Installation) -> None:
    line = 'environment = "test"\n'
    installed.register(jwt_file().replace(line, f"{line}require_encryption = true\n"))
    assert installed.check()[0] == 0
    change_secrets(installed, r"# opens tokens.*", "")
    code, lines = installed.check()
    assert code == 2
    assert any("must encrypt, and no key of ours can open it" in line for line in lines)


def test_key_pairs_that_end_soon_are_told(installed: Installation) -> None:
    soon = (SystemClock().now() + timedelta(days=29)).isoformat(timespec="seconds")
    change_secrets(installed, r'(id = "(decrypt|sign)-\w+")', rf"\1\nnot_after = {soon}")
    code, lines = installed.check()
    told = "\n".join(lines)
    assert code == 1
    assert "every key that opens launches ends within 30 days" in told
    assert "every key that signs ends within 30 days" in told


def test_missing_rsa_key_is_told(installed: Installation) -> None:
    change_secrets(installed, r'\[\[decrypt\]\]\nid = "[^"]*"\nalgorithm = "RSA.*?(?=\[\[decrypt)', "")
    assert any("no RSA key opens encrypted Assertions" in line for line in installed.check()[1])
