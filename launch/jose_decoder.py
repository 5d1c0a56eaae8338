"""Strict reading of a compact JWS before any cryptography (RFC 7515, RFC 8725, security.md §3).

Libraries are lenient here in ways that matter: ``crit``, spare bits, other serialisations. Everything that
this module lets through means the same to every reader.
"""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.strict_json import DuplicateNameError, StrictJsonError, decode_object

MAX_TOKEN_CHARACTERS = 16 * 1024
MAX_HEADER_CHARACTERS = 512
MAX_PAYLOAD_BYTES = 8192
MAX_SIGNATURE_CHARACTERS = 1024

HEADER_NAMES = frozenset({"alg", "kid", "typ"})
TOKEN_TYPE = "his-launch+jwt"  # noqa: S105 - the explicit type of RFC 8725 section 3.11, no secret
PLAIN_TYPE = "JWT"
"""What a relaxation may let through in its place; every other type is another profile's (A055)."""

LAUNCH_TYPES: Collection[str | None] = (TOKEN_TYPE, PLAIN_TYPE)
ID_TOKEN_TYPES: Collection[str | None] = (TOKEN_TYPE, PLAIN_TYPE, None)
"""An id_token that we asked for need not name a type."""

ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "PS256", "RS256", "RS384", "RS512"})
"""What a key may be registered for; one key verifies with its own algorithm only (launch.md §12.1)."""

_ALPHABET = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_MAX_KEY_ID = 128


@dataclass(frozen=True, slots=True, repr=False)
class CompactToken:
    """A well-formed token of which nothing is proven yet.

    :param text: the token itself.
    :param algorithm, key_id: from the header; an index into the registry and never more than that.
    :param plainly_typed: ``typ`` is the bare JWT, or absent, instead of the profile's own type.
    :param payload: the bytes that the signature must cover.
    :param claims: ``payload``, strictly decoded.
    """

    text: str
    algorithm: str
    key_id: str
    plainly_typed: bool
    payload: bytes
    claims: Mapping[str, object]


def decode_compact(text: str, *, types: Collection[str | None] = LAUNCH_TYPES) -> CompactToken:
    """Take a compact JWS apart.

    :param types: the values of ``typ`` that fit what it stands for; None for its absence.
    :raises LaunchRefusedError: L102 too large, L103 cannot be decoded, L201 algorithm, L202 key id,
        L209 another header fault, L501 a claim that stands there twice.
    """
    head, body, signature = _split(text)
    header = decode_header(head)
    if len(signature) > MAX_SIGNATURE_CHARACTERS:
        raise LaunchRefusedError(RefusalCode.TOO_LARGE, "the signature is too long")
    algorithm, key_id = _check_header(header, types)
    payload = decode_segment(body)
    decode_segment(signature)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise LaunchRefusedError(RefusalCode.TOO_LARGE, "the payload is too large")
    claims = _decode_object(payload, RefusalCode.CLAIM_MISSING)
    return CompactToken(text, algorithm, key_id, header.get("typ") != TOKEN_TYPE, payload, claims)


def decode_header(segment: str) -> dict[str, object]:
    """The protected header of a compact token, JWS or JWE, strictly decoded.

    :raises LaunchRefusedError: L103 cannot be decoded, L209 too long or a name that stands there twice.
    """
    if len(segment) > MAX_HEADER_CHARACTERS:
        raise LaunchRefusedError(RefusalCode.HEADER_FORBIDDEN, "the header is too long")
    return _decode_object(decode_segment(segment), RefusalCode.HEADER_FORBIDDEN)


def check_characters(text: str) -> None:
    """What holds for every compact token before it is taken apart.

    :raises LaunchRefusedError: L102 too large, L103 characters outside base64url.
    """
    if len(text) > MAX_TOKEN_CHARACTERS:
        raise LaunchRefusedError(RefusalCode.TOO_LARGE, "the token is too large")
    if not _ALPHABET.fullmatch(text):
        _refuse("characters outside base64url")


def _split(text: str) -> tuple[str, str, str]:
    check_characters(text)
    segments = text.split(".", 3)
    if len(segments) != 3:
        _refuse("not three segments")
    head, body, signature = segments
    return head, body, signature


def decode_segment(segment: str) -> bytes:
    """Base64url without padding, in its one canonical form.

    :raises LaunchRefusedError: L103.
    """
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        _refuse("a segment is not base64url")
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode("ascii"):
        # Spare bits: two texts for the same bytes (attack A026).
        _refuse("a segment is not canonical base64url")
    return decoded


def _decode_object(raw: bytes, duplicate_code: RefusalCode) -> dict[str, object]:
    try:
        return decode_object(raw)
    except DuplicateNameError:
        raise LaunchRefusedError(duplicate_code, "a name stands in the JSON twice") from None
    except StrictJsonError as error:
        _refuse(str(error))


def _check_header(header: Mapping[str, object], types: Collection[str | None]) -> tuple[str, str]:
    if not HEADER_NAMES.issuperset(header):
        raise LaunchRefusedError(RefusalCode.HEADER_FORBIDDEN, "a header name that is not allowed")
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise LaunchRefusedError(RefusalCode.ALGORITHM_NOT_ALLOWED, "alg is not on the list")
    if header.get("typ") not in types or ("typ" in header and header["typ"] is None):
        raise LaunchRefusedError(RefusalCode.HEADER_FORBIDDEN, "typ is not the profile's")
    if not isinstance(key_id, str) or not 1 <= len(key_id) <= _MAX_KEY_ID:
        raise LaunchRefusedError(RefusalCode.KEY_UNKNOWN, "kid is missing or malformed")
    return algorithm, key_id


def _refuse(detail: str) -> NoReturn:
    raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, detail)
