"""Makers of Responses with an encrypted Assertion, wrong in one way."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from lxml import etree
from lxml.etree import _Element

from launch.trust.model import Relaxation, RelaxationName
from sandbox.his.saml_encryption import (
    XENC,
    ZORGPLATFORM,
    XmlEncryption,
    encrypt_blocks,
    encrypted_assertion,
)
from sandbox.his.tokens import encode_saml, sign_element
from sandbox.kit.saml_changes import ASSERTION, ds
from tests.attack.cases import Maker
from tests.attack.saml_makers import genuine
from tests.launch_stage import SAML_ISSUER, Stage, certificate
from tests.own_keys import rsa_own_key

Damage = Callable[[_Element], object]


def xenc(name: str) -> str:
    return f"{{{XENC}}}{name}"


def receiver() -> x509.Certificate:
    """Our certificate, as SAML metadata shows it."""
    shown = rsa_own_key().certificate
    assert shown is not None
    return shown


def relax(stage: Stage, name: RelaxationName = RelaxationName.AES_CBC_AND_OAEP_SHA1) -> None:
    """Let the grant of the SAML vendor relax one rule for a day."""
    day = timedelta(days=1)
    relaxed = Relaxation(name, stage.now - day, stage.now + day, "test")
    stage.change_grant(SAML_ISSUER, relaxations=(relaxed,))


def plain_assertion(stage: Stage) -> bytes:
    """The signed Assertion alone, as it is encrypted."""
    found = etree.fromstring(genuine(stage)).find(ASSERTION)
    assert found is not None
    return etree.tostring(found, with_tail=False)


def response_around(stage: Stage, encrypted: _Element, *, sign_response: bool = False) -> _Element:
    """The genuine Response with its Assertion replaced."""
    root = etree.fromstring(genuine(stage))
    assertion = root.find(ASSERTION)
    assert assertion is not None
    root.replace(assertion, encrypted)
    return sign_element(root, str(root.get("ID")), certificate()) if sign_response else root


def encrypting(
    plain: Callable[[bytes], bytes] = lambda assertion: assertion,
    *,
    how: XmlEncryption | None = None,
    damage: Damage | None = None,
    sign_response: bool = False,
    to: Callable[[], x509.Certificate] = receiver,
    content_key: bytes | None = None,
) -> Maker:
    """Encrypt what ``plain`` makes of the signed Assertion, then ``damage`` the EncryptedAssertion."""

    def make(stage: Stage) -> str:
        encrypted = encrypted_assertion(plain(plain_assertion(stage)), to(), how, content_key=content_key)
        if damage:
            damage(encrypted)
        root = response_around(stage, encrypted, sign_response=sign_response)
        return encode_saml(etree.tostring(root))

    return make


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(assertion: bytes) -> bytes:
        assert old in assertion
        return assertion.replace(old, new, 1)

    return change


def unsigned(assertion: bytes) -> bytes:
    return re.sub(rb"<ds:Signature .*</ds:Signature>", b"", assertion, flags=re.DOTALL)


def values(encrypted: _Element) -> list[_Element]:
    """CipherValue of the key and of the data."""
    return list(encrypted.iter(xenc("CipherValue")))


def key_value(change: Callable[[bytes], bytes]) -> Damage:
    return _value(0, change)


def data_value(change: Callable[[bytes], bytes]) -> Damage:
    return _value(1, change)


def _value(place: int, change: Callable[[bytes], bytes]) -> Damage:
    def damage(encrypted: _Element) -> None:
        value = values(encrypted)[place]
        value.text = base64.b64encode(change(base64.b64decode(value.text or ""))).decode()

    return damage


def flipped(place: int) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        bent = bytearray(raw)
        bent[place] ^= 1
        return bytes(bent)

    return change


def named(tag: str, **attributes: str | None) -> Damage:
    """Change attributes of the first element of a name."""

    def damage(encrypted: _Element) -> None:
        element = next(encrypted.iter(tag))
        for name, value in attributes.items():
            if value is None:
                del element.attrib[name]
            else:
                element.set(name, value)

    return damage


def added(parent: str, tag: str, place: int = -1, **attributes: str) -> Damage:
    """Insert an element into the last element of a name."""

    def damage(encrypted: _Element) -> None:
        outer = list(encrypted.iter(parent))[-1]
        child = etree.Element(tag, attributes)
        outer.insert(len(outer) if place < 0 else place, child)

    return damage


def inside_key_info(*elements: _Element) -> Damage:
    """Other elements in the EncryptedKey's own KeyInfo."""

    def damage(encrypted: _Element) -> None:
        place = list(encrypted.iter(ds("KeyInfo")))[-1]
        for each in list(place):
            place.remove(each)
        place.extend(elements)

    return damage


def element(tag: str, text: str | None = None, **attributes: str) -> _Element:
    made = etree.Element(tag, attributes)
    made.text = text
    return made


def key_inside_key(encrypted: _Element) -> None:
    """An EncryptedKey that another EncryptedKey must open."""
    inner = etree.fromstring(etree.tostring(next(encrypted.iter(xenc("EncryptedKey")))))
    inside_key_info(inner)(encrypted)


def key_found_by(uri: str) -> Damage:
    """The EncryptedKey beside the data, named by a RetrievalMethod."""

    def damage(encrypted: _Element) -> None:
        info = next(encrypted.iter(ds("KeyInfo")))
        key = next(encrypted.iter(xenc("EncryptedKey")))
        key.set("Id", "key-1")
        info.replace(key, element(ds("RetrievalMethod"), URI=uri))
        encrypted.append(key)

    return damage


def by_reference(place: int) -> Damage:
    """CipherReference in place of the key's (0) or the data's (1) CipherValue."""

    def damage(encrypted: _Element) -> None:
        value = values(encrypted)[place]
        cipher = value.getparent()
        assert cipher is not None
        cipher.replace(value, element(xenc("CipherReference"), URI="http://127.0.0.1:9/x"))

    return damage


def ending_in(padding: bytes) -> Maker:
    """AES-CBC whose last block ends in these bytes, whatever they say of the padding."""
    key = bytes(range(32))

    def make(stage: Stage) -> str:
        plain = plain_assertion(stage)
        blocks = plain + b" " * (-(len(plain) + len(padding)) % 16) + padding
        change = data_value(lambda _: encrypt_blocks(blocks, key))
        return encrypting(how=ZORGPLATFORM, damage=change, content_key=key)(stage)

    return make
