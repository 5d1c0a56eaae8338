"""Signed answers (OASIS WSS 1.1): what leaves this module is what was signed, and nothing beside it.

signxml alone would accept an answer in which the signed body was moved aside and another put in its
place (signature wrapping), so places are checked first and only what signxml returns is read afterwards.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from adapters.xml import hardened_parser
from adapters.zis.errors import SourceError
from adapters.zis.security import names
from adapters.zis.soap import parse_envelope
from context.outcome import FailureCause

LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=30)
"""How far the hospital's clock may be off (D18)."""

_MAX_REFERENCES = 20
# Of every kind of id, xml:id among them: whichever a reader goes by, it finds one element.
_ID_VALUES = etree.XPath(
    "//@*[local-name()='Id' or local-name()='ID' or local-name()='id']", smart_strings=False
)
_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


def read_signed(
    envelope: etree._Element, certificates: Sequence[x509.Certificate], message_id: UUID, now: datetime
) -> etree._Element:
    """The envelope with its signed body and signed addressing headers only.

    :param envelope: the answer, SOAP 1.1 or 1.2, parsed by ``adapters.xml``.
    :param certificates: whose signature is accepted; none that the answer brings along is.
    :param message_id: of the question; an answer by SOAP 1.2 must relate to it, so that no earlier
        answer can stand in for this one.
    :param now: aware; certificates must be valid, and the time stamp fresh, at that moment.
    :raises SourceError: ``rejected`` when it is not signed as it must be.
    """
    soap = etree.QName(envelope).namespace or ""
    if envelope.tag not in {f"{{{names.SOAP12}}}Envelope", f"{{{names.SOAP11}}}Envelope"}:
        raise _rejected("not a SOAP envelope")
    references = _check_places(envelope, soap)
    signed = _verify(envelope, soap, references, certificates, now)
    _check_time(_only(signed, names.TIMESTAMP), now)
    body = _only(signed, f"{{{soap}}}Body")
    headers = [result for result in signed if _tag(result).startswith(f"{{{names.WSA}}}")]
    _check_relation(headers, message_id, soap)
    opening = f'<s:Envelope xmlns:s="{soap}"><s:Header>'.encode()
    parts = b"".join(header.signed_data for header in headers)
    return parse_envelope(opening + parts + b"</s:Header>" + body.signed_data + b"</s:Envelope>")


def _check_relation(headers: list[VerifyResult], message_id: UUID, soap: str) -> None:
    related = [
        (result.signed_xml.text or "").strip().lower()
        for result in headers
        if result.signed_xml is not None and result.signed_xml.tag == f"{{{names.WSA}}}RelatesTo"
    ]
    if related != [message_id.urn] and (related or soap == names.SOAP12):
        raise _rejected("the answer relates to another question, or to none")


def _check_places(envelope: etree._Element, soap: str) -> int:
    """How many references the one signature has, each naming one element in its own place."""
    header = _one(envelope.findall(f"{{{soap}}}Header"), "not one header")
    body = _one(envelope.findall(f"{{{soap}}}Body"), "not one body")
    security = _one(header.findall(names.SECURITY), "not one security header")
    # Others may stand in the body, for example that of an assertion with a decision.
    signature = _one(security.findall(names.SIGNATURE), "not one signature")
    stamp = _one(security.findall(names.TIMESTAMP), "not one time stamp")
    allowed = [body, stamp, *header.findall(f"{{{names.WSA}}}*"), *security]
    references = signature.findall(f"{{{names.DS}}}SignedInfo/{{{names.DS}}}Reference")
    if len(references) > _MAX_REFERENCES:
        raise _rejected("too many references")
    counted = Counter(cast("list[str]", _ID_VALUES(envelope)))
    places = {f"#{identifier}" for place in allowed if (identifier := place.get(names.WSU_ID))}
    for reference in references:
        _check_transforms(reference)
        uri = reference.get("URI") or ""
        if uri not in places or counted[uri[1:]] != 1:
            raise _rejected("a reference to another place")
    return len(references)


def _check_transforms(reference: etree._Element) -> None:
    transforms = reference.findall(f"{{{names.DS}}}Transforms/{{{names.DS}}}Transform")
    if [transform.get("Algorithm") for transform in transforms] != [names.EXCLUSIVE_C14N]:
        raise _rejected("another transform than exclusive canonicalisation")


def _verify(
    envelope: etree._Element,
    soap: str,
    references: int,
    certificates: Sequence[x509.Certificate],
    now: datetime,
) -> list[VerifyResult]:
    config = SignatureConfiguration(
        location=f"./{{{soap}}}Header/{names.SECURITY}/",
        expect_references=references,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=now,
    )
    kinds = []
    for certificate in certificates:
        try:
            found = XMLVerifier().verify(
                envelope,
                x509_cert=certificate,
                parser=hardened_parser(keep_comments=True),
                id_attribute="Id",
                expect_config=config,
            )
        except Exception as error:  # noqa: BLE001 - signxml and lxml raise far more than their own errors
            kinds.append(type(error).__name__)
        else:
            return found if isinstance(found, list) else [found]
    raise _rejected(f"the signature does not verify ({', '.join(kinds)})")


def _check_time(stamp: VerifyResult, now: datetime) -> None:
    element = stamp.signed_xml
    created = _instant(element, names.CREATED)
    expires = _instant(element, names.EXPIRES)
    if not created - SKEW <= now < expires + SKEW or now - created > LONGEST_LIFE + SKEW:
        raise _rejected("the time stamp is not of now")


def _instant(stamp: etree._Element | None, tag: str) -> datetime:
    found = stamp.findall(tag) if stamp is not None else []
    try:
        moment = datetime.fromisoformat(_one(found, "not one instant").text or "")
    except ValueError:
        raise _rejected("the time stamp is unreadable") from None
    if moment.tzinfo is None:
        raise _rejected("the time stamp has no time zone")
    return moment


def _only(signed: list[VerifyResult], tag: str) -> VerifyResult:
    found = [result for result in signed if _tag(result) == tag]
    if len(found) != 1:
        raise _rejected("body or time stamp is not signed")
    return found[0]


def _tag(result: VerifyResult) -> str:
    return str(result.signed_xml.tag) if result.signed_xml is not None else ""


def _one(found: list[etree._Element], otherwise: str) -> etree._Element:
    if len(found) != 1:
        raise _rejected(otherwise)
    return found[0]


def _rejected(detail: str) -> SourceError:
    return SourceError(FailureCause.REJECTED, detail)
