"""What a structured document says, as a tree that a template can print (CDA R2 NarrativeBlock).

Nothing in it is markup: every text is a text to be escaped, and there is no address to follow, no style,
no script and no picture. So a document of somebody else's can be shown inside our own page.
"""

from dataclasses import dataclass
from enum import StrEnum

from context.person import Moment
from context.records.values import CodedText, Party


class Mark(StrEnum):
    """How a run of text is set apart. ``deleted`` and ``inserted``: changed since an earlier version."""

    BOLD = "bold"
    ITALICS = "italics"
    UNDERLINE = "underline"
    SUBSCRIPT = "subscript"
    SUPERSCRIPT = "superscript"
    INSERTED = "inserted"
    DELETED = "deleted"


class OmissionKind(StrEnum):
    """What stands in the document but is not shown: a picture or sound, or a file kept elsewhere."""

    MEDIA = "media"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; its white space is single spaces, or kept where the source says so."""

    text: str
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class LineBreak:
    """The next run begins on a new line."""


@dataclass(frozen=True, slots=True)
class Address:
    """The address that the runs before it point to, to be read and never to be followed."""

    text: str


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that is there and not shown. :param caption: the source's own words for it."""

    kind: OmissionKind
    caption: str | None = None


Inline = Run | LineBreak | Address | Omission


@dataclass(frozen=True, slots=True)
class Paragraph:
    """:param caption: a heading of its own, empty for none."""

    parts: tuple[Inline, ...]
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list. :param items: the blocks of each item."""

    items: tuple[tuple["Block", ...], ...]
    ordered: bool = False
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """:param header: heads a row or column. :param columns, rows: how many it spans, from 1."""

    blocks: tuple["Block", ...]
    header: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. :param head, foot: rows that stand above and below all others."""

    rows: tuple[tuple[Cell, ...], ...]
    head: tuple[tuple[Cell, ...], ...] = ()
    foot: tuple[tuple[Cell, ...], ...] = ()
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Footnote:
    """A note to what stands before it."""

    blocks: tuple["Block", ...]


Block = Paragraph | ItemList | Table | Footnote


@dataclass(frozen=True, slots=True)
class NarrativeSection:
    """A section of a document with its own sections inside it."""

    title: tuple[Inline, ...] = ()
    code: CodedText | None = None
    blocks: tuple[Block, ...] = ()
    sections: tuple["NarrativeSection", ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentHeader:
    """What a CDA says of itself.

    :param kind: the type of document.
    :param authorised_by: who signed as the legal authenticator; None when nobody did yet.
    :param version: the number among the versions of one document, as sent.
    """

    title: str | None = None
    kind: CodedText | None = None
    created: Moment | None = None
    authors: tuple[Party, ...] = ()
    custodian: Party | None = None
    authorised_by: Party | None = None
    authorised_on: Moment | None = None
    recipients: tuple[Party, ...] = ()
    version: str | None = None


def text_of(parts: tuple[Inline, ...]) -> str:
    """The words of ``parts`` without their style; deleted text is left out."""
    words: list[str] = []
    for part in parts:
        match part:
            case Run() if Mark.DELETED not in part.marks:
                words.append(part.text)
            case LineBreak():
                words.append("\n")
            case Address():
                words.append(f" {part.text}")
            case Omission(caption=str(caption)):
                words.append(caption)
            case _:
                pass
    return "".join(words).strip()


def lines_of(blocks: tuple[Block, ...]) -> list[str]:
    """The words of ``blocks`` without their style, one line for each paragraph, item and table row."""
    found: list[str] = []
    for block in blocks:
        match block:
            case Paragraph():
                found += [text_of(block.caption), text_of(block.parts)]
            case ItemList():
                found.append(text_of(block.caption))
                found += [f"- {line}" for item in block.items for line in lines_of(item)]
            case Table():
                found.append(text_of(block.caption))
                found += [_row_in_words(row) for row in (*block.head, *block.rows, *block.foot)]
            case Footnote():
                found += lines_of(block.blocks)
    return [line for line in found if line]


def _row_in_words(row: tuple[Cell, ...]) -> str:
    return " | ".join(" ".join(lines_of(cell.blocks)) for cell in row).strip(" |")
