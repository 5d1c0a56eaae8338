"""Registry and repository answers, and CDA documents, for the tests of the documents."""

import base64
import hashlib
from xml.sax.saxutils import escape, quoteattr

from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import DocumentReference
from tests.zis_messages import ASKED, BSN_ROOT, launch

RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDS = "urn:ihe:iti:xds-b:2007"
SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
PARTIAL = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
ERROR = (
    f'<rs:RegistryErrorList xmlns:rs="{RS}"><rs:RegistryError codeContext="x" errorCode="XDSRegistryError"'
    ' severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"/></rs:RegistryErrorList>'
)
WARNING = ERROR.replace("SeverityType:Error", "SeverityType:Warning")
REPOSITORY = "2.16.840.1.113883.2.4.3.999.7"
DOCUMENT = "2.16.840.1.113883.2.4.3.999.7.1"
PATIENT_ID = f"{ASKED.reveal()}^^^&{BSN_ROOT}&ISO"
QUESTION = RecordQuestion(ASKED, PartialDate(1980, 5, 12), launch().asker)
BOUNDARY = "uuid:6f4a-1"
MULTIPART = (
    f'multipart/related; boundary="{BOUNDARY}"; type="application/xop+xml";'
    ' start="<root@hospital>"; start-info="application/soap+xml"'
)

# The schemes of IHE ITI TF-3 table 4.2.3.2-1, written down a second time on purpose.
CLASS_CODE = "41a5887f-8865-4c09-adf7-e362475b143a"
TYPE_CODE = "f0306f51-975f-434e-a61c-c59651d33983"
FORMAT_CODE = "a09d5840-386c-46f2-b5ad-9c3699a4309d"
SETTING = "cccf5598-8b07-4b77-a05e-ae952c785ead"


def slot(name: str, *values: str) -> str:
    listed = "".join(f"<Value>{escape(value)}</Value>" for value in values)
    return f"<Slot name={quoteattr(name)}><ValueList>{listed}</ValueList></Slot>"


def classification(scheme: str, code: str, name: str) -> str:
    return (
        f'<Classification classificationScheme="urn:uuid:{scheme}" classifiedObject="d" id="c{scheme}"'
        f' nodeRepresentation="{code}">{slot("codingScheme", "2.16.840.1.113883.6.96")}'
        f'<Name><LocalizedString value="{name}"/></Name></Classification>'
    )


AUTHOR = (
    '<Classification classificationScheme="urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"'
    ' classifiedObject="d" id="a" nodeRepresentation="">'
    + slot("authorPerson", "012345678^de Vries&de&Vries^Anna^M.^^dr.^^^&2.16.528.1.1007.3.1&ISO")
    + slot("authorInstitution", "CWZ^^^^^&2.16.528.1.1007.3.3&ISO^^^^00000659")
    + slot("authorSpecialty", "0320^Cardiologie^&2.16.840.1.113883.2.4.6.7&ISO")
    + "</Classification>"
)


def extrinsic(
    *,
    document: str = DOCUMENT,
    patient_id: str = PATIENT_ID,
    title: str = "Ontslagbrief",
    mime_type: str = "application/pdf",
    slots: str = "",
    signed: bool = True,
    created: str = "20261120093000",
    extra: str = AUTHOR,
) -> str:
    """A DocumentEntry with everything in it."""
    return (
        f'<ExtrinsicObject xmlns="{RIM}" id="d" mimeType="{mime_type}" home="urn:oid:1.2.3"'
        ' objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"'
        ' status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved">'
        + slot("creationTime", created)
        + slot("languageCode", "nl-NL")
        + slot("repositoryUniqueId", REPOSITORY)
        + slot("serviceStartTime", "20261118")
        + slot("serviceStopTime", "202611201200")
        + (slot("legalAuthenticator", "^Smit^Bert") if signed else "")
        + slot("intendedRecipient", "Praktijk Arts^^^^^&2.16.528.1.1007.3.3&ISO^^^^00000666|^Arts^A.")
        + slots
        + f"<Name><LocalizedString value={quoteattr(title)}/></Name>"
        + '<Description><LocalizedString value="Kopie aan huisarts"/></Description>'
        + extra
        + classification(CLASS_CODE, "721927009", "Verwijsbrief")
        + classification(TYPE_CODE, "373942005", "Ontslagbrief")
        + classification(FORMAT_CODE, "urn:ihe:iti:xds:2017:mimeTypeSufficient", "PDF")
        + classification(SETTING, "394579002", "Cardiologie")
        + '<ExternalIdentifier id="p" registryObject="d" value='
        + f'{quoteattr(patient_id)} identificationScheme="urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427">'
        + '<Name><LocalizedString value="XDSDocumentEntry.patientId"/></Name></ExternalIdentifier>'
        + f'<ExternalIdentifier id="u" registryObject="d" value="{document}"'
        + ' identificationScheme="urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab">'
        + '<Name><LocalizedString value="XDSDocumentEntry.uniqueId"/></Name></ExternalIdentifier>'
        + "</ExtrinsicObject>"
    )


