"""The closed authorisation question: XACML 3.0 in SOAP 1.2, with HL7v3 datatypes."""

from copy import deepcopy

from lxml import etree
from lxml.etree import _Element as Element

from sandbox.zis.question import XACML, Question
from sandbox.zis.wire import BSN, HL7

ANSWER_ACTION = "XACMLAuthorizationDecisionQueryResponse"
_STATUS = "urn:oasis:names:tc:xacml:1.0:status:"


def decision_response(question: Question, decision: str, bsn: str) -> Element:
    """``Response`` with one Result, which repeats the attributes marked IncludeInResult.

    :param decision: Permit, Deny, NotApplicable or Indeterminate.
    :param bsn: of the person the answer is about.
    """
    response = etree.Element(f"{{{XACML}}}Response", nsmap={None: XACML})  # type: ignore[dict-item]  # stub lacks None
    result = etree.SubElement(response, f"{{{XACML}}}Result")
    etree.SubElement(result, f"{{{XACML}}}Decision").text = decision
    status = etree.SubElement(result, f"{{{XACML}}}Status")
    code = "processing-error" if decision == "Indeterminate" else "ok"
    etree.SubElement(status, f"{{{XACML}}}StatusCode").set("Value", _STATUS + code)
    for group in question.content.iter(f"{{{XACML}}}Attributes"):
        result.append(_repeated(group, bsn))
    return response


def _repeated(group: Element, bsn: str) -> Element:
    repeated = deepcopy(group)
    for attribute in repeated.findall(f"{{{XACML}}}Attribute"):
        if attribute.get("IncludeInResult") != "true":
            repeated.remove(attribute)
    for identifier in repeated.iter(f"{{{HL7}}}InstanceIdentifier"):
        if identifier.get("root") == BSN:
            identifier.set("extension", bsn)
    return repeated
