"""The one XML parser of the project (architecture.md §3, security.md §4 steps 1 and 2).

Entities, DTDs and the network are off; what lxml still lets through (small DOCTYPEs) is refused after
parsing. Every fault becomes an ``XmlRefusedError``, whose text never repeats the document.
"""

import codecs
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from lxml import etree
from lxml.etree import _Element

_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_ASCII_MARKUP = frozenset({"UTF-8", "ASCII", "US-ASCII", "ISO-8859-1"})


class XmlFault(StrEnum):
    """Why a document is refused: too large, not readable as XML at all, or readable but not allowed."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"


class XmlRefusedError(Exception):
    """A document that is not read. :param fault: which kind. :param reason: private, without content."""

    def __init__(self, fault: XmlFault, reason: str) -> None:
        super().__init__(f"{fault}: {reason}")
        self.fault = fault
        self.reason = reason


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """Caps that hold for every element of a document.

    :param depth: levels of nesting, the root being 1; libxml2 itself stops at 256.
    :param attributes: per element.
    :param namespaces: declarations per element, and in scope at any element.
    :param plain: UTF-8 without a byte order mark only, and no comment or processing instruction
        anywhere. Otherwise both are dropped while parsing, so that they cannot cut a text in two.
    :param huge: lift libxml2's own caps on text size; for document answers behind a 32 MiB cap only.
    """

    depth: int
    elements: int
    attributes: int
    namespaces: int
    plain: bool
    huge: bool = False


TOKEN_LIMITS = XmlLimits(depth=32, elements=3000, attributes=16, namespaces=16, plain=True)
ANSWER_LIMITS = XmlLimits(depth=128, elements=500_000, attributes=64, namespaces=64, plain=False)
DOCUMENT_LIMITS = replace(ANSWER_LIMITS, huge=True)
"""Of an answer that holds documents, and of a document: a file in base64 is one long text (zis.md §10.3)."""


def hardened_parser(*, keep_comments: bool, huge: bool = False) -> etree.XMLParser:
    """A fresh parser without entities, DTD and network; ``huge`` only as ``XmlLimits`` says."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=huge,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
    )


def parse_xml(raw: bytes, *, max_bytes: int, limits: XmlLimits = ANSWER_LIMITS) -> _Element:
    """Parse untrusted bytes.

    :param raw: the document; its encoding is read from its own declaration unless ``limits.plain``.
    :param max_bytes: refuse more than this before anything is looked at.
    :returns: the root element.
    :raises XmlRefusedError: for anything that is not a well-formed document within the limits.
    """
    if len(raw) > max_bytes:
        raise XmlRefusedError(XmlFault.TOO_LARGE, f"more than {max_bytes} bytes")
    if limits.plain:
        _refuse_unplain_bytes(raw)
    try:
        root = etree.fromstring(raw, hardened_parser(keep_comments=limits.plain, huge=limits.huge))
        _refuse_doctype(root)
        if limits.plain:
            _refuse_extra_nodes(root)
        _refuse_excess(root, raw, limits)
    except XmlRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever the parser stumbles on is a refusal
        raise XmlRefusedError(XmlFault.MALFORMED, type(fault).__name__) from None
    return root


def _refuse_unplain_bytes(raw: bytes) -> None:
    if raw.startswith(codecs.BOM_UTF8) or b"\x00" in raw:
        raise XmlRefusedError(XmlFault.MALFORMED, "byte order mark or NUL")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raise XmlRefusedError(XmlFault.MALFORMED, "not UTF-8") from None
    if b"<!DOCTYPE" in raw:
        raise XmlRefusedError(XmlFault.FORBIDDEN, "document type declaration")


def _refuse_doctype(root: _Element) -> None:
    document = root.getroottree().docinfo
    definitions: tuple[object | None, ...] = (document.internalDTD, document.externalDTD)
    if any(definition is not None for definition in definitions):
        raise XmlRefusedError(XmlFault.FORBIDDEN, "document type declaration")


