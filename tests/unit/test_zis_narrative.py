"""The narrative of a CDA becomes our own tree: all of its words, and nothing that could act (A144)."""

from collections import Counter
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.xml import parse_xml
from adapters.zis.documents.cda import open_cda, read_attachment, read_header, read_section, read_sections
from adapters.zis.documents.narrative import read_blocks, read_inlines
from adapters.zis.errors import SourceError
from context.outcome import FailureCause
from context.person import PartialDate
from context.records import CodedText, DocumentContent, DocumentForm, Party
from context.records.narrative import (
    Address,
    Block,
    Cell,
    Footnote,
    ItemList,
    LineBreak,
    Mark,
    NarrativeSection,
    Omission,
    OmissionKind,
    Paragraph,
    Run,
    Table,
    lines_of,
    text_of,
)
from tests.document_messages import QUESTION, attached, cda, section, sections
from tests.zis_messages import OTHER, parsed

HOSTILE = Path(__file__).parent.parent / "golden" / "zis" / "hostile_narrative.xml"


def blocks(inside: str) -> tuple[Block, ...]:
    return read_blocks(parsed(f"<text>{inside}</text>"))


def paragraph(*parts: Run | LineBreak | Address | Omission) -> Paragraph:
    return Paragraph(parts)


def test_text_without_elements_is_a_paragraph() -> None:
    assert blocks("  Geen\n  bijzonderheden. ") == (paragraph(Run("Geen bijzonderheden.")),)


def test_styles_become_marks_and_nothing_else() -> None:
    found = blocks(
        '<content styleCode="Bold Underline xRowShading" ID="a" language="nl">A</content>'
        '<content styleCode="italics">b</content>H<sub>2</sub>O 10<sup>9</sup>'
    )
    assert found == (
        paragraph(
            Run("A", frozenset({Mark.BOLD, Mark.UNDERLINE})),
            Run("b", frozenset({Mark.ITALICS})),
            Run("H"),
            Run("2", frozenset({Mark.SUBSCRIPT})),
            Run("O 10"),
            Run("9", frozenset({Mark.SUPERSCRIPT})),
        ),
    )


def test_revised_text_is_marked_and_deleted_text_is_no_plain_text() -> None:
    (found,) = blocks(
        'links<content revised="delete">links</content><content revised="insert">rechts</content>'
    )
    assert isinstance(found, Paragraph)
    assert [part.marks for part in found.parts if isinstance(part, Run)] == [
        frozenset(),
        frozenset({Mark.DELETED}),
        frozenset({Mark.INSERTED}),
    ]
    assert text_of(found.parts) == "linksrechts"


def test_deleted_table_marks_every_word_in_it() -> None:
    (found,) = blocks('<content revised="delete"><table><tbody><tr><td>A</td></tr></tbody></table></content>')
    assert isinstance(found, Table)
    assert found.rows[0][0].blocks == (paragraph(Run("A", frozenset({Mark.DELETED}))),)


def test_paragraphs_and_breaks_keep_their_lines() -> None:
    found = blocks("een<paragraph><caption>Kop</caption>twee <br/> drie<br/></paragraph>vier")
    assert found == (
        paragraph(Run("een")),
        Paragraph((Run("twee "), LineBreak(), Run("drie")), caption=(Run("Kop"),)),
        paragraph(Run("vier")),
    )


def test_preserved_white_space_stays() -> None:
    (found,) = blocks('<content xml:space="preserve">a   b</content>')
    assert found == paragraph(Run("a   b"))


def test_list_keeps_order_caption_and_nested_lists() -> None:
    (found,) = blocks(
        '<list listType="ordered"><caption>Plan</caption><item>een<list><item>a</item></list></item>'
        "<item/></list>"
    )
    assert found == ItemList(
        (
            (paragraph(Run("een")), ItemList(((paragraph(Run("a")),),))),
            (),
        ),
        ordered=True,
        caption=(Run("Plan"),),
    )


def test_table_keeps_heads_feet_spans_and_empty_cells() -> None:
    (found,) = blocks(
        '<table border="1"><caption>Lab</caption><colgroup><col width="9"/></colgroup>'
        "<thead><tr><th>Test</th><th colspan='2'>Uitslag</th></tr></thead>"
        "<tfoot><tr><td rowspan='200' colspan='x'>voet</td></tr></tfoot>"
        "<tbody><tr><td>K</td><td/><td>4,1</td></tr></tbody><tbody><tr><th>kop</th></tr></tbody></table>"
    )
    assert found == Table(
        rows=(
            (Cell((paragraph(Run("K")),)), Cell(()), Cell((paragraph(Run("4,1")),))),
            (Cell((paragraph(Run("kop")),), header=True),),
        ),
        head=((Cell((paragraph(Run("Test")),), True), Cell((paragraph(Run("Uitslag")),), True, columns=2)),),
        foot=((Cell((paragraph(Run("voet")),), rows=100),),),
        caption=(Run("Lab"),),
    )


