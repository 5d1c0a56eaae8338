"""SOAP 1.2 envelopes: built once by zeep from our own WSDLs, filled per question, opened per answer."""

import re
from copy import deepcopy
from pathlib import Path as FilePath
from typing import Any
from uuid import UUID

from lxml import etree
from zeep import Client, Settings
from zeep.wsa import WsAddressingPlugin

from adapters.xml import XmlFault, XmlRefusedError, parse_xml
from adapters.zis.errors import SourceError, malformed
from adapters.zis.interactions import OPERATIONS, Operation
from context.outcome import FailureCause

MAX_ANSWER_BYTES = 8 * 1024 * 1024

_WSDL_FOLDER = FilePath(__file__).parent / "wsdl"
# zeep carries no types.
_CLIENT: Any = Client
_ADDRESS: Any = WsAddressingPlugin.egress
_SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
_SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
_WSA = "http://www.w3.org/2005/08/addressing"
_ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
_STRICT = Settings(
    strict=True,
    forbid_dtd=True,
    forbid_entities=True,
    forbid_external=True,
    xml_huge_tree=False,
)
_DECLARED_ENCODING = re.compile(rb"""\A<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8 = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})


class _Addressing(WsAddressingPlugin):
    """zeep's WS-Addressing headers, with the ReplyTo that the consent source expects."""

    def egress(
        self,
        envelope: etree._Element,
        http_headers: dict[str, str],
        operation: Any,
        binding_options: Any,
    ) -> tuple[etree._Element, dict[str, str]]:
        headers: dict[str, str]
        addressed, headers = _ADDRESS(self, envelope, http_headers, operation, binding_options)
        message_id = _header(addressed, "MessageID")
        reply_to = etree.Element(f"{{{_WSA}}}ReplyTo")
        etree.SubElement(reply_to, f"{{{_WSA}}}Address").text = _ANONYMOUS
        message_id.addnext(reply_to)
        return addressed, headers


class Envelopes:
    """An empty envelope for each operation, made by zeep once.

    Make it before the fork: it opens no socket, starts no thread and is only read afterwards.
    """

    def __init__(self) -> None:
        self._templates = {operation: _template(operation) for operation in OPERATIONS}

    def seal(self, operation: Operation, endpoint: str, message_id: UUID, payload: etree._Element) -> bytes:
        """The envelope around ``payload``, addressed to ``endpoint``, as UTF-8.

        zeep would take the address from the WSDL and would move the payload's children; a copy of its
        envelope is filled instead.
        """
        envelope = deepcopy(self._templates[operation])
        _header(envelope, "MessageID").text = message_id.urn
        _header(envelope, "To").text = endpoint
        body = envelope[-1]
        if body[0].tag != payload.tag:
            raise ValueError(f"{operation.name} does not carry this payload")
        body.replace(body[0], payload)
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _template(operation: Operation) -> etree._Element:
    client = _CLIENT(
        str(_WSDL_FOLDER / operation.wsdl), settings=_STRICT, plugins=[_Addressing("urn:to:be:filled")]
    )
    envelope: etree._Element = client.create_message(client.service, operation.name)
    return envelope


def _header(envelope: etree._Element, name: str) -> etree._Element:
    found = envelope.find(f"{{*}}Header/{{{_WSA}}}{name}")
    if found is None:
        raise ValueError(f"the envelope has no {name}")
    return found


def open_envelope(raw: bytes) -> etree._Element:
    """The payload of a SOAP answer; its envelope stays reachable through it.

    :raises SourceError: ``fault`` for a SOAP Fault, ``too_large``, and ``malformed`` for anything that
        is not one payload in one SOAP body in UTF-8, or carries a DTD.
    """
    declared = _DECLARED_ENCODING.match(raw)
    if declared is not None and declared[1].lower() not in _UTF8:
        raise malformed("another encoding than UTF-8")
    try:
        raw.decode("utf-8")
        root = parse_xml(raw, max_bytes=MAX_ANSWER_BYTES)
    except UnicodeDecodeError:
        raise malformed("not UTF-8") from None
    except XmlRefusedError as refused:
        cause = FailureCause.TOO_LARGE if refused.fault is XmlFault.TOO_LARGE else FailureCause.MALFORMED
        raise SourceError(cause, refused.reason) from None
    return _payload_of(root)


def _payload_of(root: etree._Element) -> etree._Element:
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
