"""The list of documents and one document: read whole, about the right patient, or refused."""

import base64
from pathlib import Path

import pytest
from lxml import etree

from adapters.xml import parse_xml
from adapters.zis.documents.errors import failure_of
from adapters.zis.documents.hl7v2 import read_recipient, read_specialism
from adapters.zis.documents.multipart import Package
from adapters.zis.documents.questions import write_find_documents, write_retrieve
from adapters.zis.documents.registry import read_documents
from adapters.zis.documents.repository import read_document, unpack
from adapters.zis.errors import SourceError
from adapters.zis.sections.statement import Reading
from adapters.zis.wire import Answer
from context.bsn import Bsn
from context.errors import BsnFormatError
from context.outcome import FailureCause
from context.person import Identifier, PartialDate
from context.records import CodedText, Document, DocumentFailure, DocumentReference, Party
from tests.document_messages import (
    AUTHOR,
    DOCUMENT,
    ERROR,
    FAILURE,
    MULTIPART,
    PARTIAL,
    PATIENT_ID,
    QUESTION,
    REPOSITORY,
    RIM,
    WARNING,
    document_part,
    extrinsic,
    include,
    package,
    registry_answer,
    repository_answer,
    root_part,
    slot,
    stated,
)
from tests.zis_messages import ASKED, BSN_ROOT, OTHER

SCHEMAS = "hl7v3/oehf-ipf/xds/schema"
XSD = "http://www.w3.org/2001/XMLSchema"
SECOND_PATIENT = (
    f'<ExternalIdentifier xmlns="{RIM}" value="{OTHER}^^^&amp;{BSN_ROOT}&amp;ISO"'
    ' identificationScheme="urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"/>'
)
PDF = b"%PDF-1.7 not really"


def read(answer: str) -> Reading[Document]:
    return read_documents(parse_xml(answer.encode(), max_bytes=1 << 20), QUESTION)


def refusal(answer: str) -> FailureCause:
    with pytest.raises(SourceError) as caught:
        read(answer)
    return caught.value.cause


@pytest.mark.proves("feature:D20")
def test_document_is_read_with_everything_the_registry_says() -> None:
    reading = read(registry_answer(extrinsic(slots=slot("size", "9") + slot("hash", "AB" * 20))))
    (document,) = reading.entries
    assert reading.unread == 0
    assert document.title == CodedText(original_text="Ontslagbrief")
    assert document.kind == CodedText("373942005", "2.16.840.1.113883.6.96", "Ontslagbrief")
    assert document.category is not None
    assert document.category.label == "Verwijsbrief"
    assert document.format is not None
    assert document.format.label == "PDF"
    assert document.reference == DocumentReference(
        REPOSITORY, DOCUMENT, "urn:oid:1.2.3", "application/pdf", 9, "ab" * 20,
    )  # fmt: skip
    assert document.sender == Party(
        "dr. Anna M. de Vries",
        "CWZ",
        CodedText("0320", "2.16.840.1.113883.2.4.6.7", "Cardiologie"),
        (Identifier("2.16.528.1.1007.3.1", "012345678"), Identifier("2.16.528.1.1007.3.3", "00000659")),
    )
    assert document.recipients == (
        Party("A. Arts", "Praktijk Arts", None, (Identifier("2.16.528.1.1007.3.3", "00000666"),)),
    )
    assert (document.authorised, document.status, document.language) == (True, "Approved", "nl-NL")
    assert document.remarks == ("Kopie aan huisarts",)
    assert document.begins is not None
    assert document.begins.date == PartialDate(2026, 11, 18)
    assert document.identifiers == (Identifier("2.16.840.1.113883.2.4.3.999.7.1"),)


def test_time_in_a_registry_is_utc() -> None:
    (document,) = read(registry_answer(extrinsic(created="202611202330"))).entries
    assert document.created is not None
    assert document.created.date == PartialDate(2026, 11, 21)


def test_document_nobody_signed_is_not_called_authorised() -> None:
    (document,) = read(registry_answer(extrinsic(signed=False))).entries
    assert document.authorised is None


def test_further_authors_are_told() -> None:
    other = AUTHOR.replace("de Vries", "Bakker").replace('id="a"', 'id="b"')
    (document,) = read(registry_answer(extrinsic(extra=AUTHOR + other))).entries
    assert document.remarks == ("Kopie aan huisarts", "dr. Anna M. Bakker")


