"""The signed AuthnRequest in a URL (SAML bindings 2.0 §3.4.4)."""

import base64
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.own_keys import OwnKey, OwnKeys
from launch.requests.model import OpenedRequest, OutgoingRequest, RequestKind
from launch.saml_request import sign_on_address
from launch.saml_sign_on import depart
from launch.trust.model import TrustStatus, Vendor
from tests.clock import START
from tests.own_keys import rsa_own_key
from tests.people import a_hospital

ELLIPTIC = OwnKey("sign-ec", "ES256", ec.generate_private_key(ec.SECP256R1()))
RSA = OwnKey("sign-rsa", "RS256", rsa_own_key().private)
ASKED = OutgoingRequest(
    kind=RequestKind.SAML,
    hospital="cwz",
    issuer="https://his.example",
    state="s" * 43,
    nonce="_0123456789abcdef0123456789abcdef",
    created_at=START,
    expires_at=START + timedelta(seconds=300),
)
VENDOR = Vendor("https://his.example", "HIS", "viplive", TrustStatus.ACTIVE, ())
both = pytest.mark.parametrize("key", [ELLIPTIC, RSA], ids=["ES256", "RS256"])


def check(address: str, key: OwnKey) -> None:
    """:raises InvalidSignature: not this key's signature over the query as it stands there."""
    signed, _, last = urlsplit(address).query.partition("&Signature=")
    signed = signed[signed.index("SAMLRequest=") :]
    signature = base64.b64decode(parse_qs(f"Signature={last}")["Signature"][0], validate=True)
    public = key.private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, signed.encode(), padding.PKCS1v15(), SHA256())
        return
    assert len(signature) == 64
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))


@both
def test_signature_covers_request_relay_state_and_algorithm(key: OwnKey) -> None:
    address = sign_on_address("https://his.example/sso", a_hospital(), ASKED, key)
    check(address, key)
    for part in ("SAMLRequest=", "RelayState=", "SigAlg="):
        with pytest.raises(InvalidSignature):
            check(address.replace(part, f"{part}x", 1), key)


@both
def test_algorithm_that_is_named_is_the_keys_own(key: OwnKey) -> None:
    address = sign_on_address("https://his.example/sso", a_hospital(), ASKED, key)
    (named,) = parse_qs(urlsplit(address).query)["SigAlg"]
    assert named.endswith({"ES256": "#ecdsa-sha256", "RS256": "#rsa-sha256"}[key.algorithm])


def test_sign_on_service_with_a_query_of_its_own_keeps_it() -> None:
    address = sign_on_address("https://his.example/sso?tenant=7", a_hospital(), ASKED, ELLIPTIC)
    assert address.startswith("https://his.example/sso?tenant=7&SAMLRequest=")
    check(address, ELLIPTIC)


def test_request_is_deflated_xml_with_the_nonce_as_its_id() -> None:
    address = sign_on_address("https://his.example/a&b", a_hospital(), ASKED, ELLIPTIC)
    (packed,) = parse_qs(address.partition("?")[2])["SAMLRequest"]
    root = etree.fromstring(zlib.decompress(base64.b64decode(packed), wbits=-zlib.MAX_WBITS))
    assert (root.get("ID"), root.get("Destination")) == (ASKED.nonce, "https://his.example/a&b")
    assert datetime.fromisoformat(str(root.get("IssueInstant"))) == START.replace(
        microsecond=START.microsecond // 1000 * 1000
    )


class NoRequests:
    """Nothing may be asked of it."""

    def open(
        self,
        kind: RequestKind,
        hospital: str,
        issuer: str,
        browser_id: str | None,
        details: Mapping[str, str] = MappingProxyType({}),
    ) -> OpenedRequest:
        raise AssertionError

    def find(self, kind: RequestKind, hospital: str, state: str, browser_id: str | None) -> NoReturn:
        raise AssertionError

    def answer(self, request: OutgoingRequest, answer: str) -> NoReturn:
        raise AssertionError


@pytest.mark.parametrize(
    "keys",
    [
        OwnKeys(),
        OwnKeys(sign=(OwnKey("later", "ES256", ELLIPTIC.private, not_before=START + timedelta(days=1)),)),
        OwnKeys(sign=(OwnKey("over", "ES256", ELLIPTIC.private, not_after=START),)),
    ],
    ids=["none", "not yet", "over"],
)
def test_service_without_a_current_key_to_sign_with_asks_nobody(keys: OwnKeys) -> None:
    with pytest.raises(LaunchRefusedError) as caught:
        depart(VENDOR, "https://his.example/sso", a_hospital(), NoRequests(), None, keys, START)
    assert caught.value.code is RefusalCode.ISSUER_NOT_ACTIVE
