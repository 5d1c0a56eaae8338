"""What the audit trail asks of cryptography. ``app/crypto.py`` provides it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A record's data key as stored. :param key_id: which wrapping key opens it."""

    key_id: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class LookupHash:
    """A keyed hash to find records by. :param key_id: which lookup key made it."""

    key_id: str
    value: bytes


class RecordCipher(Protocol):
    """A fresh data key per record; destroying the wrapped key shreds that record's protected fields,
    while its stored bytes and hash stay as they were (D8)."""

    def new_data_key(self) -> bytes:
        """32 random bytes."""

    def wrap(self, data_key: bytes, bound_to: str) -> WrappedKey:
        """Encrypt a data key under the current wrapping key."""

    def unwrap(self, key: WrappedKey, bound_to: str) -> bytes:
        """The data key. :raises ValueError: altered, bound to something else, or the key is gone."""

    def seal_field(self, data_key: bytes, plain: str, bound_to: str) -> bytes:
        """Encrypt one field; it opens only with the same ``bound_to``."""

    def open_field(self, data_key: bytes, sealed: bytes, bound_to: str) -> str:
        """Decrypt one field. :raises ValueError: altered, or another key or binding."""

    def lookup(self, text: str, purpose: str) -> LookupHash:
        """The keyed hash under the current lookup key."""

    def lookups(self, text: str, purpose: str) -> tuple[LookupHash, ...]:
        """The keyed hashes under every lookup key there is, the current one first."""
