"""Real third-party CDA documents are shown without losing a word of their narrative.

Everything here runs below the identity check: these patients have no BSN. What is shown is compared with
an independent walk over the same file.
"""

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from adapters.xml import DOCUMENT_LIMITS, parse_xml
from adapters.zis.documents.cda import (
    Cda,
    open_cda,
    read_attachment,
    read_header,
    read_sections,
    sections_of_kind,
    statements_of,
)
from adapters.zis.documents.contents import make_content
from adapters.zis.documents.pdf import PdfCleaner
from adapters.zis.documents.repository import RawDocument
from adapters.zis.errors import SourceError
from adapters.zis.sections.readers import READERS
from adapters.zis.sections.table import SECTIONS
from context.outcome import FailureCause
from context.records import DocumentContent, DocumentForm, Section
from context.records.narrative import (
    Block,
    Cell,
    Footnote,
    Inline,
    ItemList,
    NarrativeSection,
    Omission,
    Paragraph,
    Run,
    Table,
)
from tests.document_messages import QUESTION, section
from tests.zis_messages import ASKED, BSN_ROOT, parsed, penicillin, potassium

HL7 = "{urn:hl7-org:v3}"
FOLDERS = ("hl7-c-cda-examples", "oehf-ipf/cda", "reference-nictiz/bgz", "reference-nictiz/lab")
WRAPPER = '<section xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {}>'


def load(path: Path) -> etree._Element:
    """A document, or a section that the examples print without its declarations."""
    raw = path.read_bytes()
    if path.name.startswith("section_"):
        head, _, rest = raw.decode("utf-8-sig").partition("<templateId")
        declared = head[head.index("<section") + 8 : -1].rstrip().rstrip(">") if "<section" in head else ""
        whole = WRAPPER.format(declared) + "<templateId" + rest
        raw = (whole if whole.rstrip().endswith("</section>") else whole + "</section>").encode()
    return parse_xml(raw, max_bytes=1 << 24, limits=DOCUMENT_LIMITS)


def files(shared_data: Path) -> list[tuple[str, etree._Element]]:
    paths = [path for folder in FOLDERS for path in sorted((shared_data / "hl7v3" / folder).glob("*.xml"))]
    loaded = [(path.name, load(path)) for path in paths]
    assert len(loaded) >= 20
    return loaded


def documents(shared_data: Path) -> list[tuple[str, Cda]]:
    found: list[tuple[str, Cda]] = []
    for name, root in files(shared_data):
        bodies = root.findall(f"{HL7}component/{HL7}structuredBody")
        bodies += root.findall(f"{HL7}component/{HL7}nonXMLBody")
        if root.tag == f"{HL7}ClinicalDocument":
            assert len(bodies) == 1, name
            found.append((name, Cda(root, bodies[0])))
    assert len(found) >= 15
    return found


def as_document(root: etree._Element) -> Cda:
    """The file, or a document around its one section."""
    if root.tag == f"{HL7}section":
        body = etree.Element(f"{HL7}structuredBody")
        etree.SubElement(body, f"{HL7}component").append(root)
        return Cda(body, body)
    found = root.find(f"{HL7}component/{HL7}structuredBody")
    return Cda(root, root if found is None else found)


def words(texts: list[str]) -> Counter[str]:
    """Letters and digits that stand together: white space between blocks is layout."""
    return Counter(letter for text in texts for letter in text if not letter.isspace())


def shown_in_section(part: NarrativeSection) -> list[str]:
    inside = [text for inner in part.sections for text in shown_in_section(inner)]
    return shown_inline(part.title) + shown_in_blocks(part.blocks) + inside


