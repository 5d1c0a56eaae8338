"""Attacks on the XML signature, its keys, transforms and algorithms (security.md §6, A072 to A088)."""

import base64

import pytest
from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from launch.errors import LaunchRefusedError
from sandbox.his.tokens import SAMLP, XmlSigning, encode_saml, mint_saml
from sandbox.kit.saml_changes import (
    RESPONSE,
    assertion_of,
    ds,
    find,
    saml,
    signature_of,
    transforms,
    twice,
    with_attribute,
    with_child,
    with_text,
    without,
)
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.saml_makers import EXC_C14N, after, genuine, minted, replaced, signed_again
from tests.launch_stage import SAML_ISSUER, Stage, certificate, stranger_certificate

ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE = f"{{{EXC_C14N}}}InclusiveNamespaces"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"

cases = Cases()
case = cases.add


def signed_by_stranger(*, certificate_shown: str) -> Maker:
    """:param certificate_shown: ``own``, ``trusted`` or ``none``."""

    def make(stage: Stage) -> str:
        signing = XmlSigning(with_certificate=certificate_shown != "none")
        content = stage.content(SAML_ISSUER)
        document = base64.b64decode(
            mint_saml(content, stranger_certificate(), now=stage.now, signing=signing)
        )
        root = etree.fromstring(document)
        if certificate_shown == "trusted":
            pem = certificate().certificate_pem.splitlines()[1:-1]
            find(root, ds("X509Certificate")).text = "".join(pem)
        if certificate_shown == "none":
            without(ds("KeyInfo"))(root)
        return encode_saml(etree.tostring(root))

    return make


def response_only(root: _Element) -> None:
    assertion = assertion_of(root)
    assertion.remove(signature_of(assertion))


def signed_with(**how: object) -> Maker:
    return minted(signing=XmlSigning(**how))  # type: ignore[arg-type]


def signature_around(tag: str) -> Maker:
    """Wrap the SignedInfo in another element."""

    def change(root: _Element) -> None:
        signed_info = find(root, ds("SignedInfo"))
        outer = etree.Element(tag)
        signed_info.addprevious(outer)
        outer.append(signed_info)

    return after(change)


def reference_to(uri: str | None) -> Maker:
    return after(with_attribute(ds("Reference"), "URI", uri))


def method(algorithm: str) -> Maker:
    return after(with_attribute(ds("SignatureMethod"), "Algorithm", algorithm))


def prefix_list(prefixes: str) -> Maker:
    def change(root: _Element) -> None:
        last = list(root.iter(ds("Transform")))[-1]
        etree.SubElement(last, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=prefixes)

    return after(change)


def signature_last(root: _Element) -> None:
    assertion = assertion_of(root)
    assertion.append(signature_of(assertion))


def rebound_prefix(root: _Element) -> None:
    """The prefix of SAML means something else inside the Subject."""
    subject = find(root, saml("Subject"))
    subject.append(etree.Element("{urn:evil}NameID", nsmap={"saml": "urn:evil"}))


