"""Asks the sandbox's hospital system its questions over real HTTP, with nothing of the product in between."""

from dataclasses import dataclass

import requests
from lxml import etree
from lxml.etree import _Element as Element

from sandbox.servers import ZisServer

HL7 = "urn:hl7-org:v3"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
XACML_PROTOCOL = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"
NAMES = {"h": HL7, "s": SOAP, "w": WSA, "x": XACML}
RECEIVER = "2.16.840.1.113883.2.4.6.6.90000102"
MESSAGE_ID = "urn:uuid:0f1f6b4e-5f0e-4d5c-9f34-0d1f8f6f9a11"
BSN = "2.16.840.1.113883.2.4.6.3"
ACT_CODE = "2.16.840.1.113883.5.4"

_CATEGORY = "urn:oasis:names:tc:xacml:3.0:attribute-category:"
_SUBJECT = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
_URA = "2.16.528.1.1007.3.3"


def _identifier(name: str, root: str, extension: str, repeated: bool = True) -> str:
    value = f'<InstanceIdentifier xmlns="{HL7}" root="{root}" extension="{extension}"/>'
    return _attribute(name, f'<AttributeValue DataType="{HL7}#II">{value}</AttributeValue>', repeated)


def _code(name: str, code: str) -> str:
    value = f'<CodedValue xmlns="{HL7}" code="{code}"/>'
    return _attribute(name, f'<AttributeValue DataType="{HL7}#CV">{value}</AttributeValue>', True)


def _attribute(name: str, value: str, repeated: bool) -> str:
    return f'<Attribute AttributeId="{name}" IncludeInResult="{str(repeated).lower()}">{value}</Attribute>'


def _group(category: str, *attributes: str) -> str:
    return f'<Attributes Category="{category}">{"".join(attributes)}</Attributes>'


def hl7_question(name: str, parameters: str) -> str:
    """A query message. :param parameters: content of ``parameterList``."""
    interaction = name if name.startswith("PRPA") else name.removesuffix("01")
    return f"""
<{name} xmlns="{HL7}" ITSVersion="XML_1.0">
 <id root="2.999.1" extension="m-1"/><creationTime value="20261122100000"/>
 <interactionId root="2.16.840.1.113883.1.6" extension="{interaction}"/>
 <processingCode code="T"/><processingModeCode code="T"/><acceptAckCode code="AL"/>
 <receiver typeCode="RCV">{_device(RECEIVER)}</receiver><sender typeCode="SND">{_device("2.999.2")}</sender>
 <controlActProcess classCode="CACT" moodCode="EVN">
  <queryByParameter><queryId root="2.999.1" extension="q-1"/><statusCode code="new"/>
   <responseModalityCode code="R"/><responsePriorityCode code="I"/>
   <parameterList>{parameters}</parameterList></queryByParameter>
 </controlActProcess>
</{name}>"""


def _device(root: str) -> str:
    return f'<device classCode="DEV" determinerCode="INSTANCE"><id root="{root}"/></device>'


def patient_question(bsn: str) -> str:
    return hl7_question(
        "PRPA_IN201305UV02",
        f'<livingSubjectId><value root="{BSN}" extension="{bsn}"/>'
        "<semanticsText>LivingSubject.id</semanticsText></livingSubjectId>",
    )


def record_question(bsn: str, category: str) -> str:
    return hl7_question(
        "QUPC_IN043100UV01",
        f'<careProvisionCode><value code="{category}" codeSystem="{ACT_CODE}"/></careProvisionCode>'
        f'<patientId><value root="{BSN}" extension="{bsn}"/></patientId>',
    )


def consent_question(bsn: str) -> str:
    """The closed authorisation question for treatment data."""
    groups = (
        _group(
            f"{_CATEGORY}resource",
            _identifier("urn:oasis:names:tc:xacml:2.0:resource:resource-id", BSN, bsn),
            _identifier("urn:ihe:iti:appc:2016:author-institution:id", _URA, "90000101", repeated=False),
        ),
        _group(f"{_CATEGORY}action", _code("urn:ihe:iti:appc:2016:document-entry:event-code", "GGC002")),
        _group(
            _SUBJECT,
            _code("urn:oasis:names:tc:xacml:2.0:subject:role", "01.015"),
            _identifier("urn:nl:otv:names:tc:1.0:subject:provider-institution", _URA, "90000001"),
        ),
        _group(f"{_CATEGORY}environment", _code("urn:oasis:names:tc:xspa:1.0:subject:purposeofuse", "TREAT")),
    )
    return f'''<p:XACMLAuthzDecisionQuery xmlns:p="{XACML_PROTOCOL}">
<Request xmlns="{XACML}" CombinedDecision="false" ReturnPolicyIdList="false">{"".join(groups)}</Request>
</p:XACMLAuthzDecisionQuery>'''


