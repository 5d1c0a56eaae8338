"""An AuthnRequest by the HTTP-Redirect binding, signed (SAML bindings 2.0 §3.4, SAML core 2.0 §3.4.1).

It says nothing about a patient: who is active in the HIS, the HIS knows. It travels in a URL, so whoever
reads that URL learns only that a GP came to this hospital.
"""

import base64
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from context.hospital import Hospital
from launch.own_keys import OwnKey
from launch.requests.model import OutgoingRequest
from launch.saml_grammar import SAML, SAMLP

POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SIGNATURE_ALGORITHMS: Mapping[str, str] = MappingProxyType(
    {
        "RS256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "ES256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    }
)
_COORDINATE_BYTES = 32


def sign_on_address(sign_on_url: str, hospital: Hospital, request: OutgoingRequest, key: OwnKey) -> str:
    """Where the browser goes to be logged in at the HIS.

    :param sign_on_url: the single sign-on service that hospital IT registered.
    :param request: what the answer must fit: its ``InResponseTo`` and its ``RelayState``.
    :param key: one of ours to sign with.
    """
    deflated = _deflate(_authn_request(sign_on_url, hospital, request))
    query = urlencode(
        {
            "SAMLRequest": base64.b64encode(deflated).decode("ascii"),
            "RelayState": request.state,
            "SigAlg": SIGNATURE_ALGORITHMS[key.algorithm],
        }
    )
    signature = base64.b64encode(_sign(query.encode("ascii"), key)).decode("ascii")
    joint = "&" if "?" in sign_on_url else "?"
    return f"{sign_on_url}{joint}{query}&{urlencode({'Signature': signature})}"


def _authn_request(sign_on_url: str, hospital: Hospital, request: OutgoingRequest) -> bytes:
    root = etree.Element(
        f"{{{SAMLP}}}AuthnRequest",
        {
            "ID": request.nonce,
            "Version": "2.0",
            "IssueInstant": _instant(request.created_at),
            "Destination": sign_on_url,
            "AssertionConsumerServiceURL": hospital.launch_url,
            "ProtocolBinding": POST_BINDING,
        },
        nsmap={"samlp": SAMLP, "saml": SAML},
    )
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = hospital.entity_id
    return etree.tostring(root)


def _deflate(raw: bytes) -> bytes:
    """RFC 1951, without the header and checksum of zlib (SAML bindings §3.4.4.1)."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(raw) + packer.flush()


def _sign(data: bytes, key: OwnKey) -> bytes:
    """An elliptic-curve signature is r and s side by side, as XML Signature has it (RFC 6931 §2.3.6)."""
    if isinstance(key.private, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.private.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    return key.private.sign(data, padding.PKCS1v15(), SHA256())


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
