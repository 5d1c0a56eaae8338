"""Proves that a SAML Response's Assertion was signed by its vendor (security.md §4, D12)."""

import base64
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml.etree import _Element
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidCertificate
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from adapters.xml import TOKEN_LIMITS, XmlFault, XmlRefusedError, hardened_parser, parse_xml
from context.codes import RefusalCode
from launch import saml_grammar as grammar
from launch.errors import LaunchRefusedError
from launch.leniency import Leniency
from launch.proven_token import ProvenToken
from launch.saml_content import read_assertion
from launch.saml_grammar import DS, SAML
from launch.saml_shape import SamlShape, check_shape
from launch.trust.model import KeyKind, VendorKey
from launch.vendor_keys import select_usable

MAX_DECODED_BYTES = 48 * 1024

_METHODS = {
    "RS256": SignatureMethod.RSA_SHA256,
    "RS384": SignatureMethod.RSA_SHA384,
    "RS512": SignatureMethod.RSA_SHA512,
    "ES256": SignatureMethod.ECDSA_SHA256,
    "ES384": SignatureMethod.ECDSA_SHA384,
    "ES512": SignatureMethod.ECDSA_SHA512,
}
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_DIGEST_URIS = frozenset(digest.value for digest in _DIGESTS)
_XML_CODES = {
    XmlFault.TOO_LARGE: RefusalCode.TOO_LARGE,
    XmlFault.MALFORMED: RefusalCode.NOT_A_TOKEN,
    XmlFault.FORBIDDEN: RefusalCode.XML_SHAPE_REFUSED,
}
_T = TypeVar("_T")

# signxml writes the canonical XML, with the BSN in it, to its debug log.
logging.getLogger("signxml").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, repr=False)
class SamlDocument:
    """A well-shaped Response of which nothing is proven yet.

    :param raw: the decoded bytes, exactly those that are verified later.
    """

    raw: bytes
    root: _Element
    shape: SamlShape


def decode_saml(text: str) -> SamlDocument:
    """From a form value to a well-shaped document.

    :raises LaunchRefusedError: L102 too large, L103 cannot be decoded, L210 forbidden XML, and what
        ``check_shape`` raises.
    """
    try:
        raw = base64.b64decode(text, validate=True)
        root = parse_xml(raw, max_bytes=MAX_DECODED_BYTES, limits=TOKEN_LIMITS)
    except ValueError:
        raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "not base64 without line breaks") from None
    except XmlRefusedError as fault:
        raise LaunchRefusedError(_XML_CODES[fault.fault], fault.reason) from None
    return SamlDocument(raw, root, _shielded(RefusalCode.XML_SHAPE_REFUSED, lambda: check_shape(root)))


def verify_saml(
    document: SamlDocument, keys: Iterable[VendorKey], now: datetime, leniency: Leniency
) -> ProvenToken:
    """Verify every signature in the document with the vendor's pinned certificates.

    :param keys: the vendor's keys; one certificate must verify all signatures.
    :param now: aware; certificates are judged at this moment.
    :param leniency: what the grant lets the Assertion leave out.
    :raises LaunchRefusedError: L201 to L205; L501 for signed content that cannot be read.
    """
    usable = select_usable(_matching(document.root, keys), now)
    allowed = [key for key in usable if _uses_algorithm(document.root, key)]
    if not allowed:
        raise LaunchRefusedError(RefusalCode.ALGORITHM_NOT_ALLOWED, "not the certificate's own algorithm")
    assertion, response = _shielded(RefusalCode.SIGNATURE_WRONG, lambda: _verify_all(document, allowed, now))
    return _shielded(RefusalCode.CLAIM_MISSING, lambda: read_assertion(assertion, response, leniency))


def _matching(root: _Element, keys: Iterable[VendorKey]) -> list[VendorKey]:
    """The pinned certificates that may have signed: those that KeyInfo shows, or all without KeyInfo.

    KeyInfo only ever chooses among what is pinned; nothing in it is trusted.
    """
    pinned = [key for key in keys if key.kind is KeyKind.CERTIFICATE]
    shown = [element.text or "" for element in root.iter(f"{{{DS}}}X509Certificate")]
    for text in shown:
        der = _decode_certificate(text)
        pinned = [key for key in pinned if _certificate_der(key.pem) == der]
    return pinned


def _decode_certificate(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode("ascii"))


@lru_cache(maxsize=256)
def _certificate_der(pem: str) -> bytes:
    return _certificate(pem).public_bytes(Encoding.DER)


def _uses_algorithm(root: _Element, key: VendorKey) -> bool:
    method = _METHODS.get(key.algorithm)
    methods = {element.get("Algorithm") for element in root.iter(f"{{{DS}}}SignatureMethod")}
    digests = {element.get("Algorithm") for element in root.iter(f"{{{DS}}}DigestMethod")}
    return method is not None and methods == {method.value} and _DIGEST_URIS.issuperset(digests)


def _verify_all(
    document: SamlDocument, keys: Sequence[VendorKey], now: datetime
) -> tuple[_Element, _Element]:
    """The signed Assertion, and the Response: the signed one when it is signed."""
    failures: list[Exception] = []
    for key in keys:
        try:
            assertion = _verify_one(document, key, now, f"./{{{SAML}}}Assertion/", grammar.ASSERTION)
            if assertion.get("ID") != document.shape.assertion_id:
                raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "another element is signed")
            if not document.shape.response_signed:
                return assertion, document.root
            return assertion, _verify_one(document, key, now, "./", grammar.RESPONSE)
        except Exception as fault:  # noqa: BLE001 - the next certificate may be the right one
            failures.append(fault)
    if isinstance(failures[-1], InvalidCertificate):
        raise LaunchRefusedError(RefusalCode.CERTIFICATE_EXPIRED, "the certificate is outside its dates")
    raise failures[-1]


def _verify_one(document: SamlDocument, key: VendorKey, now: datetime, location: str, tag: str) -> _Element:
    result = XMLVerifier().verify(
        document.raw,
        x509_cert=_certificate(key.pem),
        parser=hardened_parser(keep_comments=True),
        id_attribute="ID",
        expect_config=SignatureConfiguration(
            location=location,
            expect_references=1,
            signature_methods=frozenset({_METHODS[key.algorithm]}),
            digest_algorithms=_DIGESTS,
            verification_time=now,
        ),
    )
    if not isinstance(result, VerifyResult) or result.signed_xml is None or result.signed_xml.tag != tag:
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "another element is signed")
    return result.signed_xml


def _shielded(code: RefusalCode, step: Callable[[], _T]) -> _T:
    """Run one step; whatever it stumbles on, RecursionError and MemoryError included, is a refusal."""
    try:
        return step()
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - signxml and lxml raise far more than their own errors
        raise LaunchRefusedError(code, type(fault).__name__) from None
