"""One attack of every kind on encrypted launches, over real HTTP: its code, its one record, nothing else.

The keys are the service's own, as it publishes them; what is wrong is made with them.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from sandbox.his.jwe import Jwe, encrypt_jwe, seal
from sandbox.his.saml import SAML
from sandbox.his.saml_encryption import ZORGPLATFORM, encrypt_assertion, encrypt_in, encrypted_assertion
from sandbox.his.service_keys import fetch_encryption_certificate, fetch_encryption_key
from sandbox.his.tokens import (
    encode_saml,
    jwt_claims,
    mint_jwt,
    mint_saml,
    new_es256_key,
    new_rsa_certificate,
    sign_element,
    sign_segments,
)
from sandbox.his.vendors import His
from tests.attack.expected import expected
from tests.attack.jwe_makers import flipped, fresh_point
from tests.attack.saml_encryption_makers import xenc
from tests.attack.test_bad_inputs import PERSONA, assert_nothing_happened, assert_refused
from tests.attack.test_web_leaks import masked
from tests.stack import Stack

Fields = dict[str, str]


@dataclass(frozen=True)
class Sender:
    """A vendor with the service's published keys."""

    stack: Stack
    rsa: Mapping[str, Any]
    curve: Mapping[str, Any]
    certificate: x509.Certificate

    @property
    def token(self) -> bytes:
        return self.stack.jwt(PERSONA)["token"].encode()

    @property
    def response(self) -> str:
        return self.stack.saml(PERSONA)["SAMLResponse"]

    def sealed(self, change: Callable[[Jwe], Jwe] = lambda jwe: jwe, **options: Any) -> Fields:
        return {"token": change(seal(self.token, self.rsa, **options)).text}

    def holding(self, plain: bytes) -> Fields:
        return {"token": seal(plain, self.rsa).text}

    def encrypted(self, change: Callable[[bytes], bytes] = lambda raw: raw, **options: Any) -> Fields:
        """An encrypted Assertion, from a Response that ``change`` spoils."""
        spoiled = change(base64.b64decode(self.response))
        return {"SAMLResponse": encrypt_assertion(encode_saml(spoiled), self.certificate, **options)}

    def bent(self, place: int) -> Fields:
        """AES-CBC with one bit of the ciphertext turned."""
        root = etree.fromstring(base64.b64decode(self.encrypted(how=ZORGPLATFORM)["SAMLResponse"]))
        value = list(root.iter(xenc("CipherValue")))[1]
        raw = bytearray(base64.b64decode(value.text or ""))
        raw[place] ^= 1
        value.text = base64.b64encode(raw).decode()
        return {"SAMLResponse": encode_saml(etree.tostring(root))}


@pytest.fixture
def sender(stack: Stack) -> Sender:
    url = stack.base_url()
    return Sender(
        stack,
        fetch_encryption_key(url),
        fetch_encryption_key(url, "ECDH-ES+A256KW"),
        fetch_encryption_certificate(f"{url}/saml/metadata"),
    )


def bare_claims(sender: Sender) -> bytes:
    return json.dumps(jwt_claims(sender.stack.content(PERSONA), sender.stack.clock.now())).encode()


def unsigned_token(sender: Sender) -> Fields:
    kid = sender.stack.his.keys.jwt.kid
    head = json.dumps({"alg": "none", "kid": kid, "typ": "his-launch+jwt"}).encode()
    return sender.holding(sign_segments(head, bare_claims(sender), b"", "none").encode())


def signed_by_a_stranger(sender: Sender) -> Fields:
    stranger = new_es256_key(sender.stack.his.keys.jwt.kid)
    content, now = sender.stack.content(PERSONA), sender.stack.clock.now()
    return sender.holding(mint_jwt(content, stranger, now=now).encode())


def off_the_curve(sender: Sender) -> Fields:
    def spoil(header: dict[str, Any]) -> None:
        header["epk"]["x"] = header["epk"]["y"]

    return {"token": seal(sender.token, sender.curve, header=spoil).text}


def on_another_curve(sender: Sender) -> Fields:
    return {"token": seal(sender.token, sender.curve, header={"epk": fresh_point(ec.SECP384R1())}).text}


def response_changed_after_signing(sender: Sender) -> Fields:
    root = etree.fromstring(base64.b64decode(sender.response))
    encrypt_in(root, sender.certificate)
    signed = sign_element(root, str(root.get("ID")), sender.stack.his.keys.saml)
    signed.set("Destination", "https://other.example/launch")
    return {"SAMLResponse": encode_saml(etree.tostring(signed))}


def destination_of_another(sender: Sender) -> Fields:
    root = etree.fromstring(base64.b64decode(sender.response))
    encrypt_in(root, sender.certificate)
    root.set("Destination", "https://other.example/launch")
    return {"SAMLResponse": encode_saml(etree.tostring(root))}


def unsigned_response(raw: bytes) -> bytes:
    return re.sub(rb"<ds:Signature .*</ds:Signature>", b"", raw, flags=re.DOTALL)


def doctype_inside(sender: Sender) -> Fields:
    root = etree.fromstring(base64.b64decode(sender.response))
    assertion = root.find(f"{{{SAML}}}Assertion")
    assert assertion is not None
    plain = b"<!DOCTYPE x>" + etree.tostring(assertion, with_tail=False)
    root.replace(assertion, encrypted_assertion(plain, sender.certificate))
    return {"SAMLResponse": encode_saml(etree.tostring(root))}