def test_words_that_stand_where_only_rows_should_are_kept() -> None:
    (found,) = blocks("<table>los<tbody>ook<tr>hier<td>A</td></tr><p>nog</p></tbody><p>meer</p></table>")
    assert sorted(lines_of((found,))) == ["A | hier", "los", "meer", "nog", "ook"]


def test_link_is_told_with_its_address_and_is_no_link() -> None:
    (found,) = blocks(
        '<linkHtml href="https://a.example/">Folder</linkHtml> <linkHtml href="#x">#x</linkHtml>'
    )
    assert found == paragraph(Run("Folder"), Address("https://a.example/"), Run(" "), Run("#x"))


def test_picture_is_told_and_not_shown() -> None:
    (found,) = blocks('<renderMultiMedia referencedObject="M1"><caption>Foto 1</caption></renderMultiMedia>')
    assert found == paragraph(Omission(OmissionKind.MEDIA, "Foto 1"))


def test_footnote_is_a_block_of_its_own() -> None:
    assert blocks("a<footnote ID='f'>noot</footnote>") == (
        paragraph(Run("a")),
        Footnote((paragraph(Run("noot")),)),
    )


def test_title_is_one_run_of_inlines() -> None:
    assert read_inlines(parsed("<title>A <paragraph>b</paragraph></title>")) == (
        Run("A "),
        LineBreak(),
        Run("b"),
    )


@pytest.mark.proves("attack:A144")
def test_hostile_narrative_leaves_words_only() -> None:
    root = parse_xml(HOSTILE.read_bytes(), max_bytes=1 << 20)
    found = read_blocks(root)
    told = " ".join(lines_of(found))
    assert "alert(1)" in told
    for word in words_of(root):
        assert word in told
    assert kinds(found) <= {
        Run, LineBreak, Address, Omission, Paragraph, ItemList, Table, Cell, Footnote, Mark, OmissionKind,
        str, bool, int, type(None),
    }  # fmt: skip
    attributes = " ".join(
        str(value)
        for node in root.iter()
        for name, value in node.attrib.items()
        if not (str(name) == "href" and str(node.tag).endswith("}linkHtml"))
    )
    for value in attributes.split():
        assert value not in told, value


def kinds(value: object) -> set[type]:
    """The types of everything in a tree."""
    found: set[type] = set()
    if isinstance(value, tuple | frozenset):
        for one in value:
            found |= kinds(one)
    else:
        found.add(type(value))
        if is_dataclass(value) and not isinstance(value, type):
            for field in fields(value):
                found |= kinds(getattr(value, field.name))
    assert not isinstance(value, Enum) or isinstance(value, Mark | OmissionKind)
    return found


def words_of(root: etree._Element) -> list[str]:
    return " ".join(texts_of(root)).split()


NAMES = ("text", "paragraph", "list", "item", "table", "thead", "tbody", "tr", "td", "th", "caption", "br",
         "content", "linkHtml", "footnote", "renderMultiMedia", "sub", "script", "{urn:x}table")  # fmt: skip


@st.composite
def trees(draw: st.DrawFn, depth: int = 5) -> etree._Element:
    name = draw(st.sampled_from(NAMES))
    element = etree.Element(name if name.startswith("{") else f"{{urn:hl7-org:v3}}{name}")
    element.text = draw(st.sampled_from(["", " ", "woord", " twee woorden "]))
    if depth:
        for child in draw(st.lists(trees(depth=depth - 1), max_size=3)):
            child.tail = draw(st.sampled_from(["", "\n", "staart"]))
            element.append(child)
    return element


@given(tree=trees())
def test_no_word_of_any_narrative_is_lost(tree: etree._Element) -> None:
    told = "".join(lines_of(read_blocks(tree)))
    # Words may move within a table and run into each other; not one letter may go.
    assert letters(told) == letters("".join(texts_of(tree)))


def letters(text: str) -> Counter[str]:
    return Counter(letter for letter in text if letter.isalpha())


