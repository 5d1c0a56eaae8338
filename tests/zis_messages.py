"""Hospital, launch and HL7v3 answers for the tests of the hospital adapters."""

from datetime import UTC, datetime
from uuid import UUID

from lxml import etree

from adapters.xml import parse_xml
from adapters.zis.envelopes import Envelopes
from adapters.zis.interactions import Operation
from adapters.zis.wire import Message
from adapters.zis.writing import Stamp
from context.bsn import Bsn
from context.hospital import ConsentHelp, Contact, Environment, Hospital
from context.launch import Asker, Practice, User, VerifiedLaunch
from context.person import PartialDate
from context.zis import ZisConnection

ASKED = Bsn("999999011")
OTHER = "999904309"
NUMBER_ROOT = "2.16.840.1.113883.2.4.3.999.1"
SOURCE = "CWZ"
QUERY_ID = "22222222-2222-4222-8222-222222222222"
STAMP = Stamp(
    message_id=UUID("11111111-1111-4111-8111-111111111111"),
    query_id=UUID(QUERY_ID),
    created=datetime(2026, 11, 22, 9, 30, 15, 250000, tzinfo=UTC),
)
ASKER = Asker(
    User("1", "A. Arts", "01.015", "2.16.840.1.113883.6.96|62247001", "000095254"),
    Practice("00000666", "Praktijk De Linde"),
)
BSN_ROOT = "2.16.840.1.113883.2.4.6.3"
ENVELOPES = Envelopes()
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def hospital(
    endpoint: str = "https://zis.example/soap",
    consent_endpoint: str = "https://zis.example/consent",
    environment: Environment = Environment.TEST,
) -> Hospital:
    return Hospital(
        slug="cwz",
        name="CWZ",
        base_url="https://portaal.example/cwz",
        environment=environment,
        ura_number="00000659",
        contact=Contact("Servicedesk"),
        consent_help=ConsentHelp("MijnCWZ"),
        zis=ZisConnection(
            endpoint=endpoint,
            consent_endpoint=consent_endpoint,
            sender="2.16.840.1.113883.2.4.3.999.10",
            receiver="2.16.840.1.113883.2.4.3.999.20",
            patient_number_root=NUMBER_ROOT,
            source_name=SOURCE,
        ),
    )


def launch(uzi_number: str | None = "000095254", bsn: Bsn = ASKED) -> VerifiedLaunch:
    return VerifiedLaunch(
        hospital="cwz",
        issuer="https://his.example",
        his="viplive",
        token_form="saml",
        token_id="_1",
        expires_at=datetime(2026, 11, 22, 9, 32, tzinfo=UTC),
        received_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        bsn=bsn,
        birth_date=PartialDate(1980, 5, 12),
        user=User("1", "A. Arts", "01.015", "2.16.840.1.113883.6.96|62247001", uzi_number),
        practice=Practice("00000666"),
        vendor_name="Voorbeeld",
    )


def envelope(operation: Operation, payload: etree._Element, url: str = "https://x/") -> bytes:
    """What leaves when nothing is signed."""
    filled = ENVELOPES.fill(Message(operation, STAMP.message_id, payload, ASKED, ASKER), url)
    return etree.tostring(filled, xml_declaration=True, encoding="UTF-8")


def parsed(xml: str) -> etree._Element:
    """An HL7v3 fragment, whose default namespace and ``xsi`` are filled in."""
    return parse_xml(
        f'<root xmlns="urn:hl7-org:v3" xmlns:xsi="{XSI}">{xml}</root>'.encode(), max_bytes=1 << 20
    )[0]


def counters(total: object, current: object, remaining: object) -> str:
    return (
        f'<resultTotalQuantity value="{total}"/><resultCurrentQuantity value="{current}"/>'
        f'<resultRemainingQuantity value="{remaining}"/>'
    )


