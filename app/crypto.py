"""Encryption of fields and records (architecture.md D8). AES-256-GCM, HMAC-SHA256 and HKDF only.

A sealed value is ``version, length of the key id, key id, nonce, ciphertext and tag``; everything in
front of the nonce is authenticated too. Each use has a key of its own, derived from the named one, so
that a value sealed for one use never opens in another.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.secrets_file import NamedKey, Secrets
from audit.cipher import LookupHash, WrappedKey
from context.errors import StorageUnavailableError

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Cipher:
    """Implements ``context.ports.FieldCipher`` and ``audit.cipher.RecordCipher``. Safe in threads."""

    def __init__(self, keys: Secrets) -> None:
        self._fields = _Sealer(_derive(keys.wrap, b"zorgtegel field v1"))
        self._records = _Sealer(_derive(keys.wrap, b"zorgtegel audit data key v1"))
        self._lookups = {named.id: named.key for named in keys.lookup}
        self._cookies = tuple(named.key for named in keys.cookie)

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """Encrypt; the result opens only with the same ``bound_to``."""
        return self._fields.seal(plain, bound_to)

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """Decrypt. :raises StorageUnavailableError: the bytes were altered or the key is gone."""
        try:
            return self._fields.open(sealed, bound_to)
        except ValueError as error:
            raise StorageUnavailableError(f"a sealed field does not open: {error}") from None

    def lookup_hash(self, text: str, purpose: str) -> bytes:
        """32 bytes, the same for the same text and purpose, under the current lookup key."""
        return self.lookup(text, purpose).value

    def lookup_hashes(self, text: str, purpose: str) -> tuple[bytes, ...]:
        """What ``lookup_hash`` gave under every lookup key that is still kept."""
        return tuple(found.value for found in self.lookups(text, purpose))

    def cookie_hash(self, value: str) -> bytes:
        """32 bytes: the form in which a cookie's value is stored, under the current cookie key."""
        return _keyed_hash(self._cookies[0], "cookie", value)

    def cookie_matches(self, value: str, stored: bytes) -> bool:
        """Whether ``stored`` is this value's hash under any cookie key; constant time per key."""
        found = [hmac.compare_digest(_keyed_hash(key, "cookie", value), stored) for key in self._cookies]
        return any(found)

    def new_data_key(self) -> bytes:
        """32 random bytes for one audit record."""
        return secrets.token_bytes(_KEY_BYTES)

    def wrap(self, data_key: bytes, bound_to: str) -> WrappedKey:
        """Encrypt a data key under the current wrapping key."""
        return WrappedKey(self._records.current, self._records.seal(data_key, bound_to))

    def unwrap(self, key: WrappedKey, bound_to: str) -> bytes:
        """The data key. :raises ValueError: altered, bound to something else, or the key is gone."""
        return self._records.open(key.wrapped, bound_to)

    def seal_field(self, data_key: bytes, plain: str, bound_to: str) -> bytes:
        """Encrypt one field of a record under its data key: nonce, ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(data_key).encrypt(nonce, plain.encode(), bound_to.encode())

    def open_field(self, data_key: bytes, sealed: bytes, bound_to: str) -> str:
        """Decrypt one field. :raises ValueError: altered, or another key or binding."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return _decrypt(AESGCM(data_key), nonce, rest, bound_to.encode()).decode()

    def lookup(self, text: str, purpose: str) -> LookupHash:
        """The keyed hash under the current lookup key."""
        return self.lookups(text, purpose)[0]

    def lookups(self, text: str, purpose: str) -> tuple[LookupHash, ...]:
        """The keyed hashes under every lookup key there is, the current one first."""
        return tuple(LookupHash(name, _keyed_hash(key, purpose, text)) for name, key in self._lookups.items())


class _Sealer:
    """Seals with the first key of a list and opens with any of them."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.current = next(iter(keys))

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        name = self.current.encode("ascii")
        header = _VERSION + bytes([len(name)]) + name
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return header + nonce + self._ciphers[self.current].encrypt(nonce, plain, header + bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """:raises ValueError: altered, bound to something else, or the key is gone."""
        if sealed[:1] != _VERSION or len(sealed) < 2:
            raise ValueError("unknown version")
        end = 2 + sealed[1]
        header, nonce, rest = sealed[:end], sealed[end : end + _NONCE_BYTES], sealed[end + _NONCE_BYTES :]
        cipher = self._ciphers.get(header[2:].decode("ascii", "replace"))
        if cipher is None:
            raise ValueError("the key is gone")
        return _decrypt(cipher, nonce, rest, header + bound_to.encode())


def _decrypt(cipher: AESGCM, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if len(nonce) != _NONCE_BYTES:
        raise ValueError("too short")
    try:
        return cipher.decrypt(nonce, sealed, bound_to)
    except InvalidTag:
        raise ValueError("altered, or bound to something else") from None


def _derive(keys: tuple[NamedKey, ...], use: bytes) -> dict[str, bytes]:
    return {
        named.id: HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=use).derive(named.key)
        for named in keys
    }


def _keyed_hash(key: bytes, purpose: str, text: str) -> bytes:
    """The length in front keeps ("ab", "c") and ("a", "bc") apart."""
    label = purpose.encode()
    message = len(label).to_bytes(4, "big") + label + text.encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).digest()
