"""Putting a fresh key in front of a purpose's list, without touching the rest of the secrets file."""

import os
import re
import tomllib
from datetime import datetime
from pathlib import Path

from app.secrets_file import SecretsFileError, load_secrets, new_key_text, parse_secrets


def rotate_secrets(path: Path, purpose: str, now: datetime, not_before: datetime | None = None) -> None:
    """Make fresh keys the first of their purpose; every other line stays as it is.

    The new file replaces the old one in one step, so that a stop halfway leaves the old one whole.

    :param now: aware.
    :param not_before: aware; for ``decrypt`` and ``sign``, from when the fresh keys are the current ones.
    :raises SecretsFileError: the file is not right before, or would not be afterwards.
    :raises OSError: the folder cannot be written.
    :raises ValueError: no such purpose, or a beginning for a key that cannot have one.
    """
    load_secrets(path)
    before = path.read_text(encoding="utf-8")
    after = _with_key_in_front(before, purpose, new_key_text(purpose, now, not_before))
    _check_nothing_else_changed(before, after, purpose)
    fresh = path.with_name(f".{path.name}.new")
    mode = path.stat().st_mode & 0o770
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(after)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _with_key_in_front(text: str, purpose: str, key: str) -> str:
    first = re.search(rf"^[ \t]*\[\[[ \t]*{purpose}[ \t]*\]\]", text, re.MULTILINE)
    if first is None:
        return f"{text.rstrip()}\n\n{key}"
    return f"{text[: first.start()]}{key}\n{text[first.start() :]}"


def _check_nothing_else_changed(before: str, after: str, purpose: str) -> None:
    """:raises SecretsFileError: the list is written in another way than one table per key."""
    try:
        parse_secrets(after.encode())
        old, new = tomllib.loads(before), tomllib.loads(after)
        kept, longer = old.pop(purpose, []), new.pop(purpose)
        same = old == new and len(longer) > len(kept) and longer[len(longer) - len(kept) :] == kept
    except SecretsFileError:
        same = False
    if not same:
        raise SecretsFileError((f"{purpose}: write each key as a table [[{purpose}]]; nothing was changed",))
