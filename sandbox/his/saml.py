"""SAML 2.0 Responses, signed with signxml; what they say is a vendor's dialect, VIPLive's by default."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from sandbox.his.content import LaunchContent, SigningCertificate, new_token_id
from sandbox.his.dialects import DIALECTS, Dialect

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
HL7 = "urn:hl7-org:v3"
WS_CLAIMS = "http://schemas.xmlsoap.org/ws/2009/09/identity/claims"

_PREFIXES = {"samlp": SAMLP, "saml": SAML}
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
_AUTHENTICATION = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

AttributeContent = str | _Element
"""The content of one AttributeValue: text, or one element such as an HL7 ``Role``."""


@dataclass(frozen=True, slots=True)
class XmlSigning:
    """How an element is signed; the defaults are what the launch profile asks.

    :param with_certificate: put the certificate in KeyInfo.
    :param with_key_value: put the bare public key in KeyInfo as well.
    """

    signature_method: SignatureMethod = SignatureMethod.RSA_SHA256
    digest: DigestAlgorithm = DigestAlgorithm.SHA256
    canonicalization: CanonicalizationMethod = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    with_certificate: bool = True
    with_key_value: bool = False


class _PermissiveSigner(XMLSigner):
    """Signs with SHA-1 too: a verifier that refuses it needs genuine examples."""

    def check_deprecated_methods(self) -> None:
        """Nothing is too old for a test."""


def saml_attributes(dialect: Dialect, content: LaunchContent) -> list[tuple[str, list[AttributeContent]]]:
    """Attribute names with their values, as a vendor says them."""
    return [(name, [_attribute_content(value)]) for name, value in dialect.say(content).items()]


def viplive_attributes(
    content: LaunchContent, *, plain_role: bool = False
) -> list[tuple[str, list[AttributeContent]]]:
    """VIPLive's attributes.

    :param plain_role: the role as a bare SNOMED code instead of an HL7 ``Role`` element.
    """
    attributes = saml_attributes(DIALECTS["viplive"], content)
    return [
        (name, [content.role] if plain_role and name.endswith(":role") else values)
        for name, values in attributes
    ]


def build_response(
    content: LaunchContent,
    *,
    now: datetime,
    attributes: Sequence[tuple[str, Sequence[AttributeContent]]] | None = None,
) -> _Element:
    """An unsigned ``samlp:Response`` with one Assertion, issued at ``now`` (aware).

    Conditions and SubjectConfirmationData end ``content.lifetime_seconds`` later.

    :param attributes: names with values; VIPLive's by default.
    """
    root = etree.Element(f"{{{SAMLP}}}Response", nsmap=_PREFIXES)
    _set(root, ID=new_token_id(), Version="2.0", IssueInstant=_instant(now), Destination=content.launch_url)
    if content.in_response_to:
        root.set("InResponseTo", content.in_response_to)
    _add(root, SAML, "Issuer", content.issuer)
    _add(_add(root, SAMLP, "Status"), SAMLP, "StatusCode", Value=_STATUS)
    assertion = _add(root, SAML, "Assertion", ID=content.token_id, Version="2.0", IssueInstant=_instant(now))
    _add(assertion, SAML, "Issuer", content.issuer)
    _add_subject_and_conditions(assertion, content, now)
    _add_attributes(assertion, viplive_attributes(content) if attributes is None else attributes)
    statement = _add(
        assertion,
        SAML,
        "AuthnStatement",
        AuthnInstant=_instant(now - timedelta(hours=1)),
        SessionIndex=content.session,
    )
    _add(_add(statement, SAML, "AuthnContext"), SAML, "AuthnContextClassRef", _AUTHENTICATION)
    return root


def _add_subject_and_conditions(assertion: _Element, content: LaunchContent, now: datetime) -> None:
    end = _instant(now + timedelta(seconds=content.lifetime_seconds))
    subject = _add(assertion, SAML, "Subject")
    _add(subject, SAML, "NameID", content.user_id, Format=_UNSPECIFIED)
    confirmation = _add(subject, SAML, "SubjectConfirmation", Method=_BEARER)
    data = _add(confirmation, SAML, "SubjectConfirmationData", Recipient=content.launch_url, NotOnOrAfter=end)
    if content.in_response_to:
        data.set("InResponseTo", content.in_response_to)
    conditions = _add(assertion, SAML, "Conditions", NotBefore=_instant(now), NotOnOrAfter=end)
    _add(_add(conditions, SAML, "AudienceRestriction"), SAML, "Audience", content.entity_id)


def _add_attributes(
    assertion: _Element, attributes: Sequence[tuple[str, Sequence[AttributeContent]]]
) -> None:
    statement = _add(assertion, SAML, "AttributeStatement")
    for name, values in attributes:
        attribute = _add(statement, SAML, "Attribute", Name=name)
        for value in values:
            text = value if isinstance(value, str) else None
            element = _add(attribute, SAML, "AttributeValue", text)
            if not isinstance(value, str):
                element.append(value)


def _add(parent: _Element, namespace: str, name: str, text: str | None = None, **names: str) -> _Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    _set(element, **names)
    return element


def _set(element: _Element, **names: str) -> None:
    for name, value in names.items():
        element.set(name, value)


def sign_element(
    root: _Element,
    element_id: str,
    signer: SigningCertificate,
    signing: XmlSigning | None = None,
) -> _Element:
    """Sign the element with this ``ID``, putting the Signature after its Issuer; gives a new tree."""
    how = signing or XmlSigning()
    target = next(each for each in root.iter("*") if each.get("ID") == element_id)
    placeholder = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS}, Id="placeholder")
    target.insert(1, placeholder)
    engine = _PermissiveSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=how.signature_method,
        digest_algorithm=how.digest,
        c14n_algorithm=how.canonicalization,
    )
    signed: _Element = engine.sign(
        root,
        key=signer.private,
        cert=[signer.certificate] if how.with_certificate else None,
        reference_uri=f"#{element_id}",
        id_attribute="ID",
        always_add_key_value=how.with_key_value,
    )
    return signed


def mint_saml(
    content: LaunchContent,
    signer: SigningCertificate,
    *,
    now: datetime,
    attributes: Sequence[tuple[str, Sequence[AttributeContent]]] | None = None,
    before_signing: Callable[[_Element], None] | None = None,
    after_signing: Callable[[bytes], bytes] | None = None,
    sign_response: bool = False,
    signing: XmlSigning | None = None,
) -> str:
    """A ``SAMLResponse`` form value: base64 of a Response with a signed Assertion.

    :param now: aware; IssueInstant.
    :param before_signing: may change the unsigned Response in place; it must keep ``Assertion/@ID``
        equal to ``content.token_id``.
    :param after_signing: from the signed bytes to the bytes that are sent.
    :param sign_response: sign the Response too, around the signed Assertion.
    """
    root = build_response(content, now=now, attributes=attributes)
    if before_signing:
        before_signing(root)
    signed = sign_element(root, content.token_id, signer, signing)
    if sign_response:
        signed = sign_element(signed, str(signed.get("ID")), signer, signing)
    raw = etree.tostring(signed)
    return encode_saml(after_signing(raw) if after_signing else raw)


def encode_saml(raw: bytes) -> str:
    """Base64 without line breaks (SAML bindings, HTTP-POST)."""
    return base64.b64encode(raw).decode("ascii")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _attribute_content(value: object) -> AttributeContent:
    if isinstance(value, str):
        return value
    assert isinstance(value, dict)  # noqa: S101  # dialects hold nothing else for SAML
    return _hl7_element(**value)


def _hl7_element(element: str, **attributes: str) -> _Element:
    made = etree.Element(f"{{{HL7}}}{element}", nsmap={None: HL7})  # type: ignore[dict-item]  # stub lacks None
    _set(made, **attributes)
    return made


def add_original_issuer(root: _Element, original_issuer: str) -> None:
    """Put ``OriginalIssuer`` on every Attribute, as Microsoft's token services do."""
    for attribute in list(root.iter(f"{{{SAML}}}Attribute")):
        labelled = etree.Element(attribute.tag, {"Name": str(attribute.get("Name"))}, nsmap={"a": WS_CLAIMS})
        labelled.set(f"{{{WS_CLAIMS}}}OriginalIssuer", original_issuer)
        labelled.extend(list(attribute))
        parent = attribute.getparent()
        assert parent is not None  # noqa: S101  # an Attribute is never the root
        parent.replace(attribute, labelled)
