"""What the service tells a vendor: its keys, its SAML metadata and what it accepts, over real HTTP."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import KeySet
from lxml import etree

from app.secrets_rotation import rotate_secrets
from app.wiring import wire
from launch.own_jwks import published_keys
from launch.own_keys import OwnKeys
from launch.saml_metadata import MD, build_metadata
from launch.self_description import describe_door
from launch.trust.model import LaunchGrade
from sandbox.his.jwe import encrypt_jwe
from sandbox.his.saml_encryption import encrypt_assertion
from sandbox.his.service_keys import fetch_encryption_certificate, fetch_encryption_key
from tests.browser_client import Reply
from tests.clock import START
from tests.launch_stage import HOSPITAL
from tests.own_keys import own_keys
from tests.stack import Stack

DS = "http://www.w3.org/2000/09/xmldsig#"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k"}


def get(stack: Stack, path: str, host: str | None = None) -> Reply:
    return stack.new_browser().get(path, {"Host": host} if host else {})


def assert_public(reply: Reply, media_type: str) -> None:
    """Cacheable by anyone, and as safe as every other answer."""
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith(media_type)
    assert reply.headers["Cache-Control"] == "public, max-age=14400"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize("path", ["/cwz/.well-known/jwks.json", "/.well-known/jwks.json"])
def test_keys_are_published_below_a_hospital_and_without_one(stack: Stack, path: str) -> None:
    reply = get(stack, path)
    assert_public(reply, "application/jwk-set+json")
    keys = json.loads(reply.body)["keys"]
    assert [(key["use"], key["alg"], key["kty"]) for key in keys] == [
        ("enc", "RSA-OAEP-256", "RSA"),
        ("enc", "ECDH-ES+A256KW", "EC"),
        ("sig", "ES256", "EC"),
    ]
    assert len({key["kid"] for key in keys}) == 3
    assert not any(PRIVATE_MEMBERS & set(key) for key in keys)
    assert len(KeySet.import_key_set({"keys": keys}).keys) == 3


def test_metadata_names_this_hospital_and_its_certificates(stack: Stack) -> None:
    reply = get(stack, "/saxenburgh/saml/metadata")
    assert_public(reply, "application/samlmetadata+xml")
    root = etree.fromstring(reply.body.encode())
    assert root.tag == f"{{{MD}}}EntityDescriptor"
    assert root.get("entityID") == f"{stack.base_url('saxenburgh')}/saml/metadata"
    (role,) = root
    assert (role.get("WantAssertionsSigned"), role.get("AuthnRequestsSigned")) == ("true", "true")
    service = role.find(f"{{{MD}}}AssertionConsumerService")
    assert service is not None
    assert service.get("Location") == f"{stack.base_url('saxenburgh')}/launch"
    assert service.get("Binding") == "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    shown = {each.get("use"): _spki(each) for each in role.iter(f"{{{MD}}}KeyDescriptor")}
    keys = stack.product.services.own_keys
    form = PublicFormat.SubjectPublicKeyInfo
    assert shown == {
        "signing": keys.sign[0].private.public_key().public_bytes(Encoding.DER, form),
        "encryption": keys.decrypt[0].private.public_key().public_bytes(Encoding.DER, form),
    }


def _spki(descriptor: etree._Element) -> bytes:
    text = descriptor.findtext(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    certificate = x509.load_der_x509_certificate(base64.b64decode(text or ""))
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_description_says_what_is_accepted_and_nothing_of_whom_is_trusted(stack: Stack) -> None:
    reply = get(stack, "/cwz/.well-known/his-launch")
    assert_public(reply, "application/json")
    said = json.loads(reply.body)
    assert said["launch_url"] == f"{stack.base_url()}/launch"
    assert said["entity_id"] == f"{stack.base_url()}/saml/metadata"
    assert said["ticket_url"] == f"{stack.base_url()}/launch/ticket"
    assert said["context_ended_url"] == f"{stack.base_url()}/context-ended"
    assert "one_hop" in said["grades"]
    assert said["token_forms"] == {
        "token": ["JWS", "JWE"],
        "SAMLResponse": ["Assertion", "EncryptedAssertion"],
    }
    assert said["jws"] == {"typ": "his-launch+jwt", "alg": ["ES256", "ES384", "PS256", "RS256"]}
    assert said["jwe"] == {"alg": ["ECDH-ES+A256KW", "RSA-OAEP-256"], "enc": ["A256GCM"]}
    assert said["limits"] == {
        "body_bytes": 65536,
        "token_characters": 16384,
        "saml_bytes": 49152,
        "token_lifetime_seconds": 120,
        "saml_lifetime_seconds": 300,
        "clock_skew_seconds": 30,
    }
    for word in ("localhost", "Sandbox", "kid", "practice", "relax"):
        assert word not in reply.body


@pytest.mark.parametrize("path", ["/saml/metadata", "/.well-known/his-launch", "/nobody/saml/metadata"])
def test_metadata_of_no_hospital_is_misdirected(stack: Stack, path: str) -> None:
    assert get(stack, path).status == 421


@pytest.mark.parametrize(
    "path", ["/cwz/.well-known/jwks.json", "/cwz/saml/metadata", "/cwz/.well-known/his-launch"]
)
def test_metadata_takes_no_post(stack: Stack, path: str) -> None:
    assert stack.new_browser().post(path).status == 405


def test_launch_encrypted_by_what_the_service_publishes_reaches_the_patient(stack: Stack) -> None:
    token = stack.jwt("consent_given")["token"]
    for algorithm in ("RSA-OAEP-256", "ECDH-ES+A256KW"):
        jwk = fetch_encryption_key(stack.base_url(), algorithm)
        reply = stack.new_browser().launch({"token": encrypt_jwe(token, jwk)})
        assert reply.status == 303, reply.body
    response = stack.saml("consent_given")["SAMLResponse"]
    certificate = fetch_encryption_certificate(f"{stack.base_url()}/saml/metadata")
    opened = stack.new_browser().open({"SAMLResponse": encrypt_assertion(response, certificate)})
    assert opened.status == 200
    assert len(stack.records("LAUNCH_DECISION")) == 3


def test_rotated_keys_open_what_was_encrypted_to_the_old_ones(stack: Stack) -> None:
    before = fetch_encryption_key(stack.base_url())
    settings = stack.product.services.settings
    rotate_secrets(settings.secrets_file, "decrypt", stack.clock.now())
    keys = wire(settings, stack.clock).own_keys
    kids = [key["kid"] for key in published_keys(keys, stack.clock.now())]
    assert kids.index(before["kid"]) == 2
    assert len(keys.decrypt) == 4


def test_key_past_its_end_is_published_no_more() -> None:
    ended = OwnKeys(decrypt=tuple(replace(key, not_after=START) for key in own_keys().decrypt))
    assert len(published_keys(ended, START - timedelta(microseconds=1))) == 2
    assert published_keys(ended, START) == []
    assert b"KeyDescriptor" not in build_metadata(HOSPITAL, ended, START)


def test_service_without_keys_says_that_nothing_can_be_encrypted_to_it() -> None:
    said = describe_door(HOSPITAL, OwnKeys(), [LaunchGrade.ONE_HOP], START)
    assert said["token_forms"] == {"token": ["JWS"], "SAMLResponse": ["Assertion"]}
    assert said["jwe"] == {"alg": [], "enc": []}
    assert said["xml_encryption"] == {}
    assert b'AuthnRequestsSigned="false"' in build_metadata(HOSPITAL, OwnKeys(), START)
