"""The file of named keys, ``ZORGTEGEL_SECRETS_FILE`` (architecture.md D8).

In each list the first key is the current one; the others still open what they closed. To rotate,
put a new key in front (``zorgtegel secrets rotate``); a key may go when nothing depends on it any more.

``decrypt`` and ``sign`` hold key pairs and may be absent: then tokens cannot be encrypted to us, and we
sign nothing. ``notice`` holds a secret for each hospital whose consent service reports changes to us
(docs/consent.md); without one, nobody can.
"""

import base64
import binascii
import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from app.clock import SystemClock
from app.key_pairs import DecryptKey, KeyId, SignKey, new_pairs_text, public_pem
from launch.own_keys import OwnKeys

KEY_BYTES = 32
PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "wrap": "encrypts fields in the database and wraps the data keys of the audit trail",
        "lookup": "makes the keyed hashes that rows are found by",
        "cookie": "makes the keyed hashes under which cookie values are stored",
        "decrypt": "opens tokens that a HIS encrypted to us; its public half is published",
        "sign": "signs what we send to a HIS; its public half is published",
    }
)


class SecretsFileError(Exception):
    """Everything that is wrong with the file, at once; no key is repeated.

    :ivar problems: one sentence each.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _decode(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("is not text")
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"is not {KEY_BYTES} bytes")
    if len(set(key)) < 8:
        raise ValueError("is not random")
    return key


class NamedKey(BaseModel):
    """One key. :ivar key: 32 random bytes, base64 in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: KeyId
    key: Annotated[bytes, BeforeValidator(_decode)] = Field(repr=False)


class NoticeKey(NamedKey):
    """What a consent service shows with its notices, as ``Bearer`` and the very text of the file.

    :ivar hospital: the hospital's slug.
    """

    hospital: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]

    @property
    def shown(self) -> str:
        """The text that is shown."""
        return base64.b64encode(self.key).decode("ascii")


Keys = Annotated[tuple[NamedKey, ...], Field(min_length=1, max_length=50)]


class Secrets(BaseModel):
    """All keys by purpose; in each list the first is the current one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    wrap: Keys
    lookup: Keys
    cookie: Keys
    decrypt: Annotated[tuple[DecryptKey, ...], Field(max_length=50)] = ()
    sign: Annotated[tuple[SignKey, ...], Field(max_length=50)] = ()
    notice: Annotated[tuple[NoticeKey, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _each_key_has_one_purpose(self) -> "Secrets":
        every = [*self.wrap, *self.lookup, *self.cookie, *self.notice]
        if len({named.key for named in every}) != len(every):
            raise ValueError("the same key stands there twice")
        for purpose in (self.wrap, self.lookup, self.cookie, self.notice):
            if len({named.id for named in purpose}) != len(purpose):
                raise ValueError("two keys of one list have the same id")
        return self

    @model_validator(mode="after")
    def _each_pair_has_one_purpose(self) -> "Secrets":
        pairs = [*self.decrypt, *self.sign]
        if len({public_pem(pair.private_key) for pair in pairs}) != len(pairs):
            raise ValueError("the same key pair stands there twice")
        # Both lists are published in one set, where the id is the key id.
        if len({pair.id for pair in pairs}) != len(pairs):
            raise ValueError("two key pairs have the same id")
        return self

    def notice_secrets(self) -> dict[str, tuple[str, ...]]:
        """By hospital, what its consent service may show."""
        hospitals = {key.hospital for key in self.notice}
        return {slug: tuple(key.shown for key in self.notice if key.hospital == slug) for slug in hospitals}

    def own_keys(self) -> OwnKeys:
        """The key pairs as ``launch`` knows them."""
        return OwnKeys(
            decrypt=tuple(pair.own_key() for pair in self.decrypt),
            sign=tuple(pair.own_key() for pair in self.sign),
        )


def load_secrets(path: Path) -> Secrets:
    """Read and check the file.

    :raises SecretsFileError: it cannot be read, others on the machine can read it, or it is not right.
    """
    try:
        content = path.read_bytes()
        open_to_others = path.stat().st_mode & 0o007
    except OSError as error:
        raise SecretsFileError((f"the secrets file cannot be read: {type(error).__name__}",)) from None
    exposed = ["every user of this machine can reach the secrets file: chmod 600"] if open_to_others else []
    try:
        found = parse_secrets(content)
    except SecretsFileError as error:
        raise SecretsFileError((*exposed, *error.problems)) from None
    if exposed:
        raise SecretsFileError(tuple(exposed))
    return found


def parse_secrets(content: bytes) -> Secrets:
    """Check the file's content.

    :raises SecretsFileError: it is not right.
    """
    try:
        return Secrets.model_validate(tomllib.loads(content.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # Their own texts quote the file, and so perhaps a key.
        raise SecretsFileError(("the secrets file is not TOML in UTF-8",)) from None
    except ValidationError as error:
        raise SecretsFileError(
            tuple(
                f"{'.'.join(map(str, one['loc'])) or 'secrets'}: {one['msg']}"
                for one in error.errors(include_input=False, include_context=False, include_url=False)
            )
        ) from None


def new_secrets_text() -> str:
    """The text of a fresh secrets file, one key for each purpose."""
    now = SystemClock().now()
    parts = ["# Keep this file secret and keep a copy: without it the audit trail cannot be read.\n"]
    parts += [f"# {use}\n{new_key_text(purpose, now)}" for purpose, use in PURPOSES.items()]
    return "\n".join(parts)


def new_key_text(purpose: str, now: datetime, not_before: datetime | None = None) -> str:
    """Fresh keys for one purpose, TOML.

    :param now: aware.
    :param not_before: aware; for key pairs only, from when they are the current ones.
    :raises ValueError: no such purpose, or a beginning for a key that cannot have one.
    """
    if purpose in {"decrypt", "sign"}:
        return new_pairs_text(purpose, now, not_before)
    if purpose not in PURPOSES or not_before is not None:
        raise ValueError("no such purpose, or one whose keys hold at once")
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    return f'[[{purpose}]]\nid = "{purpose}-{secrets.token_hex(4)}"\nkey = "{key}"\n'


def write_new_secrets(path: Path) -> None:
    """Write a fresh file that only its owner can read.

    :raises FileExistsError: there is one already; it is left as it is.
    """
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(new_secrets_text(), encoding="utf-8")
