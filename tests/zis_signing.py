"""Signed answers of a hospital, and the questions they answer."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from adapters.zis.interactions import FETCH_RECORD, FIND_PATIENT, Operation
from adapters.zis.security.credentials import read_credential
from adapters.zis.security.signing import Signer
from adapters.zis.wire import Message
from context.zis import Endpoint, KeyReference, WireSigning
from tests.clock import START
from tests.pki import Authority, Pair
from tests.zis_messages import ASKED, ASKER, STAMP, enveloped

SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSA = "http://www.w3.org/2005/08/addressing"
DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
URL = "https://zis.example/soap"


def rsa_pair(authority: Authority, name: str = "rsa", uzi: str | None = None) -> Pair:
    return authority.issue(name, rsa.generate_private_key(public_exponent=65537, key_size=2048), uzi=uzi)


def signing(pair: Pair, **options: object) -> WireSigning:
    return WireSigning(pair.certificate, pair.key, **options)  # type: ignore[arg-type]


def endpoint(settings: WireSigning | None = None, url: str = URL) -> Endpoint:
    return Endpoint("main", url, signing=settings)


def question(payload: etree._Element, operation: Operation = FIND_PATIENT.operation) -> Message:
    return Message(operation, STAMP.message_id, payload, ASKED, ASKER)


def record_question(payload: etree._Element) -> Message:
    return question(payload, FETCH_RECORD.operation)


def answer_envelope(
    payload: str, relates_to: UUID | None = STAMP.message_id, soap: str = SOAP12
) -> etree._Element:
    """An answer that nobody has signed yet."""
    root = etree.fromstring(enveloped(payload).replace(SOAP12.encode(), soap.encode()))
    if relates_to is not None:
        relation = etree.SubElement(root[0], f"{{{WSA}}}RelatesTo")
        relation.text = relates_to.urn
    return root


def signed_answer(root: etree._Element, pair: Pair, now: datetime = START) -> etree._Element:
    """Sign as a hospital would; the result is parsed anew, as it arrives."""
    signer = Signer(read_credential("test", pair.certificate, pair.key), KeyReference.CERTIFICATE)
    signer.secure(root, now, sign=True)
    return etree.fromstring(etree.tostring(root))


def write(path: Path, root: etree._Element) -> Path:
    path.write_bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    return path