def shown_in_blocks(blocks: tuple[Block, ...]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        match block:
            case Paragraph():
                found += shown_inline(block.caption) + shown_inline(block.parts)
            case ItemList():
                found += shown_inline(block.caption)
                found += [text for item in block.items for text in shown_in_blocks(item)]
            case Table():
                found += shown_inline(block.caption)
                rows: tuple[tuple[Cell, ...], ...] = (*block.head, *block.rows, *block.foot)
                found += [text for row in rows for cell in row for text in shown_in_blocks(cell.blocks)]
            case Footnote():
                found += shown_in_blocks(block.blocks)
    return found


def shown_inline(parts: tuple[Inline, ...]) -> list[str]:
    runs = [part.text for part in parts if isinstance(part, Run)]
    return runs + [part.caption for part in parts if isinstance(part, Omission) and part.caption]


@pytest.mark.proves("attack:A144")
def test_every_word_of_the_narrative_is_shown(shared_data: Path) -> None:
    counted = 0
    for name, root in files(shared_data):
        narrative: list[str] = []
        for part in root.iter(f"{HL7}section"):
            for child in part:
                if child.tag in (f"{HL7}text", f"{HL7}title"):
                    narrative += [str(text) for text in child.itertext()]
        shown = [text for part in read_sections(as_document(root)) for text in shown_in_section(part)]
        assert words(shown) == words(narrative), name
        counted += words(shown).total()
    assert counted > 10_000


def test_every_header_tells_what_the_document_is(shared_data: Path) -> None:
    for name, document in documents(shared_data):
        header = read_header(document)
        title = document.root.findtext(f"{HL7}title")
        assert (header.title or "").split() == (title or "").split(), name
        assert header.kind is not None, name
        assert header.created is not None, name
        assert header.custodian is not None, name
        assert len(header.authors) == len(document.root.findall(f"{HL7}author")), name


def test_every_body_is_shown_in_its_own_form(shared_data: Path) -> None:
    forms = Counter(shown(document).form for _, document in documents(shared_data))
    assert forms[DocumentForm.PDF] == 2
    assert forms[DocumentForm.TEXT] == 1
    assert forms[DocumentForm.STRUCTURED] >= 12


def shown(document: Cda) -> DocumentContent:
    """The whole way, for a copy that is made the asked patient's."""
    target = document.root.find(f"{HL7}recordTarget/{HL7}patientRole")
    assert target is not None
    number = etree.SubElement(target, f"{HL7}id", root=BSN_ROOT, extension=ASKED.reveal())
    for birth in target.iterfind(f"{HL7}patient/{HL7}birthTime"):
        birth.set("value", "19800512")
    for other in target.iterfind(f"{HL7}id[@root='{BSN_ROOT}']"):
        if other is not number:
            target.remove(other)
    raw = etree.tostring(document.root, encoding="UTF-8")
    return make_content(RawDocument(raw, "text/xml"), QUESTION, PdfCleaner())


def test_no_real_document_opens_for_another_patient(shared_data: Path) -> None:
    for name, document in documents(shared_data):
        with pytest.raises(SourceError) as caught:
            open_cda(etree.tostring(document.root, encoding="UTF-8"), QUESTION)
        assert caught.value.cause is FailureCause.WRONG_PATIENT, name


def test_body_that_is_only_named_is_never_fetched(shared_data: Path) -> None:
    found = [document for name, document in documents(shared_data) if "reference_pdf" in name]
    assert [read_attachment(document).content for document in found] == [None]


@pytest.mark.parametrize(
    ("asked", "statement"), [(Section.ALLERGIES, penicillin()), (Section.LABORATORY, potassium())]
)
def test_statement_reads_the_same_in_a_cda_as_in_a_message(asked: Section, statement: str) -> None:
    as_in_a_cda = statement.replace("sourceOf", "entryRelationship")
    part = parsed(section(SECTIONS[asked].cda[0], "", as_in_a_cda))
    body = etree.Element(f"{HL7}structuredBody")
    etree.SubElement(body, f"{HL7}component").append(part)
    (found,) = sections_of_kind(Cda(body, body), SECTIONS[asked].cda)
    in_a_cda = READERS[asked](statements_of(found))
    in_a_message = READERS[asked]([parsed(statement)])
    assert in_a_cda.entries == in_a_message.entries
    assert len(in_a_cda.entries) == 1
    assert in_a_cda.unread == in_a_message.unread == 0


def test_sections_of_real_documents_hold_the_statements_of_the_table(shared_data: Path) -> None:
    found: Counter[Section] = Counter()
    for _, document in documents(shared_data):
        for asked, row in SECTIONS.items():
            for part in sections_of_kind(document, row.cda):
                statements = statements_of(part)
                reading = READERS[asked](statements)
                assert len(reading.entries) + reading.unread >= bool(statements), asked
                found[asked] += len(reading.entries)
    assert {Section.ALLERGIES, Section.DIAGNOSES, Section.LABORATORY} <= set(+found)
