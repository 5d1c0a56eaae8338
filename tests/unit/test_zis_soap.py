"""Envelopes: what goes out is the golden message; what comes in is one payload or a typed error."""

from pathlib import Path

import pytest
from lxml import etree

from adapters.zis import soap
from adapters.zis.envelopes import SETTINGS
from adapters.zis.errors import SourceError
from adapters.zis.interactions import (
    ASK_CONSENT,
    FETCH_RECORD,
    FIND_PATIENT,
    HL7,
    OPERATIONS,
    XACML_PROTOCOL,
    Operation,
    SoapVersion,
)
from adapters.zis.requests import write_fetch_record, write_find_patient
from adapters.zis.sections.table import SECTIONS
from adapters.zis.soap import MAX_ANSWER_BYTES, open_envelope
from adapters.zis.xacml import write_question
from context.hospital import Environment
from context.outcome import FailureCause
from context.records import Section
from tests.zis_messages import ASKED, ENVELOPES, STAMP, envelope, enveloped, hospital, launch, pdq_answer

GOLDEN = Path(__file__).parent.parent / "golden" / "zis"
XDS_SPACES = {
    "AdhocQueryRequest": "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0",
    "RetrieveDocumentSetRequest": "urn:ihe:iti:xds-b:2007",
}
WSA = "{http://www.w3.org/2005/08/addressing}"


def payload_of(operation: str) -> tuple[Operation, etree._Element]:
    match operation:
        case "find_patient":
            return FIND_PATIENT.operation, write_find_patient(hospital(), ASKED, STAMP)
        case "fetch_laboratory" | "fetch_allergies":
            section = Section(operation.removeprefix("fetch_"))
            category = SECTIONS[section].uv.category or ""
            return FETCH_RECORD.operation, write_fetch_record(hospital(), category, ASKED, STAMP)
    uzi_number = None if operation == "ask_consent_without_uzi" else "000095254"
    return ASK_CONSENT, write_question(hospital(), launch(uzi_number), "GGC002")


def sealed(operation: str, endpoint: str = "https://zis.example/soap") -> bytes:
    chosen, payload = payload_of(operation)
    return envelope(chosen, payload, endpoint)


def normalised(raw: bytes) -> bytes:
    root = etree.fromstring(raw, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(root, method="c14n2")


@pytest.mark.parametrize(
    "operation",
    ["find_patient", "fetch_laboratory", "fetch_allergies", "ask_consent", "ask_consent_without_uzi"],
)
def test_question_is_the_golden_message(operation: str) -> None:
    golden = (GOLDEN / f"{operation}.xml").read_bytes()
    assert normalised(sealed(operation)) == normalised(golden)


def test_addressing_stands_once_and_names_the_endpoint_asked() -> None:
    root = etree.fromstring(sealed("find_patient", "https://other.example/x"))
    header = root[0]
    assert [child.tag for child in header] == [
        f"{WSA}{name}" for name in ("Action", "MessageID", "ReplyTo", "To")
    ]
    assert header.findtext(f"{WSA}To") == "https://other.example/x"
    assert header.findtext(f"{WSA}MessageID") == STAMP.message_id.urn


def test_sealing_leaves_nothing_behind_for_the_next_question() -> None:
    first, second = sealed("find_patient"), sealed("find_patient")
    assert first == second
    assert first.count(ASKED.reveal().encode()) == 1
    assert all(ASKED.reveal().encode() not in etree.tostring(kept) for kept in ENVELOPES._templates.values())


def test_payload_of_another_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="does not carry"):
        envelope(ASK_CONSENT, payload_of("find_patient")[1])


def test_production_asks_for_production_data() -> None:
    message = write_find_patient(hospital(environment=Environment.PRODUCTION), ASKED, STAMP)
    codes = message.xpath("h:processingCode/@code", namespaces={"h": "urn:hl7-org:v3"})
    assert codes == ["P"]


def test_payload_of_a_soap_answer_is_found() -> None:
    assert open_envelope(enveloped(pdq_answer())).tag == "{urn:hl7-org:v3}PRPA_IN201306UV02"


def test_soap_1_1_answer_is_opened_too() -> None:
    raw = enveloped(pdq_answer()).replace(
        b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/"
    )
    assert open_envelope(raw).tag == "{urn:hl7-org:v3}PRPA_IN201306UV02"


