"""Packs an answer with its documents: MTOM/XOP over multipart/related (IHE ITI TF-2 Appendix V.3)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.zis.faults import Fault

_ROOT = "root@zis.sandbox"


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment of an answer. :param content_id: what xop:Include refers to."""

    content_id: str
    mime_type: str
    content: bytes


def package(envelope: bytes, parts: Sequence[Part], fault: Fault) -> tuple[bytes, str]:
    """Body and content type; the boundary follows from the envelope.

    :param fault: ``missing_part`` leaves the documents out, ``wrong_boundary`` names another boundary.
    """
    boundary = f"uuid-{hashlib.sha256(envelope).hexdigest()[:32]}"
    root_type = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
    attached = [] if fault is Fault.MISSING_PART else parts
    sections = [_section(_ROOT, root_type, envelope)]
    sections += [_section(each.content_id, each.mime_type, each.content) for each in attached]
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + each + b"\r\n" for each in sections) + line + b"--\r\n"
    named = "uuid-another" if fault is Fault.WRONG_BOUNDARY else boundary
    content_type = (
        f'multipart/related; type="application/xop+xml"; boundary="{named}"; '
        f'start="<{_ROOT}>"; start-info="application/soap+xml"'
    )
    return body, content_type


def _section(content_id: str, content_type: str, content: bytes) -> bytes:
    head = (
        f"Content-Type: {content_type}\r\n"
        "Content-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{content_id}>\r\n\r\n"
    )
    return head.encode() + content
