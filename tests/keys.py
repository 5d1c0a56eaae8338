"""Named keys for tests, the same at every run."""

import hashlib

from app.secrets_file import NamedKey, Secrets


def secret_keys(name: str = "test") -> Secrets:
    """A key for each purpose; another name gives other keys."""

    def key(purpose: str) -> tuple[NamedKey, ...]:
        secret = hashlib.sha256(f"{name} {purpose}".encode()).digest()
        return (NamedKey.model_construct(id=name, key=secret),)

    return Secrets.model_construct(wrap=key("wrap"), lookup=key("lookup"), cookie=key("cookie"))
