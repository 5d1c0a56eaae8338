"""What acts in a PDF is taken out, and what is not understood is not shown."""

import io
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from adapters.xml import parse_xml
from adapters.zis.documents import pdf_program
from adapters.zis.documents.errors import DocumentRefusedError
from adapters.zis.documents.multipart import decode_base64
from adapters.zis.documents.pdf import PdfCleaner
from adapters.zis.documents.pdf_program import Verdict, clean
from context.records import DocumentFailure
from tests.pdf_files import (
    HARMLESS,
    HOSTILE,
    PAGE_TEXT,
    dictionary,
    encrypted,
    file_stream,
    letter,
    name,
    text,
    with_root,
    words_in,
)

MARKS = (
    b"/JavaScript", b"/JS", b"app.alert", b"/Launch", b"/AA", b"/EmbeddedFile", b"MZ payload", b"/AF",
    b"/Collection", b"/XFA", b"/SubmitForm", b"/GoToR", b"/GoToE", b"/ImportData", b"file:", b"JavaScript:",
    b"/Print", b"/NeverHeardOf", b"/RichMedia", b"/Movie", b"/Screen", b"/3D", b"/FileAttachment",
    b"/Rendition", b"evil.example",
)  # fmt: skip


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("kind", HOSTILE)
def test_what_acts_is_taken_out(kind: str) -> None:
    verdict, written = clean(HOSTILE[kind])
    assert verdict is Verdict.CLEANED
    for mark in MARKS:
        assert mark not in written
    assert "Ontslagbrief" in words_in(written)


NEVER = [
    "AA",
    "JS",
    "JavaScript",
    "EmbeddedFiles",
    "EmbeddedFile",
    "EF",
    "RF",
    "AF",
    "XFA",
    "RichMediaContent",
    "RichMediaSettings",
    "AlternatePresentations",
    "Renditions",
    "Collection",
    "Requirements",
    "SpiderInfo",
    "OPI",
    "3DD",
    "3DA",
]


@pytest.mark.parametrize("key", NEVER)
def test_what_never_stays_goes_wherever_it_stands(key: str) -> None:
    inner = dictionary(Private=dictionary(**{key: text("evil.example")}))
    verdict, written = clean(with_root("PieceInfo", inner))
    assert verdict is Verdict.CLEANED
    assert b"evil.example" not in written


@pytest.mark.parametrize("key", ["F", "FFilter", "FDecodeParms"])
def test_stream_in_another_file_is_cut_off(key: str) -> None:
    stream = file_stream()
    stream[name(key)] = text("http://evil.example/a")
    found = letter(lambda writer: writer.root_object.__setitem__(name("X"), writer._add_object(stream)))
    verdict, written = clean(found)
    assert verdict is Verdict.CLEANED
    assert b"evil.example" not in written


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_does_not_act_stays(kind: str) -> None:
    verdict, written = clean(HARMLESS[kind])
    assert verdict is Verdict.KEPT
    assert "Ontslagbrief" in words_in(written)
    before, after = (PdfReader(io.BytesIO(raw)).pages[0] for raw in (HARMLESS[kind], written))
    assert len(after.get("/Annots", [])) == len(before.get("/Annots", []))


def test_link_that_stays_leads_where_it_led() -> None:
    _, written = clean(HARMLESS["web_link"])
    link = PdfReader(io.BytesIO(written)).pages[0]["/Annots"][1].get_object()  # type: ignore[index]
    assert isinstance(link, DictionaryObject)
    action = link["/A"]
    assert isinstance(action, DictionaryObject)
    assert str(action["/URI"]) == "HTTPS://zorg.example/"


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        (encrypted(), Verdict.ENCRYPTED),
        (b"", Verdict.UNREADABLE),
        (b"%PDF-1.7\n%%EOF", Verdict.UNREADABLE),
        (letter()[:200], Verdict.UNREADABLE),
        (b"<html/>", Verdict.UNREADABLE),
    ],
)
def test_pdf_that_cannot_be_read_is_not_shown(raw: bytes, verdict: Verdict) -> None:
    assert clean(raw) == (verdict, b"")


def test_pdf_that_stays_active_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    results = iter([False, True])
    monkeypatch.setattr(pdf_program, "_strip", lambda _: next(results))
    assert clean(letter()) == (Verdict.STILL_ACTIVE, b"")


def test_pdf_that_grows_over_its_cap_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_program, "MAX_OUTPUT_BYTES", 10)
    assert clean(letter()) == (Verdict.TOO_LARGE, b"")


def test_pdf_of_too_many_objects_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_program, "_MAX_CONTAINERS", 3)
    assert clean(letter()) == (Verdict.TOO_LARGE, b"")


def bomb() -> bytes:
    """A file whose objects are in a stream of 200 MB, packed twice into a few hundred bytes."""
    packed = zlib.compress(zlib.compress(b" " * (200 << 20), 9), 9)
    header = b"%PDF-1.5\n"
    stream = (
        b"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]/Length "
        + str(len(packed)).encode()
        + b">>stream\n"
        + packed
        + b"\nendstream\nendobj\n"
    )
    rows = bytes([1, *len(header).to_bytes(4, "big"), 0, 2, 0, 0, 0, 1, 0])
    table_at = len(header) + len(stream)
    table = (
        b"2 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Index[1 1 3 1]/Root 3 0 R/Length "
        + str(len(rows)).encode()
        + b">>stream\n"
        + rows
        + b"\nendstream\nendobj\n"
    )
    return header + stream + table + b"startxref\n" + str(table_at).encode() + b"\n%%EOF"


@pytest.mark.proves("attack:A143")
def test_bomb_is_stopped_in_its_own_process() -> None:
    raw = bomb()
    assert len(raw) < 10_000
    with pytest.raises(DocumentRefusedError) as caught:
        PdfCleaner().clean(raw)
    assert caught.value.failure in (DocumentFailure.TOO_LARGE, DocumentFailure.MALFORMED)


def test_program_answers_as_the_function_does() -> None:
    found = PdfCleaner().clean(HOSTILE["open_action"])
    assert found.changed
    assert PAGE_TEXT in found.content
    assert not PdfCleaner().clean(letter()).changed


@pytest.mark.parametrize(
    ("raw", "failure"),
    [(encrypted(), DocumentFailure.UNSUPPORTED), (b"%PDF-", DocumentFailure.MALFORMED)],
)
def test_program_that_refuses_says_why(raw: bytes, failure: DocumentFailure) -> None:
    with pytest.raises(DocumentRefusedError) as caught:
        PdfCleaner().clean(raw)
    assert caught.value.failure is failure


def test_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(DocumentRefusedError) as caught:
        PdfCleaner(seconds=0.001).clean(letter())
    assert caught.value.failure is DocumentFailure.TIMEOUT


@pytest.mark.parametrize("number", [1, 2])
def test_real_pdf_keeps_its_words(shared_data: Path, number: int) -> None:
    path = shared_data / f"hl7v3/hl7-c-cda-examples/nonXMLBody_embedded_pdf_{number}.xml"
    body = parse_xml(path.read_bytes(), max_bytes=1 << 20).find(".//{*}nonXMLBody/{*}text")
    assert body is not None
    raw = decode_base64((body.text or "").encode())
    found = PdfCleaner().clean(raw)
    assert words_in(found.content) == words_in(raw)
    assert len(PdfReader(io.BytesIO(found.content)).pages) == len(PdfReader(io.BytesIO(raw)).pages)
