"""Opens an EncryptedAssertion (SAML core 2.0 §2.3.4, XML Encryption 1.1, attack A100).

One narrow shape: one EncryptedData, in its KeyInfo one EncryptedKey, both with their bytes in place.
Nothing is looked up: no reference, no key name, no other key than ours. AES-256-GCM under RSA-OAEP with
SHA-256; what is older is a relaxation.

The work is the same whatever is wrong: what cannot be opened for its form is replaced by stand-ins, and
a content key that does not unwrap by a random one.
"""

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from lxml.etree import _Element

from launch.own_keys import fits
from launch.saml_grammar import DS, XENC, XENC11

AES_256_GCM = f"{XENC11}aes256-gcm"
AES_256_CBC = f"{XENC}aes256-cbc"
RSA_OAEP = f"{XENC11}rsa-oaep"
RSA_OAEP_MGF1P = f"{XENC}rsa-oaep-mgf1p"
DIGEST_SHA1 = f"{DS}sha1"
DIGEST_SHA256 = f"{XENC}sha256"
MGF1_SHA1 = f"{XENC11}mgf1sha1"
MGF1_SHA256 = f"{XENC11}mgf1sha256"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

_SHA1_OAEP = OAEP(MGF1(SHA1()), SHA1(), None)  # noqa: S303 - a relaxation; OAEP asks no collision resistance
_SHA256_OAEP = OAEP(MGF1(SHA256()), SHA256(), None)
# By key transport, digest and mask; what is not named is SHA-1 by the specification's defaults (§5.5.2).
_PADDINGS = {
    (RSA_OAEP, DIGEST_SHA256, MGF1_SHA256): _SHA256_OAEP,
    (RSA_OAEP, DIGEST_SHA1, MGF1_SHA1): _SHA1_OAEP,
    (RSA_OAEP_MGF1P, DIGEST_SHA1, MGF1_SHA1): _SHA1_OAEP,
    (RSA_OAEP_MGF1P, DIGEST_SHA256, MGF1_SHA1): OAEP(MGF1(SHA1()), SHA256(), None),  # noqa: S303
}
_ELEMENT = f"{XENC}Element"
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_CONTENT_KEY_BYTES = 32
_GCM_IV_BYTES = 12
_GCM_TAG_BYTES = 16
_CBC_BLOCK_BYTES = 16


class SealFormError(Exception):
    """An EncryptedAssertion of another form. The text is for the audit and holds nothing of it."""


@dataclass(frozen=True, slots=True, repr=False)
class SealedAssertion:
    """What an EncryptedAssertion holds, decoded.

    :param authenticated: AES-GCM; otherwise AES-CBC.
    :param wrapped: the encrypted content key.
    """

    padding: OAEP
    authenticated: bool
    wrapped: bytes
    content: bytes

    @property
    def is_weak(self) -> bool:
        """Allowed by a relaxation only."""
        return not self.authenticated or self.padding is not _SHA256_OAEP


STAND_IN = SealedAssertion(_SHA256_OAEP, True, b"", b"")
"""Goes through decryption in place of what has no form that could."""


def read_sealed(encrypted: _Element) -> SealedAssertion:
    """Take an EncryptedAssertion apart.

    :raises SealFormError: anything that is not the one shape.
    """
    _check_attributes(encrypted, set())
    (data,) = _children(encrypted, f"{{{XENC}}}EncryptedData")
    _check_attributes(data, {"Type", "Id"})
    if data.get("Type") != _ELEMENT:
        _refuse("EncryptedData of another type")
    method, info, cipher = _children(
        data, f"{{{XENC}}}EncryptionMethod", f"{{{DS}}}KeyInfo", f"{{{XENC}}}CipherData"
    )
    _children(method)
    if _algorithm(method) not in (AES_256_GCM, AES_256_CBC):
        _refuse("content encryption that is not on the list")
    (key,) = _children(info, f"{{{XENC}}}EncryptedKey")
    padding, wrapped = _read_key(key)
    return SealedAssertion(padding, _algorithm(method) == AES_256_GCM, wrapped, _cipher_value(cipher))


def _read_key(key: _Element) -> tuple[OAEP, bytes]:
    _check_attributes(key, {"Id", "Recipient"})
    method, *info, cipher = _children(
        key, f"{{{XENC}}}EncryptionMethod", f"{{{DS}}}KeyInfo?", f"{{{XENC}}}CipherData"
    )
    for shown in info:
        _check_receiver(shown)
    parameters = _children(method, f"{{{DS}}}DigestMethod?", f"{{{XENC11}}}MGF?")
    named = {each.tag: _algorithm(each) for each in parameters}
    for each in parameters:
        _children(each)
    chosen = (
        _algorithm(method),
        named.get(f"{{{DS}}}DigestMethod", DIGEST_SHA1),
        named.get(f"{{{XENC11}}}MGF", MGF1_SHA1),
    )
    if chosen not in _PADDINGS:
        _refuse("key transport that is not on the list")
    return _PADDINGS[chosen], _cipher_value(cipher)


