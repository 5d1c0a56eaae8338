"""Reading one stored row: what is not exactly as written is refused, by number."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.crypto import Cipher
from audit.cipher import WrappedKey
from audit.errors import RecordDamagedError
from audit.fields import AuditFieldValue
from audit.record import AuditRecord, canonical_bytes, leaf_hash_of, seal_record
from audit.store import StoredRow
from audit.text import ProtectedText
from audit.trail import open_row
from tests.keys import secret_keys

CIPHER = Cipher(secret_keys())


def a_row() -> StoredRow:
    fields: dict[str, AuditFieldValue] = {
        "hospital": "cwz",
        "context": "A" * 22,
        "user_id": "gp-1",
        "user_name": ProtectedText("H. Arts"),
        "user_role": "01.015",
        "practice_ura": "12345678",
        "patient": ProtectedText("999990019"),
    }
    record = AuditRecord("BANNER_SHOWN", "7K3M-9QTX", fields)
    sealed = seal_record(record, datetime(2026, 11, 22, tzinfo=UTC), "node-1", CIPHER)
    return StoredRow(5, sealed.body, sealed.leaf_hash, sealed.key)


def rewritten(row: StoredRow, body: bytes) -> StoredRow:
    """As somebody would who also corrects the hash."""
    return replace(row, body=body, leaf_hash=leaf_hash_of(body))


def test_intact_row_opens() -> None:
    opened = open_row(a_row(), CIPHER)
    assert (opened.sequence, opened.event, opened.outcome) == (5, "BANNER_SHOWN", 0)
    assert opened.fields["user_name"] == ProtectedText("H. Arts")


@pytest.mark.proves("promise:P3")
def test_any_changed_bit_of_the_bytes_is_found() -> None:
    row = a_row()
    for position in range(len(row.body) * 8):
        changed = bytearray(row.body)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(RecordDamagedError) as caught:
            open_row(replace(row, body=bytes(changed)), CIPHER)
        assert caught.value.sequence == 5


@pytest.mark.proves("promise:P3")
def test_protected_fields_that_changed_places_do_not_open() -> None:
    row = a_row()
    document: Any = json.loads(row.body)
    fields = document["fields"]
    fields["patient"], fields["user_name"] = fields["user_name"], fields["patient"]
    with pytest.raises(RecordDamagedError):
        open_row(rewritten(row, canonical_bytes(document)), CIPHER)


@pytest.mark.proves("promise:P3")
def test_record_under_another_event_id_does_not_open() -> None:
    row = a_row()
    document: Any = json.loads(row.body)
    document["event_id"] = "0" * 32
    with pytest.raises(RecordDamagedError):
        open_row(rewritten(row, canonical_bytes(document)), CIPHER)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"fields":{}}'])
def test_bytes_that_are_no_record_are_refused(body: bytes) -> None:
    with pytest.raises(RecordDamagedError):
        open_row(rewritten(a_row(), body), CIPHER)


def test_record_that_is_not_canonical_is_refused() -> None:
    row = a_row()
    spaced = json.dumps(json.loads(row.body)).encode()
    with pytest.raises(RecordDamagedError):
        open_row(rewritten(row, spaced), CIPHER)


@pytest.mark.proves("promise:P10")
def test_damage_is_reported_without_what_the_record_says() -> None:
    row = a_row()
    assert row.key is not None
    broken = replace(row, key=WrappedKey(row.key.key_id, b"\x01" + row.key.wrapped))
    with pytest.raises(RecordDamagedError) as caught:
        open_row(broken, CIPHER)
    assert caught.value.__suppress_context__
    assert "999990019" not in str(caught.value)
    assert "H. Arts" not in str(caught.value)


def test_row_of_a_lost_key_file_is_damaged_and_not_empty() -> None:
    with pytest.raises(RecordDamagedError):
        open_row(a_row(), Cipher(secret_keys("another file")))
