"""Domain values as ciphertext at rest, and back (architecture.md D8).

The codec knows no class by name: it follows the annotations of the frozen dataclasses, so that a new
field is kept without anyone remembering to. Restoring runs every constructor's own checks.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from context.errors import BsnFormatError, StorageUnavailableError
from context.launch import VerifiedLaunch
from context.person import Patient
from context.ports import FieldCipher

T = TypeVar("T")


class SealedValues:
    """Seals launches and patients, each bound to its own context and its own kind."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def seal_launch(self, launch: VerifiedLaunch, context_id: str) -> bytes:
        """Ciphertext that opens as the launch of this context only."""
        return self._cipher.seal(encode(launch), f"launch {context_id}")

    def open_launch(self, sealed: bytes, context_id: str) -> VerifiedLaunch:
        """:raises StorageUnavailableError: altered, of another context, or no launch of this version."""
        return decode(VerifiedLaunch, self._cipher.open(sealed, f"launch {context_id}"))

    def seal_patient(self, patient: Patient, context_id: str) -> bytes:
        """Ciphertext that opens as the patient of this context only."""
        return self._cipher.seal(encode(patient), f"patient {context_id}")

    def open_patient(self, sealed: bytes, context_id: str) -> Patient:
        """:raises StorageUnavailableError: altered, of another context, or no patient of this version."""
        return decode(Patient, self._cipher.open(sealed, f"patient {context_id}"))


def encode(value: object) -> bytes:
    """A frozen dataclass as UTF-8 JSON. :raises TypeError: it holds what this codec cannot restore."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode()


def decode(kind: type[T], encoded: bytes) -> T:
    """The inverse of ``encode``.

    :raises StorageUnavailableError: it is no ``kind`` as this version knows it; the text is not repeated.
    """
    try:
        restored: T = _restore(kind, json.loads(encoded))
    except (ValueError, TypeError, KeyError, AttributeError, BsnFormatError):
        raise StorageUnavailableError(f"not a stored {kind.__name__}") from None
    return restored


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"cannot be stored: {type(value).__name__}")


def _restore(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _restore_optional(kind, plain)
    if origin is tuple:
        return tuple(_restore(get_args(kind)[0], item) for item in plain)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _restore(hints[name], item) for name, item in plain.items()})
    if kind is datetime:
        return datetime.fromisoformat(plain)
    if issubclass(kind, Enum):
        return kind(plain)
    if type(plain) is not kind:
        raise TypeError
    return plain


def _restore_optional(kind: Any, plain: Any) -> Any:
    (only,) = (choice for choice in get_args(kind) if choice is not NoneType)
    return None if plain is None else _restore(only, plain)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)
