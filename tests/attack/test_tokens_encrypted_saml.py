"""Attacks on encrypted Assertions (security.md §6, A100)."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree
from lxml.etree import _Element

from launch.errors import LaunchRefusedError
from launch.opening import RefusedCiphertexts, TokenOpener
from launch.own_keys import OwnKeys
from launch.trust.model import RelaxationName
from sandbox.his.saml import build_response
from sandbox.his.saml_encryption import (
    AES_256_CBC,
    AES_256_GCM,
    RSA_OAEP,
    RSA_OAEP_MGF1P,
    SHA1_URI,
    SHA256_URI,
    WSSE,
    XENC,
    XENC11,
    ZORGPLATFORM,
    XmlEncryption,
    encrypt_assertion,
    encrypted_assertion,
)
from sandbox.his.tokens import encode_saml, sign_element
from sandbox.kit.saml_changes import (
    ASSERTION,
    assertion_of,
    ds,
    find,
    saml,
    with_text,
)
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.saml_encryption_makers import (
    Damage,
    added,
    by_reference,
    data_value,
    element,
    encrypting,
    ending_in,
    flipped,
    inside_key_info,
    key_found_by,
    key_inside_key,
    key_value,
    named,
    plain_assertion,
    receiver,
    relax,
    replaced,
    response_around,
    unsigned,
    xenc,
)
from tests.attack.saml_makers import genuine
from tests.launch_stage import SAML_ISSUER, Stage, certificate, stranger_certificate
from tests.own_keys import own_keys, rsa_own_key

GCM_SHA1 = XmlEncryption(transport=RSA_OAEP_MGF1P, digest=SHA1_URI, mask=None)
GCM_DEFAULTS = XmlEncryption(digest=None, mask=None)
GCM_MASK_SHA1 = XmlEncryption(transport=RSA_OAEP_MGF1P, digest=SHA256_URI, mask=None)
CBC_SHA256 = XmlEncryption(content=AES_256_CBC)
WEAK = (ZORGPLATFORM, GCM_SHA1, GCM_DEFAULTS, GCM_MASK_SHA1, CBC_SHA256)
DATA_METHOD, KEY_METHOD = f"{{{XENC}}}EncryptionMethod", f"{{{XENC}}}EncryptedKey"

cases = Cases()
"""Each wrong in one way, by AES-GCM."""
case = cases.add
older = Cases()
"""The same under the relaxation, where a changed ciphertext is noticed by nothing but us."""


OTHER_ISSUER = "https://other.example/saml"
ORIGINAL_ISSUER = "{http://schemas.xmlsoap.org/ws/2009/09/identity/claims}OriginalIssuer"


def both(row: str, what: str, plain: Callable[[bytes], bytes]) -> None:
    """A wrong plaintext, in either encryption."""
    case(row, what, encrypting(plain))
    older.add(row, what, encrypting(plain, how=ZORGPLATFORM))


def signed_by_a_stranger(_: bytes) -> bytes:
    stage = Stage()
    root = build_response(stage.content(SAML_ISSUER), now=stage.now)
    token_id = str(assertion_of(root).get("ID"))
    signed = sign_element(root, token_id, stranger_certificate())
    return etree.tostring(assertion_of(signed), with_tail=False)


def signed_in_silence(assertion: bytes) -> bytes:
    """By a stranger, without KeyInfo."""
    signed = signed_by_a_stranger(assertion)
    return re.sub(rb"<ds:KeyInfo>.*</ds:KeyInfo>", b"", signed, flags=re.DOTALL)


def showing_a_stranger(assertion: bytes) -> bytes:
    """Rightly signed; KeyInfo, which nobody signs, says by whom not."""
    shown = b"".join(stranger_certificate().certificate_pem.encode().splitlines()[1:-1])
    tag = rb"<ds:X509Certificate>[^<]*"
    return re.sub(tag, b"<ds:X509Certificate>" + shown, assertion)


def with_original_issuer(_: bytes) -> bytes:
    """As Microsoft's token services write it, and as VIPLive does not."""

    def change(root: _Element) -> None:
        find(root, saml("Attribute")).set(ORIGINAL_ISSUER, "CN=x")

    (assertion,) = etree.fromstring(genuine(Stage(), before_signing=change)).findall(ASSERTION)
    return etree.tostring(assertion, with_tail=False)


