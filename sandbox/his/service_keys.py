"""What a vendor fetches from a hospital's service before it can encrypt to it."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.request import urlopen

from cryptography import x509
from lxml import etree

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
_SECONDS = 5


def fetch_encryption_key(base_url: str, algorithm: str = "RSA-OAEP-256") -> Mapping[str, Any]:
    """The first public key to encrypt to, as a JWK, from ``/.well-known/jwks.json``.

    :param base_url: the hospital's, without a slash at the end.
    :raises LookupError: the service publishes none for this algorithm.
    """
    for jwk in json.loads(_fetch(f"{base_url}/.well-known/jwks.json"))["keys"]:
        if jwk["use"] == "enc" and jwk["alg"] == algorithm:
            found: Mapping[str, Any] = jwk
            return found
    raise LookupError(f"no key for {algorithm}")


def fetch_encryption_certificate(entity_id: str) -> x509.Certificate:
    """The first certificate to encrypt to, from the SAML metadata at the service's entity id.

    :raises LookupError: the metadata holds none.
    """
    return _fetch_certificate(entity_id, "encryption")


def fetch_signing_certificate(entity_id: str) -> x509.Certificate:
    """The first certificate that the service's requests are signed with, likewise.

    :raises LookupError: the metadata holds none.
    """
    return _fetch_certificate(entity_id, "signing")


def _fetch_certificate(entity_id: str, use: str) -> x509.Certificate:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(_fetch(entity_id), parser)
    for descriptor in root.iter(f"{{{MD}}}KeyDescriptor"):
        text = descriptor.findtext(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
        if descriptor.get("use") == use and text:
            return x509.load_der_x509_certificate(base64.b64decode(text))
    raise LookupError(f"no certificate for {use}")


def _fetch(url: str) -> bytes:
    with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the hospital's own address
        content: bytes = answer.read()
    return content