def registry_answer(*entries: str, status: str = SUCCESS, errors: str = "") -> str:
    return (
        f'<q:AdhocQueryResponse xmlns:q="{QUERY}" status="{status}">{errors}'
        f'<RegistryObjectList xmlns="{RIM}">{"".join(entries)}</RegistryObjectList></q:AdhocQueryResponse>'
    )


def stated(
    content: bytes, *, mime_type: str = "application/pdf", document: str = DOCUMENT
) -> DocumentReference:
    """A reference with the true size and hash."""
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return DocumentReference(REPOSITORY, document, "urn:oid:1.2.3", mime_type, len(content), sha1)


def facts(content: bytes) -> str:
    """The slots that state size and hash."""
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return slot("size", str(len(content))) + slot("hash", sha1)


def repository_answer(
    inside: str,
    *,
    mime_type: str = "application/pdf",
    status: str = SUCCESS,
    errors: str = "",
    document: str = DOCUMENT,
) -> str:
    """:param inside: the content of ``Document``: base64, or an include."""
    return (
        f'<RetrieveDocumentSetResponse xmlns="{XDS}"><rs:RegistryResponse xmlns:rs="{RS}" status="{status}">'
        f"{errors}</rs:RegistryResponse><DocumentResponse><HomeCommunityId>urn:oid:1.2.3</HomeCommunityId>"
        f"<RepositoryUniqueId>{REPOSITORY}</RepositoryUniqueId><DocumentUniqueId>{document}</DocumentUniqueId>"
        f"<mimeType>{mime_type}</mimeType><Document>{inside}</Document>"
        "</DocumentResponse></RetrieveDocumentSetResponse>"
    )


def include(name: str = "doc%40hospital") -> str:
    return f'<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:{name}"/>'


def part(content: bytes, *headers: str) -> bytes:
    return "".join(f"{header}\r\n" for header in headers).encode() + b"\r\n" + content


def package(*parts: bytes, end: bytes = b"--") -> bytes:
    delimiter = f"--{BOUNDARY}".encode()
    return b"".join(delimiter + b"\r\n" + one + b"\r\n" for one in parts) + delimiter + end + b"\r\n"


def root_part(envelope: bytes) -> bytes:
    return part(
        envelope,
        'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"',
        "Content-Transfer-Encoding: binary",
        "Content-ID: <root@hospital>",
    )


def document_part(content: bytes) -> bytes:
    return part(
        content,
        "Content-Type: application/octet-stream",
        "Content-Transfer-Encoding: binary",
        "Content-ID: <doc@hospital>",
    )


def cda(
    body: str,
    *,
    bsn: str = ASKED.reveal(),
    birth_date: str = "19800512",
    signed: bool = True,
    title: str = "Verslag",
) -> bytes:
    """A CDA around ``body`` (a ``structuredBody`` or ``nonXMLBody``)."""
    signer = (
        '<legalAuthenticator><time value="20261120100000+0100"/><signatureCode code="S"/><assignedEntity>'
        "<assignedPerson><name>B. Smit</name></assignedPerson></assignedEntity></legalAuthenticator>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="1.2" extension="3"/>'
        '<code code="18748-4" codeSystem="2.16.840.1.113883.6.1" displayName="Radiologieverslag"/>'
        f"<title>{title}</title>"
        '<effectiveTime value="20261120093000+0100"/>'
        f'<recordTarget><patientRole><id root="{BSN_ROOT}" extension="{bsn}"/><patient>'
        f'<birthTime value="{birth_date}"/></patient></patientRole></recordTarget>'
        '<author><assignedAuthor><assignedPerson><name><prefix qualifier="AC">dr.</prefix>'
        "<given>Anna</given><family>Vries</family></name></assignedPerson></assignedAuthor></author>"
        "<custodian><assignedCustodian><representedCustodianOrganization><name>CWZ</name>"
        "</representedCustodianOrganization></assignedCustodian></custodian>"
        f"{signer if signed else ''}"
        '<documentationOf><serviceEvent><effectiveTime><low value="20261119"/></effectiveTime>'
        "</serviceEvent></documentationOf>"
        f"<component>{body}</component></ClinicalDocument>"
    ).encode()


def sections(*parts: str) -> str:
    return f"<structuredBody>{''.join(f'<component>{one}</component>' for one in parts)}</structuredBody>"


def section(code: str, text: str, *entries: str, title: str = "Conclusie") -> str:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<section><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>{title}</title>'
        f"<text>{text}</text>{inside}</section>"
    )


def attached(content: bytes, mime_type: str) -> str:
    encoded = base64.b64encode(content).decode()
    return f'<nonXMLBody><text mediaType="{mime_type}" representation="B64">{encoded}</text></nonXMLBody>'
