"""The sandbox's document exchange speaks XDS.b, and its documents are what they say they are."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from pypdf import PdfReader

from sandbox.patients import load_personas, sized
from sandbox.servers import ZisServer
from sandbox.xds.pdf import write_pdf
from sandbox.zis.sections import WAYS
from tests.sandbox_asking import BSN
from tests.xds_asking import RS, Entry, Package, ask_registry, ask_repository, entries

PERSONAS = load_personas()
NOW = datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
CDA = Path("hl7v3/oehf-ipf/cda-xsd/cdar2/infrastructure/cda/CDA.xsd")
LETTERS = PERSONAS["letters"].bsn


@pytest.fixture
def zis() -> Iterator[ZisServer]:
    with ZisServer(now=lambda: NOW) as server:
        yield server


def _fetched(zis: ZisServer, entry: Entry) -> Package:
    return ask_repository(zis, entry.slots["repositoryUniqueId"], entry.unique_id)


def _content(zis: ZisServer, entry: Entry) -> bytes:
    return _fetched(zis, entry).documents()[entry.unique_id]


def _status(package: Package) -> str:
    response = package.root.find(f".//{{{RS}}}RegistryResponse")
    return "" if response is None else (response.get("status") or "").rpartition(":")[2]


def test_registry_lists_letters_with_hash_size_and_type(zis: ZisServer) -> None:
    found = entries(ask_registry(zis, LETTERS, "LETTER"))
    assert [each.mime_type for each in found] == [
        "application/pdf",
        "text/xml",
        "text/xml",
        "text/xml",
        "text/plain",
    ]
    for each in found:
        content = _content(zis, each)
        assert each.slots["hash"] == hashlib.sha1(content, usedforsecurity=False).hexdigest()
        assert each.slots["size"] == str(len(content))
        assert LETTERS not in each.unique_id
    assert [("legalAuthenticator" in each.slots) for each in found] == [True, True, False, True, True]


REPORTS = [name for name, way in WAYS.items() if way.document and way.uv]


@pytest.mark.parametrize("section", REPORTS)
def test_reports_are_found_by_their_type_code(zis: ZisServer, section: str) -> None:
    found = entries(ask_registry(zis, PERSONAS["results"].bsn, WAYS[section].document))
    assert found
    both = entries(ask_registry(zis, PERSONAS["results"].bsn, f"{WAYS[section].document},LETTER"))
    assert both == found
    assert zis.requests[0].interaction == section


@pytest.mark.parametrize("key", ["letters", "results", "everything", "volume"])
def test_every_cda_is_valid_and_about_the_patient(zis: ZisServer, shared_data: Path, key: str) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / CDA))
    bsn = PERSONAS[key].bsn
    found = [each for each in entries(ask_registry(zis, bsn)) if each.mime_type == "text/xml"]
    for each in found[:20]:
        document = etree.fromstring(_content(zis, each))
        schema.assertValid(etree.ElementTree(document))
        patient = document.find(".//{urn:hl7-org:v3}patientRole/{urn:hl7-org:v3}id")
        assert patient is not None
        assert (patient.get("root"), patient.get("extension")) == (BSN, bsn)
    assert found


def test_documents_come_in_every_form(zis: ZisServer) -> None:
    bsn = PERSONAS["everything"].bsn
    assert entries(ask_registry(zis, bsn, WAYS["letters"].nl_category))
    contents = [_content(zis, each) for each in entries(ask_registry(zis, bsn))]
    assert any(b"<nonXMLBody>" in each for each in contents)
    narrative = [each for each in contents if b"<structuredBody>" in each]
    assert any(b"<entry>" in each for each in narrative)
    assert any(b"<entry>" not in each for each in narrative)
    assert any(b"<table>" in each for each in narrative)
    assert any(b"<list " in each for each in narrative)
    assert any(each.startswith(b"%PDF-") for each in contents)


def test_pdf_is_read_by_another_hand(tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    file.write_bytes(write_pdf("Brief (controle)", ["Geen bijzonderheden, coëlomische \\ tekst."] * 70))
    read = PdfReader(file)
    assert len(read.pages) == 2
    assert "Brief (controle)" in read.pages[0].extract_text()
    assert "coëlomische \\ tekst" in read.pages[1].extract_text()


def test_hostile_documents_are_hostile(zis: ZisServer) -> None:
    script, markup, text, other = entries(ask_registry(zis, PERSONAS["hostile_documents"].bsn, "LETTER"))
    assert b"/JavaScript" in _content(zis, script)
    assert b"<script>" in _content(zis, markup)
    assert b"javascript:" in _content(zis, markup)
    assert text.title.startswith("<script>")
    about = etree.fromstring(_content(zis, other)).find(".//{urn:hl7-org:v3}patientRole/{urn:hl7-org:v3}id")
    assert about is not None
    assert about.get("extension") != PERSONAS["hostile_documents"].bsn


def test_broken_documents_are_broken(zis: ZisServer) -> None:
    huge, altered, lost = entries(ask_registry(zis, PERSONAS["broken_documents"].bsn, "LETTER"))
    assert len(_content(zis, huge)) > 20 << 20
    told = hashlib.sha1(_content(zis, altered), usedforsecurity=False).hexdigest()
    assert altered.slots["hash"] != told
    missing = ask_repository(zis, lost.slots["repositoryUniqueId"], lost.unique_id).answered
    assert missing.elements("//*[local-name()='RegistryError'][@errorCode='XDSDocumentUniqueIdError']")
    package = ask_repository(zis, lost.slots["repositoryUniqueId"], altered.unique_id, lost.unique_id)
    assert _status(package) == "PartialSuccess"
    assert list(package.documents()) == [altered.unique_id]


def test_package_can_miss_its_part_or_name_another_boundary(zis: ZisServer) -> None:
    first = entries(ask_registry(zis, PERSONAS["documents_fail"].bsn, "LETTER"))[0]
    package = _fetched(zis, first)
    assert _status(package) == "Success"
    assert package.documents() == {}
    first = entries(ask_registry(zis, PERSONAS["documents_boundary"].bsn, "LETTER"))[0]
    answered = _fetched(zis, first).answered
    assert b"--uuid-another" not in answered.body
    assert 'boundary="uuid-another"' in answered.content_type


def test_registry_can_fail_wholly_and_in_part(zis: ZisServer) -> None:
    zis.script(LETTERS, "letters", ["ae", "half"])
    response = "//*[local-name()='AdhocQueryResponse']/@status"
    (failed,) = ask_registry(zis, LETTERS, "LETTER").values(response)
    assert failed.endswith(":Failure")
    answer = ask_registry(zis, LETTERS, "LETTER")
    assert answer.values(response) == ["urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"]
    assert len(entries(answer)) == 3


def test_two_thousand_letters_have_numbers_of_their_own(zis: ZisServer) -> None:
    found = entries(ask_registry(zis, PERSONAS["volume"].bsn, "LETTER"))
    assert len({each.unique_id for each in found}) == len(found) == 2000


@pytest.mark.parametrize(("results", "letters"), [(0, 0), (1, 1), (37, 12)])
def test_a_patient_can_have_any_size(results: int, letters: int) -> None:
    persona = sized(PERSONAS["volume"], results=results, letters=letters)
    assert len(persona.results(NOW.date())) == results
    with ZisServer(personas={persona.key: persona}, now=lambda: NOW) as zis:
        assert len(entries(ask_registry(zis, persona.bsn, "LETTER"))) == letters


def test_documents_are_the_same_for_the_same_now(zis: ZisServer) -> None:
    first = entries(ask_registry(zis, LETTERS))
    with ZisServer(now=lambda: NOW) as another:
        assert entries(ask_registry(another, LETTERS)) == first


def test_unknown_patient_has_no_documents(zis: ZisServer) -> None:
    answer = ask_registry(zis, PERSONAS["unknown_in_hospital"].bsn, "LETTER")
    assert (answer.status, entries(answer)) == (200, [])
