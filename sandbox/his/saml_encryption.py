"""Encrypts a signed Assertion to the hospital's service (XML Encryption 1.1), by hand, so that a test can
be wrong at any step. The shapes are those of OpenSAML and of Microsoft's token services."""

import base64
import secrets
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from lxml import etree
from lxml.etree import _Element

from sandbox.his.saml import DS, SAML, encode_saml

XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

AES_256_GCM = f"{XENC11}aes256-gcm"
AES_256_CBC = f"{XENC}aes256-cbc"
RSA_OAEP = f"{XENC11}rsa-oaep"
RSA_OAEP_MGF1P = f"{XENC}rsa-oaep-mgf1p"
SHA1_URI = f"{DS}sha1"
SHA256_URI = f"{XENC}sha256"
MGF1_SHA256 = f"{XENC11}mgf1sha256"

_HASHES: dict[str | None, HashAlgorithm] = {
    SHA256_URI: SHA256(),
    MGF1_SHA256: SHA256(),
    SHA1_URI: SHA1(),  # noqa: S303 - as Zorgplatform does
    None: SHA1(),  # noqa: S303 - the specification's default
}


@dataclass(frozen=True, slots=True)
class XmlEncryption:
    """How an Assertion is encrypted; the defaults are what the launch profile asks.

    :param digest, mask: URIs, None to leave the element out, which means SHA-1.
    :param receiver: who it is for: ``none``, ``x509`` (issuer and serial) or ``wsse``, the same in a
        SecurityTokenReference.
    """

    content: str = AES_256_GCM
    transport: str = RSA_OAEP
    digest: str | None = SHA256_URI
    mask: str | None = MGF1_SHA256
    receiver: str = "x509"


ZORGPLATFORM = XmlEncryption(AES_256_CBC, RSA_OAEP_MGF1P, SHA1_URI, None, "wsse")
"""As Zorgplatform's token service does (SanteonNL/orca @5ac0c26, saml_response_input.xml)."""


def encrypt_assertion(response: str, certificate: x509.Certificate, how: XmlEncryption | None = None) -> str:
    """A ``SAMLResponse`` form value with its signed Assertion encrypted.

    A signature of the Response itself would no longer hold; make that one afterwards.

    :param certificate: the service's, with ``use`` encryption in its SAML metadata.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(base64.b64decode(response), parser)
    encrypt_in(root, certificate, how)
    return encode_saml(etree.tostring(root))


def encrypt_in(root: _Element, certificate: x509.Certificate, how: XmlEncryption | None = None) -> None:
    """Put an EncryptedAssertion in the place of the Response's Assertion."""
    assertion = next(root.iterchildren(f"{{{SAML}}}Assertion"))
    root.replace(assertion, encrypted_assertion(etree.tostring(assertion, with_tail=False), certificate, how))


def encrypted_assertion(
    plain: bytes,
    certificate: x509.Certificate,
    how: XmlEncryption | None = None,
    *,
    content_key: bytes | None = None,
) -> _Element:
    """An EncryptedAssertion around any bytes.

    :param content_key: instead of 32 random bytes.
    """
    chosen = how or XmlEncryption()
    key = content_key or secrets.token_bytes(32)
    outer = etree.Element(f"{{{SAML}}}EncryptedAssertion", nsmap={"saml": SAML})
    data = etree.SubElement(
        outer, f"{{{XENC}}}EncryptedData", {"Type": f"{XENC}Element"}, nsmap={"xenc": XENC}
    )
    etree.SubElement(data, f"{{{XENC}}}EncryptionMethod", Algorithm=chosen.content)
    info = etree.SubElement(data, f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    info.append(_encrypted_key(key, certificate, chosen))
    _add_value(data, encrypt_bytes(plain, key, chosen.content))
    return outer


def encrypt_bytes(plain: bytes, key: bytes, content: str) -> bytes:
    """IV and ciphertext, as they stand in CipherValue."""
    if content == AES_256_GCM:
        iv = secrets.token_bytes(12)
        return iv + AESGCM(key).encrypt(iv, plain, None)
    missing = 16 - len(plain) % 16
    padded = plain + bytes(missing - 1) + bytes([missing])
    return encrypt_blocks(padded, key)


def encrypt_blocks(padded: bytes, key: bytes) -> bytes:
    """AES-CBC of whole blocks, whatever the last one says of its padding."""
    iv = secrets.token_bytes(16)
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    return iv + encryptor.update(padded) + encryptor.finalize()


def _encrypted_key(key: bytes, certificate: x509.Certificate, how: XmlEncryption) -> _Element:
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("the receiver's certificate holds no RSA key")
    outer = etree.Element(f"{{{XENC}}}EncryptedKey", nsmap={"xenc": XENC})
    method = etree.SubElement(outer, f"{{{XENC}}}EncryptionMethod", Algorithm=how.transport)
    if how.digest:
        etree.SubElement(method, f"{{{DS}}}DigestMethod", {"Algorithm": how.digest}, nsmap={"ds": DS})
    if how.mask:
        etree.SubElement(method, f"{{{XENC11}}}MGF", {"Algorithm": how.mask}, nsmap={"xenc11": XENC11})
    if how.receiver != "none":
        outer.append(_receiver(certificate, how.receiver))
    oaep = padding.OAEP(padding.MGF1(_HASHES[how.mask]), _HASHES[how.digest], None)
    _add_value(outer, public.encrypt(key, oaep))
    return outer


def _receiver(certificate: x509.Certificate, how: str) -> _Element:
    info = place = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    if how == "wsse":
        place = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"o": WSSE})
    data = etree.SubElement(place, f"{{{DS}}}X509Data")
    pair = etree.SubElement(data, f"{{{DS}}}X509IssuerSerial")
    etree.SubElement(pair, f"{{{DS}}}X509IssuerName").text = certificate.issuer.rfc4514_string()
    etree.SubElement(pair, f"{{{DS}}}X509SerialNumber").text = str(certificate.serial_number)
    return info


def _add_value(parent: _Element, raw: bytes) -> None:
    cipher = etree.SubElement(parent, f"{{{XENC}}}CipherData")
    etree.SubElement(cipher, f"{{{XENC}}}CipherValue").text = base64.b64encode(raw).decode("ascii")
