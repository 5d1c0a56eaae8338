"""Reads what is asked, strictly: whatever does not fit becomes a SOAP Fault, never a default answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lxml.etree import QName
from lxml.etree import _Element as Element

from sandbox.zis.wire import BSN, HL7, INTERACTION, SOAP, WSA, FaultError, parse

XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
XACML_PROTOCOL = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"
PDQ_QUERY = "PRPA_IN201305UV02"
QED_QUERY = "QUPC_IN043100UV01"
CONSENT_ACTION = "XACMLAuthorizationDecisionQueryRequest"

_NAMES = {"h": HL7, "s": SOAP, "w": WSA, "x": XACML, "p": XACML_PROTOCOL}
_RESOURCE = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
_REQUIRED_IN_CONSENT = (
    "urn:ihe:iti:appc:2016:author-institution:id",
    "urn:ihe:iti:appc:2016:document-entry:event-code",
    "urn:oasis:names:tc:xacml:2.0:subject:role",
    "urn:nl:otv:names:tc:1.0:subject:provider-institution",
    "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
)


class Interaction(StrEnum):
    """What can be asked, by the word that fault scripts and tests use."""

    PATIENT = "patient"
    LABORATORY = "laboratory"
    ALLERGIES = "allergies"
    CONSENT = "consent"


_CATEGORIES: Mapping[str, Interaction] = {
    "LABCAT": Interaction.LABORATORY,
    "INTOLIST": Interaction.ALLERGIES,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    :param message_id: of WS-Addressing, for RelatesTo.
    :param content: the element in the SOAP Body.
    """

    interaction: Interaction
    bsn: str
    message_id: str
    content: Element

    def find(self, path: str) -> Element:
        """The one element at this path (prefixes ``h`` HL7, ``x`` XACML). :raises FaultError: not one."""
        return _one(self.content, path)


def read_question(raw: bytes, *, consent: bool) -> Question:
    """:param consent: asked at the consent endpoint. :raises FaultError: anything unexpected."""
    root = parse(raw)
    if QName(root).text != f"{{{SOAP}}}Envelope":
        raise FaultError("a SOAP 1.2 envelope is expected")
    message_id = _text(root, "s:Header/w:MessageID")
    _text(root, "s:Header/w:To")
    action = _text(root, "s:Header/w:Action")
    content = _one(root, "s:Body/*")
    if consent:
        return _consent_question(content, message_id, action)
    return _hl7_question(content, message_id, action)


def _hl7_question(content: Element, message_id: str, action: str) -> Question:
    name = QName(content).localname
    if content.tag not in {f"{{{HL7}}}{PDQ_QUERY}", f"{{{HL7}}}{QED_QUERY}"}:
        raise FaultError("this interaction is not offered here")
    if action != f"urn:hl7-org:v3:{name}":
        raise FaultError("wsa:Action does not belong to the message")
    interaction_id = _one(content, "h:interactionId")
    known_as = interaction_id.get("extension") or "-"
    if interaction_id.get("root") != INTERACTION or not name.startswith(known_as):
        raise FaultError("interactionId does not belong to the message")
    if _one(content, "h:controlActProcess/h:queryByParameter/h:statusCode").get("code") != "new":
        raise FaultError("only new queries are offered")
    if name == PDQ_QUERY:
        return Question(Interaction.PATIENT, _bsn(content, "livingSubjectId"), message_id, content)
    category = _one(content, ".//h:parameterList/h:careProvisionCode/h:value").get("code") or ""
    if category not in _CATEGORIES:
        raise FaultError("this careProvisionCode is not offered here")
    return Question(_CATEGORIES[category], _bsn(content, "patientId"), message_id, content)


def _bsn(content: Element, parameter: str) -> str:
    value = _one(content, f".//h:parameterList/h:{parameter}/h:value")
    if value.get("root") != BSN:
        raise FaultError("patients are found by BSN only")
    return value.get("extension") or ""


def _consent_question(content: Element, message_id: str, action: str) -> Question:
    if content.tag != f"{{{XACML_PROTOCOL}}}XACMLAuthzDecisionQuery" or action != CONSENT_ACTION:
        raise FaultError("only the closed authorisation question is answered here")
    for name in _REQUIRED_IN_CONSENT:
        _one(content, f".//x:Attribute[@AttributeId='{name}']/x:AttributeValue/h:*")
    patient = _one(
        content, f".//x:Attribute[@AttributeId='{_RESOURCE}']/x:AttributeValue/h:InstanceIdentifier"
    )
    if patient.get("root") != BSN:
        raise FaultError("patients are found by BSN only")
    return Question(Interaction.CONSENT, patient.get("extension") or "", message_id, content)


def _one(element: Element, path: str) -> Element:
    found = element.findall(path, _NAMES)
    if len(found) != 1:
        raise FaultError(f"expected exactly one {path}")
    return found[0]


def _text(element: Element, path: str) -> str:
    text = (_one(element, path).text or "").strip()
    if not text:
        raise FaultError(f"{path} is empty")
    return text
