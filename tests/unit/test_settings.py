"""Settings from the environment, and the secrets file."""

import base64
import stat
from pathlib import Path

import pytest

from app.secrets_file import SecretsFileError, load_secrets, new_secrets_text, write_new_secrets
from app.settings import Settings, SettingsError, read_database_url


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    write_new_secrets(tmp_path / "secrets.toml")
    return {
        "ZORGTEGEL_DATABASE_URL": "postgresql://user:geheim@db/zorgtegel",
        "ZORGTEGEL_HOSPITALS_DIR": str(tmp_path),
        "ZORGTEGEL_SECRETS_FILE": str(tmp_path / "secrets.toml"),
        "HOME": "/root",
    }


def test_complete_environment_gives_settings_that_are_strict_by_default(environ: dict[str, str]) -> None:
    settings = Settings.from_environment(environ)
    assert settings.strict
    assert settings.console_url is None
    assert settings.database_url == "postgresql+psycopg://user:geheim@db/zorgtegel"
    assert "geheim" not in repr(settings)


def test_every_problem_is_named_at_once() -> None:
    wrong = {
        "ZORGTEGEL_DATABASE_URL": "mysql://user:geheim@db/x",
        "ZORGTEGEL_SECRETS_FILE": "/nonexistent/geheim",
        "ZORGTEGEL_STRICT": "no",
        "ZORGTEGEL_CONSOLE_URL": "http://beheer.example.nl",
        "ZORGTEGEL_DATABSE_URL": "sqlite:///x",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(wrong)
    assert [problem.split()[0] for problem in sorted(caught.value.problems)] == [
        "ZORGTEGEL_CONSOLE_URL",
        "ZORGTEGEL_DATABASE_URL",
        "ZORGTEGEL_DATABSE_URL",
        "ZORGTEGEL_HOSPITALS_DIR",
        "ZORGTEGEL_SECRETS_FILE",
        "ZORGTEGEL_STRICT",
    ]
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "file.sqlite", ""])
def test_database_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="ZORGTEGEL_DATABASE_URL"):
        read_database_url({"ZORGTEGEL_DATABASE_URL": url})


def test_console_may_be_http_only_when_not_strict(environ: dict[str, str]) -> None:
    environ |= {"ZORGTEGEL_CONSOLE_URL": "http://127.0.0.1:8080/", "ZORGTEGEL_STRICT": "false"}
    assert Settings.from_environment(environ).console_url == "http://127.0.0.1:8080"
    with pytest.raises(SettingsError, match="ZORGTEGEL_STRICT is true"):
        Settings.from_environment(environ | {"ZORGTEGEL_STRICT": "true"})


def test_fresh_secrets_file_is_private_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    write_new_secrets(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = load_secrets(path)
    assert len({key.key for keys in (found.wrap, found.lookup, found.cookie) for key in keys}) == 3
    assert base64.b64encode(found.wrap[0].key).decode() not in repr(found)
    with pytest.raises(FileExistsError):
        write_new_secrets(path)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "s.toml", new_secrets_text())
    path.chmod(0o644)
    with pytest.raises(SecretsFileError, match="chmod 600"):
        load_secrets(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[wrap]]\nid = "a"\nkey = "Z2VoZWlt"\n', "wrap.0.key: Value error, is not 32 bytes"),
        ('[[wrap]]\nid = "a"\nkey = "geheim!"\n', "wrap.0.key: Value error, is not base64"),
        (f'[[wrap]]\nid = "a"\nkey = "{"A" * 43}="\n', "wrap.0.key: Value error, is not random"),
        ("wrap = []\n", "wrap: Tuple should have at least 1 item"),
        ("[other]\nx = 1\n", "other: Extra inputs are not permitted"),
        ("[[wrap]]\nid = geheim\n", "not TOML"),
    ],
)
def test_wrong_secrets_file_is_refused_without_repeating_a_value(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(SecretsFileError, match=problem) as caught:
        load_secrets(write(tmp_path / "s.toml", text))
    assert "geheim" not in str(caught.value)
    assert "Z2VoZWlt" not in str(caught.value)


def test_one_key_for_two_purposes_is_refused(tmp_path: Path) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    text = "".join(f'[[{purpose}]]\nid = "a"\nkey = "{key}"\n' for purpose in ("wrap", "lookup", "cookie"))
    with pytest.raises(SecretsFileError, match="twice"):
        load_secrets(write(tmp_path / "s.toml", text))


def test_missing_secrets_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretsFileError, match="FileNotFoundError"):
        load_secrets(tmp_path / "none")