def test_empty_list_of_a_registry_is_empty() -> None:
    reading = read(registry_answer())
    assert (reading.entries, reading.unread) == ([], 0)


@pytest.mark.proves("trap:14")
@pytest.mark.parametrize(
    "entry",
    [
        extrinsic(patient_id=f"{OTHER}^^^&{BSN_ROOT}&ISO"),
        extrinsic(patient_id="77^^^&1.2.3&ISO"),
        extrinsic(patient_id=""),
        extrinsic(slots=slot("sourcePatientId", f"{OTHER}^^^&{BSN_ROOT}&ISO")),
        extrinsic(slots=slot("sourcePatientInfo", f"PID-3|77^^^&1.2&ISO~{OTHER}^^^&{BSN_ROOT}&ISO")),
        extrinsic(slots=slot("sourcePatientInfo", "PID-7|19800513")),
        extrinsic(extra=SECOND_PATIENT),
    ],
)
def test_document_of_another_patient_spoils_the_list(entry: str) -> None:
    assert refusal(registry_answer(extrinsic(), entry)) is FailureCause.WRONG_PATIENT


def test_local_number_beside_the_bsn_is_no_other_patient() -> None:
    entry = extrinsic(
        patient_id="77^^^&1.2&ISO",
        slots=slot("sourcePatientId", PATIENT_ID) + slot("sourcePatientInfo", "PID-7|1980", "PID-5|Jansen^J"),
    )
    assert len(read(registry_answer(entry)).entries) == 1


@pytest.mark.parametrize(
    "answer",
    [
        registry_answer(extrinsic(), status=PARTIAL, errors=ERROR),
        registry_answer(extrinsic(), errors=ERROR),
        registry_answer(extrinsic(), f'<ObjectRef xmlns="{RIM}" id="urn:uuid:1"/>'),
        registry_answer(extrinsic(), extrinsic(created="yesterday")),
        registry_answer(extrinsic(), extrinsic(slots=slot("size", "nine"))),
    ],
)
def test_answer_that_lacks_something_is_not_complete(answer: str) -> None:
    reading = read(answer)
    assert (len(reading.entries), reading.unread) == (1, 1)


def test_warning_leaves_an_answer_complete() -> None:
    assert read(registry_answer(extrinsic(), errors=WARNING)).unread == 0


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (registry_answer(status=FAILURE, errors=ERROR), FailureCause.REJECTED),
        (registry_answer(status="urn:unheard-of"), FailureCause.MALFORMED),
        ("<other/>", FailureCause.MALFORMED),
    ],
)
def test_registry_that_gives_no_list_is_never_empty(answer: str, cause: FailureCause) -> None:
    assert refusal(answer) is cause


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("|^Arts^A.", Party("A. Arts")),
        ("CWZ^^^^^^^^^1.2.3", Party(organisation="CWZ", identifiers=(Identifier("1.2.3"),))),
        ("||^^Internet^a@b.example", None),
        (r"Arts \T\ Zn^^^^^^^^^", Party(organisation="Arts & Zn")),
    ],
)
def test_recipient_is_a_person_a_place_or_both(text: str, party: Party | None) -> None:
    assert read_recipient(text) == party


def test_specialism_without_a_code_is_words() -> None:
    assert read_specialism("Cardiologie") == CodedText(original_text="Cardiologie")


@pytest.mark.proves("trap:16")
def test_slot_of_the_patient_holds_a_bsn_and_nothing_else() -> None:
    request = write_find_documents(ASKED, [])
    values = [value.text for value in request.iter(f"{{{RIM}}}Value")]
    assert values[0] == f"'{ASKED.reveal()}^^^&{BSN_ROOT}&ISO'"


@pytest.mark.proves("trap:16")
@pytest.mark.parametrize("code", ["", "a'", "a') or ('b", "a b", "a^^b^^c", "a,b"])
def test_type_code_that_could_end_its_string_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no code"):
        write_find_documents(ASKED, [code])


@pytest.mark.proves("trap:16")
def test_injection_of_the_public_sample_is_no_bsn(shared_data: Path) -> None:
    sample = etree.parse(shared_data / "hl7v3/oehf-ipf/xds/iti18request.xml")
    theirs = sample.find(f".//{{{RIM}}}Slot[@name='$XDSDocumentEntryPatientId']//{{{RIM}}}Value")
    assert theirs is not None
    ours = [value.text or "" for value in write_find_documents(ASKED, []).iter(f"{{{RIM}}}Value")]
    # What follows the number in theirs can end the string and go on as a query.
    assert "&ISO'" in (theirs.text or "")
    assert not (theirs.text or "").endswith("&ISO'")
    assert ours[0].startswith("'")
    assert ours[0].endswith("&ISO'")
    assert ours[0].count("'") == 2
    with pytest.raises(BsnFormatError):
        Bsn((theirs.text or "").strip("'"))


