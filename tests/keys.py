"""Named keys for tests, the same at every run."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from app.secrets_file import NamedKey, Secrets, new_secrets_text


def secret_keys(name: str = "test") -> Secrets:
    """A key for each purpose; another name gives other keys."""

    def key(purpose: str) -> tuple[NamedKey, ...]:
        secret = hashlib.sha256(f"{name} {purpose}".encode()).digest()
        return (NamedKey.model_construct(id=name, key=secret),)

    return Secrets.model_construct(wrap=key("wrap"), lookup=key("lookup"), cookie=key("cookie"))


NOTICE_SECRET = base64.b64encode(hashlib.sha256(b"consent service of cwz").digest()).decode("ascii")
"""What the consent service of hospital ``cwz`` shows with its notices."""


@cache
def _fresh_text() -> str:
    notice = f'[[notice]]\nid = "notice-1"\nhospital = "cwz"\nkey = "{NOTICE_SECRET}"\n'
    return f"{new_secrets_text()}\n{notice}"


def write_secrets(path: Path) -> None:
    """A whole secrets file, the same for one test process: making an RSA key takes a while."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(_fresh_text(), encoding="utf-8")
