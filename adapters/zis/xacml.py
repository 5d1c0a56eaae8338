"""The closed authorisation question: XACML 3.0 with HL7v3 values, as Mitz asks and answers it.

Sources: OASIS XACML 3.0 core (§5.47 result attributes, §7.18 obligations) and the public Mitz sample.
Only an explicit Permit about the BSN asked opens anything.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.zis.errors import SourceError, malformed
from adapters.zis.interactions import (
    ASK_CONSENT,
    BSN,
    CONSENT_CATEGORIES,
    HL7,
    PURPOSES_OF_USE,
    ROLE_OF_ORGANISATION,
    ROLE_OF_PERSON,
    URA,
    UZI_PERSON,
    XACML,
    XACML_PROTOCOL,
)
from adapters.zis.paths import Path
from context.bsn import Bsn
from context.consent import ConsentAnswer, ConsentState
from context.hospital import Hospital
from context.launch import Inquiry
from context.outcome import FailureCause

_GP_PRACTICE = "Z3"
_TREATMENT = "TREAT"
# The stubs know no default namespace.
_XACML_DEFAULT: Any = {None: XACML}
_HL7_DEFAULT: Any = {None: HL7}
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_RESOURCE = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
_ACTION = "urn:oasis:names:tc:xacml:3.0:attribute-category:action"
_SUBJECT = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
_ENVIRONMENT = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
_OTV = "urn:nl:otv:names:tc:1.0:subject:"

_RESULTS = Path("descendant-or-self::x:Response/x:Result")
_RESPONSES = Path("descendant-or-self::x:Response")
_DECISIONS = Path("x:Decision")
_STATUS_CODES = Path("x:Status/x:StatusCode/@Value")
_OBLIGATIONS = Path("x:Obligations")
_ECHOED_BSNS = Path(f".//h:InstanceIdentifier[@root='{BSN}']/@extension")
_ECHOED_CATEGORIES = Path(f".//h:CodedValue[@codeSystem='{CONSENT_CATEGORIES}']/@code")
_DECISION_ID = Path("ancestor-or-self::saml:Assertion/@ID")
_MESSAGE_ID = Path("/*/*[local-name()='Header']/wsa:MessageID/text()")
_OK = "urn:oasis:names:tc:xacml:1.0:status:ok"
_STATES = {
    "Permit": ConsentState.PERMIT,
    "Deny": ConsentState.REFUSED,
    "NotApplicable": ConsentState.NOT_ANSWERED,
}


@dataclass(frozen=True, slots=True)
class _Attribute:
    """One attribute of the question: an HL7v3 value in an XACML wrapper."""

    name: str
    datatype: str
    element: str
    value: dict[str, str]


def _identifier(name: str, root: str, extension: str, authority: str | None = None) -> _Attribute:
    value = {"assigningAuthorityName": authority} if authority else {}
    return _Attribute(name, "II", "InstanceIdentifier", {**value, "extension": extension, "root": root})


def _code(name: str, code: str, system: str) -> _Attribute:
    return _Attribute(name, "CV", "CodedValue", {"code": code, "codeSystem": system})


def write_question(hospital: Hospital, inquiry: Inquiry, category: str) -> etree._Element:
    """May this practice see data of this category that this hospital holds of this patient?

    :param category: for example GGC002. The public sample asks about one; a question about several would
        need the Multiple Decision Profile of XACML 3.0, which not every service has.
    """
    payload = etree.Element(f"{{{XACML_PROTOCOL}}}{ASK_CONSENT.element}")
    combined = {"CombinedDecision": "false", "ReturnPolicyIdList": "false"}
    request = etree.SubElement(payload, f"{{{XACML}}}Request", combined, nsmap=_XACML_DEFAULT)
    _add(request, _RESOURCE, "resource", _resource(hospital, inquiry.bsn))
    event = _code("urn:ihe:iti:appc:2016:document-entry:event-code", category, CONSENT_CATEGORIES)
    _add(request, _ACTION, "action0", [event])
    _add(request, _SUBJECT, "subject", _subject(inquiry))
    purpose = _code("urn:oasis:names:tc:xspa:1.0:subject:purposeofuse", _TREATMENT, PURPOSES_OF_USE)
    _add(request, _ENVIRONMENT, "environment", [purpose])
    return payload


def _resource(hospital: Hospital, bsn: Bsn) -> list[_Attribute]:
    return [
        _identifier("urn:oasis:names:tc:xacml:2.0:resource:resource-id", BSN, bsn.reveal()),
        _code(
            "urn:ihe:iti:appc:2016:document-entry:healthcare-facility-type-code",
            hospital.facility_type,
            ROLE_OF_ORGANISATION,
        ),
        _identifier("urn:ihe:iti:appc:2016:author-institution:id", URA, hospital.ura_number),
    ]


def _subject(inquiry: Inquiry) -> list[_Attribute]:
    attributes = [_code("urn:oasis:names:tc:xacml:2.0:subject:role", inquiry.asker.user.role, ROLE_OF_PERSON)]
    if inquiry.asker.user.uzi_number is not None:
        name = "urn:ihe:iti:xua:2017:subject:provider-identifier"
        attributes.append(_identifier(name, UZI_PERSON, inquiry.asker.user.uzi_number, "CIBG"))
    attributes.append(_identifier(f"{_OTV}provider-institution", URA, inquiry.asker.practice.ura_number))
    facility = f"{_OTV}consulting-healthcare-facility-type-code"
    attributes.append(_code(facility, _GP_PRACTICE, ROLE_OF_ORGANISATION))
    return attributes


def _add(request: etree._Element, category: str, xml_id: str, attributes: list[_Attribute]) -> None:
    group = etree.SubElement(request, f"{{{XACML}}}Attributes", {"Category": category, _XML_ID: xml_id})
    for attribute in attributes:
        holder = etree.SubElement(
            group,
            f"{{{XACML}}}Attribute",
            {"AttributeId": attribute.name, "IncludeInResult": "true"},
        )
        datatype = f"urn:hl7-org:v3#{attribute.datatype}"
        value = etree.SubElement(holder, f"{{{XACML}}}AttributeValue", {"DataType": datatype})
        etree.SubElement(value, f"{{{HL7}}}{attribute.element}", attribute.value, nsmap=_HL7_DEFAULT)


def read_answer(payload: etree._Element, bsn: Bsn, category: str) -> ConsentAnswer:
    """The decision in ``payload``.

    :raises SourceError: no decision (Indeterminate, or a status that is not ok), more than one, one
        with obligations that nobody here can meet, or one that does not repeat the BSN asked for.
    """
    results = _RESULTS.elements(payload)
    if len(_RESPONSES.elements(payload)) != 1 or len(results) != 1:
        raise malformed("not one result")
    result = results[0]
    if set(_ECHOED_BSNS.texts(result)) != {bsn.reveal()}:
        raise SourceError(FailureCause.WRONG_PATIENT, "the decision is about another BSN, or about none")
    if set(_ECHOED_CATEGORIES.texts(result)) - {category}:
        raise malformed("the decision is about another category")
    decisions = [(decision.text or "").strip() for decision in _DECISIONS.elements(result)]
    if len(decisions) != 1 or decisions[0] not in _STATES:
        raise SourceError(FailureCause.REJECTED, "no decision was made")
    if set(_STATUS_CODES.texts(result)) - {_OK}:
        raise SourceError(FailureCause.REJECTED, "the decision has an error status")
    state = _STATES[decisions[0]]
    if state is ConsentState.PERMIT and _OBLIGATIONS.elements(result):
        raise malformed("a permit with obligations")
    categories = frozenset({category}) if state is ConsentState.PERMIT else frozenset[str]()
    decision_id = _DECISION_ID.text(result) or _MESSAGE_ID.text(result)
    return ConsentAnswer(state, categories, decision_id)
