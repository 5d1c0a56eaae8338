"""A program: reads a PDF from standard input and writes it anew without anything that acts.

It runs alone (``pdf.py`` starts it), under limits of memory and time that it sets itself, and imports
nothing of ours. What it writes holds only objects that the document's root reaches, so that nothing which
this reader did not see can be seen by another one. Rules by ISO 32000-2 §7.7.2, §12.5.6 and §12.6.4.
"""

import io
import logging
import resource
import sys
from collections.abc import Iterator
from enum import IntEnum

from pypdf import PdfReader, PdfWriter, overwrite_configuration
from pypdf.errors import LimitReachedError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 10
MAX_OUTPUT_BYTES = 24 * 1024 * 1024
_MAX_CONTAINERS = 300_000
"""Dictionaries and arrays, however they are nested."""
_MAX_UNPACKED_BYTES = 64 * 1024 * 1024
"""Of one stream; only streams that hold objects are unpacked at all."""
_RECURSION = 4000

ALLOWED_ACTIONS = frozenset({"/GoTo", "/Named", "/URI"})
ALLOWED_NAMED_ACTIONS = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
ALLOWED_SCHEMES = ("https://", "http://", "mailto:", "tel:")
ACTION_KEYS = frozenset({"/A", "/OpenAction", "/PA", "/Next"})
"""Where an action may stand; elsewhere ``/S`` means other things."""
KNOWN_ACTIONS = frozenset(
    {
        "/GoToR", "/GoToE", "/GoToDp", "/Launch", "/Thread", "/Sound", "/Movie", "/Hide", "/SubmitForm",
        "/ResetForm", "/ImportData", "/JavaScript", "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView",
        "/RichMediaExecute",
    }
)  # fmt: skip
ALLOWED_ANNOTATIONS = frozenset(
    {
        "/Text", "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight",
        "/Underline", "/Squiggly", "/StrikeOut", "/Caret", "/Stamp", "/Ink", "/Popup", "/Widget",
        "/Watermark", "/Redact",
    }
)  # fmt: skip
FORBIDDEN_KEYS = frozenset(
    {
        "/AA", "/JS", "/JavaScript", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/RF", "/AF", "/XFA",
        "/RichMediaContent", "/RichMediaSettings", "/AlternatePresentations", "/Renditions", "/Collection",
        "/Requirements", "/SpiderInfo", "/OPI", "/3DD", "/3DA",
    }
)  # fmt: skip
"""In any dictionary: event actions, scripts, embedded and associated files, XFA, media, portfolios."""
FORBIDDEN_IN_STREAMS = frozenset({"/F", "/FFilter", "/FDecodeParms"})
"""A stream whose bytes are in another file."""


class Verdict(IntEnum):
    """The exit codes. ``kept`` and ``cleaned``: the file follows on standard output."""

    KEPT = 0
    CLEANED = 10
    ENCRYPTED = 11
    UNREADABLE = 12
    TOO_LARGE = 13
    STILL_ACTIVE = 14


class _Refusal(Exception):  # noqa: N818 - no fault of the program
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.name)
        self.verdict = verdict


def clean(raw: bytes) -> tuple[Verdict, bytes]:
    """:returns: ``kept`` or ``cleaned`` with the new file, or another verdict with nothing."""
    try:
        reader = _open(raw)
        changed = _strip(reader)
        writer = PdfWriter(clone_from=reader)
        target = io.BytesIO()
        writer.write(target)
        written = target.getvalue()
        if len(written) > MAX_OUTPUT_BYTES:
            return Verdict.TOO_LARGE, b""
        if _strip(_open(written)):
            return Verdict.STILL_ACTIVE, b""
    except _Refusal as refusal:
        return refusal.verdict, b""
    except (MemoryError, LimitReachedError):
        return Verdict.TOO_LARGE, b""
    except Exception:  # noqa: BLE001 - whatever the library stumbles on is a file that is not shown
        return Verdict.UNREADABLE, b""
    return (Verdict.CLEANED if changed else Verdict.KEPT), written


