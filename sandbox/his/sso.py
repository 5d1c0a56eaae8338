"""The single sign-on service of a HIS of SAML: it is asked who is logged in, and answers with the patient.

It believes a request only when the hospital's own key signed it, and answers nowhere but where that
hospital's metadata and registration say.
"""

import base64
import secrets
import threading
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from sandbox.his.launches import LaunchFault
from sandbox.his.saml import SAML
from sandbox.his.service_keys import fetch_signing_certificate
from sandbox.his.vendors import Hospital, User
from sandbox.patients import Persona

_MAX_REQUEST = 16 * 1024
_MOST = 1000
_ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


class RequestRefusedError(Exception):
    """The AuthnRequest is not one of a hospital with a tile."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a browser has open at the HIS: who is logged in, and which patient is active."""

    persona: Persona
    user: User
    hospital: Hospital
    fault: LaunchFault | None = None


class Desks:
    """Remembers the last thousand. Fit for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._desks: OrderedDict[str, Desk] = OrderedDict()

    def open(self, desk: Desk) -> str:
        """:returns: the value of the cookie that finds it again."""
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._desks[name] = desk
            if len(self._desks) > _MOST:
                self._desks.popitem(last=False)
        return name

    def find(self, name: str) -> Desk | None:
        with self._lock:
            return self._desks.get(name)


@dataclass(frozen=True, slots=True)
class Asked:
    """:param request_id: ``InResponseTo`` of the answer. :param relay_state: goes back as it came."""

    request_id: str
    relay_state: str


def read_request(query: str, sign_on_url: str, hospital: Hospital) -> Asked:
    """An AuthnRequest by the HTTP-Redirect binding.

    :param query: raw, as received.
    :param sign_on_url: the address that it came to.
    :param hospital: who must have asked.
    :raises RequestRefusedError: unreadable, not signed by the hospital, or meant for elsewhere.
    """
    parts = dict(part.partition("=")[::2] for part in query.split("&"))
    try:
        root = _inflate(unquote_plus(parts["SAMLRequest"]))
        _verify(parts, hospital)
    except (KeyError, ValueError, zlib.error, etree.XMLSyntaxError, InvalidSignature) as fault:
        raise RequestRefusedError(type(fault).__name__) from None
    said = (
        root.get("Destination"),
        root.get("AssertionConsumerServiceURL"),
        root.findtext(f"{{{SAML}}}Issuer"),
    )
    if said != (sign_on_url, hospital.launch_url, hospital.entity_id):
        raise RequestRefusedError("another address or another hospital")
    return Asked(str(root.get("ID")), unquote_plus(parts["RelayState"]))


def _inflate(encoded: str) -> "etree._Element":
    packer = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    raw = packer.decompress(base64.b64decode(encoded, validate=True), _MAX_REQUEST)
    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))


def _verify(parts: Mapping[str, str], hospital: Hospital) -> None:
    """The signature covers the query as it was sent, in this order (SAML bindings 2.0 §3.4.4.1)."""
    signed = "&".join(f"{name}={parts[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg")).encode()
    signature = base64.b64decode(unquote_plus(parts["Signature"]), validate=True)
    key = fetch_signing_certificate(hospital.entity_id).public_key()
    method = unquote_plus(parts["SigAlg"])
    if isinstance(key, ec.EllipticCurvePublicKey) and method == _ECDSA:
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    elif isinstance(key, rsa.RSAPublicKey) and method == _RSA:
        key.verify(signature, signed, padding.PKCS1v15(), SHA256())
    else:
        raise InvalidSignature
