"""Reading one public key or certificate from PEM, and nothing else that may hide in the text."""

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from launch.trust.key_problems import KeyProblem, KeyRefusedError

SigningKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

MAX_PEM_CHARS = 16 * 1024
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----", re.ASCII)


def read_public_key(text: str) -> SigningKey:
    """One PEM block ``PUBLIC KEY`` (SubjectPublicKeyInfo, RFC 7468 section 13).

    :raises KeyRefusedError: anything else, or a key that cannot sign by RSA or an elliptic curve.
    """
    block = _only_block(text, "PUBLIC KEY", KeyProblem.NOT_A_PUBLIC_KEY)
    try:
        return signing_key(load_pem_public_key(block))
    except UnsupportedAlgorithm:
        raise KeyRefusedError([KeyProblem.KEY_TYPE]) from None
    except ValueError:
        raise KeyRefusedError([KeyProblem.UNREADABLE]) from None


def read_certificate(text: str) -> x509.Certificate:
    """One PEM block ``CERTIFICATE`` (RFC 7468 section 5) whose key can sign.

    :raises KeyRefusedError: anything else.
    """
    block = _only_block(text, "CERTIFICATE", KeyProblem.NOT_A_CERTIFICATE)
    try:
        certificate = x509.load_pem_x509_certificate(block)
        if certificate.serial_number <= 0:  # RFC 5280 section 4.1.2.2; the library will stop reading these
            raise KeyRefusedError([KeyProblem.UNREADABLE])
        signing_key(certificate.public_key())
        allows_signing(certificate)
    except UnsupportedAlgorithm:
        raise KeyRefusedError([KeyProblem.KEY_TYPE]) from None
    except (ValueError, x509.DuplicateExtension, x509.InvalidVersion):
        raise KeyRefusedError([KeyProblem.UNREADABLE]) from None
    return certificate


def signing_key(key: object) -> SigningKey:
    """:raises KeyRefusedError: neither RSA nor elliptic curve."""
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return key
    raise KeyRefusedError([KeyProblem.KEY_TYPE])


def allows_signing(certificate: x509.Certificate) -> bool:
    """False when a key usage is present and names no signing (RFC 5280 section 4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _only_block(text: str, label: str, problem: KeyProblem) -> bytes:
    if "PRIVATE KEY" in text:
        raise KeyRefusedError([KeyProblem.PRIVATE_KEY])
    stripped = text.strip()
    found = _BLOCK.fullmatch(stripped) if len(stripped) <= MAX_PEM_CHARS else None
    if found is None or found[1] != label:
        raise KeyRefusedError([problem])
    return stripped.encode("ascii")