@pytest.mark.parametrize("codes", [[], ["373942005"], ["373942005^^2.16.840.1.113883.6.96", "34133-9"]])
def test_question_for_a_list_is_valid(shared_data: Path, codes: list[str]) -> None:
    schema(shared_data, "ebRS30/query.xsd").assertValid(write_find_documents(ASKED, codes))


@pytest.mark.parametrize("reference", [stated(PDF), DocumentReference("1.2", "1.2.3")])
def test_question_for_a_document_is_valid(shared_data: Path, reference: DocumentReference) -> None:
    both = "".join(
        f'<xs:include schemaLocation="{(shared_data / SCHEMAS / "IHE" / name).as_uri()}"/>'
        for name in ("IHEXDSB.xsd", "xcf.xsd")
    )
    # libxml2 reads one file for each namespace, and the schema's parts import each other.
    driver = f'<xs:schema xmlns:xs="{XSD}" targetNamespace="urn:ihe:iti:xds-b:2007">{both}</xs:schema>'
    etree.XMLSchema(etree.fromstring(driver)).assertValid(write_retrieve(reference))


def test_schema_refuses_a_question_that_is_not_valid(shared_data: Path) -> None:
    request = write_find_documents(ASKED, [])
    request.remove(request[0])
    assert not schema(shared_data, "ebRS30/query.xsd").validate(request)


def schema(shared_data: Path, name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    return etree.XMLSchema(etree.parse(shared_data / SCHEMAS / name, parser))


def fetched(answer: str, opened: Package, reference: DocumentReference) -> bytes:
    return read_document(parse_xml(answer.encode(), max_bytes=1 << 20), opened, reference).content


def test_document_beside_the_envelope_is_fetched() -> None:
    opened = unpack(Answer(MULTIPART, package(root_part(b"<e/>"), document_part(PDF))))
    assert fetched(repository_answer(include()), opened, stated(PDF)) == PDF


def test_document_inside_the_envelope_is_fetched() -> None:
    encoded = base64.b64encode(PDF).decode()
    opened = unpack(Answer("application/soap+xml", b"<e/>"))
    assert fetched(repository_answer(f"\n{encoded[:8]}\n {encoded[8:]}"), opened, stated(PDF)) == PDF


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    ("answer", "reference", "failure"),
    [
        (repository_answer(include("other")), stated(PDF), DocumentFailure.MALFORMED),
        (repository_answer(include() + include()), stated(PDF), DocumentFailure.MALFORMED),
        (repository_answer("text" + include()), stated(PDF), DocumentFailure.MALFORMED),
        (repository_answer("<Other/>"), stated(PDF), DocumentFailure.MALFORMED),
        (repository_answer("!"), stated(PDF), DocumentFailure.MALFORMED),
        (repository_answer(include(), document="1.2"), stated(PDF), DocumentFailure.MALFORMED),
        (repository_answer(include(), status=FAILURE, errors=ERROR), stated(PDF), DocumentFailure.REJECTED),
        (repository_answer(include()), stated(PDF + b"."), DocumentFailure.ALTERED),
        (repository_answer(include()), stated(PDF[:-1] + b"."), DocumentFailure.ALTERED),
        ("<other/>", stated(PDF), DocumentFailure.MALFORMED),
    ],
)
def test_document_that_is_not_the_one_asked_for_is_refused(
    answer: str, reference: DocumentReference, failure: DocumentFailure
) -> None:
    opened = unpack(Answer(MULTIPART, package(root_part(b"<e/>"), document_part(PDF))))
    with pytest.raises(SourceError) as caught:
        fetched(answer, opened, reference)
    assert failure_of(caught.value) is failure


def test_repository_without_the_document_rejects() -> None:
    answer = repository_answer("", status=PARTIAL, errors=ERROR)
    nothing = answer[: answer.index("<DocumentResponse>")] + "</RetrieveDocumentSetResponse>"
    with pytest.raises(SourceError) as caught:
        fetched(nothing, Package(b"", {}), stated(PDF))
    assert caught.value.cause is FailureCause.REJECTED
