"""SOAP answers: opened, whoever built them. Questions are built in ``envelopes.py``."""

import re

from lxml import etree

from adapters.xml import DOCUMENT_LIMITS, XmlFault, XmlRefusedError, parse_xml
from adapters.zis.errors import SourceError, malformed
from context.outcome import FailureCause

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_MULTIPART_BYTES = 32 * 1024 * 1024
"""Of an answer that carries documents."""

_SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
_SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
_DECLARED_ENCODING = re.compile(rb"""\A<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8 = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})


def open_envelope(raw: bytes) -> etree._Element:
    """The payload of a SOAP answer that nobody signed; its envelope stays reachable through it.

    :raises SourceError: as ``parse_envelope`` and ``payload_of``.
    """
    return payload_of(parse_envelope(raw))


def parse_envelope(raw: bytes, *, with_documents: bool = False) -> etree._Element:
    """The root element of a SOAP answer.

    :param with_documents: it may be as large as a multipart, and hold a document in one text.
    :raises SourceError: ``too_large``, and ``malformed`` for anything that is no XML in UTF-8 or that
        carries a DTD.
    """
    declared = _DECLARED_ENCODING.match(raw)
    if declared is not None and declared[1].lower() not in _UTF8:
        raise malformed("another encoding than UTF-8")
    try:
        raw.decode("utf-8")
        if with_documents:
            return parse_xml(raw, max_bytes=MAX_MULTIPART_BYTES, limits=DOCUMENT_LIMITS)
        return parse_xml(raw, max_bytes=MAX_ANSWER_BYTES)
    except UnicodeDecodeError:
        raise malformed("not UTF-8") from None
    except XmlRefusedError as refused:
        cause = FailureCause.TOO_LARGE if refused.fault is XmlFault.TOO_LARGE else FailureCause.MALFORMED
        raise SourceError(cause, refused.reason) from None


def payload_of(root: etree._Element) -> etree._Element:
    """The one payload in the one body of an envelope.

    :raises SourceError: ``fault`` for a SOAP Fault, ``malformed`` for anything else.
    """
    for namespace in (_SOAP12, _SOAP11):
        if root.tag == f"{{{namespace}}}Envelope":
            bodies = root.findall(f"{{{namespace}}}Body")
            payloads = [child for body in bodies for child in body]
            if len(bodies) != 1 or len(payloads) != 1:
                raise malformed("not one payload in one SOAP body")
            if payloads[0].tag == f"{{{namespace}}}Fault":
                raise SourceError(FailureCause.FAULT, "a SOAP Fault")
            return payloads[0]
    raise malformed("not a SOAP envelope")