def of_another_issuer(_: bytes) -> bytes:
    """Signed rightly, in the name of somebody else."""
    stage = Stage()
    content = stage.content(OTHER_ISSUER)
    root = build_response(content, now=stage.now)
    signed = sign_element(root, content.token_id, certificate())
    return etree.tostring(assertion_of(signed), with_tail=False)


def whole_response(_: bytes) -> bytes:
    return genuine(Stage())


def twice_in_one(assertion: bytes) -> bytes:
    return replaced(b"<saml:Subject>", assertion + b"<saml:Subject>")(assertion)


def encrypted_again(assertion: bytes) -> bytes:
    return etree.tostring(encrypted_assertion(assertion, receiver()))


def key_method(algorithm: str) -> Damage:
    def damage(encrypted: _Element) -> None:
        list(encrypted.iter(DATA_METHOD))[1].set("Algorithm", algorithm)

    return damage


def without_issuer(stage: Stage) -> str:
    root = response_around(stage, encrypted_assertion(plain_assertion(stage), receiver()))
    root.remove(find(root, saml("Issuer")))
    return encode_saml(etree.tostring(root))


def without_id(stage: Stage) -> str:
    root = response_around(stage, encrypted_assertion(plain_assertion(stage), receiver()))
    del root.attrib["ID"]
    return encode_saml(etree.tostring(root))


def sharing_an_id(stage: Stage) -> str:
    plain = plain_assertion(stage)
    root = response_around(stage, encrypted_assertion(plain, receiver()))
    root.set("ID", str(etree.fromstring(plain).get("ID")))
    return encode_saml(etree.tostring(root))


def two_of_them(stage: Stage) -> str:
    encrypted = encrypted_assertion(plain_assertion(stage), receiver())
    root = response_around(stage, encrypted)
    root.append(etree.fromstring(etree.tostring(encrypted)))
    return encode_saml(etree.tostring(root))


def spoiled_response(stage: Stage) -> str:
    encrypted = encrypted_assertion(plain_assertion(stage), receiver())
    root = response_around(stage, encrypted, sign_response=True)
    root.set("Destination", "https://other.example")
    return encode_saml(etree.tostring(root))


both("A100", "unsigned", unsigned)
both("A100", "DOCTYPE", lambda plain: b"<!DOCTYPE x>" + plain)
both("A100", "an entity", lambda plain: b'<!DOCTYPE x [<!ENTITY e "1">]>' + plain)
both("A100", "comment in the BSN", replaced(b"999911120", b"99991<!---->1120"))
both("A100", "processing instruction", replaced(b"<saml:Subject>", b"<?x y?><saml:Subject>"))
both("A100", "two Assertions", lambda plain: plain + plain)
both("A100", "an Assertion in an Assertion", twice_in_one)
both("A100", "a whole Response", whole_response)
both("A100", "encrypted again", encrypted_again)
both("A100", "not XML", lambda plain: b"x" * len(plain))
both("A100", "nothing", lambda plain: b"")
both("A100", "cut short", lambda plain: plain[:-9])
both("A100", "UTF-16", lambda plain: plain.decode().encode("utf-16"))
both("A100", "30 kB of spaces", replaced(b"<saml:Subject>", b"<saml:Subject>" + b" " * 30_000))
both("A100", "7 000 elements", replaced(b"<saml:Subject>", b"<saml:Subject>" + b"<a/>" * 7_000))
both("A100", "signed by a stranger", signed_by_a_stranger)
both("A100", "signed by a stranger who shows no key", signed_in_silence)
both("A100", "another's certificate shown", showing_a_stranger)
both("A100", "changed after signing", replaced(b"999911120", b"999999151"))
both("A100", "empty SignatureValue", lambda plain: plain.replace(b"SignatureValue>", b"X>"))
both("A100", "of another issuer", of_another_issuer)
both("A100", "a namespace that nobody reads", replaced(b"urn:hl7-org:v3", b"urn:x"))
both("A100", "a namespace that another adapter reads", with_original_issuer)
both("A100", "without ID", lambda plain: re.sub(rb' ID="[^"]*"', b"", plain))
both("A100", "an ID where none may stand", replaced(b"<saml:Subject>", b'<saml:Subject ID="_x">'))
case("A100", "the Response's own ID", sharing_an_id)

