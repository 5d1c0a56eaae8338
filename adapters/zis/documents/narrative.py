"""Reads the narrative of a CDA into our own tree (CDA R2 §4.3.5, NarrativeBlock.xsd).

What an element means is looked up; what is not known contributes its text and nothing else. No attribute
is carried over: styles are reduced to three marks, addresses become text, pictures become a note.
"""

import re
from collections.abc import Iterator

from lxml import etree

from adapters.zis.interactions import HL7
from adapters.zis.paths import local_name
from context.records.narrative import (
    Address,
    Block,
    Cell,
    Footnote,
    Inline,
    ItemList,
    LineBreak,
    Mark,
    Omission,
    OmissionKind,
    Paragraph,
    Run,
    Table,
)

_MAX_SPAN = 100
_SPACES = re.compile(r"[ \t\r\n]+")
_MARKS_BY_STYLE = {
    "bold": Mark.BOLD,
    "italics": Mark.ITALICS,
    "emphasis": Mark.ITALICS,
    "underline": Mark.UNDERLINE,
}
_MARKS_BY_REVISION = {"insert": Mark.INSERTED, "delete": Mark.DELETED}
_MARKS_BY_NAME = {"sub": Mark.SUBSCRIPT, "sup": Mark.SUPERSCRIPT}
_PRESERVES = "{http://www.w3.org/XML/1998/namespace}space"
_NO_MARKS: frozenset[Mark] = frozenset()

Marks = frozenset[Mark]


def read_blocks(element: etree._Element, marks: Marks = _NO_MARKS) -> tuple[Block, ...]:
    """Everything inside ``element``, in document order."""
    flow = _Flow()
    flow.take(element, _marks_of(element, marks))
    flow.end_paragraph()
    return tuple(flow.blocks)


def read_inlines(element: etree._Element, marks: Marks = _NO_MARKS) -> tuple[Inline, ...]:
    """The words of a title or caption; what should not stand in one begins a new line."""
    flow = _Flow(of_lines=True)
    flow.take(element, _marks_of(element, marks))
    return _trimmed(flow.inlines)


class _Flow:
    """Collects runs into paragraphs between the blocks. :param of_lines: without any blocks."""

    def __init__(self, of_lines: bool = False) -> None:
        self.blocks: list[Block] = []
        self.inlines: list[Inline] = []
        self._of_lines = of_lines

    def take(self, element: etree._Element, marks: Marks, skipped: str | None = None) -> None:
        """All text and elements inside ``element``. :param skipped: a child that was read before."""
        self._take_text(element, element.text, marks)
        for child in element:
            if skipped is None or _name(child) != skipped:
                self._take_child(child, marks)
            self._take_text(element, child.tail, marks)

    def end_paragraph(self, caption: tuple[Inline, ...] = ()) -> None:
        parts = _trimmed(self.inlines)
        self.inlines = []
        if parts or caption:
            self.blocks.append(Paragraph(parts, caption))

    def _take_text(self, element: etree._Element, text: str | None, marks: Marks) -> None:
        if text:
            kept = text if element.get(_PRESERVES) == "preserve" else _SPACES.sub(" ", text)
            self.inlines.append(Run(kept, marks))

    def _take_child(self, child: etree._Element, marks: Marks) -> None:
        name = _name(child)
        marks = _marks_of(child, marks)
        if name in _BLOCKS:
            self._take_block(name, child, marks)
        elif name == "br":
            self.inlines.append(LineBreak())
            self.take(child, marks)
        elif name == "linkHtml":
            self.take(child, marks)
            self._take_address(child)
        elif name == "renderMultiMedia":
            caption = "".join(str(text) for text in child.itertext())
            self.inlines.append(Omission(OmissionKind.MEDIA, _SPACES.sub(" ", caption).strip() or None))
        else:
            self.take(child, marks)

    def _take_address(self, link: etree._Element) -> None:
        address = (link.get("href") or "").strip()
        words = "".join(str(text) for text in link.itertext()).strip()
        if address and address != words:
            self.inlines.append(Address(address))

    def _take_block(self, name: str, element: etree._Element, marks: Marks) -> None:
        if self._of_lines:
            self.inlines.append(LineBreak())
            self.take(element, marks)
            return
        self.end_paragraph()
        match name:
            case "paragraph":
                caption = _caption_of(element, marks)
                self.take(element, marks, skipped="caption")
                self.end_paragraph(caption)
            case "list":
                self.blocks.append(_read_list(element, marks))
            case "table":
                self.blocks.append(_read_table(element, marks))
            case _:
                self.blocks.append(Footnote(read_blocks(element, marks)))