def _refuse_extra_nodes(root: _Element) -> None:
    encoding = root.getroottree().docinfo.encoding
    if encoding is not None and encoding.upper() not in {"UTF-8", "ASCII", "US-ASCII"}:
        raise XmlRefusedError(XmlFault.MALFORMED, "declares another encoding than UTF-8")
    if root.getprevious() is not None or root.getnext() is not None:
        raise XmlRefusedError(XmlFault.FORBIDDEN, "something stands beside the root")
    for _ in root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity):
        raise XmlRefusedError(XmlFault.FORBIDDEN, "comment, processing instruction or entity")


def _refuse_excess(root: _Element, raw: bytes, limits: XmlLimits) -> None:
    """Within every cap. A walk in Python costs more than parsing did, so libxml2 looks, and only for what
    the bytes leave room for: an element needs a ``<``, a declaration its ``xmlns``, an attribute ``a=""``
    and a space, and no value holds a ``<``."""
    told = _is_told_by_bytes(root)
    if (not told or _room_for_elements(raw, limits.elements)) and _more_elements_than(limits.elements)(root):
        raise XmlRefusedError(XmlFault.FORBIDDEN, "too many elements")
    if _deeper_than(limits.depth)(root):
        raise XmlRefusedError(XmlFault.FORBIDDEN, "too deep")
    room = not told or _room_for_attributes(raw, limits.attributes)
    if room and _more_attributes_than(limits.attributes)(root):
        raise XmlRefusedError(XmlFault.FORBIDDEN, "too many attributes")
    if limits.plain or not told or raw.count(b"xmlns") > limits.namespaces:
        _refuse_namespaces(root, limits)


def _is_told_by_bytes(root: _Element) -> bool:
    """Whether the encoding writes markup in ASCII, so that counting bytes counts markup."""
    return (root.getroottree().docinfo.encoding or "UTF-8").upper() in _ASCII_MARKUP


@cache
def _more_elements_than(number: int) -> etree.XPath:
    return etree.XPath(f"count(/descendant::*) > {number}")


@cache
def _deeper_than(levels: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/*' * (levels + 1)})")


def _room_for_elements(raw: bytes, number: int) -> bool:
    """Whether there are more tags than that; each takes four bytes at least (``<a/>``)."""
    return len(raw) > 4 * number and raw.count(b"<") > number


def _room_for_attributes(raw: bytes, number: int) -> bool:
    """Whether any tag is long enough for more attributes than that: leaps from ``<`` to ``<``, each the
    farthest that a tag with too many would not reach."""
    leap = 1 + 5 * (number + 1)
    at = raw.find(b"<")
    while at != -1:
        if at + leap >= len(raw):
            return False
        farthest = raw.rfind(b"<", at + 1, at + 1 + leap)
        if farthest == -1:
            return True
        at = farthest
    return False


@cache
def _more_attributes_than(number: int) -> etree.XPath:
    # As a step and not as a predicate of the element, which libxml2 takes five times as long for.
    return etree.XPath(f"boolean(/descendant::*/@*[{number + 1}])")


def _refuse_namespaces(root: _Element, limits: XmlLimits) -> None:
    # Namespaces in scope are collected per element, so the first offender ends the walk: its ancestors
    # are within the cap and the work stays proportional to the document.
    for element in root.iter("*"):
        scope = element.nsmap
        if len(scope) > limits.namespaces:
            raise XmlRefusedError(XmlFault.FORBIDDEN, "too many namespaces")
        if limits.plain and any(not _is_absolute(uri) for uri in scope.values()):
            raise XmlRefusedError(XmlFault.FORBIDDEN, "relative namespace")


def _is_absolute(uri: str) -> bool:
    return uri == _XML_NAMESPACE or uri.startswith(("urn:", "http://", "https://"))
