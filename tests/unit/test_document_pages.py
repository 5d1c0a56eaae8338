"""Letters on the screen: links, the page of a document, what is said when it cannot be opened, headers."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from context.documents import OpenedDocument, document_name, reference_of
from context.outcome import OutcomeState
from context.records import (
    Document,
    DocumentContent,
    DocumentFailure,
    DocumentForm,
    DocumentReference,
    Section,
)
from context.records.narrative import (
    Address,
    Cell,
    DocumentHeader,
    ItemList,
    LineBreak,
    Mark,
    NarrativeSection,
    Omission,
    OmissionKind,
    Paragraph,
    Run,
    Table,
)
from tests.browser import views_entries as entries
from tests.browser import views_records as records
from tests.browser.views_site import MemoryContexts, Scene, make_site
from tests.unit.test_templates import text_of

PDF_LETTER, CDA_LETTER, _ = entries.ENTRIES[Section.LETTERS]


def name_of(entry: object) -> str:
    assert isinstance(entry, Document)
    reference = reference_of(entry)
    assert reference is not None
    return document_name(Section.LETTERS, reference)


def opened(content: DocumentContent, entry: object = PDF_LETTER) -> OpenedDocument:
    assert isinstance(entry, Document)
    return OpenedDocument(OutcomeState.OK, entry, content)


NAME = name_of(PDF_LETTER)
PDF = opened(DocumentContent(DocumentForm.PDF, pdf=b"%PDF-1.7 letter"))


@pytest.fixture
def scene() -> Scene:
    return Scene(records.opened(), dict(entries.OUTCOMES))


@pytest.fixture
def client(scene: Scene) -> FlaskClient:
    return make_site(MemoryContexts({"ok": scene})).test_client()


@pytest.mark.proves("feature:D20")
@pytest.mark.proves("feature:D21")
def test_list_links_each_letter_with_its_form_and_size_in_a_new_tab(client: FlaskClient) -> None:
    page = client.get("/c/ok/dossier/brieven").get_data(as_text=True)
    assert (
        f'<a href="/c/ok/brieven/{NAME}.pdf" target="_blank" rel="noopener">PDF, 84 kB, nieuw tabblad' in page
    )
    assert f'href="/c/ok/brieven/{name_of(CDA_LETTER)}"' in page
    assert "Document, 10 kB, nieuw tabblad" in page
    assert "Niet op te vragen" in page
    assert "1.2.3.4.1" not in page


def test_name_of_a_document_tells_nothing_and_differs_by_repository() -> None:
    one, other = DocumentReference("1.2.3", "4.5"), DocumentReference("1.2", "3.4.5")
    assert document_name(Section.LETTERS, one) != document_name(Section.LETTERS, other)
    assert document_name(Section.LETTERS, one) != document_name(Section.RADIOLOGY, one)
    assert len(document_name(Section.LETTERS, one)) == 25
    assert document_name(Section.LETTERS, one).isalnum()


@pytest.mark.proves("check:18")
def test_pdf_leaves_under_its_own_headers_and_a_name_without_patient(
    client: FlaskClient, scene: Scene
) -> None:
    scene.documents = {NAME: PDF}
    answer = client.get(f"/c/ok/brieven/{NAME}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data == b"%PDF-1.7 letter"
    assert answer.headers["Content-Disposition"] == 'inline; filename="brief-2026-03-05.pdf"'
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_letter_is_saved_and_not_opened_where_the_page_stands_in_a_frame(
    client: FlaskClient, scene: Scene
) -> None:
    launch = replace(records.LAUNCH, frame_origins=("https://his.example",))
    scene.opened = replace(scene.opened, launch=launch)
    scene.documents = {NAME: PDF}
    answer = client.get(f"/c/ok/brieven/{NAME}.pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "frame-ancestors https://his.example" in answer.headers["Content-Security-Policy"]
    page = client.get("/c/ok/dossier/brieven").get_data(as_text=True)
    assert "_blank" not in page
    assert "nieuw tabblad" not in page


def test_other_pages_keep_the_strict_policy(client: FlaskClient) -> None:
    policy = client.get("/c/ok/dossier/brieven").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")


@pytest.mark.parametrize("failure", DocumentFailure)
def test_letter_that_cannot_be_opened_says_why_and_never_that_there_is_none(
    client: FlaskClient, scene: Scene, failure: DocumentFailure
) -> None:
    scene.documents = {NAME: OpenedDocument(OutcomeState.FAILED, None, failure=failure)}
    page = client.get(f"/c/ok/brieven/{NAME}.pdf").get_data(as_text=True)
    panel = page[page.index("<main") : page.index("</main>")]
    assert 'data-state="fout"' in panel
    assert "Deze brief" in panel
    assert "geen " not in panel.replace("het is geen PDF", "").lower()
    assert "volledig geladen" not in page
    assert "JANSEN" in page


def test_letter_without_permission_is_shut(client: FlaskClient, scene: Scene) -> None:
    scene.documents = {NAME: OpenedDocument(OutcomeState.NOT_PERMITTED)}
    page = client.get(f"/c/ok/brieven/{NAME}").get_data(as_text=True)
    assert 'data-state="geen-recht"' in page


@pytest.mark.parametrize("name", ["", "a" * 65, "zzz", "A" + NAME[1:], NAME[:-1] + "é", "../status"])
def test_name_that_no_list_has_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/c/ok/brieven/{name}.pdf").status_code == 404


def test_list_that_the_hospital_does_not_serve_opens_no_document(client: FlaskClient, scene: Scene) -> None:
    scene.documents = {"b" + NAME[1:]: PDF}
    assert client.get(f"/c/ok/brieven/b{NAME[1:]}.pdf").status_code == 200
    scene.hospital = replace(records.CWZ, sections=frozenset(Section) - {Section.REFERRALS})
    assert client.get(f"/c/ok/brieven/b{NAME[1:]}.pdf").status_code == 404


def test_structured_document_is_printed_as_words_under_the_banner(client: FlaskClient, scene: Scene) -> None:
    evil = "<script>alert(1)</script>"
    body = NarrativeSection(
        title=(Run("Conclusie"),),
        blocks=(
            Paragraph((Run("Stabiel", frozenset({Mark.BOLD, Mark.DELETED})), LineBreak(), Run(evil))),
            Paragraph((Run("Zie"), Address("http://elsewhere.example/x"))),
            ItemList(((Paragraph((Run("een"),)),), (Paragraph((Run("twee"),)),)), ordered=True),
            Table(
                rows=(
                    (Cell((Paragraph((Run("Kalium"),)),), header=True), Cell((Paragraph((Run("4,1"),)),))),
                ),
                head=((Cell((Paragraph((Run("Bepaling"),)),), header=True, columns=2),),),
                caption=(Run("Lab"),),
            ),
            Paragraph((Omission(OmissionKind.MEDIA, "ECG"),)),
        ),
        sections=(NarrativeSection(title=(Run("Beleid"),)),),
    )
    header = DocumentHeader(title="Brief", authorised_by=entries.INTERNIST)
    content = DocumentContent(DocumentForm.STRUCTURED, sections=(body,), header=header, cleaned=True)
    scene.documents = {name_of(CDA_LETTER): opened(content, CDA_LETTER)}
    page = client.get(f"/c/ok/brieven/{name_of(CDA_LETTER)}").get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    assert "JANSEN-DE VRIES" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in main
    assert "<strong><del>Stabiel</del></strong>" in main.replace("<del><strong>", "<strong><del>").replace(
        "</strong></del>", "</del></strong>"
    )
    assert 'href="http://elsewhere' not in main
    assert "(http://elsewhere.example/x)" in main
    assert '<th scope="col" colspan="2">' in main
    assert "<h3>Conclusie</h3>" in main
    assert "<h4>Beleid</h4>" in main
    words = text_of(main)
    for said in (
        "Brief polikliniek Cardiologie",
        "Geaccordeerd door E. de Wit",
        "beeld of geluid",
        "ECG",
        "verwijderd",
    ):
        assert said in words


def test_plain_text_keeps_its_lines(client: FlaskClient, scene: Scene) -> None:
    scene.documents = {NAME: opened(DocumentContent(DocumentForm.TEXT, text="Regel 1\n  Regel <2>"))}
    page = client.get(f"/c/ok/brieven/{NAME}").get_data(as_text=True)
    assert '<p class="text">Regel 1\n  Regel &lt;2&gt;</p>' in page
