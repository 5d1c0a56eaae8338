"""WS-Security on our questions (OASIS WSS 1.1, X.509 token profile 1.1; zis.md §2).

Signed are the body, the time stamp and whatever WS-Addressing headers there are: with SOAP 1.2 all of
them, with SOAP 1.1 there are none.
"""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from adapters.zis.security import names
from adapters.zis.security.credentials import Credential
from context.zis import KeyReference

LIFE = timedelta(minutes=5)
"""How long a message is valid, as AORTA's own samples have it."""

_NAMESPACES: Any = {"wsse": names.WSSE, "wsu": names.WSU, "ds": names.DS}
_SOAPS = (names.SOAP12, names.SOAP11)


class Signer:
    """Signs with one certificate. :param key_reference: how the signature names it."""

    def __init__(
        self, credential: Credential, key_reference: KeyReference = KeyReference.CERTIFICATE
    ) -> None:
        self.credential = credential
        self._key_reference = key_reference
        certificate = credential.certificate.public_bytes(Encoding.DER)
        self._token = base64.b64encode(certificate).decode("ascii")

    def secure(
        self, envelope: etree._Element, now: datetime, *, sign: bool, assertion: etree._Element | None = None
    ) -> None:
        """Give ``envelope`` its ``wsse:Security`` header.

        :param envelope: SOAP 1.1 or 1.2, without such a header; changed in place.
        :param now: aware; the message is valid for five minutes from then.
        :param sign: sign the message.
        :param assertion: a signed assertion to carry.
        :raises ValueError: not a SOAP envelope with one body.
        """
        soap = etree.QName(envelope).namespace
        bodies = envelope.findall(f"{{{soap}}}Body")
        if soap not in _SOAPS or len(bodies) != 1:
            raise ValueError("not a SOAP envelope with one body")
        header = _header(envelope, str(soap))
        security = etree.SubElement(
            header, names.SECURITY, {f"{{{soap}}}mustUnderstand": "1"}, nsmap=_NAMESPACES
        )
        time_stamp = _time_stamp(security, now)
        if assertion is not None:
            security.append(assertion)
        if sign:
            parts = [time_stamp, *header.findall(f"{{{names.WSA}}}*"), bodies[0]]
            self._sign(envelope, security, parts)

    def sign_assertion(self, assertion: etree._Element) -> etree._Element:
        """The assertion with its enveloped signature (SAML 2.0 core §5.4).

        :param assertion: with a ``ds:Signature`` of Id ``placeholder`` where the signature shall stand.
        """
        signer = self._signer(SignatureConstructionMethod.enveloped)
        signed: etree._Element = signer.sign(
            assertion,
            key=self.credential.key,
            key_info=key_info(issuer_serial(self.credential)),
            reference_uri=f"#{assertion.get('ID')}",
            id_attribute="ID",
        )
        return signed

    def _sign(self, envelope: etree._Element, security: etree._Element, parts: list[etree._Element]) -> None:
        named = self._named_key(security)
        references = [f"#{_identify(part)}" for part in parts]
        signer = self._signer(SignatureConstructionMethod.detached)
        signature: etree._Element = signer.sign(
            envelope,
            key=self.credential.key,
            key_info=named,
            reference_uri=references,
            id_attribute="Id",
        )
        security.append(signature)

    def _named_key(self, security: etree._Element) -> etree._Element:
        reference = etree.Element(f"{{{names.WSSE}}}SecurityTokenReference", nsmap=_NAMESPACES)
        if self._key_reference is KeyReference.ISSUER_SERIAL:
            reference.append(issuer_serial(self.credential))
            return key_info(reference)
        token = etree.SubElement(
            security,
            f"{{{names.WSSE}}}BinarySecurityToken",
            {"EncodingType": names.BASE64, "ValueType": names.X509_TOKEN},
        )
        token.text = self._token
        etree.SubElement(
            reference,
            f"{{{names.WSSE}}}Reference",
            {"URI": f"#{_identify(token)}", "ValueType": names.X509_TOKEN},
        )
        return key_info(reference)

    def _signer(self, method: SignatureConstructionMethod) -> XMLSigner:
        is_rsa = isinstance(self.credential.key, rsa.RSAPrivateKey)
        return XMLSigner(
            method=method,
            signature_algorithm=SignatureMethod.RSA_SHA256 if is_rsa else SignatureMethod.ECDSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )


def instant(moment: datetime) -> str:
    """An aware time as xsd:dateTime in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """An XML id that no other element of any message has."""
    return f"_{uuid4()}"


def issuer_serial(credential: Credential) -> etree._Element:
    """``ds:X509Data`` with the certificate's issuer (RFC 4514) and serial number."""
    data = etree.Element(f"{{{names.DS}}}X509Data", nsmap={"ds": names.DS})
    pair = etree.SubElement(data, f"{{{names.DS}}}X509IssuerSerial")
    certificate = credential.certificate
    etree.SubElement(pair, f"{{{names.DS}}}X509IssuerName").text = certificate.issuer.rfc4514_string()
    etree.SubElement(pair, f"{{{names.DS}}}X509SerialNumber").text = str(certificate.serial_number)
    return data


def key_info(content: etree._Element) -> etree._Element:
    """``ds:KeyInfo`` around ``content``."""
    info = etree.Element(f"{{{names.DS}}}KeyInfo", nsmap={"ds": names.DS})
    info.append(content)
    return info


def _header(envelope: etree._Element, soap: str) -> etree._Element:
    found = envelope.find(f"{{{soap}}}Header")
    if found is not None:
        return found
    made = etree.Element(f"{{{soap}}}Header")
    envelope.insert(0, made)
    return made


def _time_stamp(security: etree._Element, now: datetime) -> etree._Element:
    stamp = etree.SubElement(security, names.TIMESTAMP)
    etree.SubElement(stamp, names.CREATED).text = instant(now)
    etree.SubElement(stamp, names.EXPIRES).text = instant(now + LIFE)
    return stamp


def _identify(part: etree._Element) -> str:
    identifier = new_id()
    part.set(names.WSU_ID, identifier)
    return identifier