def texts_of(root: etree._Element) -> list[str]:
    return [str(text) for text in root.itertext()]


def test_header_is_read_as_data() -> None:
    header = read_header(open_cda(cda(sections()), QUESTION))
    assert header.title == "Verslag"
    assert header.kind == CodedText("18748-4", "2.16.840.1.113883.6.1", "Radiologieverslag")
    assert header.authors == (Party("dr. Anna Vries"),)
    assert header.custodian == Party(organisation="CWZ")
    assert header.authorised_by == Party("B. Smit")
    assert header.created is not None
    assert header.created.date == PartialDate(2026, 11, 20)
    assert header.authorised_on is not None


@pytest.mark.parametrize("code", ["X", "I", ""])
def test_signature_that_is_still_to_come_authorises_nothing(code: str) -> None:
    raw = cda(sections()).replace(b'signatureCode code="S"', f'signatureCode code="{code}"'.encode())
    header = read_header(open_cda(raw, QUESTION))
    assert (header.authorised_by, header.authorised_on) == (None, None)


def test_sections_keep_title_code_and_what_is_inside_them() -> None:
    inner = section("2", "binnen", title="Tweede")
    outer = section("1", "buiten", title="<content styleCode='Bold'>Eerste</content>").replace(
        "</section>", f"<component>{inner}</component></section>"
    )
    (found,) = read_sections(open_cda(cda(sections(outer)), QUESTION))
    assert found == NarrativeSection(
        (Run("Eerste", frozenset({Mark.BOLD})),),
        CodedText("1", "2.16.840.1.113883.6.1"),
        (paragraph(Run("buiten")),),
        (
            NarrativeSection(
                (Run("Tweede"),), CodedText("2", "2.16.840.1.113883.6.1"), (paragraph(Run("binnen")),)
            ),
        ),
    )
    assert read_section(parsed(inner)).title == (Run("Tweede"),)


@pytest.mark.proves("trap:14")
@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (cda(sections(), bsn=OTHER), FailureCause.WRONG_PATIENT),
        (cda(sections(), bsn=""), FailureCause.WRONG_PATIENT),
        (cda(sections(), birth_date="19800513"), FailureCause.WRONG_PATIENT),
        (cda(sections()).replace(b"recordTarget", b"participant"), FailureCause.WRONG_PATIENT),
        (cda(""), FailureCause.MALFORMED),
        (cda(sections() + sections()), FailureCause.MALFORMED),
        (b"<ClinicalDocument/>", FailureCause.MALFORMED),
        (b"no XML", FailureCause.MALFORMED),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + cda(sections())[38:], FailureCause.MALFORMED),
        (cda(sections(section("1", "<list><item>" * 200 + "</item></list>" * 200))), FailureCause.MALFORMED),
    ],
)
def test_cda_that_is_not_clearly_the_patients_is_refused(raw: bytes, cause: FailureCause) -> None:
    with pytest.raises(SourceError) as caught:
        open_cda(raw, QUESTION)
    assert caught.value.cause is cause


@pytest.mark.proves("trap:3")
def test_text_longer_than_libxml2_takes_by_itself_is_read() -> None:
    content = b"%PDF-1.7 " + b"x" * (9 << 20)
    found = read_attachment(open_cda(cda(attached(content, "application/pdf")), QUESTION))
    assert found.content == content


@pytest.mark.parametrize(("form", "pdf"), [(DocumentForm.PDF, b""), (DocumentForm.TEXT, b"%PDF")])
def test_content_is_a_pdf_or_holds_none(form: DocumentForm, pdf: bytes) -> None:
    with pytest.raises(ValueError, match="PDF"):
        DocumentContent(form, pdf=pdf)


def test_body_kept_elsewhere_is_not_looked_for() -> None:
    body = '<nonXMLBody><text><reference value="http://127.0.0.1/x.pdf"/></text></nonXMLBody>'
    assert read_attachment(open_cda(cda(body), QUESTION)).content is None


@pytest.mark.parametrize(
    "body",
    [
        "<nonXMLBody/>",
        '<nonXMLBody><text mediaType="application/pdf" representation="B64">@</text></nonXMLBody>',
        '<nonXMLBody><text compression="DF" representation="B64">AAAA</text></nonXMLBody>',
    ],
)
def test_body_that_cannot_be_unpacked_is_refused(body: str) -> None:
    with pytest.raises(SourceError):
        read_attachment(open_cda(cda(body), QUESTION))
