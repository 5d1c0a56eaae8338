"""One event as canonical bytes, which are what is stored and what is hashed."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from audit.cipher import LookupHash, RecordCipher, WrappedKey
from audit.errors import AuditFieldError
from audit.events import EventSpec, spec_of
from audit.fields import PROTECTED_FIELDS, AuditFieldValue
from audit.text import ProtectedText

SCHEMA = 1
PATIENT_LOOKUP = "audit-patient"
REFERENCE_FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", re.ASCII)
TIME_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An event to be recorded.

    :param event: a name of the catalogue.
    :param reference: ``XXXX-XXXX``, the case it belongs to.
    :param fields: what the catalogue allows for this event; BSN and names as ``ProtectedText``.
    """

    event: str
    reference: str
    fields: Mapping[str, AuditFieldValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A checked record, ready to be stored as it is, any number of times.

    :param body: canonical bytes: UTF-8 JSON, names sorted, no spaces; protected values as ciphertext.
    :param leaf_hash: SHA-256 of 0x00 and the body (RFC 6962 section 2.1).
    :param key: None when nothing in it is protected.
    :param lookup: to find the patient's records by; None without a patient.
    """

    event: str
    reference: str
    opens_reference: bool
    body: bytes
    leaf_hash: bytes
    key: WrappedKey | None
    lookup: LookupHash | None


def leaf_hash_of(body: bytes) -> bytes:
    """SHA-256 of 0x00 and the bytes: a leaf can never be taken for an inner node (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + body).digest()


def seal_record(record: AuditRecord, recorded: datetime, source: str, cipher: RecordCipher) -> SealedRecord:
    """Check a record against the catalogue and fix its bytes.

    :param recorded: aware; written as UTC with exactly six decimals.
    :param source: the service instance (NEN 7513 7.5.2).
    :raises AuditFieldError: the record is not what the catalogue says.
    """
    spec = spec_of(record.event)
    fields: dict[str, AuditFieldValue] = {**spec.stamped, **record.fields}
    _check(spec, record.reference, recorded, fields)
    event_id = secrets.token_hex(16)
    sealed, key = _seal_protected(event_id, fields, cipher)
    document = {
        "schema": SCHEMA,
        "event_id": event_id,
        "recorded": recorded.astimezone(UTC).strftime(TIME_FORM),
        "event": spec.name,
        "code": spec.code,
        "type": spec.event_type,
        "action": spec.action,
        "outcome": int(spec.outcome_of(fields)),
        "reference": record.reference,
        "source": source,
        "fields": sealed,
    }
    body = canonical_bytes(document)
    patient = fields.get("patient")
    lookup = cipher.lookup(patient.reveal(), PATIENT_LOOKUP) if isinstance(patient, ProtectedText) else None
    return SealedRecord(
        spec.name, record.reference, spec.opens_reference, body, leaf_hash_of(body), key, lookup
    )


def canonical_bytes(document: Mapping[str, object]) -> bytes:
    """The one way to write a document: equal documents give equal bytes on every machine."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def field_binding(event_id: str, name: str) -> str:
    """What a field's ciphertext is bound to, so that it opens in its own place only."""
    return f"{event_id}/{name}"


def _check(
    spec: EventSpec, reference: str, recorded: datetime, fields: Mapping[str, AuditFieldValue]
) -> None:
    spec.check(fields)
    if not REFERENCE_FORM.fullmatch(reference):
        raise AuditFieldError(f"{spec.name}: the reference is malformed")
    if recorded.tzinfo is None:
        raise AuditFieldError(f"{spec.name}: the time has no zone")
    _check_nothing_leaks(spec, fields)


def _check_nothing_leaks(spec: EventSpec, fields: Mapping[str, AuditFieldValue]) -> None:
    """The patient's number may stand in no readable field, whoever put it there (promise P10)."""
    patient = fields.get("patient")
    if not isinstance(patient, ProtectedText):
        return
    secret = patient.reveal()
    for name, value in fields.items():
        texts = value if isinstance(value, tuple) else (value,)
        if any(isinstance(text, str) and secret in text for text in texts):
            raise AuditFieldError(f"{spec.name}: {name} repeats the patient's number")


def _seal_protected(
    event_id: str, fields: Mapping[str, AuditFieldValue], cipher: RecordCipher
) -> tuple[dict[str, object], WrappedKey | None]:
    sealed: dict[str, object] = dict(fields)
    protected = {
        name: value
        for name, value in fields.items()
        if name in PROTECTED_FIELDS and isinstance(value, ProtectedText)
    }
    if not protected:
        return sealed, None
    data_key = cipher.new_data_key()
    for name, value in protected.items():
        secret = cipher.seal_field(data_key, value.reveal(), field_binding(event_id, name))
        sealed[name] = base64.b64encode(secret).decode("ascii")
    return sealed, cipher.wrap(data_key, event_id)