_BLOCKS = frozenset({"paragraph", "list", "table", "footnote"})
_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot"})


def _name(element: etree._Element) -> str:
    """The element's name when it is HL7's; another vocabulary's elements are not known here."""
    return local_name(element) if element.tag == f"{{{HL7}}}{local_name(element)}" else ""


def _marks_of(element: etree._Element, marks: Marks) -> Marks:
    styles = (element.get("styleCode") or "").split()
    found = [_MARKS_BY_STYLE.get(style.lower()) for style in styles]
    found.append(_MARKS_BY_REVISION.get(element.get("revised") or ""))
    found.append(_MARKS_BY_NAME.get(_name(element)))
    return marks | {mark for mark in found if mark is not None}


def _trimmed(inlines: list[Inline]) -> tuple[Inline, ...]:
    """Without the white space at both ends, after a line break, and after other white space."""
    kept: list[Inline] = []
    open_to_space = False
    for part in inlines:
        if isinstance(part, Run):
            text = part.text if open_to_space else part.text.lstrip(" ")
            if not text:
                continue
            open_to_space = not text.endswith(" ")
            part = Run(text, part.marks)  # noqa: PLW2901 - the same part, trimmed
        else:
            open_to_space = not isinstance(part, LineBreak)
        kept.append(part)
    while kept and _is_blank(kept[-1]):
        kept.pop()
    if kept and isinstance(kept[-1], Run):
        kept[-1] = Run(kept[-1].text.rstrip(" "), kept[-1].marks)
    return tuple(kept) if any(not _is_blank(part) for part in kept) else ()


def _is_blank(part: Inline) -> bool:
    return isinstance(part, LineBreak) or (isinstance(part, Run) and not part.text.strip())


def _caption_of(element: etree._Element, marks: Marks) -> tuple[Inline, ...]:
    parts: list[Inline] = []
    for child in element:
        if _name(child) == "caption":
            parts += [LineBreak(), *read_inlines(child, marks)] if parts else read_inlines(child, marks)
    return tuple(parts)


def _loose(element: etree._Element) -> Iterator[str]:
    """Text that stands where only elements should."""
    yield element.text or ""
    for child in element:
        yield child.tail or ""


def _loose_blocks(element: etree._Element, marks: Marks) -> tuple[Block, ...]:
    text = _SPACES.sub(" ", " ".join(_loose(element))).strip()
    return (Paragraph((Run(text, marks),)),) if text else ()


def _read_list(element: etree._Element, marks: Marks) -> ItemList:
    items = [read_blocks(child, _marks_of(child, marks)) for child in element if _name(child) != "caption"]
    if loose := _loose_blocks(element, marks):
        items.append(loose)
    ordered = (element.get("listType") or "").strip().lower() == "ordered"
    return ItemList(tuple(items), ordered, _caption_of(element, marks))


def _read_table(element: etree._Element, marks: Marks) -> Table:
    groups: dict[str, list[tuple[Cell, ...]]] = {"thead": [], "tbody": [], "tfoot": []}
    for child in element:
        name, own = _name(child), _marks_of(child, marks)
        if name in _ROW_GROUPS:
            groups[name].extend(_read_rows(child, own))
        elif name == "tr":
            groups["tbody"].append(_read_cells(child, own))
        elif name != "caption" and (blocks := read_blocks(child, own)):
            groups["tbody"].append((Cell(blocks),))
    if loose := _loose_blocks(element, marks):
        groups["tbody"].append((Cell(loose),))
    rows, head, foot = (tuple(groups[name]) for name in ("tbody", "thead", "tfoot"))
    return Table(rows, head, foot, _caption_of(element, marks))


def _read_rows(group: etree._Element, marks: Marks) -> Iterator[tuple[Cell, ...]]:
    for child in group:
        own = _marks_of(child, marks)
        if _name(child) == "tr":
            yield _read_cells(child, own)
        elif blocks := read_blocks(child, own):
            yield (Cell(blocks),)
    if loose := _loose_blocks(group, marks):
        yield (Cell(loose),)


def _read_cells(row: etree._Element, marks: Marks) -> tuple[Cell, ...]:
    cells = [
        Cell(
            read_blocks(child, _marks_of(child, marks)),
            header=_name(child) == "th",
            columns=_span(child, "colspan"),
            rows=_span(child, "rowspan"),
        )
        for child in row
    ]
    if loose := _loose_blocks(row, marks):
        cells.append(Cell(loose))
    return tuple(cells)


def _span(cell: etree._Element, name: str) -> int:
    text = (cell.get(name) or "").strip()
    return min(int(text), _MAX_SPAN) if text.isascii() and text.isdigit() and int(text[:6]) else 1
