"""Which pinned certificates may have signed a document, and by which algorithms (security.md §4)."""

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml.etree import _Element
from signxml.algorithms import DigestAlgorithm, SignatureMethod

from context.codes import RefusalCode
from launch import saml_grammar as grammar
from launch.errors import LaunchRefusedError
from launch.saml_grammar import DS
from launch.trust.model import KeyKind, VendorKey
from launch.vendor_keys import select_usable

METHODS = {
    "RS256": SignatureMethod.RSA_SHA256,
    "RS384": SignatureMethod.RSA_SHA384,
    "RS512": SignatureMethod.RSA_SHA512,
    "ES256": SignatureMethod.ECDSA_SHA256,
    "ES384": SignatureMethod.ECDSA_SHA384,
    "ES512": SignatureMethod.ECDSA_SHA512,
}
"""From a pinned certificate's algorithm to the one that its signatures must have."""

DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_DIGEST_URIS = frozenset(digest.value for digest in DIGESTS)


def signatures_of(*parents: _Element | None) -> list[_Element]:
    """The signatures that stand directly in these elements."""
    found = (parent.find(grammar.SIGNATURE) for parent in parents if parent is not None)
    return [signature for signature in found if signature is not None]


def allowed_certificates(
    signatures: Sequence[_Element], keys: Iterable[VendorKey], now: datetime
) -> tuple[VendorKey, ...]:
    """The certificates that may have made all of these signatures: those that KeyInfo shows, or all
    without KeyInfo. KeyInfo only ever chooses among what is pinned; nothing in it is trusted.

    :param now: aware.
    :raises LaunchRefusedError: L201, L202, L204 or L205.
    """
    pinned = _pinned(keys)
    for text in _texts(signatures, "X509Certificate"):
        der = _decode(text)
        pinned = [key for key in pinned if _der(key.pem) == der]
    usable = select_usable(pinned, now)
    allowed = tuple(key for key in usable if _is_algorithm_of(key, signatures))
    if not allowed:
        raise LaunchRefusedError(RefusalCode.ALGORITHM_NOT_ALLOWED, "not the certificate's own algorithm")
    return allowed


def usable_certificates(keys: Iterable[VendorKey], now: datetime) -> tuple[VendorKey, ...]:
    """The pinned certificates that may verify anything at ``now`` (aware); at least one.

    :raises LaunchRefusedError: L202, L204 or L205.
    """
    return select_usable(_pinned(keys), now)


def _pinned(keys: Iterable[VendorKey]) -> list[VendorKey]:
    return [key for key in keys if key.kind is KeyKind.CERTIFICATE]


@lru_cache(maxsize=256)
def certificate_in(pem: str) -> x509.Certificate:
    """A pinned certificate."""
    return x509.load_pem_x509_certificate(pem.encode("ascii"))


def _texts(signatures: Sequence[_Element], name: str) -> list[str]:
    return [each.text or "" for signature in signatures for each in signature.iter(f"{{{DS}}}{name}")]


def _algorithms(signatures: Sequence[_Element], name: str) -> set[str | None]:
    return {each.get("Algorithm") for signature in signatures for each in signature.iter(f"{{{DS}}}{name}")}


def _is_algorithm_of(key: VendorKey, signatures: Sequence[_Element]) -> bool:
    method = METHODS.get(key.algorithm)
    right = method is not None and _algorithms(signatures, "SignatureMethod") == {method.value}
    return right and _DIGEST_URIS.issuperset(_algorithms(signatures, "DigestMethod"))


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _der(pem: str) -> bytes:
    return certificate_in(pem).public_bytes(Encoding.DER)
