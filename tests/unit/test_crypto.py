"""Sealed fields, data keys and keyed hashes."""

import hashlib

import pytest

from app.crypto import Cipher
from app.secrets_file import NamedKey, Secrets
from context.errors import StorageUnavailableError
from tests.keys import secret_keys

OLD, NEW = secret_keys("old"), secret_keys("new")


def rotated() -> Secrets:
    return Secrets(
        wrap=(*NEW.wrap, *OLD.wrap), lookup=(*NEW.lookup, *OLD.lookup), cookie=(*NEW.cookie, *OLD.cookie)
    )


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(OLD)


def test_sealed_field_opens_with_its_own_binding_only(cipher: Cipher) -> None:
    sealed = cipher.seal(b"999990019", "context-a")
    assert cipher.open(sealed, "context-a") == b"999990019"
    assert b"999990019" not in sealed
    with pytest.raises(StorageUnavailableError):
        cipher.open(sealed, "context-b")


def test_same_field_is_never_sealed_alike(cipher: Cipher) -> None:
    assert len({cipher.seal(b"same", "x") for _ in range(50)}) == 50


def test_any_changed_bit_is_refused(cipher: Cipher) -> None:
    sealed = cipher.seal(b"text", "x")
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(StorageUnavailableError):
            cipher.open(bytes(changed), "x")


def test_any_truncation_is_refused(cipher: Cipher) -> None:
    sealed = cipher.seal(b"text", "x")
    for length in range(len(sealed)):
        with pytest.raises(StorageUnavailableError):
            cipher.open(sealed[:length], "x")


def test_rotation_opens_the_old_and_seals_with_the_new(cipher: Cipher) -> None:
    after = Cipher(rotated())
    assert after.open(cipher.seal(b"old", "x"), "x") == b"old"
    with pytest.raises(StorageUnavailableError, match="the key is gone"):
        cipher.open(after.seal(b"new", "x"), "x")


def test_other_key_under_the_same_id_opens_nothing(cipher: Cipher) -> None:
    impostor = NamedKey.model_construct(id=OLD.wrap[0].id, key=NEW.wrap[0].key)
    other = Cipher(OLD.model_copy(update={"wrap": (impostor,)}))
    with pytest.raises(StorageUnavailableError, match="altered"):
        other.open(cipher.seal(b"text", "x"), "x")


def test_lookup_hash_is_stable_and_separates_purposes(cipher: Cipher) -> None:
    assert cipher.lookup_hash("999990019", "a") == Cipher(OLD).lookup_hash("999990019", "a")
    assert len(cipher.lookup_hash("999990019", "a")) == 32
    assert cipher.lookup_hash("c", "ab") != cipher.lookup_hash("bc", "a")
    assert cipher.lookup_hash("999990019", "a") != hashlib.sha256(b"999990019").digest()


def test_lookups_give_every_key_with_the_current_first(cipher: Cipher) -> None:
    after = Cipher(rotated())
    found = after.lookups("text", "purpose")
    assert found[0] == after.lookup("text", "purpose")
    assert cipher.lookup("text", "purpose") in found
    assert len(found) == 2


def test_cookie_of_the_previous_key_still_matches(cipher: Cipher) -> None:
    after = Cipher(rotated())
    assert after.cookie_matches("value", cipher.cookie_hash("value"))
    assert after.cookie_matches("value", after.cookie_hash("value"))
    assert not after.cookie_matches("other", cipher.cookie_hash("value"))
    assert not cipher.cookie_matches("value", after.cookie_hash("value"))


def test_data_key_unwraps_for_its_own_record_only(cipher: Cipher) -> None:
    data_key = cipher.new_data_key()
    wrapped = cipher.wrap(data_key, "record-1")
    assert cipher.unwrap(wrapped, "record-1") == data_key
    assert data_key not in wrapped.wrapped
    with pytest.raises(ValueError, match="altered"):
        cipher.unwrap(wrapped, "record-2")
    with pytest.raises(StorageUnavailableError):
        cipher.open(wrapped.wrapped, "record-1")


def test_record_field_opens_in_its_own_place_only(cipher: Cipher) -> None:
    data_key = cipher.new_data_key()
    sealed = cipher.seal_field(data_key, "Zoë Ünal", "record/patient")
    assert cipher.open_field(data_key, sealed, "record/patient") == "Zoë Ünal"
    for key, bytes_, binding in (
        (data_key, sealed, "record/user_name"),
        (cipher.new_data_key(), sealed, "record/patient"),
        (data_key, sealed[:5], "record/patient"),
        (data_key, b"", "record/patient"),
    ):
        with pytest.raises(ValueError, match=r"altered|too short"):
            cipher.open_field(key, bytes_, binding)
