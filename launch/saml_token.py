"""Proves that a SAML Response's Assertion was signed by its vendor (security.md §4, D12)."""

import base64
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from lxml.etree import _Element
from signxml.exceptions import InvalidCertificate
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from adapters.xml import TOKEN_LIMITS, XmlFault, XmlRefusedError, hardened_parser, parse_xml
from context.codes import RefusalCode
from launch import saml_grammar as grammar
from launch.errors import LaunchRefusedError
from launch.leniency import Leniency
from launch.proven_token import ProvenToken
from launch.saml_certificates import (
    DIGESTS,
    METHODS,
    allowed_certificates,
    certificate_in,
    signatures_of,
)
from launch.saml_content import read_assertion
from launch.saml_grammar import SAML
from launch.saml_shape import SamlShape, check_opened_assertion, check_shape
from launch.trust.model import RelaxationName, VendorKey

MAX_DECODED_BYTES = 48 * 1024

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
    """A well-shaped Response, or the Assertion that was encrypted in one; nothing of it is proven yet.

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
    except ValueError:
        raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "not base64 without line breaks") from None
    return _parse(raw, check_shape)


def decode_opened(raw: bytes, response: _Element) -> SamlDocument:
    """An Assertion that was encrypted in ``response``, under the same limits and as strictly.

    :raises LaunchRefusedError: L102, L103, and what ``check_opened_assertion`` raises.
    """
    return _parse(raw, lambda root: check_opened_assertion(root, response))


def _parse(raw: bytes, check: Callable[[_Element], SamlShape]) -> SamlDocument:
    try:
        root = parse_xml(raw, max_bytes=MAX_DECODED_BYTES, limits=TOKEN_LIMITS)
    except XmlRefusedError as fault:
        raise LaunchRefusedError(_XML_CODES[fault.fault], fault.reason) from None
    return SamlDocument(raw, root, shielded(RefusalCode.XML_SHAPE_REFUSED, lambda: check(root)))


def check_namespaces(shape: SamlShape, allowed: frozenset[str]) -> None:
    """:raises LaunchRefusedError: L210 a namespace in attribute values that the adapter does not read."""
    if not shape.foreign_namespaces <= allowed:
        raise LaunchRefusedError(RefusalCode.XML_SHAPE_REFUSED, "a namespace its adapter does not read")


def verify_saml(
    document: SamlDocument, keys: Iterable[VendorKey], now: datetime, leniency: Leniency
) -> ProvenToken:
    """Verify every signature in the document with the vendor's pinned certificates.

    :param keys: the vendor's keys; one certificate must verify all signatures.
    :param now: aware; certificates are judged at this moment.
    :param leniency: what the grant lets the Assertion leave out.
    :raises LaunchRefusedError: L201 to L205; L501 for signed content that cannot be read.
    """
    if not document.shape.assertion_signed and not leniency.permits(RelaxationName.RESPONSE_SIGNATURE_ONLY):
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "the Assertion is not signed")
    signatures = signatures_of(document.root, document.root.find(grammar.ASSERTION))
    allowed = allowed_certificates(signatures, keys, now)
    assertion, response = first_verified(allowed, lambda key: _verify_with(document, key, now))
    return shielded(RefusalCode.CLAIM_MISSING, lambda: read_assertion(assertion, response, leniency))


def _verify_with(document: SamlDocument, key: VendorKey, now: datetime) -> tuple[_Element, _Element]:
    """The signed Assertion, and the Response: the signed one when it is signed."""
    shape, response = document.shape, document.root
    if shape.response_signed:
        response = verify_element(document.raw, key, now, "./", grammar.RESPONSE)
    if shape.assertion_signed:
        assertion = verify_element(document.raw, key, now, f"./{{{SAML}}}Assertion/", grammar.ASSERTION)
    else:
        (assertion,) = response.findall(grammar.ASSERTION)
    if assertion.get("ID") != shape.assertion_id:
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "another element is signed")
    return assertion, response


def first_verified(keys: Sequence[VendorKey], attempt: Callable[[VendorKey], _T]) -> _T:
    """What the attempt with the first fitting certificate gives.

    :param keys: at least one.
    :raises LaunchRefusedError: L203, or L204 when the last one is outside its dates.
    """
    failures: list[Exception] = []
    for key in keys:
        try:
            return attempt(key)
        except Exception as fault:  # noqa: BLE001 - the next certificate may be the right one
            failures.append(fault)
    if isinstance(failures[-1], InvalidCertificate):
        raise LaunchRefusedError(RefusalCode.CERTIFICATE_EXPIRED, "the certificate is outside its dates")
    if isinstance(failures[-1], LaunchRefusedError):
        raise failures[-1]
    raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, type(failures[-1]).__name__)


def verify_element(raw: bytes, key: VendorKey, now: datetime, location: str, tag: str) -> _Element:
    """The element that is signed, rebuilt from what was signed.

    :param location: where its signature stands, for signxml; ``./`` is the root.
    :raises Exception: whatever signxml and lxml raise; all of it means that it is not proven.
    """
    result = XMLVerifier().verify(
        raw,
        x509_cert=certificate_in(key.pem),
        parser=hardened_parser(keep_comments=True),
        id_attribute="ID",
        expect_config=SignatureConfiguration(
            location=location,
            expect_references=1,
            signature_methods=frozenset({METHODS[key.algorithm]}),
            digest_algorithms=DIGESTS,
            verification_time=now,
        ),
    )
    if not isinstance(result, VerifyResult) or result.signed_xml is None or result.signed_xml.tag != tag:
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "another element is signed")
    return result.signed_xml


def shielded(code: RefusalCode, step: Callable[[], _T]) -> _T:
    """Run one step; whatever it stumbles on, RecursionError and MemoryError included, is a refusal."""
    try:
        return step()
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - signxml and lxml raise far more than their own errors
        raise LaunchRefusedError(code, type(fault).__name__) from None