def answer(
    name: str,
    subjects: str,
    *,
    code: str = "OK",
    counted: str = counters(1, 1, 0),
    acknowledgement: str = '<acknowledgement><typeCode code="AA"/></acknowledgement>',
    query_id: str = QUERY_ID,
    echo: str = "",
) -> str:
    """An answer message around ``subjects``."""
    return (
        f'<{name} xmlns="urn:hl7-org:v3" xmlns:xsi="{XSI}" ITSVersion="XML_1.0">{acknowledgement}'
        f'<controlActProcess classCode="CACT" moodCode="EVN">{subjects}'
        f'<queryAck><queryId root="1.2" extension="{query_id}"/><queryResponseCode code="{code}"/>{counted}'
        f"</queryAck>{echo}</controlActProcess></{name}>"
    )


def pdq_subject(bsn: str = ASKED.reveal(), person: str = "", patient: str = "") -> str:
    content = person or '<name><family>Jansen</family></name><birthTime value="19800512"/>'
    return (
        "<subject><registrationEvent><subject1><patient>"
        f'<id root="{BSN_ROOT}" extension="{bsn}"/><id root="{NUMBER_ROOT}" extension="1234567"/>'
        f"<patientPerson>{content}</patientPerson>{patient}"
        "</patient></subject1></registrationEvent></subject>"
    )


def pdq_answer(subjects: str = "", **options: str) -> str:
    return answer("PRPA_IN201306UV02", subjects or pdq_subject(), **options)


def qed_subject(*statements: str, bsn: str = ASKED.reveal(), birth_date: str = "19800512") -> str:
    information = "".join(f"<pertinentInformation3>{entry}</pertinentInformation3>" for entry in statements)
    return (
        "<subject><registrationEvent><subject2><careProvisionEvent><recordTarget><patient>"
        f'<id root="{BSN_ROOT}" extension="{bsn}"/>'
        f'<patientPerson><birthTime value="{birth_date}"/></patientPerson></patient></recordTarget>'
        f"{information}</careProvisionEvent></subject2></registrationEvent></subject>"
    )


def qed_answer(subjects: str = "", **options: str) -> str:
    return answer("QUPC_IN043200UV01", subjects, **options)


def potassium(value: str = "4.1") -> str:
    return (
        '<observation classCode="OBS" moodCode="EVN"><id root="1.9" extension="77"/>'
        '<code code="2823-3" codeSystem="2.16.840.1.113883.6.1" displayName="Kalium"/>'
        '<statusCode code="completed"/><effectiveTime value="202611210915"/>'
        f'<value xsi:type="PQ" value="{value}" unit="mmol/L"/></observation>'
    )


def penicillin() -> str:
    return (
        '<act classCode="ACT" moodCode="EVN"><code code="CONC"/><statusCode code="active"/>'
        '<sourceOf typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="DALG"/>'
        '<value xsi:type="CD" code="91936005" codeSystem="2.16.840.1.113883.6.96"'
        ' displayName="Penicilline"/></observation></sourceOf></act>'
    )


def xacml_result(decision: str = "Permit", bsn: str = ASKED.reveal(), extra: str = "") -> str:
    return (
        f"<Result><Decision>{decision}</Decision>{extra}"
        '<Attributes Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource">'
        "<Attribute><AttributeValue>"
        f'<InstanceIdentifier xmlns="urn:hl7-org:v3" root="{BSN_ROOT}" extension="{bsn}"/>'
        "</AttributeValue></Attribute></Attributes></Result>"
    )


def xacml_answer(*results: str) -> str:
    content = "".join(results or (xacml_result(),))
    return f'<Response xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17">{content}</Response>'


def enveloped(payload: str, message_id: str = "urn:uuid:3") -> bytes:
    """A SOAP 1.2 answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>'
        f'<w:MessageID xmlns:w="http://www.w3.org/2005/08/addressing">{message_id}</w:MessageID></s:Header>'
        f"<s:Body>{payload}</s:Body></s:Envelope>"
    ).encode()
