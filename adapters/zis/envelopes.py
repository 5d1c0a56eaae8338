"""SOAP envelopes: built once by zeep from our own WSDLs, filled per question.

SOAP 1.2 with WS-Addressing, and SOAP 1.1 without, as each operation says.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from lxml import etree
from zeep import Client, Settings
from zeep.wsa import WsAddressingPlugin

from adapters.zis.interactions import OPERATIONS, SoapVersion
from adapters.zis.wire import Message

_WSDL_FOLDER = FilePath(__file__).parent / "wsdl"
# zeep carries no types.
_CLIENT: Any = Client
_ADDRESS: Any = WsAddressingPlugin.egress
_WSA = "http://www.w3.org/2005/08/addressing"
_ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
SETTINGS = Settings(
    strict=True,
    forbid_dtd=True,
    forbid_entities=True,
    forbid_external=True,
    xml_huge_tree=False,
)


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
        # Operations that share a place in a WSDL (all of AORTA) share its envelope too.
        places = {(operation.wsdl, operation.name) for operation in OPERATIONS}
        versions = {operation.wsdl: operation.version for operation in OPERATIONS}
        made = {wsdl: _client(wsdl, version) for wsdl, version in versions.items()}
        self._templates = {
            (wsdl, name): made[wsdl].create_message(made[wsdl].service, name) for wsdl, name in places
        }

    def fill(self, message: Message, url: str) -> etree._Element:
        """An envelope around the message's payload, which moves into it, addressed to ``url``.

        zeep would take the address from the WSDL and would move the payload's children; a copy of its
        envelope is filled instead.
        """
        operation = message.operation
        if etree.QName(message.payload).localname != operation.element:
            raise ValueError(f"{operation.element} does not carry this payload")
        envelope: etree._Element = deepcopy(self._templates[operation.wsdl, operation.name])
        if operation.version is SoapVersion.SOAP_1_2:
            _header(envelope, "Action").text = message.soap_action
            _header(envelope, "MessageID").text = message.message_id.urn
            _header(envelope, "To").text = url
        body = envelope[-1]
        body.replace(body[0], message.payload)
        return envelope


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted. :param headers: those that tell of the message."""

    headers: dict[str, str]
    body: bytes = field(repr=False)


def pack(message: Message, sealed: bytes) -> Request:
    """A sealed envelope as it is posted (SOAP 1.1 §6.1.1, SOAP 1.2 part 2 §7.1).

    Where the answer may be MTOM the question is MTOM as well, with no part but its envelope: IHE wants
    both alike (ITI TF-2 §3.43), and a server that is set to MTOM takes nothing else.
    """
    action = message.soap_action
    if message.operation.multipart:
        return _pack_multipart(message, sealed)
    if message.operation.version is SoapVersion.SOAP_1_1:
        return Request({"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}, sealed)
    return Request({"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}, sealed)


def _pack_multipart(message: Message, sealed: bytes) -> Request:
    # The envelope holds the message id as a urn, so a delimiter of another form is nowhere in it.
    boundary, root = f"part-{message.message_id.hex}", f"<{message.message_id.hex}@zorgtegel>"
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="application/xop+xml"; start="{root}";'
        f' start-info="application/soap+xml"; action="{message.soap_action}"'
    )
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: application/xop+xml; charset=utf-8; type="application/soap+xml"\r\n'
        f"Content-Transfer-Encoding: binary\r\nContent-ID: {root}\r\n\r\n"
    )
    body = head.encode() + sealed + f"\r\n--{boundary}--\r\n".encode()
    return Request({"Content-Type": content_type, "MIME-Version": "1.0"}, body)


def _client(wsdl: str, version: SoapVersion) -> Any:
    plugins = [_Addressing("urn:to:be:filled")] if version is SoapVersion.SOAP_1_2 else []
    return _CLIENT(str(_WSDL_FOLDER / wsdl), settings=SETTINGS, plugins=plugins)


def _header(envelope: etree._Element, name: str) -> etree._Element:
    found = envelope.find(f"{{*}}Header/{{{_WSA}}}{name}")
    if found is None:
        raise ValueError(f"the envelope has no {name}")
    return found
