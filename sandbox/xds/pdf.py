"""A small PDF writer: text on A4 in Helvetica, the same bytes for the same words (ISO 32000-1)."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

_LINES_PER_PAGE = 52
_WIDTH = 88
_SCRIPT = b"<< /S /JavaScript /JS (app.alert\\('dit script hoort niet te lopen'\\)) >>"
_HUGE = 21 << 20


def write_pdf(title: str, lines: Sequence[str], *, script: bool = False, huge: bool = False) -> bytes:
    """:param script: it acts by itself when it is opened. :param huge: over 20 MB, by a stream of zeros."""
    pages = list(_pages([title, "", *lines]))
    first_page = 4
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    action = b" /OpenAction " + _SCRIPT if script else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R" + action + b" >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        content = first_page + 2 * number + 1
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            + f" /Contents {content} 0 R >>".encode()
        )
        objects.append(_stream(_drawn(page)))
    if huge:
        objects.append(_stream(bytes(_HUGE)))
    return _file(objects)


def _pages(lines: Sequence[str]) -> Iterator[list[str]]:
    wrapped = [part for line in lines for part in (wrap(line, _WIDTH) or [""])]
    for at in range(0, len(wrapped), _LINES_PER_PAGE):
        yield wrapped[at : at + _LINES_PER_PAGE]


def _drawn(lines: Sequence[str]) -> bytes:
    shown = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in lines)
    return b"BT /F1 11 Tf 14 TL 56 780 Td\n" + shown + b"ET"


def _escaped(line: str) -> bytes:
    plain = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return plain.encode("cp1252", "replace")


def _stream(content: bytes) -> bytes:
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    body, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, each in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    start = len(body)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(body)