case("A100", "RSA1_5", encrypting(damage=key_method(f"{XENC}rsa-1_5")))
case("A100", "no key transport", encrypting(damage=key_method("")))
case("A100", "key wrap", encrypting(damage=key_method(f"{XENC}kw-aes256")))
case("A100", "AES-128-GCM", encrypting(damage=named(DATA_METHOD, Algorithm=f"{XENC11}aes128-gcm")))
case("A100", "triple DES", encrypting(damage=named(DATA_METHOD, Algorithm=f"{XENC}tripledes-cbc")))
case("A100", "AES-128-CBC", encrypting(damage=named(DATA_METHOD, Algorithm=f"{XENC}aes128-cbc")))
case("A100", "SHA-512", encrypting(damage=named(ds("DigestMethod"), Algorithm=f"{XENC}sha512")))
case("A100", "OAEPparams", encrypting(damage=added(DATA_METHOD, xenc("OAEPparams"))))
case("A100", "key size", encrypting(damage=added(DATA_METHOD, xenc("KeySize"))))
case("A100", "a key inside a key", encrypting(damage=key_inside_key))
case("A100", "RetrievalMethod", encrypting(damage=key_found_by("#key-1")))
case("A100", "RetrievalMethod over http", encrypting(damage=key_found_by("http://127.0.0.1:9/key")))
case("A100", "CipherReference of the key", encrypting(damage=by_reference(0)))
case("A100", "CipherReference of the data", encrypting(damage=by_reference(1)))
case("A100", "KeyName", encrypting(damage=inside_key_info(element(ds("KeyName"), "own-rsa"))))
case("A100", "KeyValue", encrypting(damage=inside_key_info(element(ds("KeyValue")))))
case("A100", "KeyName for the data", encrypting(damage=added(ds("KeyInfo"), ds("KeyName"), 0)))
case("A100", "nothing in KeyInfo", encrypting(damage=inside_key_info()))
case("A100", "WS-Security reference", encrypting(damage=inside_key_info(element(f"{{{WSSE}}}Reference"))))
case(
    "A100",
    "a second EncryptedKey",
    encrypting(damage=added(saml("EncryptedAssertion"), xenc("EncryptedKey"))),
)
case("A100", "ReferenceList", encrypting(damage=added(xenc("EncryptedKey"), xenc("ReferenceList"))))
case("A100", "CarriedKeyName", encrypting(damage=added(xenc("EncryptedKey"), xenc("CarriedKeyName"))))
case("A100", "properties", encrypting(damage=added(xenc("EncryptedData"), xenc("EncryptionProperties"))))
case("A100", "Content", encrypting(damage=named(xenc("EncryptedData"), Type=f"{XENC}Content")))
case("A100", "no Type", encrypting(damage=named(xenc("EncryptedData"), Type=None)))
case("A100", "Encoding", encrypting(damage=named(xenc("EncryptedData"), Encoding="x")))
case("A100", "ID", encrypting(damage=named(xenc("EncryptedData"), ID="_x")))
case("A100", "text", encrypting(damage=with_text(xenc("CipherData"), "x")))
case("A100", "not base64", encrypting(damage=with_text(xenc("CipherValue"), "====")))
case("A100", "half a base64 group", encrypting(damage=with_text(xenc("CipherValue"), "AAAAA")))
case("A100", "an element in CipherValue", encrypting(damage=added(xenc("CipherValue"), xenc("x"))))
case("A100", "no cipher value", encrypting(damage=lambda root: find(root, xenc("CipherData")).clear()))
case("A100", "empty", encrypting(damage=lambda root: root.clear()))
case("A100", "to a stranger", encrypting(to=lambda: stranger_certificate().certificate))
case("A100", "key of 16 bytes", encrypting(content_key=bytes(range(16))))
case("A100", "key changed", encrypting(damage=key_value(flipped(-1))))
case("A100", "key cut short", encrypting(damage=key_value(lambda raw: raw[:-1])))
case("A100", "no key", encrypting(damage=key_value(lambda raw: b"")))
for place in (0, 12, -1):
    case("A100", f"data changed at {place}", encrypting(damage=data_value(flipped(place))))