def _open(raw: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted:
        raise _Refusal(Verdict.ENCRYPTED)
    if not reader.pages:
        raise _Refusal(Verdict.UNREADABLE)
    return reader


def _strip(reader: PdfReader) -> bool:
    """Take out of every object that the root reaches what may not stay. :returns: something was taken."""
    changed = False
    for found in _reachable(reader.trailer["/Root"]):
        changed |= _strip_dictionary(found)
    return changed


def _reachable(start: PdfObject) -> Iterator[DictionaryObject]:
    """Every dictionary once; what is taken out of one before the next is asked for is not entered."""
    seen: set[tuple[int, int]] = set()
    pending: list[PdfObject] = [start]
    count = 0
    while pending:
        found: PdfObject | None = pending.pop()
        if isinstance(found, IndirectObject):
            name = (found.idnum, found.generation)
            if name in seen:
                continue
            seen.add(name)
            found = found.get_object()
        if not isinstance(found, DictionaryObject | ArrayObject):
            continue
        count += 1
        if count > _MAX_CONTAINERS:
            raise _Refusal(Verdict.TOO_LARGE)
        if isinstance(found, DictionaryObject):
            yield found
            pending.extend(found.raw_get(key) for key in found)
        else:
            pending.extend(list.__iter__(found))


def _strip_dictionary(found: DictionaryObject) -> bool:
    doomed = FORBIDDEN_KEYS & found.keys()
    if isinstance(found, StreamObject):
        doomed |= FORBIDDEN_IN_STREAMS & found.keys()
    doomed |= {key for key in ACTION_KEYS & found.keys() if _is_forbidden_action(_resolve(found, key))}
    if _has(_resolve(found, "/Ref"), "/F"):
        doomed |= {"/Ref"}
    if _is_stray_action(found):
        doomed |= set(found.keys())
    for key in doomed:
        del found[key]
    return _strip_annotations(found) or bool(doomed)


def _resolve(holder: DictionaryObject, key: str) -> PdfObject | None:
    return _plain(holder.raw_get(key)) if key in holder else None


def _plain(value: PdfObject) -> PdfObject | None:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _name(holder: DictionaryObject, key: str) -> str:
    """The name under ``key``; empty when there is none."""
    value = _resolve(holder, key)
    return str(value) if isinstance(value, NameObject) else ""


def _has(value: PdfObject | None, key: str) -> bool:
    return isinstance(value, DictionaryObject) and key in value


def _is_forbidden_action(action: PdfObject | None) -> bool:
    """An action that is not on the list, or a row of actions with such a one."""
    if isinstance(action, ArrayObject):
        return any(_is_forbidden_action(_plain(one)) for one in list.__iter__(action))
    if not isinstance(action, DictionaryObject) or "/S" not in action:
        return False
    match _name(action, "/S"):
        case "/Named":
            return _name(action, "/N") not in ALLOWED_NAMED_ACTIONS
        case "/URI":
            return not _is_allowed_address(_resolve(action, "/URI"))
        case kind:
            return kind not in ALLOWED_ACTIONS


def _is_allowed_address(address: PdfObject | None) -> bool:
    text = address.decode("latin-1") if isinstance(address, ByteStringObject) else str(address)
    return text.strip().lower().startswith(ALLOWED_SCHEMES)


def _is_stray_action(found: DictionaryObject) -> bool:
    """An action that stands where none is known to stand. A structure element's ``/S`` is its type."""
    return "/P" not in found and _name(found, "/S") in KNOWN_ACTIONS


def _strip_annotations(page: DictionaryObject) -> bool:
    annotations = _resolve(page, "/Annots")
    if not isinstance(annotations, ArrayObject):
        return False
    kept = [one for one in list.__iter__(annotations) if _is_allowed_annotation(_plain(one))]
    if len(kept) == len(annotations):
        return False
    annotations[:] = kept
    return True


def _is_allowed_annotation(annotation: PdfObject | None) -> bool:
    return isinstance(annotation, DictionaryObject) and _name(annotation, "/Subtype") in ALLOWED_ANNOTATIONS


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    sys.setrecursionlimit(_RECURSION)
    overwrite_configuration(
        zlib_maximum_output_length=_MAX_UNPACKED_BYTES,
        lzw_maximum_output_length=_MAX_UNPACKED_BYTES,
        run_length_maximum_output_length=_MAX_UNPACKED_BYTES,
        stream_filters_maximum_length=4,
    )
    logging.disable(logging.CRITICAL)


def main() -> int:
    """:returns: the exit code."""
    _limit()
    verdict, written = clean(sys.stdin.buffer.read())
    if written:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    return int(verdict)


if __name__ == "__main__":
    sys.exit(main())
