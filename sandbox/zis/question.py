"""Reads what is asked, strictly: whatever does not fit becomes a SOAP Fault, never a default answer."""

from dataclasses import dataclass

from lxml.etree import QName
from lxml.etree import _Element as Element

from sandbox.zis.sections import BY_CATEGORY, BY_INTERACTION, OTHER_INTERACTIONS, WAYS
from sandbox.zis.wire import BSN, HL7, INTERACTION, SOAP, SOAP_11, WSA, FaultError, parse

XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
XACML_PROTOCOL = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"
PDQ_QUERY = "PRPA_IN201305UV02"
QED_QUERY = "QUPC_IN043100UV01"
CONSENT_ACTION = "XACMLAuthorizationDecisionQueryRequest"

_NAMES = {"h": HL7, "s": SOAP, "t": SOAP_11, "w": WSA, "x": XACML, "p": XACML_PROTOCOL}
_RESOURCE = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
_REQUIRED_IN_CONSENT = (
    "urn:ihe:iti:appc:2016:author-institution:id",
    "urn:ihe:iti:appc:2016:document-entry:event-code",
    "urn:oasis:names:tc:xacml:2.0:subject:role",
    "urn:nl:otv:names:tc:1.0:subject:provider-institution",
    "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
)


PATIENT, CONSENT, DOCUMENTS = "patient", "consent", "documents"
CONTINUE, CONTINUE_DUTCH = "QUQI_IN000003UV01", "QUQI_IN000003UV"
CONTINUING, CANCELLING = "continuing", "cancelling"
INTERACTIONS = frozenset({PATIENT, CONSENT, DOCUMENTS, *WAYS})
"""What can be asked, by the words that fault scripts and tests use: a section's name, or one of these."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    :param interaction: one of ``INTERACTIONS``.
    :param message_id: of WS-Addressing, for RelatesTo.
    :param content: the element in the SOAP Body.
    :param start: of a page that is asked for, 1 for the first entry; None to go on after the last page.
    """

    interaction: str
    bsn: str
    message_id: str
    content: Element
    start: int | None = 1

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
    if content.tag in {f"{{{HL7}}}{CONTINUE}", f"{{{HL7}}}{CONTINUE}_Cancel"}:
        return _continued(content, message_id, action)
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
        return Question(PATIENT, _bsn(content, "livingSubjectId"), message_id, content)
    category = _one(content, ".//h:parameterList/h:careProvisionCode/h:value").get("code") or ""
    if category not in BY_CATEGORY:
        raise FaultError("this careProvisionCode is not offered here")
    return Question(BY_CATEGORY[category], _bsn(content, "patientId"), message_id, content)


def _bsn(content: Element, parameter: str) -> str:
    value = _one(content, f".//h:parameterList/h:{parameter}/h:value")
    if value.get("root") != BSN:
        raise FaultError("patients are found by BSN only")
    return value.get("extension") or ""


def _continued(content: Element, message_id: str, action: str) -> Question:
    """QUQI_IN000003UV01, or its ``_Cancel``: go on with an earlier query, or end it."""
    stem = f"{HL7}:{CONTINUE}"
    cancels = QName(content).localname == f"{CONTINUE}_Cancel"
    if action != (f"{stem}_Cancel" if cancels else f"{stem}_Continue"):
        raise FaultError("wsa:Action does not belong to the message")
    wanted = _one(content, "h:controlActProcess/h:queryContinuation")
    _one(wanted, "h:queryId")
    start = wanted.find("h:startResultNumber", _NAMES)
    number = (start.get("value") or "") if start is not None else ""
    if cancels or _one(wanted, "h:statusCode").get("code") == "aborted":
        return Question(CANCELLING, "", message_id, content)
    return Question(CONTINUING, "", message_id, content, int(number) if number.isdigit() else None)


def read_dutch_question(raw: bytes) -> Question:
    """A question of the NL dialect, in SOAP 1.1. :raises FaultError: anything unexpected."""
    root = parse(raw)
    if QName(root).text != f"{{{SOAP_11}}}Envelope":
        raise FaultError("a SOAP 1.1 envelope is expected")
    content = _one(root, "t:Body/*")
    name = QName(content)
    interaction_id = _one(content, "h:interactionId")
    if name.namespace != HL7 or interaction_id.get("extension") != name.localname:
        raise FaultError("interactionId does not belong to the message")
    query = _one(content, "h:ControlActProcess/h:queryByParameter")
    _one(query, "h:queryId")
    status = _one(query, "h:statusCode").get("code")
    if name.localname == CONTINUE_DUTCH:
        word = {"waitContinuedQueryResponse": CONTINUING, "aborted": CANCELLING}.get(status or "")
        if word is None:
            raise FaultError("go on, or stop?")
        return Question(word, "", "", content, None)
    if status != "executing":
        raise FaultError("only executing queries are answered")
    patients = [each for each in query.iter(f"{{{HL7}}}value") if each.get("root") == BSN]
    if len(patients) != 1:
        raise FaultError("patients are found by one BSN only")
    context = query.find(".//h:contextCode/h:value", _NAMES)
    category = (context.get("code") or "") if context is not None else ""
    section = BY_INTERACTION.get((name.localname, category)) or OTHER_INTERACTIONS.get(name.localname)
    if section is None:
        raise FaultError("this interaction is not offered here")
    return Question(section, patients[0].get("extension") or "", "", content)


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
    return Question(CONSENT, patient.get("extension") or "", message_id, content)


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