def dutch_question(bsn: str, name: str, context: str = "", query_id: str = "q-1") -> str:
    """A query of the NL dialect. :param context: what the generic care query is about."""
    about = f'<contextCode><value code="{context}"/></contextCode>' if context else ""
    return f"""
<{name} xmlns="{HL7}">
 <id root="2.999.1" extension="m-1"/><creationTime value="20261122100000"/>
 <versionCode code="NICTIZEd2005-Okt"/>
 <interactionId root="2.16.840.1.113883.1.6" extension="{name}"/>
 <processingCode code="T"/><processingModeCode code="T"/><acceptAckCode code="NE"/>
 <ControlActProcess moodCode="EVN"><queryByParameter><queryId root="2.999.1" extension="{query_id}"/>
  <statusCode code="executing"/><responseModalityCode code="R"/><responsePriorityCode code="I"/>
  <patientID><value root="{BSN}" extension="{bsn}"/></patientID>{about}</queryByParameter></ControlActProcess>
</{name}>"""


def dutch_enveloped(body: str) -> bytes:
    """A SOAP 1.1 envelope."""
    return f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def ask_dutch(server: ZisServer, bsn: str, name: str, context: str = "") -> "Answered":
    """One well-formed question in the NL dialect."""
    return post_dutch(server, dutch_question(bsn, name, context))


def post_dutch(server: ZisServer, body: str) -> "Answered":
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    with requests.post(f"{server.url}/nl", dutch_enveloped(body), headers=headers, timeout=20) as answer:
        return Answered(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)


def ask_category(server: ZisServer, bsn: str, category: str) -> "Answered":
    """One QED question for any category."""
    body = enveloped(record_question(bsn, category), _ACTIONS["laboratory"], server.endpoint)
    return post(server.endpoint, body)


QUESTIONS = {
    "patient": patient_question,
    "laboratory": lambda bsn: record_question(bsn, "LABCAT"),
    "allergies": lambda bsn: record_question(bsn, "INTOLIST"),
    "consent": consent_question,
}
_ACTIONS = {
    "patient": f"{HL7}:PRPA_IN201305UV02",
    "laboratory": f"{HL7}:QUPC_IN043100UV01",
    "allergies": f"{HL7}:QUPC_IN043100UV01",
    "consent": "XACMLAuthorizationDecisionQueryRequest",
}


def enveloped(body: str, action: str, to: str) -> bytes:
    """A SOAP 1.2 envelope with WS-Addressing headers."""
    return f"""<s:Envelope xmlns:s="{SOAP}" xmlns:w="{WSA}"><s:Header>
<w:Action>{action}</w:Action><w:MessageID>{MESSAGE_ID}</w:MessageID><w:To>{to}</w:To></s:Header>
<s:Body>{body}</s:Body></s:Envelope>""".encode()


@dataclass(frozen=True, slots=True)
class Answered:
    """One HTTP answer."""

    status: int
    content_type: str
    body: bytes

    @property
    def root(self) -> Element:
        """The envelope. :raises lxml.etree.XMLSyntaxError: not XML."""
        return etree.fromstring(self.body, etree.XMLParser(resolve_entities=False, huge_tree=True))

    def elements(self, path: str) -> list[Element]:
        found = self.root.xpath(path, namespaces=NAMES)
        assert isinstance(found, list)
        return [each for each in found if isinstance(each, Element)]

    def values(self, path: str) -> list[str]:
        """The attributes or texts at this XPath."""
        found = self.root.xpath(path, namespaces=NAMES)
        return [str(each) for each in found] if isinstance(found, list) else [str(found)]

    @property
    def fault(self) -> str:
        """The reason of a SOAP Fault, empty when there is none."""
        return "".join(self.values("//s:Fault/s:Reason/s:Text/text()"))


def post(url: str, content: bytes, content_type: str = "application/soap+xml; charset=utf-8") -> Answered:
    with requests.post(url, content, headers={"Content-Type": content_type}, timeout=20) as answer:
        return Answered(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)


def ask(server: ZisServer, interaction: str, bsn: str) -> Answered:
    """One well-formed question."""
    url = server.consent_endpoint if interaction == "consent" else server.endpoint
    body = QUESTIONS[interaction](bsn)
    return post(url, enveloped(body, _ACTIONS[interaction], url))
