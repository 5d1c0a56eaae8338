"""Takes a multipart answer apart (RFC 2046, RFC 2387, XOP 1.0): the SOAP envelope, and the parts it names.

The library in the standard (``email``) repairs what is wrong and has no caps; here a fault is a fault.
"""

import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote

from adapters.zis.errors import SourceError, malformed
from context.outcome import FailureCause

MAX_PARTS = 16
MAX_PART_BYTES = 20 * 1024 * 1024
"""Of one part, decoded: as large as a document may be."""
_MAX_HEADER_BYTES = 8 * 1024
_MAX_HEADERS = 32

_MEDIA_TYPE = re.compile(r"([A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64})")
_PARAMETER = re.compile(
    r"[ \t]*;[ \t]*([A-Za-z0-9!#$&^_.+*-]{1,64})[ \t]*=[ \t]*"
    r'(?:"((?:[^"\\]|\\.){0,1000})"|([^\s";,]{1,1000}))'
)
_BOUNDARY = re.compile(r"[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]")
_HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_FOLDED = re.compile(r"\r\n[ \t]+")
_CONTENT_ID = re.compile(r"<([^<>\s]{1,300})>")
_XML_ROOTS = frozenset({"application/xop+xml", "application/soap+xml", "text/xml", "application/xml"})


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Content-Type. :param name: type and subtype in lower case. :param parameters: by lower-case name."""

    name: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """An answer in parts. :param root: the envelope. :param parts: content by Content-ID, root included."""

    root: bytes = field(repr=False)
    parts: Mapping[str, bytes] = field(repr=False)

    def include(self, address: str) -> bytes:
        """The part that an ``xop:Include`` names.

        :param address: its ``href``: a ``cid:`` URL (RFC 2392). Nothing else is ever looked up.
        :raises SourceError: ``malformed``, another kind of address, or no such part.
        """
        if not address.startswith("cid:"):
            raise malformed("an include that is not a part of the message")
        name = address.removeprefix("cid:")
        # Apache CXF escapes the Content-ID itself, so its address is to be taken as it stands.
        for candidate in (name, unquote(name, errors="replace")):
            if candidate in self.parts:
                return self.parts[candidate]
        raise malformed("an include of a part that is not there")


def read_media_type(text: str) -> MediaType:
    """A Content-Type header value (RFC 2045 §5.1).

    :raises SourceError: ``malformed``; also for a parameter that is given twice.
    """
    text = text.strip()
    match = _MEDIA_TYPE.match(text)
    if match is None:
        raise malformed("no media type")
    parameters: dict[str, str] = {}
    position = match.end()
    while parameter := _PARAMETER.match(text, position):
        name, quoted, token = parameter.groups()
        if name.lower() in parameters:
            raise malformed("a parameter of a media type given twice")
        parameters[name.lower()] = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = parameter.end()
    if text[position:].strip(" \t;"):
        raise malformed("a media type that cannot be read")
    return MediaType(match[1].lower(), MappingProxyType(parameters))


def open_package(content_type: MediaType, body: bytes) -> Package:
    """The parts of a ``multipart/related`` body.

    :raises SourceError: ``malformed`` for anything unclear, ``too_large`` for a part over its cap.
    """
    parts = [_read_part(raw) for raw in _split(_boundary_of(content_type), body)]
    named = [part for part in parts if part.content_id is not None]
    by_id = {part.content_id: part for part in named if part.content_id is not None}
    if len(by_id) != len(named):
        raise malformed("two parts with one Content-ID")
    root = _root_of(content_type, parts)
    if root.content_type is None or read_media_type(root.content_type).name not in _XML_ROOTS:
        raise malformed("a multipart answer that does not begin with an envelope")
    return Package(root.content, MappingProxyType({name: part.content for name, part in by_id.items()}))


@dataclass(frozen=True, slots=True)
class _Part:
    content_id: str | None
    content_type: str | None
    content: bytes


def _boundary_of(content_type: MediaType) -> bytes:
    boundary = content_type.parameters.get("boundary", "")
    if content_type.name != "multipart/related" or not _BOUNDARY.fullmatch(boundary):
        raise malformed("a multipart answer without a boundary")
    return boundary.encode("ascii")


def _root_of(content_type: MediaType, parts: list[_Part]) -> _Part:
    start = content_type.parameters.get("start")
    if start is None:
        return parts[0]
    for part in parts:
        if part.content_id == start.strip().removeprefix("<").removesuffix(">"):
            return part
    raise malformed("the part to start with is not there")


def _split(boundary: bytes, body: bytes) -> list[bytes]:
    """What stands between the delimiters, without preamble and epilogue."""
    body = b"\r\n" + body
    delimiter = b"\r\n--" + boundary
    parts: list[bytes] = []
    begin: int | None = None
    position = body.find(delimiter)
    while position >= 0:
        after = position + len(delimiter)
        is_last = body.startswith(b"--", after)
        line = body.find(b"\r\n", after)
        padding = body[after : line if line >= 0 else len(body)]
        if is_last or not padding.strip(b" \t"):
            if begin is not None:
                parts.append(body[begin:position])
            if is_last:
                break
            if len(parts) >= MAX_PARTS:
                raise malformed("more parts than an answer may have")
            begin = line
            # A part may be empty, so that its end follows this line at once.
            position = body.find(delimiter, line) if line >= 0 else -1
        else:
            position = body.find(delimiter, after)
    else:
        raise malformed("a multipart answer without an end")
    if not parts:
        raise malformed("a multipart answer without parts")
    return parts


def _read_part(raw: bytes) -> _Part:
    """A part from the line break after its delimiter to the one before the next."""
    end = raw.find(b"\r\n\r\n", 0, _MAX_HEADER_BYTES)
    if end < 0:
        raise malformed("a part without an end to its headers")
    headers = _read_headers(raw[:end])
    encoding = headers.get("content-transfer-encoding", "binary").strip().lower()
    decode = _DECODERS.get(encoding)
    if decode is None:
        raise malformed("a part in an unknown transfer encoding")
    content = decode(raw[end + 4 :])
    if len(content) > MAX_PART_BYTES:
        raise SourceError(FailureCause.TOO_LARGE, "a part is larger than a document may be")
    return _Part(_read_content_id(headers.get("content-id")), headers.get("content-type"), content)


def _read_headers(raw: bytes) -> dict[str, str]:
    try:
        lines = _FOLDED.sub(" ", raw.decode("ascii").strip("\r\n")).split("\r\n")
    except UnicodeDecodeError:
        raise malformed("a header that is not in ASCII") from None
    headers: dict[str, str] = {}
    if len(lines) > _MAX_HEADERS:
        raise malformed("more headers than a part may have")
    for line in filter(None, lines):
        match = _HEADER.fullmatch(line)
        if match is None:
            raise malformed("a header that cannot be read")
        if match[1].lower() in headers:
            raise malformed("a header given twice")
        headers[match[1].lower()] = match[2]
    return headers


def _read_content_id(text: str | None) -> str | None:
    if text is None:
        return None
    match = _CONTENT_ID.fullmatch(text.strip())
    if match is None:
        raise malformed("a Content-ID that cannot be read")
    return match[1]


def decode_base64(raw: bytes) -> bytes:
    """Base64 with white space anywhere and nothing else in it (RFC 2045 §6.8, XML Schema base64Binary).

    :raises SourceError: ``malformed``.
    """
    try:
        return binascii.a2b_base64(raw.translate(None, b" \t\r\n"), strict_mode=True)
    except ValueError:
        raise malformed("not base64") from None


def _decode_quoted_printable(raw: bytes) -> bytes:
    return binascii.a2b_qp(raw)


def _as_it_is(raw: bytes) -> bytes:
    return raw


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "7bit": _as_it_is,
    "8bit": _as_it_is,
    "binary": _as_it_is,
    "base64": decode_base64,
    "quoted-printable": _decode_quoted_printable,
}