case("A100", "data cut short", encrypting(damage=data_value(lambda raw: raw[:20])))
for number, weak in enumerate(WEAK):
    case("A100", f"not relaxed {number}", encrypting(how=weak))
case("A100-issuer", "no Issuer on the Response", without_issuer)
case("A100-id", "no ID on the Response", without_id)
case("A100-twice", "two of them", two_of_them)
case("A088-encrypted", "the Response's signature bad", spoiled_response)

for number, padding in enumerate((b"\x00", b"\x11", b"\xff", b"\x10" + b"\x00")):
    older.add("A100", f"padding {number}", ending_in(padding))
for place in (0, 16, 700, -17, -1):
    older.add(
        "A100", f"data bent at {place}", encrypting(how=ZORGPLATFORM, damage=data_value(flipped(place)))
    )
older.add("A100", "half a block", encrypting(how=ZORGPLATFORM, damage=data_value(lambda raw: raw[:-1])))
older.add("A100", "one block", encrypting(how=ZORGPLATFORM, damage=data_value(lambda raw: raw[:16])))
older.add("A100", "no block", encrypting(how=ZORGPLATFORM, damage=data_value(lambda raw: b"")))
older.add("A100", "key changed", encrypting(how=ZORGPLATFORM, damage=key_value(flipped(7))))
older.add("A100", "RSA1_5", encrypting(how=ZORGPLATFORM, damage=key_method(f"{XENC}rsa-1_5")))


@pytest.mark.parametrize(("row", "maker"), cases.params())
def test_bad_encrypted_assertion_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(maker(stage))
    assert refused.value.code == expected(row).code, refused.value.detail


@pytest.mark.parametrize(("row", "maker"), older.params())
def test_bad_assertion_under_the_relaxation_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    relax(stage)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(maker(stage))
    assert refused.value.code == expected(row).code, refused.value.detail


@pytest.mark.parametrize("shown", ["none", "x509", "wsse"])
def test_encrypted_assertion_is_accepted(shown: str) -> None:
    stage = Stage()
    document = encrypting(how=XmlEncryption(receiver=shown))(stage)
    launch = stage.verify_saml(document)
    assert launch.bsn.reveal() == "999911120"
    assert (launch.token_form, launch.relaxations) == ("saml", ())
    assert stage.verify_saml(document) == launch


def test_encrypting_a_finished_response_is_accepted() -> None:
    stage = Stage()
    document = encrypt_assertion(encode_saml(genuine(stage)), receiver())
    assert stage.verify_saml(document).issuer == SAML_ISSUER


def test_signed_response_around_an_encrypted_assertion_is_accepted() -> None:
    stage = Stage()
    assert stage.verify_saml(encrypting(sign_response=True)(stage)).issuer == SAML_ISSUER


@pytest.mark.proves("attack:A100")
@pytest.mark.parametrize("how", WEAK)
def test_older_encryption_is_accepted_under_its_relaxation_and_counted(how: XmlEncryption) -> None:
    stage = Stage()
    relax(stage)
    assert stage.verify_saml(encrypting(how=how)(stage)).relaxations == ("aes_cbc_and_oaep_sha1",)
    assert stage.verify_saml(encrypting()(stage)).relaxations == ()
    stage.now += timedelta(days=2)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encrypting(how=how)(stage))
    assert refused.value.code == expected("A100").code


def test_defaults_of_the_older_transport_are_understood() -> None:
    stage = Stage()
    relax(stage)
    for transport in (RSA_OAEP, RSA_OAEP_MGF1P):
        how = XmlEncryption(AES_256_GCM, transport, None, None)
        assert stage.verify_saml(encrypting(how=how)(stage)).issuer == SAML_ISSUER