def test_comment_beside_the_payload_is_no_payload() -> None:
    raw = enveloped(f"<!-- a --><?b c?>{pdq_answer()}")
    assert open_envelope(raw).tag == "{urn:hl7-org:v3}PRPA_IN201306UV02"


SOAP = "http://www.w3.org/2003/05/soap-envelope"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (enveloped(f'<Fault xmlns="{SOAP}"/>'), FailureCause.FAULT),
        (b"", FailureCause.MALFORMED),
        (b"<html><body>Inloggen</body></html>", FailureCause.MALFORMED),
        (b"<not xml", FailureCause.MALFORMED),
        (pdq_answer().encode(), FailureCause.MALFORMED),
        (enveloped(""), FailureCause.MALFORMED),
        (enveloped("<a/><b/>"), FailureCause.MALFORMED),
        (enveloped("<a/></s:Body><s:Body>"), FailureCause.MALFORMED),
        (enveloped("<a/>").replace(DECLARATION, b"<!DOCTYPE x>"), FailureCause.MALFORMED),
        (
            enveloped("<a/>").replace(DECLARATION, b'<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
            FailureCause.MALFORMED,
        ),
        (enveloped("<a>\u00e9</a>").decode().encode("utf-16"), FailureCause.MALFORMED),
        (
            enveloped("<a>\u00e9</a>").replace(b"UTF-8", b"ISO-8859-1").decode().encode("latin-1"),
            FailureCause.MALFORMED,
        ),
        (enveloped("<a>\u00e9</a>").replace(b"UTF-8", b"ISO-8859-1"), FailureCause.MALFORMED),
        (enveloped("<a>\u00e9</a>").decode().encode("latin-1"), FailureCause.MALFORMED),
        (enveloped("<a>" * 200 + "</a>" * 200), FailureCause.MALFORMED),
        (enveloped(" " * MAX_ANSWER_BYTES), FailureCause.TOO_LARGE),
    ],
    ids=[
        "fault",
        "nothing",
        "html",
        "not xml",
        "no envelope",
        "no payload",
        "two payloads",
        "two bodies",
        "doctype",
        "external dtd",
        "utf-16",
        "latin-1",
        "said to be latin-1",
        "not utf-8",
        "too deep",
        "too large",
    ],
)
def test_answer_that_is_not_one_payload_is_a_typed_error(raw: bytes, cause: FailureCause) -> None:
    with pytest.raises(SourceError) as caught:
        open_envelope(raw)
    assert caught.value.cause is cause


@pytest.mark.proves("attack:A143")
def test_billion_laughs_is_refused_unread() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'.encode()
    with pytest.raises(SourceError) as caught:
        open_envelope(enveloped("<a>&l9;</a>").replace(DECLARATION, bomb))
    assert caught.value.cause is FailureCause.MALFORMED


def test_zeep_reads_wsdls_without_entities_dtds_and_other_files() -> None:
    assert (SETTINGS.forbid_dtd, SETTINGS.forbid_entities, SETTINGS.forbid_external) == (True, True, True)
    assert (SETTINGS.strict, SETTINGS.xml_huge_tree) == (True, False)


WSDLS = Path(soap.__file__).parent / "wsdl"


@pytest.mark.parametrize("wsdl", sorted(WSDLS.iterdir()), ids=lambda path: path.name)
def test_wsdl_imports_nothing_and_leaves_addressing_to_us(wsdl: Path) -> None:
    root = etree.parse(wsdl).getroot()
    names = {etree.QName(element).localname for element in root.iter("*")}
    assert names.isdisjoint({"import", "include"})
    assert not any(etree.QName(name).localname == "Action" for e in root.iter("*") for name in e.attrib)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.element)
def test_every_operation_has_an_envelope_of_its_soap_version(operation: Operation) -> None:
    space = XDS_SPACES.get(operation.element, XACML_PROTOCOL if operation is ASK_CONSENT else HL7)
    root = etree.fromstring(envelope(operation, etree.Element(f"{{{space}}}{operation.element}")))
    versions = {SoapVersion.SOAP_1_1: "http://schemas.xmlsoap.org/soap/envelope/", SoapVersion.SOAP_1_2: SOAP}
    assert etree.QName(root).namespace == versions[operation.version]
    assert [child.tag for child in root[-1]] == [f"{{{space}}}{operation.element}"]
    action = root.findtext(f"*/{WSA}Action")
    assert action == (operation.action if operation.version is SoapVersion.SOAP_1_2 else None)
