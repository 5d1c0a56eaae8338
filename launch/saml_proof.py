"""Proves a SAML Response, whether its Assertion is plain or encrypted (launch.md §12.3, D12).

An encrypted Assertion is judged after decryption as strictly as a plain one. From the first look at the
EncryptedAssertion to a verified signature every failure is L207 with much the same work, because with
AES-CBC a sender can change what comes out without knowing it and watch what becomes of it (attack A100).
A signed Response is verified first, so that nothing which its signer did not write is decrypted at all.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from lxml import etree
from lxml.etree import _Element
from signxml.exceptions import InvalidDigest

from context.codes import RefusalCode
from launch import saml_grammar as grammar
from launch.errors import LaunchRefusedError
from launch.leniency import Leniency
from launch.opening import TokenOpener
from launch.proven_token import ProvenToken
from launch.saml_certificates import (
    METHODS,
    allowed_certificates,
    signatures_of,
    usable_certificates,
)
from launch.saml_content import read_assertion
from launch.saml_decoy import decoy_assertion
from launch.saml_encryption import DIGEST_SHA256
from launch.saml_token import (
    MAX_DECODED_BYTES,
    SamlDocument,
    check_namespaces,
    decode_opened,
    first_verified,
    shielded,
    verify_element,
    verify_saml,
)
from launch.trust.model import VendorKey

# Parsing, copying and canonicalising, in units of the last.
_CANONICAL_PASSES = 12


def prove_saml(
    document: SamlDocument,
    keys: Iterable[VendorKey],
    namespaces: frozenset[str],
    now: datetime,
    leniency: Leniency,
    opener: TokenOpener,
) -> ProvenToken:
    """Verify the document by the vendor's pinned certificates, opening its Assertion if need be.

    :param keys: the vendor's keys.
    :param namespaces: what the vendor's adapter reads inside attribute values.
    :param now: aware.
    :param leniency: what the grant relaxes.
    :raises LaunchRefusedError: L201 to L205, L207, L210; L501 for signed content that cannot be read.
    """
    if not document.shape.encrypted:
        check_namespaces(document.shape, namespaces)
        return verify_saml(document, keys, now, leniency)
    assertion, response = _open_and_verify(document, tuple(keys), namespaces, now, leniency, opener)
    return shielded(RefusalCode.CLAIM_MISSING, lambda: read_assertion(assertion, response, leniency))


def _open_and_verify(
    document: SamlDocument,
    keys: Sequence[VendorKey],
    namespaces: frozenset[str],
    now: datetime,
    leniency: Leniency,
    opener: TokenOpener,
) -> tuple[_Element, _Element]:
    # What the vendor has pinned, and with it a signed Response, is judged before anything is decrypted.
    certificates = usable_certificates(keys, now)
    response = document.root
    if document.shape.response_signed:
        shown = allowed_certificates(signatures_of(document.root), certificates, now)
        response, signer = first_verified(shown, lambda key: (_verify_response(document, key, now), key))
        certificates = (signer,)
    (encrypted,) = document.root.findall(grammar.ENCRYPTED_ASSERTION)
    opened = opener.open_assertion(encrypted, document.shape.issuer, leniency, now)
    problem, inner = opened.problem, None
    allowed: Sequence[VendorKey] = certificates[:1]
    try:
        inner = _decode(opened.plain, document, namespaces)
        allowed = allowed_certificates(signatures_of(inner.root), certificates, now)
    except LaunchRefusedError as fault:
        problem = problem or f"what was encrypted: {fault.detail}"
    if inner is None:
        inner = _decoy(document, certificates[0], len(opened.plain or b""))
    assertion, unsigned = _verify(inner, allowed, now)
    if assertion is None or problem:
        opener.refused.add(opened.fingerprint)
        raise LaunchRefusedError(RefusalCode.DECRYPTION_FAILED, problem or unsigned)
    return assertion, response


def _decode(plain: bytes | None, document: SamlDocument, namespaces: frozenset[str]) -> SamlDocument:
    if plain is None:
        raise LaunchRefusedError(RefusalCode.DECRYPTION_FAILED, "does not open")
    inner = decode_opened(plain, document.root)
    check_namespaces(inner.shape, namespaces)
    return inner


def _decoy(document: SamlDocument, key: VendorKey, size: int) -> SamlDocument:
    size = size or len(document.raw) * 3 // 4
    method = METHODS[key.algorithm].value
    plain = decoy_assertion(document.shape.issuer, method, DIGEST_SHA256, min(size, MAX_DECODED_BYTES // 2))
    return decode_opened(plain, document.root)


def _verify_response(document: SamlDocument, key: VendorKey, now: datetime) -> _Element:
    return verify_element(document.raw, key, now, "./", grammar.RESPONSE)


def _verify(inner: SamlDocument, allowed: Sequence[VendorKey], now: datetime) -> tuple[_Element | None, str]:
    """The signed Assertion, or why there is none."""
    try:
        return first_verified(allowed, lambda key: _verify_assertion(inner, key, now)), ""
    except LaunchRefusedError as fault:
        if fault.detail != InvalidDigest.__name__:
            _digest_in_vain(inner.root)
        return None, f"the signature of what was encrypted: {fault.detail}"


def _verify_assertion(inner: SamlDocument, key: VendorKey, now: datetime) -> _Element:
    assertion = verify_element(inner.raw, key, now, "./", grammar.ASSERTION)
    if assertion.get("ID") != inner.shape.assertion_id:
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "another element is signed")
    return assertion


def _digest_in_vain(root: _Element) -> None:
    """The work that a right signature over a wrong digest would have brought."""
    for _ in range(_CANONICAL_PASSES):
        sha256(etree.tostring(root, method="c14n", exclusive=True)).digest()
