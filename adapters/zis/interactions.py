"""What we ask the hospital: SOAP operations, HL7v3 interactions and the OIDs in them.

Sources: HL7 V3 normative edition 2008 (PRPA, QUPC, QUQI), IHE ITI-18, ITI-43, ITI-47 and PCC-1, the Dutch
interaction vocabulary (2.16.840.1.113883.1.6) and OID lists of Nictiz, the AORTA wrappers with profile 810,
and the XACML 3.0 authorisation question of Mitz.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from context.zis import Dialect

HL7 = "urn:hl7-org:v3"

BSN = "2.16.840.1.113883.2.4.6.3"
UZI_PERSON = "2.16.528.1.1007.3.1"
URA = "2.16.528.1.1007.3.3"
AGB = "2.16.840.1.113883.2.4.6.1"
UZOVI = "2.16.840.1.113883.2.4.6.4"
ROLE_OF_PERSON = "2.16.840.1.113883.2.4.15.111"
ROLE_OF_ORGANISATION = "2.16.840.1.113883.2.4.15.1060"
INTERACTION_IDS = "2.16.840.1.113883.1.6"
TRIGGER_EVENTS = "2.16.840.1.113883.1.18"
AORTA_APPLICATIONS = "2.16.840.1.113883.2.4.6.6"
AORTA_PROFILES = "2.16.840.1.113883.2.4.3.11.1"
LOINC = "2.16.840.1.113883.6.1"
SNOMED_CT = "2.16.840.1.113883.6.96"
CONSENT_CATEGORIES = "2.16.840.1.113883.2.4.3.111.5.10.1"
PURPOSES_OF_USE = "2.16.840.1.113883.1.11.20448"

XACML = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
XACML_PROTOCOL = "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"


class SoapVersion(StrEnum):
    """How a message is carried: 1.2 with WS-Addressing (IHE appendix V), or 1.1 without (AORTA)."""

    SOAP_1_1 = "1.1"
    SOAP_1_2 = "1.2"


@dataclass(frozen=True, slots=True)
class Operation:
    """One SOAP operation of our own WSDLs.

    :param wsdl: file name in the ``wsdl`` folder.
    :param name: in that file.
    :param element: local name of the request's payload element.
    :param action: WS-Addressing Action and ``action`` parameter (1.2), or SOAPAction (1.1).
    :param multipart: the question is MTOM, the answer may be, and it may be as large as documents are.
    """

    wsdl: str
    name: str
    element: str
    action: str
    version: SoapVersion = SoapVersion.SOAP_1_2
    multipart: bool = False


class Parameters(StrEnum):
    """What a query is asked by, and how it is spelled.

    ``demographics`` and ``care_record`` are IHE parameter lists. In NL parameters stand right under the
    query: ``patient`` is the BSN alone, ``care_context`` adds a context code (the category),
    ``dispenses`` is the medication list of AORTA 6.12.
    """

    DEMOGRAPHICS = "demographics"
    CARE_RECORD = "care_record"
    PATIENT = "patient"
    CARE_CONTEXT = "care_context"
    DISPENSES = "dispenses"


@dataclass(frozen=True, slots=True)
class Interaction:
    """An HL7v3 question and its answer.

    :param request_id: extension of ``interactionId``; QED leaves out the version that the element has.
    :param trigger: code of the control act.
    :param answer: local name of the answer's root element; None when a batch may hold any answer of the
        table.
    :param indirect: asked of the switch (ZIM), which asks the sources and answers in a batch.
    """

    operation: Operation
    request_id: str
    trigger: str
    answer: str | None
    dialect: Dialect
    parameters: Parameters
    indirect: bool = False


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
    dialect=Dialect.UV,
    parameters=Parameters.DEMOGRAPHICS,
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
    dialect=Dialect.UV,
    parameters=Parameters.CARE_RECORD,
)

CONTINUE_RECORD = Operation(
    wsdl="qed.wsdl",
    name="ClinicalDataSource_QUQI_IN000003UV01_Continue",
    element="QUQI_IN000003UV01",
    action="urn:hl7-org:v3:QUQI_IN000003UV01_Continue",
)
CANCEL_RECORD = Operation(
    wsdl="qed.wsdl",
    name="ClinicalDataSource_QUQI_IN000003UV01_Cancel",
    element="QUQI_IN000003UV01_Cancel",
    action="urn:hl7-org:v3:QUQI_IN000003UV01_Cancel",
)

FIND_DOCUMENTS = Operation(
    wsdl="xds.wsdl",
    name="DocumentRegistry_RegistryStoredQuery",
    element="AdhocQueryRequest",
    action="urn:ihe:iti:2007:RegistryStoredQuery",
)
RETRIEVE_DOCUMENTS = Operation(
    wsdl="xds.wsdl",
    name="DocumentRepository_RetrieveDocumentSet",
    element="RetrieveDocumentSetRequest",
    action="urn:ihe:iti:2007:RetrieveDocumentSet",
    multipart=True,
)

ASK_CONSENT = Operation(
    wsdl="consent.wsdl",
    name="AuthorizationDecisionQuery",
    element="XACMLAuthzDecisionQuery",
    action="XACMLAuthorizationDecisionQueryRequest",
)


def _nl_operation(element: str, service: str) -> Operation:
    """Every Dutch interaction goes by SOAP 1.1. No public list of its actions exists, so they follow the
    one that is known: service, underscore, operation; a hospital file may name another."""
    return Operation("nl.wsdl", "Interaction", element, f"{HL7}/{service}_{service}", SoapVersion.SOAP_1_1)


CONTINUE_NL = _nl_operation("QUQI_IN000003UV", "OpleveringContinuerenOfAfbreken")

BATCH_ANSWER = "MCCI_IN200101"
CONTINUATION_END = "QUQI_IN000002UV"
"""NL: the source has nothing more to deliver."""

# Question, answer ("-" for any), trigger event, parameters, and the service; "indirect" goes to the switch.
_NL = """
QUPA_IN101101      QUPA_IN101102      QUPA_TE101101      patient      PatientStamgegevensOpvragen
GQZG_IN000001NL    -                  GQZG_TE000001NL    care_context ZorggegevensOpvragen indirect
QUPC_IN990001NL    QUPC_IN990002NL    QUPC_TE990001NL    patient      SamenvattingOpvragen indirect
PRPA_IN900300NL    PRPA_IN900350NL    PRPA_TE900300UV02  patient      ContactmomentenOpvragen
QUAF_IN990001NL01  QUAF_IN990003NL01  QUAF_TE990001NL01  patient      ContactafsprakenOpvragen
REPC_IN990100NL    REPC_IN990101NL    REPC_TE990100NL    patient      ContactverslagenOpvragen
REPC_IN990110NL    REPC_IN990111NL    REPC_TE990110NL    patient      OverdrachtConcernsOpvragen
REPC_IN990120NL    REPC_IN990121NL    REPC_TE990120NL    patient      AlertsOpvragen
REPC_IN990130NL    REPC_IN990131NL    REPC_TE990130NL    patient      AllergieIntolerantiesOpvragen
REPC_IN000023NL    REPC_IN000024NL    REPC_TE000012NL    patient      ConditiesOpvragen indirect
POLB_IN354001NL02  POLB_IN364001NL02  POLB_TE354001NL02  patient      LabuitslagenOpvragen
POLB_IN354001NL03  POLB_IN364001NL03  POLB_TE354001NL03  patient      LabbepalingenOpvragen
POOB_IN990001NL    POOB_IN990003NL    POOB_TE990001NL    patient      AlgemeneUitslagenOpvragen
QURX_IN990111NL    QURX_IN990113NL    QURX_TE990011NL    dispenses    VerstrekkingenlijstOpvragen indirect
QUMA_IN991201NL02  QUMA_IN991203NL02  QUMA_TE991201NL02  patient      MedicatieafsprakenOpvragen
QUMA_IN991201NL03  QUMA_IN991203NL03  QUMA_TE991201NL02  patient      MedicatieafsprakenOpvragen
QUMA_IN991201NL04  QUMA_IN991203NL04  QUMA_TE991201NL02  patient      MedicatieafsprakenOpvragen
QUTA_IN991211NL02  QUTA_IN991213NL02  QUTA_TE991211NL    patient      ToedieningsafsprakenOpvragen
QUMV_IN992211NL02  QUMV_IN992213NL02  QUMV_TE992211NL    patient      MedicatieverstrekkingenOpvragen
QUMG_IN991221NL02  QUMG_IN991223NL02  QUMG_TE991221NL    patient      MedicatiegebruikOpvragen
QUMO_IN991321NL01  QUMO_IN991323NL01  QUMO_TE991321NL    patient      MedicatieoverzichtOpvragen
QUMO_IN991321NL02  QUMO_IN991323NL02  QUMO_TE991321NL    patient      MedicatieoverzichtOpvragen
QUCO_IN990001NL01  QUCO_IN990003NL01  QUCO_TE990001NL01  patient      CorrespondentieOpvragen
"""


def _nl(row: str) -> Interaction:
    question, answer, trigger, parameters, service, *indirect = row.split()
    return Interaction(
        operation=_nl_operation(question, service),
        request_id=question,
        trigger=trigger,
        answer=None if answer == "-" else answer,
        dialect=Dialect.NL,
        parameters=Parameters(parameters),
        indirect=bool(indirect),
    )


INTERACTIONS: Mapping[str, Interaction] = MappingProxyType(
    {
        interaction.operation.element: interaction
        for interaction in (FIND_PATIENT, FETCH_RECORD, *map(_nl, _NL.strip().splitlines()))
    }
)
"""Every HL7v3 question that we can ask, by its root element. A release of an interaction is a row of its
own: an answer in another release than was asked for is refused (zis.md §10.19)."""

PATIENT_INTERACTIONS = frozenset({"PRPA_IN201305UV02", "QUPA_IN101101"})
"""Those that find a person; all others fetch a section of the record."""

ANY_NL_ANSWER = frozenset(
    interaction.answer
    for name, interaction in INTERACTIONS.items()
    if interaction.dialect is Dialect.NL and interaction.answer and name not in PATIENT_INTERACTIONS
) | {"GQZG_IN000002NL"}
"""What a batch may hold when anything of a record was asked for. The last one is in no public list; it
follows the numbering of all others."""

OPERATIONS = (
    *(interaction.operation for interaction in INTERACTIONS.values()),
    *(CONTINUE_RECORD, CANCEL_RECORD, CONTINUE_NL, FIND_DOCUMENTS, RETRIEVE_DOCUMENTS, ASK_CONSENT),
)
