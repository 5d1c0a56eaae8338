"""One SOAP message on its way out and the answer to it, and who secures both."""

import ssl
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from lxml import etree

from adapters.zis.interactions import Operation
from context.bsn import Bsn
from context.launch import Asker
from context.zis import Endpoint


@dataclass(frozen=True, slots=True)
class Message:
    """What is asked, about whom and for whom.

    :param message_id: of the SOAP message; HL7v3 repeats it in the transmission wrapper.
    :param payload: the one child of the SOAP body.
    :param bsn, asker: what a token on the message must agree with.
    :param action: in place of the operation's own; empty for a source that wants an empty SOAPAction.
    """

    operation: Operation
    message_id: UUID
    payload: etree._Element = field(repr=False)
    bsn: Bsn
    asker: Asker
    action: str | None = None

    @property
    def soap_action(self) -> str:
        return self.operation.action if self.action is None else self.action


@dataclass(slots=True)
class Answer:
    """The body of an HTTP answer. :param content_type: the whole header, with its parameters."""

    content_type: str
    body: bytes = field(repr=False)

    def take_body(self) -> bytes:
        """The body, for who needs it last: a long one is gone when its tree, ten times as large, is read."""
        body, self.body = self.body, b""
        return body


class WireSecurity(Protocol):
    """Secures the way to each endpoint. Its methods run on several threads at once."""

    def tls(self, endpoint: Endpoint) -> ssl.SSLContext | None:
        """What https to this endpoint trusts and shows; None for the system's authorities and no
        certificate of ours. The same object at every call, because connections are kept by it."""

    def seal(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> bytes:
        """The envelope as it leaves, in UTF-8: signed, and with its token, where the endpoint wants so.

        :param envelope: complete, ours to change.
        :raises SourceError: it cannot be secured as the endpoint wants; it must not leave then.
        """

    def check(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> etree._Element:
        """The envelope of which everything may be believed: where answers are signed, only what the
        signature covers.

        :param envelope: as received, without comments and processing instructions.
        :param message: to which it is the answer.
        :raises SourceError: ``rejected``, when a signature is absent or wrong.
        """


class PlainWire:
    """No certificate and no signature. Refuses endpoints that want either."""

    def tls(self, endpoint: Endpoint) -> ssl.SSLContext | None:
        _refuse_security(endpoint)
        return None

    def seal(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> bytes:
        _refuse_security(endpoint)
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def check(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> etree._Element:
        _refuse_security(endpoint)
        return envelope


def _refuse_security(endpoint: Endpoint) -> None:
    if endpoint.tls is not None or endpoint.signing is not None:
        raise ValueError(f"endpoint {endpoint.name} wants security that nothing here provides")