case("A072-unsigned", "no signature at all", after(without(ds("Signature"))))
case("A072-unsigned", "the Response alone is signed", after(response_only, sign_response=True))
case("A072", "no SignedInfo", after(without(ds("SignedInfo"))))
case("A072", "empty SignatureValue", after(with_text(ds("SignatureValue"), "")))
case("A073-destination", "unsigned", after(with_attribute(RESPONSE, "Destination", "https://other.example")))
case("A073-status", "unsigned", after(with_attribute(f"{{{SAMLP}}}StatusCode", "Value", "urn:x:Requester")))
case(
    "A073-signed",
    "signed Response",
    after(with_attribute(RESPONSE, "Destination", "https://other.example"), sign_response=True),
)
case("A073-issuer", "Response of another issuer", after(with_text(saml("Issuer"), "https://other.example")))
case("A074-own", "own certificate, same subject", signed_by_stranger(certificate_shown="own"))
case("A074", "the trusted certificate pasted in", signed_by_stranger(certificate_shown="trusted"))
case("A074", "no certificate shown", signed_by_stranger(certificate_shown="none"))
case("A074-value", "RSAKeyValue", signed_with(with_key_value=True))
case("A075", "HMAC", method(f"{MORE}hmac-sha256"))
case("A076", "RetrievalMethod", after(with_child(ds("KeyInfo"), ds("RetrievalMethod"), URI="file:///etc/x")))
case("A076", "KeyName", after(with_child(ds("KeyInfo"), ds("KeyName"), "the trusted one")))
case("A077", "XPath", after(transforms(ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116")))
case("A077", "XPath before", after(transforms("http://www.w3.org/2002/06/xmldsig-filter2", EXC_C14N)))
case("A078", "XSLT", after(transforms(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116")))
case("A078", "a stylesheet", after(with_child(ds("Transform"), "{http://www.w3.org/1999/XSL/Transform}x")))
case("A079", "300 transforms", after(transforms(*[EXC_C14N] * 300)))
case("A079", "base64", after(transforms(ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64")))
case("A079", "unknown", after(transforms(ENVELOPED, "urn:x")))
case("A079", "none", after(transforms()))
case("A079", "order swapped", after(transforms(EXC_C14N, ENVELOPED)))
for canonicalization in CanonicalizationMethod:
    if canonicalization is not CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0:
        case("A080", canonicalization.name, signed_with(canonicalization=canonicalization))
case("A080", "PrefixList with our prefix", prefix_list("saml"))
case("A080", "PrefixList with the default", prefix_list("#default"))
case("A080", "of SignedInfo alone", after(with_attribute(ds("CanonicalizationMethod"), "Algorithm", C14N)))
case("A080", "PrefixList on the enveloped transform", after(with_child(ds("Transform"), INCLUSIVE)))
case("A081", "on the root", replaced(b"<samlp:Response ", b'<samlp:Response xmlns:x="relative" '))
case("A081", "on SignedInfo", replaced(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:x="relative/uri">'))
case("A082", "prefix bound anew", after(rebound_prefix))
case("A082", "namespace taken away", replaced(b"<saml:Subject>", b'<saml:Subject xmlns="">'))
case("A082", "xml prefix bound anew", replaced(b"<saml:Subject>", b'<saml:Subject xmlns:y="urn:xml">'))
case("A083", "comment in DigestValue", replaced(b"<ds:DigestValue>", b"<ds:DigestValue><!--x-->"))
case("A083", "two DigestValues", after(twice(ds("DigestValue"))))
case("A084", "two SignedInfo", after(twice(ds("SignedInfo"))))
case("A084", "inside ds:Object", signature_around(ds("Object")))
case("A084", "wrapped", signature_around("{urn:x}Wrapper"))
case("signature-misplaced", "at the end of the Assertion", after(signature_last))
case("A085", "two References", after(twice(ds("Reference"))))
for uri in ("", "#_dangling", "_no_fragment", None):
    case("A085", f"URI {uri}", reference_to(uri))
for uri in ("http://127.0.0.1:9/x", "file:///etc/hostname", "#xpointer(/)", "cid:x"):
    case("A086", uri, reference_to(uri))
case("A087", "RSA-SHA1", signed_with(signature_method=SignatureMethod.RSA_SHA1))
case("A087", "SHA-1 digest", signed_with(digest=DigestAlgorithm.SHA1))
case(
    "A087",
    "RSA-SHA512 under an RSA-SHA256 certificate",
    signed_with(signature_method=SignatureMethod.RSA_SHA512),
)
case("A087", "MD5", method(f"{MORE}rsa-md5"))
case("A087", "DSA", method("http://www.w3.org/2000/09/xmldsig#dsa-sha1"))
case(
    "A087-length", "HMACOutputLength", after(with_child(ds("SignatureMethod"), ds("HMACOutputLength"), "40"))
)
case(
    "A088", "the Response's signature bad", after(with_text(ds("SignatureValue"), "AAAA"), sign_response=True)
)


def assertion_signature_spoiled(root: _Element) -> None:
    signature = signature_of(assertion_of(root))
    find(signature, ds("SignatureValue")).text = "AAAA"


case("A088", "the Assertion's signature bad", after(assertion_signature_spoiled, sign_response=True))
case("signature-wrong", "BSN changed", replaced(b">999911120<", b">999999151<"))
case(
    "signature-wrong",
    "attribute added",
    replaced(b"<saml:AttributeStatement>", b'<saml:AttributeStatement x="">'),
)


@pytest.mark.parametrize(("row", "maker"), cases.params())
def test_bad_signature_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(maker(stage))
    assert refused.value.code == expected(row).code


def test_response_without_key_info_is_accepted() -> None:
    stage = Stage()
    document = after(without(ds("KeyInfo")))(stage)
    assert stage.verify_saml(document).issuer == SAML_ISSUER


def schema_typed(root: _Element) -> None:
    """As OpenSAML writes values: typed, the schema's prefix declared on the Assertion."""
    for value in root.iter(saml("AttributeValue")):
        value.set("{http://www.w3.org/2001/XMLSchema-instance}type", "xs:string")


def test_schema_typed_values_are_accepted() -> None:
    stage = Stage()
    raw = genuine(stage, before_signing=schema_typed)
    assert b"XMLSchema-instance" in raw
    assert stage.verify_saml(encode_saml(raw)).bsn.reveal() == "999911120"


@pytest.mark.proves("attack:A080")
@pytest.mark.parametrize(("prefixes", "accepted"), [(["xs"], True), (["xs", "xsi"], True), (["saml"], False)])
def test_prefix_list_is_accepted_for_schema_prefixes_alone(prefixes: list[str], *, accepted: bool) -> None:
    stage = Stage()
    schema = b'<saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    raw = genuine(stage, before_signing=schema_typed).replace(b"<saml:Assertion ", schema)
    root = etree.fromstring(raw)
    signed_again(root, prefixes)
    document = encode_saml(etree.tostring(root))
    if accepted:
        assert stage.verify_saml(document).bsn.reveal() == "999911120"
        return
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(document)
    assert refused.value.code == expected("A080").code
