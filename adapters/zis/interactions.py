"""What we ask the hospital: SOAP operations, HL7v3 interactions and the OIDs in them.

Sources: HL7 V3 normative edition 2008 (PRPA, QUPC), IHE ITI-47 and PCC-1, Nictiz OID lists, and the
XACML 3.0 authorisation question of Mitz.
"""

from dataclasses import dataclass

from context.records import Section

HL7 = "urn:hl7-org:v3"

BSN = "2.16.840.1.113883.2.4.6.3"
UZI_PERSON = "2.16.528.1.1007.3.1"
URA = "2.16.528.1.1007.3.3"
AGB = "2.16.840.1.113883.2.4.6.1"
UZOVI = "2.16.840.1.113883.2.4.6.4"
ROLE_OF_PERSON = "2.16.840.1.113883.2.4.15.111"
ROLE_OF_ORGANISATION = "2.16.840.1.113883.2.4.15.1060"
INTERACTION_IDS = "2.16.840.1.113883.1.6"
LOINC = "2.16.840.1.113883.6.1"
SNOMED_CT = "2.16.840.1.113883.6.96"
CONSENT_CATEGORIES = "2.16.840.1.113883.2.4.3.111.5.10.1"
PURPOSES_OF_USE = "2.16.840.1.113883.1.11.20448"

XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
XACML_PROTOCOL = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"


@dataclass(frozen=True, slots=True)
class Operation:
    """One SOAP operation of our own WSDLs.

    :param wsdl: file name in the ``wsdl`` folder.
    :param element: local name of the request's payload element.
    :param action: WS-Addressing Action and SOAP 1.2 ``action`` parameter.
    """

    wsdl: str
    name: str
    element: str
    action: str


@dataclass(frozen=True, slots=True)
class Interaction:
    """An HL7v3 question and its answer.

    :param request_id: extension of ``interactionId``; QED leaves out the version that the element has.
    :param trigger: code of the control act.
    :param answer: local name of the answer's root element.
    """

    operation: Operation
    request_id: str
    trigger: str
    answer: str


FIND_PATIENT = Interaction(
    operation=Operation(
        wsdl="pdq.wsdl",
        name="PDSupplier_PRPA_IN201305UV02",
        element="PRPA_IN201305UV02",
        action="urn:hl7-org:v3:PRPA_IN201305UV02",
    ),
    request_id="PRPA_IN201305UV02",
    trigger="PRPA_TE201305UV02",
    answer="PRPA_IN201306UV02",
)

FETCH_RECORD = Interaction(
    operation=Operation(
        wsdl="qed.wsdl",
        name="ClinicalDataSource_QUPC_IN043100UV01",
        element="QUPC_IN043100UV01",
        action="urn:hl7-org:v3:QUPC_IN043100UV01",
    ),
    request_id="QUPC_IN043100UV",
    trigger="QUPC_TE043100UV",
    answer="QUPC_IN043200UV01",
)

ASK_CONSENT = Operation(
    wsdl="consent.wsdl",
    name="AuthorizationDecisionQuery",
    element="XACMLAuthzDecisionQuery",
    action="XACMLAuthorizationDecisionQueryRequest",
)

OPERATIONS = (FIND_PATIENT.operation, FETCH_RECORD.operation, ASK_CONSENT)

CARE_PROVISION_CODES = {Section.LABORATORY: "LABCAT", Section.ALLERGIES: "INTOLIST"}
"""The QED category of each section (IHE CP-0028)."""
