"""The vocabulary of audit fields: each name has one kind, whichever event carries it.

Names follow NEN 7513:2018 chapter 7 by way of audit-and-consent.md section 3. No field holds
contents of the medical record: a section's name and a count point at what was shown.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from audit.errors import AuditFieldError
from audit.text import ProtectedText

TEXT_LIMIT = 4096
TEXTS_LIMIT = 200

AuditFieldValue = str | int | bool | tuple[str, ...] | ProtectedText | None


class FieldKind(StrEnum):
    """``text`` and ``texts`` are stored readable; ``protected`` only as ciphertext."""

    TEXT = "text"
    TEXTS = "texts"
    COUNT = "count"
    FLAG = "flag"
    PROTECTED = "protected"


_NAMES = {
    FieldKind.PROTECTED: "patient user_name practice_name",
    FieldKind.COUNT: "result_count held_back count window_seconds",
    FieldKind.FLAG: "browser_matches context_matches",
    FieldKind.TEXTS: "consent_categories relaxations missing_sources unknown_names",
    FieldKind.TEXT: (
        # where and how it came in
        "hospital context issuer vendor_name his his_product his_session token_form token_id environment "
        "grade "
        # who
        "user_id user_role user_source_role uzi_number agb_code practice_ura actor "
        # what became of it
        "outcome code detail failure phase state "
        # what was shown
        "page section query data_category origin_system "
        # why it was permitted (NEN 7513 7.4.6 to 7.4.8, PurposeOfUse)
        "authorisation_policy relation_basis purpose consent_state decision_id scope lookup_state "
        # what else it is about
        "other_context change subject status"
    ),
}

FIELD_KINDS: Mapping[str, FieldKind] = MappingProxyType(
    {name: kind for kind, names in _NAMES.items() for name in names.split()}
)

PROTECTED_FIELDS = frozenset(_NAMES[FieldKind.PROTECTED].split())


def check_value(name: str, value: AuditFieldValue) -> None:
    """Refuse a value that is not of the field's kind. None ("not known") fits every kind.

    :raises AuditFieldError: naming the field, never the value.
    """
    kind = FIELD_KINDS.get(name)
    if kind is None:
        raise AuditFieldError(f"{name}: no such field")
    if value is not None and not _fits(kind, value):
        raise AuditFieldError(f"{name}: not a {kind} within its limits")


def _fits(kind: FieldKind, value: AuditFieldValue) -> bool:
    match kind:
        case FieldKind.TEXT:
            return _storable(value)
        case FieldKind.PROTECTED:
            return isinstance(value, ProtectedText) and _storable(value.reveal())
        case FieldKind.TEXTS:
            return (
                isinstance(value, tuple)
                and len(value) <= TEXTS_LIMIT
                and all(_storable(item) for item in value)
            )
        case FieldKind.FLAG:
            return isinstance(value, bool)
        case FieldKind.COUNT:
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _storable(value: object) -> bool:
    """Text, short enough, and free of lone surrogates, which have no UTF-8."""
    return (
        isinstance(value, str)
        and len(value) <= TEXT_LIMIT
        and not any(0xD800 <= ord(symbol) <= 0xDFFF for symbol in value)
    )
