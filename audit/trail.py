"""The trail: events in, records out."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from audit.cipher import RecordCipher
from audit.errors import RecordDamagedError
from audit.events import OutcomeIndicator
from audit.fields import PROTECTED_FIELDS, AuditFieldValue
from audit.record import (
    PATIENT_LOOKUP,
    TIME_FORM,
    AuditRecord,
    canonical_bytes,
    field_binding,
    leaf_hash_of,
    seal_record,
)
from audit.store import StoredRow, append, read_rows
from audit.text import ProtectedText

_PAGE = 1000


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A record read back and checked against its hash.

    :param recorded: aware UTC.
    :param fields: BSN and names as ``ProtectedText``; None where their key was shredded.
    """

    sequence: int
    event_id: str
    recorded: datetime
    event: str
    code: str
    event_type: str | None
    action: str
    outcome: OutcomeIndicator
    reference: str
    source: str
    fields: Mapping[str, AuditFieldValue]


class AuditTrail:
    """Makes records durable together with whatever else their transaction does.

    :param source: this service instance (NEN 7513 7.5.2).
    """

    def __init__(self, cipher: RecordCipher, clock: Clock, source: str) -> None:
        self._cipher = cipher
        self._clock = clock
        self._source = source

    def job(self, *records: AuditRecord) -> Callable[[Connection], int]:
        """A repeatable job that appends the records; their time is now, not when the job runs.

        The job raises ReferenceTakenError when one of them opens a case whose reference is in use.

        :raises AuditFieldError: a record is not what the catalogue says; nothing is to be written.
        """
        now = self._clock.now()
        return append([seal_record(record, now, self._source, self._cipher) for record in records])


def read_records(
    connection: Connection, cipher: RecordCipher, *, first: int = 0, patient: ProtectedText | None = None
) -> Iterator[ReadRecord]:
    """Records in order, each checked against its hash and opened.

    Reading is for people with a right to it, and is itself to be recorded by the caller.

    :param first: sequence number to begin at.
    :param patient: only the records about this BSN, under whichever lookup key they were written.
    :raises RecordDamagedError: a record differs from its hash, or a protected field does not open.
    """
    lookups = None if patient is None else cipher.lookups(patient.reveal(), PATIENT_LOOKUP)
    while rows := read_rows(connection, first, _PAGE, lookups):
        for row in rows:
            yield open_row(row, cipher)
        first = rows[-1].sequence + 1


def open_row(row: StoredRow, cipher: RecordCipher) -> ReadRecord:
    """Check one stored row against its hash and open it. :raises RecordDamagedError: it is not intact."""
    if leaf_hash_of(row.body) != row.leaf_hash:
        raise RecordDamagedError(row.sequence, "the bytes differ from their hash")
    try:
        return _parse(row, json.loads(row.body), cipher)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause may quote the record, so it is not chained.
        raise RecordDamagedError(row.sequence, "the record cannot be read") from None


def _parse(row: StoredRow, document: dict[str, Any], cipher: RecordCipher) -> ReadRecord:
    if canonical_bytes(document) != row.body:
        raise ValueError("not canonical")
    event_id: str = document["event_id"]
    data_key = None if row.key is None else cipher.unwrap(row.key, event_id)
    fields: dict[str, AuditFieldValue] = {}
    for name, value in document["fields"].items():
        if name in PROTECTED_FIELDS and value is not None:
            fields[name] = _open_field(value, data_key, field_binding(event_id, name), cipher)
        else:
            fields[name] = tuple(value) if isinstance(value, list) else value
    return ReadRecord(
        sequence=row.sequence,
        event_id=event_id,
        recorded=datetime.strptime(document["recorded"], TIME_FORM).replace(tzinfo=UTC),
        event=document["event"],
        code=document["code"],
        event_type=document["type"],
        action=document["action"],
        outcome=OutcomeIndicator(document["outcome"]),
        reference=document["reference"],
        source=document["source"],
        fields=fields,
    )


def _open_field(
    value: str, data_key: bytes | None, bound_to: str, cipher: RecordCipher
) -> ProtectedText | None:
    if data_key is None:
        return None
    try:
        sealed = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    return ProtectedText(cipher.open_field(data_key, sealed, bound_to))