def _check_receiver(info: _Element) -> None:
    """Who it is for may stand there, as Microsoft's token services write it too; nothing reads it."""
    (shown,) = _children(info, f"{{{DS}}}X509Data|{{{WSSE}}}SecurityTokenReference")
    if shown.tag != f"{{{DS}}}X509Data":
        (shown,) = _children(shown, f"{{{DS}}}X509Data")
    tags = {str(each.tag) for each in shown.iterdescendants()}
    names = ("Certificate", "IssuerSerial", "IssuerName", "SerialNumber", "SubjectName", "SKI")
    if not tags <= {f"{{{DS}}}X509{name}" for name in names}:
        _refuse("a receiver named in another way")


def _cipher_value(cipher: _Element) -> bytes:
    _check_attributes(cipher, set())
    (value,) = _children(cipher, f"{{{XENC}}}CipherValue")
    _children(value)
    text = "".join((value.text or "").split())
    if not _BASE64.fullmatch(text):
        _refuse("a cipher value that is not base64")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        _refuse("a cipher value that is not base64")


def _children(parent: _Element, *expected: str) -> Sequence[_Element]:
    """Exactly these children in this order; ``?`` may be absent, ``|`` is a choice."""
    found = list(parent)
    rest = iter(found)
    current = next(rest, None)
    for each in expected:
        if current is not None and current.tag in each.removesuffix("?").split("|"):
            current = next(rest, None)
        elif not each.endswith("?"):
            _refuse("an element is missing or out of its place")
    if current is not None:
        _refuse("an element too many")
    if found and any((text or "").strip() for text in (parent.text, *(each.tail for each in found))):
        _refuse("text between elements")
    return found


def _check_attributes(element: _Element, allowed: set[str]) -> None:
    if not allowed.issuperset(map(str, element.attrib)):
        _refuse("an attribute that is not allowed")


def _algorithm(element: _Element) -> str:
    _check_attributes(element, {"Algorithm"})
    return element.get("Algorithm") or ""


def _refuse(detail: str) -> NoReturn:
    raise SealFormError(detail)


def open_sealed(sealed: SealedAssertion, keys: Iterable[rsa.RSAPrivateKey]) -> bytes | None:
    """The plaintext; None when none of the keys opens it. Every key is tried, whichever fits."""
    unwrapped = [_unwrap(sealed, key) for key in keys]
    fitting = [key for key in unwrapped if len(key) == _CONTENT_KEY_BYTES]
    content_key = fitting[0] if fitting else secrets.token_bytes(_CONTENT_KEY_BYTES)
    decrypt = _open_gcm if sealed.authenticated else _open_cbc
    try:
        plain = decrypt(content_key, sealed.content)
    except Exception:  # noqa: BLE001 - whatever the library stumbles on is a refusal
        return None
    return plain if fitting else None


def _unwrap(sealed: SealedAssertion, key: rsa.RSAPrivateKey) -> bytes:
    wrapped = sealed.wrapped if fits(sealed.wrapped, key) else b"\x01" * (key.key_size // 8)
    try:
        return key.decrypt(wrapped, sealed.padding)
    except ValueError:
        return b""


def _open_gcm(key: bytes, content: bytes) -> bytes:
    if len(content) < _GCM_IV_BYTES + _GCM_TAG_BYTES:
        content = bytes(_GCM_IV_BYTES + _GCM_TAG_BYTES)
    return AESGCM(key).decrypt(content[:_GCM_IV_BYTES], content[_GCM_IV_BYTES:], None)


def _open_cbc(key: bytes, content: bytes) -> bytes | None:
    """XML Encryption §5.2.1: the last byte tells how many bytes of the last block are padding."""
    if len(content) < 2 * _CBC_BLOCK_BYTES or len(content) % _CBC_BLOCK_BYTES:
        return None
    decryptor = Cipher(AES(key), CBC(content[:_CBC_BLOCK_BYTES])).decryptor()
    padded = decryptor.update(content[_CBC_BLOCK_BYTES:]) + decryptor.finalize()
    return padded[: -padded[-1]] if 1 <= padded[-1] <= _CBC_BLOCK_BYTES else None
