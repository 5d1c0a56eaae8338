"""Keys that are weak, shared or gone: the product starts with none of the first, and forgets the last."""

import base64
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.crypto import Cipher
from app.secrets_file import load_secrets
from app.secrets_rotation import rotate_secrets
from tests.clock import START
from tests.keys import write_secrets

_SECOND = re.compile(r'(\[\[lookup\]\]\nid = "[^"]*"\nkey = ")([^"]*)(")')
Change = Callable[[str], str]


def key_of(raw: bytes) -> Change:
    """Put this key where the look-up key stands."""
    return lambda text: _SECOND.sub(rf"\g<1>{base64.b64encode(raw).decode()}\g<3>", text)


def same_as_the_wrap_key(text: str) -> str:
    first = re.search(r'\[\[wrap\]\]\nid = "[^"]*"\nkey = "([^"]*)"', text)
    assert first
    return key_of(base64.b64decode(first[1]))(text)


_BAD: dict[str, Change] = {
    "zeros": key_of(bytes(32)),
    "one letter": key_of(b"a" * 32),
    "a word": key_of((b"secret" * 6)[:32]),
    "short": key_of(secrets.token_bytes(31)),
    "long": key_of(secrets.token_bytes(33)),
    "empty": key_of(b""),
    "twice": same_as_the_wrap_key,
    "no base64": lambda text: _SECOND.sub(r"\g<1>change-me\g<3>", text),
    "no lookup key": lambda text: text.replace("[[lookup]]", "[[other]]"),
    "an unknown name": lambda text: text + '\nsecret_key = "dev"\n',
    "nothing": lambda text: "",
    "no TOML": lambda text: "SECRET_KEY=dev",
}


@pytest.fixture
def service(tmp_path: Path, sqlite_url: str) -> tuple[Path, dict[str, str]]:
    """The secrets file, and the environment of a service that uses it."""
    file = tmp_path / "secrets.toml"
    write_secrets(file)
    hospitals = Path(__file__).parents[2] / "hospitals"
    return (
        file,
        {
            "ZORGTEGEL_DATABASE_URL": sqlite_url,
            "ZORGTEGEL_HOSPITALS_DIR": str(hospitals),
            "ZORGTEGEL_SECRETS_FILE": str(file),
        },
    )


@pytest.mark.proves("attack:A140")
@pytest.mark.parametrize("kind", list(_BAD))
def test_service_does_not_start_with_a_weak_key_and_repeats_none(
    service: tuple[Path, dict[str, str]], kind: str
) -> None:
    file, environment = service
    assert CliRunner(env=environment).invoke(main, ["db", "upgrade"]).exit_code == 0
    good = file.read_text("utf-8")
    file.write_text(_BAD[kind](good), "utf-8")
    assert file.read_text("utf-8") != good
    result = CliRunner(env=environment).invoke(main, ["serve", "--bind", "127.0.0.1:1"])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert re.search("lookup|secret", result.output)
    for key in re.findall(r'key = "([^"]{20,})"', file.read_text("utf-8")):
        assert key not in result.output


@pytest.mark.proves("attack:A140")
def test_service_does_not_start_with_keys_that_every_user_can_read(
    service: tuple[Path, dict[str, str]],
) -> None:
    file, environment = service
    assert CliRunner(env=environment).invoke(main, ["db", "upgrade"]).exit_code == 0
    file.chmod(0o644)
    result = CliRunner(env=environment).invoke(main, ["serve", "--bind", "127.0.0.1:1"])
    assert (result.exit_code, "chmod 600" in result.output) == (2, True)


@pytest.mark.proves("attack:A140")
def test_cookie_outlives_a_rotation_of_its_key_but_not_the_key(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    write_secrets(file)
    stored = Cipher(load_secrets(file)).cookie_hash("the cookie")
    rotate_secrets(file, "cookie", START)
    rotated = load_secrets(file)
    assert rotated.cookie[0].id != rotated.cookie[1].id
    assert Cipher(rotated).cookie_matches("the cookie", stored)
    assert Cipher(rotated).cookie_hash("the cookie") != stored
    withdrawn = rotated.model_copy(update={"cookie": rotated.cookie[:1]})
    assert not Cipher(withdrawn).cookie_matches("the cookie", stored)
    assert not Cipher(rotated).cookie_matches("another cookie", stored)