def test_plain_assertion_where_encryption_is_required_is_refused() -> None:
    stage = Stage()
    stage.change_grant(SAML_ISSUER, require_encryption=True)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encode_saml(genuine(stage)))
    assert refused.value.code == expected("A050-plain").code
    assert stage.verify_saml(encrypting()(stage)).relaxations == ()
    relax(stage, RelaxationName.NO_ENCRYPTION)
    assert stage.verify_saml(encode_saml(genuine(stage))).relaxations == ("no_encryption",)


@pytest.mark.proves("attack:A100")
def test_same_ciphertext_is_never_tried_twice() -> None:
    stage = Stage()
    relax(stage)
    document = ending_in(b"\x00")(stage)
    details = []
    for _ in range(2):
        with pytest.raises(LaunchRefusedError) as refused:
            stage.verify_saml(document)
        details.append(refused.value.detail)
    assert details == ["does not open", "the same ciphertext was refused before"]
    assert stage.verify_saml(encrypting(how=ZORGPLATFORM)(stage)).issuer == SAML_ISSUER


@pytest.mark.proves("attack:A100")
def test_assertion_whose_signature_was_refused_is_not_opened_again() -> None:
    stage = Stage()
    document = encrypting(replaced(b"999911120", b"999999151"))(stage)
    changed = "the signature of what was encrypted: InvalidDigest"
    for said in (changed, "the same ciphertext was refused before"):
        with pytest.raises(LaunchRefusedError) as refused:
            stage.verify_saml(document)
        assert refused.value.detail == said


@pytest.mark.proves("attack:A100")
def test_ciphertext_refused_in_another_name_still_opens_in_its_own() -> None:
    stage = Stage()
    stage.add_saml_vendor(OTHER_ISSUER, stranger_certificate())
    root = response_around(stage, encrypted_assertion(plain_assertion(stage), receiver()))
    genuine_document = encode_saml(etree.tostring(root))
    find(root, saml("Issuer")).text = OTHER_ISSUER
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encode_saml(etree.tostring(root)))
    assert refused.value.code == expected("A100").code
    assert stage.verify_saml(genuine_document).issuer == SAML_ISSUER


def test_memory_of_refused_ciphertexts_is_bounded() -> None:
    refused = RefusedCiphertexts(limit=3)
    for number in range(5):
        refused.add(bytes([number]))
    assert [bytes([number]) in refused for number in range(5)] == [False, False, True, True, True]


@pytest.mark.proves("attack:A118")
def test_old_key_opens_assertions_until_its_end() -> None:
    stage = Stage()
    document = encrypting()(stage)
    ending = replace(rsa_own_key(), not_after=stage.now + timedelta(seconds=1))
    stage.opener = TokenOpener(OwnKeys(decrypt=(rsa_own_key("own-next"), ending)))
    assert stage.verify_saml(document).issuer == SAML_ISSUER
    stage.now += timedelta(seconds=1)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(document)
    assert refused.value.code == expected("A118-own").code


def test_service_without_an_rsa_key_opens_no_assertion() -> None:
    stage = Stage()
    stage.opener = TokenOpener(OwnKeys(decrypt=own_keys().decrypt[1:]))
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encrypting()(stage))
    assert (refused.value.code, refused.value.detail) == ("L207", "no key of ours can open assertions")


@pytest.mark.proves("attack:A088")
def test_assertion_in_a_response_that_another_certificate_signed_is_refused() -> None:
    stage = Stage()
    stage.add_key(SAML_ISSUER, stranger_certificate())
    encrypted = encrypted_assertion(plain_assertion(stage), receiver())
    root = response_around(stage, encrypted)
    signed = sign_element(root, str(root.get("ID")), stranger_certificate())
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encode_saml(etree.tostring(signed)))
    assert refused.value.code == expected("A100").code


@pytest.mark.proves("attack:A100")
@pytest.mark.parametrize("change", [{"status": "revoked"}, {"not_after": Stage().now}, None])
def test_vendor_without_a_usable_certificate_is_told_before_anything_is_opened(change: object) -> None:
    stage = Stage()
    if change is None:
        stage.change_vendor(SAML_ISSUER, keys=())
    else:
        assert isinstance(change, dict)
        stage.change_keys(SAML_ISSUER, **change)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encrypting(unsigned)(stage))
    assert refused.value.code in {"L202", "L204", "L205"}
