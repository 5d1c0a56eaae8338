"""Clinical statements and what hangs on them: the parts that lab results and allergies share.

Links are spelled ``sourceOf`` (Care Record, NE2008), ``entryRelationship`` (CDA) or ``component``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from adapters.zis.datatypes import is_negated, read_coded, read_point_in_time, read_text
from adapters.zis.errors import malformed
from adapters.zis.interactions import LOINC
from adapters.zis.paths import Path, local_name
from adapters.zis.values import describe, read_value
from context.person import Moment
from context.records import CodedText

OBSERVATION = "observation"
GROUPS = frozenset({"organizer", "act"})
_STATEMENTS = GROUPS | {OBSERVATION, "encounter", "procedure", "substanceAdministration", "supply"}

_LINKS = Path("h:sourceOf | h:entryRelationship | h:component")
_CODE = Path("h:code")
_VALUES = Path("h:value")
_TEXT = Path("h:text")
_TIMES = Path("h:effectiveTime")
_COMMENT = Path(f"h:code[@code='48767-8'][@codeSystem='{LOINC}' or not(@codeSystem)]")


@dataclass(frozen=True, slots=True)
class Link:
    """A statement inside another one. :param kind: the relationship's typeCode (COMP, SUBJ, MFST, ...)."""

    kind: str
    statement: etree._Element


def links(statement: etree._Element) -> Iterator[Link]:
    """The statements directly inside ``statement``, in document order.

    :raises SourceError: a relationship that is denied; what it would then mean is not guessed at.
    """
    for link in _LINKS.elements(statement):
        if is_negated(link):
            raise malformed("a denied relationship")
        for child in link:
            if local_name(child) in _STATEMENTS:
                yield Link((link.get("typeCode") or "").strip(), child)


def code_of(statement: etree._Element) -> CodedText | None:
    element = _CODE.element(statement)
    return read_coded(element) if element is not None else None


def values_of(statement: etree._Element) -> list[etree._Element]:
    return _VALUES.elements(statement)


def text_of(statement: etree._Element) -> str | None:
    element = _TEXT.element(statement)
    return read_text(element) if element is not None else None


def time_of(statement: etree._Element) -> Moment | None:
    """The first time that the statement gives for itself."""
    for element in _TIMES.elements(statement):
        if (moment := read_point_in_time(element)) is not None:
            return moment
    return None


def is_comment(statement: etree._Element) -> bool:
    """An annotation comment (LOINC 48767-8), as an act or an observation."""
    return _COMMENT.element(statement) is not None


def comment_of(statement: etree._Element) -> str | None:
    """What the comment says: its text, or its value."""
    texts = [text_of(statement)]
    texts += [read_value(value).text for value in values_of(statement)]
    return "\n".join(dict.fromkeys(text for text in texts if text)) or None


def in_words(statement: etree._Element) -> tuple[str, ...]:
    """A statement for which the entry has no field, and all inside it, as remarks.

    :raises SourceError: part of it cannot be told in words, or is denied.
    """
    if is_negated(statement):
        raise malformed("a denied statement")
    if is_comment(statement):
        comment = comment_of(statement)
        return (comment,) if comment else ()
    code = code_of(statement)
    values = [describe(code, read_value(value)) for value in values_of(statement)]
    told = [*(values or [describe(code, None)]), text_of(statement)]
    inside = (remark for link in links(statement) for remark in in_words(link.statement))
    return tuple(dict.fromkeys([*(words for words in told if words), *inside]))
