"""Canonical bytes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.crypto import Cipher
from audit.errors import AuditFieldError
from audit.fields import AuditFieldValue
from audit.record import AuditRecord, SealedRecord, canonical_bytes, leaf_hash_of, seal_record
from audit.text import ProtectedText
from tests.keys import secret_keys

BSN = "999990019"
REFERENCE = "7K3M-9QTX"
MOMENT = datetime(2026, 11, 22, 9, 0, 0, 7, tzinfo=UTC)
VIEWED: dict[str, AuditFieldValue] = {
    "hospital": "cwz",
    "context": "A" * 22,
    "user_id": "1.2.3|900000009",
    "user_name": ProtectedText("Zoë Ünal-Łuczak 漢"),
    "user_role": "01.015",
    "practice_ura": "90000001",
    "practice_name": None,
    "patient": ProtectedText(BSN),
    "page": "start",
}


def seal(recorded: datetime = MOMENT, /, **more: AuditFieldValue) -> SealedRecord:
    fields = {**VIEWED, **more}
    return seal_record(
        AuditRecord("PAGE_VIEWED", REFERENCE, fields), recorded, "node-1", Cipher(secret_keys())
    )


def document(sealed: SealedRecord) -> Any:
    return json.loads(sealed.body)


@pytest.mark.proves("promise:P10")
def test_protected_values_stand_in_the_bytes_as_ciphertext_only() -> None:
    sealed = seal()
    assert BSN.encode() not in sealed.body
    assert "Ünal".encode() not in sealed.body
    assert sealed.key is not None
    assert sealed.lookup is not None
    assert BSN.encode() not in sealed.key.wrapped + sealed.lookup.value


@pytest.mark.proves("promise:P6")
@pytest.mark.parametrize(
    ("recorded", "text"),
    [
        (MOMENT, "2026-11-22T09:00:00.000007Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000000Z"),
        (datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), "2026-06-30T22:30:00.000000Z"),
    ],
)
def test_time_is_utc_with_six_decimals(recorded: datetime, text: str) -> None:
    assert document(seal(recorded))["recorded"] == text


@pytest.mark.proves("promise:P6")
def test_bytes_are_what_their_document_gives_again() -> None:
    sealed = seal(query="jaar=2026 & naam=Škoda \u2028 \x7f")
    assert canonical_bytes(document(sealed)) == sealed.body
    assert sealed.leaf_hash == hashlib.sha256(b"\x00" + sealed.body).digest() == leaf_hash_of(sealed.body)


def test_document_names_event_code_action_policy_and_source() -> None:
    found = document(seal())
    assert (found["event"], found["code"], found["type"], found["action"]) == (
        "PAGE_VIEWED",
        "110110",
        None,
        "R",
    )
    assert (found["outcome"], found["reference"], found["source"]) == (0, REFERENCE, "node-1")
    assert found["fields"]["authorisation_policy"] == "zorgtegel-gp@1"
    assert found["fields"]["practice_name"] is None


def test_two_records_of_one_event_share_no_ciphertext() -> None:
    first, second = document(seal()), document(seal())
    assert first["event_id"] != second["event_id"]
    assert first["fields"]["patient"] != second["fields"]["patient"]


def test_record_without_protected_fields_has_no_key() -> None:
    record = AuditRecord("REFUSALS_SUMMARISED", REFERENCE, {"hospital": "cwz", "count": 61})
    sealed = seal_record(record, MOMENT, "node-1", Cipher(secret_keys()))
    assert sealed.key is None
    assert sealed.lookup is None
    assert sealed.opens_reference


@pytest.mark.proves("promise:P10")
@pytest.mark.parametrize("field", ["page", "query", "token_id", "relaxations"])
def test_patient_number_in_a_readable_field_is_refused(field: str) -> None:
    value: AuditFieldValue = (f"x{BSN}",) if field == "relaxations" else f"session-{BSN}-1"
    with pytest.raises(AuditFieldError, match=field) as caught:
        seal(**{field: value})
    assert BSN not in str(caught.value)


@pytest.mark.parametrize("reference", ["", "7K3M9QTX", "7K3M-9QTI", "7k3m-9qtx", "7K3M-9QTX\n", "7K3M-9QT٣"])
def test_malformed_reference_is_refused(reference: str) -> None:
    with pytest.raises(AuditFieldError, match="reference"):
        seal_record(AuditRecord("PAGE_VIEWED", reference, VIEWED), MOMENT, "node-1", Cipher(secret_keys()))


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(AuditFieldError, match="zone"):
        seal(MOMENT.replace(tzinfo=None))