def by_a_certificate_that_is_not_pinned(sender: Sender) -> Fields:
    content = sender.stack.content(PERSONA, form="saml")
    response = mint_saml(content, new_rsa_certificate("stranger"), now=sender.stack.clock.now())
    return {"SAMLResponse": encrypt_assertion(response, sender.certificate)}


def case(row: str, what: str, make: Callable[[Sender], Fields]) -> ParameterSet:
    attack = pytest.mark.proves(f"attack:{row.partition('-')[0]}")
    return pytest.param(row, make, id=f"{row} {what}", marks=attack)


ENDLESS = {"alg": "PBES2-HS256+A128KW", "p2c": 200_000_000}
CASES = [
    case("A041", "no signature", lambda sender: sender.holding(bare_claims(sender))),
    case("A042", "alg none inside", unsigned_token),
    case("A042-signed", "signed by a stranger", signed_by_a_stranger),
    case("A043", "compressed", lambda sender: sender.sealed(header={"zip": "DEF"})),
    case("A044", "nested", lambda sender: sender.holding(sender.sealed()["token"].encode())),
    case("A045", "short content key", lambda sender: sender.sealed(content_key=bytes(range(16)))),
    case("A045", "RSA1_5", lambda sender: sender.sealed(header={"alg": "RSA1_5"})),
    case("A046", "RSA-OAEP", lambda sender: sender.sealed(header={"alg": "RSA-OAEP"})),
    case(
        "A047", "p2c", lambda sender: sender.sealed(header={"alg": "PBES2-HS256+A128KW", "p2c": 200_000_000})
    ),
    case("A048", "off the curve", off_the_curve),
    case("A048", "another curve", on_another_curve),
    case("A049", "tag changed", lambda sender: sender.sealed(flipped("tag"))),
    case("A049", "no key", lambda sender: sender.sealed(lambda jwe: jwe.changed(encrypted_key=b""))),
    case("A050", "a JWS header", lambda sender: sender.sealed(header=b'{"alg":"ES256","kid":"x"}')),
    case("A073-destination", "encrypted", destination_of_another),
    case("A088-encrypted", "the Response's signature", response_changed_after_signing),
    case("A100", "unsigned", lambda sender: sender.encrypted(unsigned_response)),
    case("A100", "DOCTYPE inside", doctype_inside),
    case("A100", "a stranger's signature", by_a_certificate_that_is_not_pinned),
    case("A100", "AES-CBC that is not relaxed", lambda sender: sender.encrypted(how=ZORGPLATFORM)),
    case("A118-own", "a key that is no more", lambda sender: sender.sealed(header={"kid": "decrypt-old"})),
]


@pytest.mark.parametrize(("row", "make"), CASES)
def test_bad_encrypted_launch_opens_nothing_and_leaves_one_record(
    stack: Stack,
    sender: Sender,
    caplog: pytest.LogCaptureFixture,
    row: str,
    make: Callable[[Sender], Fields],
) -> None:
    fields = make(sender)
    wanted = expected(row)
    assert wanted.code is not None
    reply = stack.new_browser().launch(fields)
    assert_refused(reply, wanted, stack, caplog, *fields.values())
    assert_nothing_happened(stack, wanted.code)


@pytest.mark.proves("attack:A050")
def test_plain_launches_where_encryption_is_required_are_refused(
    stack: Stack, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    registered = stack.product.registration_of(His.JWT)
    line = 'environment = "test"\n'
    stack.product.register(registered.replace(line, f"{line}require_encryption = true\n"))
    reply = stack.new_browser().launch({"token": sender.token.decode()})
    wanted = expected("A050-plain")
    assert wanted.code is not None
    assert_refused(reply, wanted, stack, caplog)
    assert_nothing_happened(stack, wanted.code)
    assert stack.new_browser().launch({"token": encrypt_jwe(sender.token.decode(), sender.rsa)}).status == 303


@pytest.mark.proves("attack:A045")
@pytest.mark.proves("attack:A100")
def test_answers_to_whatever_does_not_open_are_the_same(stack: Stack, sender: Sender) -> None:
    answers = {
        masked(stack.new_browser().launch(make(sender)))  # type: ignore[operator]
        for row, make in (each.values for each in CASES)
        if expected(str(row)).code == "L207"
    }
    assert len(answers) == 1


@pytest.mark.proves("attack:A100")
def test_relaxed_encryption_is_recorded_and_its_padding_tells_nothing(stack: Stack, sender: Sender) -> None:
    until = (stack.clock.now() + timedelta(days=1)).isoformat(timespec="seconds")
    relaxed = f"""
[[grants.relaxations]]
name = "aes_cbc_and_oaep_sha1"
until = {until}
reason = "the token service cannot yet do better"
"""
    stack.product.register(stack.product.registration_of(His.VIPLIVE, relaxed))
    reply = stack.new_browser().launch(sender.encrypted(how=ZORGPLATFORM))
    assert reply.status == 303, reply.body
    (record,) = stack.records("LAUNCH_DECISION")
    assert record.fields["relaxations"] == ("aes_cbc_and_oaep_sha1",)
    answers = {masked(stack.new_browser().launch(sender.bent(place))) for place in (-1, -17, 16, 700)}
    assert len(answers) == 1
    assert {each.fields["code"] for each in stack.records("LAUNCH_DECISION")[1:]} == {expected("A100").code}
