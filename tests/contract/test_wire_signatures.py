"""Our signatures verify with xmlsec1, and we verify its signatures: two programs that share no code with us
beside libxml2."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.envelopes import Envelopes
from adapters.zis.errors import SourceError
from adapters.zis.requests import write_find_patient
from adapters.zis.security.answers import read_signed
from adapters.zis.security.wire import EndpointSecurity
from context.zis import KeyReference
from tests.clock import START, SteppingClock
from tests.pki import Authority, Pair
from tests.zis_messages import ASKED, STAMP, hospital, pdq_answer
from tests.zis_signing import (
    DS,
    SAML,
    SOAP11,
    SOAP12,
    WSSE,
    WSU,
    answer_envelope,
    endpoint,
    question,
    rsa_pair,
    signing,
    write,
)

TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>{references}</ds:SignedInfo>
<ds:SignatureValue/></ds:Signature>"""
REFERENCE = """<ds:Reference URI="#{id}"><ds:Transforms>
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    authority = Authority(tmp_path_factory.mktemp("pki"))
    return {"rsa": rsa_pair(authority), "ec": authority.issue("ec")}


@pytest.fixture
def xmlsec(xmlsec_binary: Path) -> Callable[..., bool]:
    told = subprocess.run([xmlsec_binary, "--help-verify"], capture_output=True, timeout=30, check=False)
    # From 1.3 on, a key that is given is looked for by name unless this is said.
    lax = ["--lax-key-search"] if b"--lax-key-search" in told.stdout + told.stderr else []

    def run(command: str, *arguments: str | Path) -> bool:
        line = [xmlsec_binary, command, *lax, *arguments]
        return subprocess.run(line, capture_output=True, timeout=30, check=False).returncode == 0

    return run


def sealed(pair: Pair, soap: str, **options: object) -> etree._Element:
    place = endpoint(signing(pair, **options))
    message = question(write_find_patient(hospital(), ASKED, STAMP))
    raw = etree.tostring(Envelopes().fill(message, place.url)).replace(SOAP12.encode(), soap.encode())
    security = EndpointSecurity([place], SteppingClock())
    return etree.fromstring(security.seal(etree.fromstring(raw), message, place))


def verification(root: etree._Element, pair: Pair, file: Path, select: str) -> list[str | Path]:
    """xmlsec1 must be told which attributes are ids, because the message has no DTD."""
    tags = {
        (etree.QName(element).namespace, etree.QName(element).localname)
        for element in root.iter("*")
        if element.get(f"{{{WSU}}}Id")
    }
    ids: list[str] = []
    for namespace, name in sorted((str(n), m) for n, m in tags):
        ids += ["--id-attr:Id", f"{namespace}:{name}"]
    ids += ["--id-attr:ID", f"{SAML}:Assertion"]
    return [
        "--verify",
        "--pubkey-cert-pem",
        pair.certificate,
        "--node-xpath",
        select,
        *ids,
        file,
    ]


MESSAGE = "/*/*[local-name()='Header']/*[local-name()='Security']/*[local-name()='Signature']"
TOKEN = "//*[local-name()='Assertion']/*[local-name()='Signature']"


@pytest.mark.parametrize("kind", ["rsa", "ec"])
@pytest.mark.parametrize("soap", [SOAP12, SOAP11], ids=["soap 1.2", "soap 1.1"])
@pytest.mark.parametrize("reference", KeyReference)
def test_signed_question_verifies(
    xmlsec: Callable[..., bool],
    pairs: dict[str, Pair],
    tmp_path: Path,
    kind: str,
    soap: str,
    reference: KeyReference,
) -> None:
    root = sealed(pairs[kind], soap, key_reference=reference)
    file = write(tmp_path / "question.xml", root)
    assert xmlsec(*verification(root, pairs[kind], file, MESSAGE))


@pytest.mark.parametrize("soap", [SOAP12, SOAP11], ids=["soap 1.2", "soap 1.1"])
def test_changed_question_does_not_verify(
    xmlsec: Callable[..., bool], pairs: dict[str, Pair], tmp_path: Path, soap: str
) -> None:
    root = sealed(pairs["rsa"], soap)
    for value in root.iter("{urn:hl7-org:v3}value"):
        value.set("extension", "999904309")
    file = write(tmp_path / "question.xml", root)
    assert not xmlsec(*verification(root, pairs["rsa"], file, MESSAGE))


def test_question_signed_by_another_key_does_not_verify(
    xmlsec: Callable[..., bool], pairs: dict[str, Pair], tmp_path: Path
) -> None:
    root = sealed(pairs["rsa"], SOAP12)
    file = write(tmp_path / "question.xml", root)
    assert not xmlsec(*verification(root, pairs["ec"], file, MESSAGE))


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_transaction_token_and_message_both_verify(
    xmlsec: Callable[..., bool], pairs: dict[str, Pair], tmp_path: Path, kind: str
) -> None:
    root = sealed(pairs[kind], SOAP11, transaction_token=True)
    file = write(tmp_path / "question.xml", root)
    assert xmlsec(*verification(root, pairs[kind], file, TOKEN))
    assert xmlsec(*verification(root, pairs[kind], file, MESSAGE))


def test_changed_transaction_token_does_not_verify(
    xmlsec: Callable[..., bool], pairs: dict[str, Pair], tmp_path: Path
) -> None:
    root = sealed(pairs["rsa"], SOAP11, transaction_token=True)
    root.find(f".//{{{SAML}}}NameID").text = "000000001:01.015"  # type: ignore[union-attr]
    file = write(tmp_path / "question.xml", root)
    assert not xmlsec(*verification(root, pairs["rsa"], file, TOKEN))


def signed_by_xmlsec(xmlsec: Callable[..., bool], pair: Pair, folder: Path) -> etree._Element:
    root = answer_envelope(pdq_answer())
    security = etree.SubElement(root[0], f"{{{WSSE}}}Security")
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    etree.SubElement(stamp, f"{{{WSU}}}Created").text = "2026-11-22T09:00:00Z"
    etree.SubElement(stamp, f"{{{WSU}}}Expires").text = "2026-11-22T09:05:00Z"
    parts = [root[1], stamp, root[0][1]]
    for number, part in enumerate(parts):
        part.set(f"{{{WSU}}}Id", f"id{number}")
    references = "".join(REFERENCE.format(id=f"id{number}") for number in range(len(parts)))
    security.append(etree.fromstring(TEMPLATE.format(references=references)))
    unsigned, signed = write(folder / "template.xml", root), folder / "signed.xml"
    ids: list[str] = []
    for part in parts:
        name = etree.QName(part)
        ids += ["--id-attr:Id", f"{name.namespace}:{name.localname}"]
    key = f"{pair.key},{pair.certificate}"
    assert xmlsec("--sign", "--privkey-pem", key, *ids, "--output", signed, unsigned)
    return etree.parse(signed).getroot()


def test_answer_signed_by_xmlsec_is_read(
    xmlsec: Callable[..., bool], pairs: dict[str, Pair], tmp_path: Path
) -> None:
    root = signed_by_xmlsec(xmlsec, pairs["rsa"], tmp_path)
    assert len(root.findall(f".//{{{DS}}}Reference")) == 3
    found = read_signed(root, [pairs["rsa"].x509], STAMP.message_id, START)
    assert found.find(".//{urn:hl7-org:v3}family").text == "Jansen"  # type: ignore[union-attr]


def test_answer_signed_by_xmlsec_and_changed_is_refused(
    xmlsec: Callable[..., bool], pairs: dict[str, Pair], tmp_path: Path
) -> None:
    root = signed_by_xmlsec(xmlsec, pairs["rsa"], tmp_path)
    root.find(".//{urn:hl7-org:v3}family").text = "Pietersen"  # type: ignore[union-attr]
    with pytest.raises(SourceError, match="does not verify"):
        read_signed(root, [pairs["rsa"].x509], STAMP.message_id, START)
