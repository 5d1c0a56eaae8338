"""The one reader of the environment: ``ZORGTEGEL_*`` into a frozen ``Settings``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "ZORGTEGEL_"
_KNOWN = frozenset({"DATABASE_URL", "HOSPITALS_DIR", "SECRETS_FILE", "CONSOLE_URL", "STRICT"})
_BACKENDS = {
    "sqlite:": "sqlite:",
    "postgresql:": "postgresql+psycopg:",
    "postgresql+psycopg:": "postgresql+psycopg:",
}


class SettingsError(Exception):
    """Everything that is wrong with the environment, at once. No value is repeated.

    :ivar problems: one sentence each, starting with the variable's name.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides.

    :param database_url: for ``app.engine.Database``; may hold a password, so it is not in ``repr``.
    :param hospitals_dir: an existing folder with one TOML file per hospital (D10).
    :param secrets_file: an existing file of named keys (D8).
    :param console_url: where hospital IT works; None when the console is not served.
    :param strict: refuse insecure settings (D14).
    """

    database_url: str
    hospitals_dir: Path
    secrets_file: Path
    console_url: str | None = None
    strict: bool = True

    def __repr__(self) -> str:
        return f"Settings(hospitals_dir={str(self.hospitals_dir)!r}, strict={self.strict})"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read ``ZORGTEGEL_*`` from ``environ``, by default the process's own.

        :raises SettingsError: naming every variable that is missing, unknown or wrong.
        """
        reader = _Reader(os.environ if environ is None else environ)
        strict = reader.flag("STRICT", default=True)
        settings = cls(
            database_url=reader.database_url(),
            hospitals_dir=reader.path("HOSPITALS_DIR", "a folder"),
            secrets_file=reader.path("SECRETS_FILE", "a file"),
            console_url=reader.console_url(strict=strict),
            strict=strict,
        )
        reader.finish()
        return settings


def read_database_url(environ: Mapping[str, str] | None = None) -> str:
    """Only ``ZORGTEGEL_DATABASE_URL``, for commands that need no more.

    :raises SettingsError: it is missing or names another kind of database.
    """
    reader = _Reader(os.environ if environ is None else environ)
    url = reader.database_url()
    reader.finish(check_unknown=False)
    return url


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = {
            name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX)
        }
        self._problems: list[str] = []

    def database_url(self) -> str:
        value = self._required("DATABASE_URL")
        if value is None:
            return ""
        scheme, separator, rest = value.partition("//")
        if scheme not in _BACKENDS or not separator:
            self._refuse("DATABASE_URL", "starts with neither sqlite:/// nor postgresql://")
            return ""
        if scheme == "sqlite:" and rest in ("", "/", "/:memory:"):
            self._refuse("DATABASE_URL", "names no file: a database in memory keeps no audit trail")
        return _BACKENDS[scheme] + "//" + rest

    def path(self, name: str, kind: str) -> Path:
        value = self._required(name)
        path = Path(value or ".")
        if value is not None and not (path.is_dir() if kind == "a folder" else path.is_file()):
            self._refuse(name, f"is not {kind} that exists")
        return path

    def console_url(self, *, strict: bool) -> str | None:
        value = self._values.get("CONSOLE_URL") or None
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            self._refuse("CONSOLE_URL", "is not scheme and host, like https://beheer.example.nl")
        elif strict and parts.scheme != "https":
            self._refuse("CONSOLE_URL", "must be https while ZORGTEGEL_STRICT is true")
        return value.rstrip("/")

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._values.get(name, "true" if default else "false")
        if value not in ("true", "false"):
            self._refuse(name, "is neither true nor false")
        return value != "false"

    def finish(self, *, check_unknown: bool = True) -> None:
        if check_unknown:
            for name in sorted(self._values.keys() - _KNOWN):
                self._refuse(name, "is not a setting")
        if self._problems:
            raise SettingsError(tuple(self._problems))

    def _required(self, name: str) -> str | None:
        value = self._values.get(name) or None
        if value is None:
            self._refuse(name, "is not set")
        return value

    def _refuse(self, name: str, problem: str) -> None:
        self._problems.append(f"{PREFIX}{name} {problem}")
