"""A small real registry and repository (XDS.b), for the tests of the documents."""

import threading
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default

from lxml import etree

from tests.document_messages import (
    MULTIPART,
    document_part,
    extrinsic,
    facts,
    include,
    package,
    registry_answer,
    repository_answer,
    root_part,
)
from tests.zis_messages import enveloped
from tests.zis_server import HospitalServer, Question, Reply

XDS = "urn:ihe:iti:xds-b:2007"


@dataclass
class Kept:
    """One document of the hospital. :param listed: its entry in the registry."""

    content: bytes = field(repr=False)
    mime_type: str
    listed: str


class XdsServer(HospitalServer):
    """Lists and gives what ``keep`` was told. ``replies`` for single documents, or for the list under
    None, go before that."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Kept] = {}
        self.other: dict[str | None, Reply] = {}
        self.answered = threading.Event()

    def keep(self, document: str, content: bytes, mime_type: str = "text/xml", created: str = "2026") -> None:
        listed = extrinsic(
            document=document, mime_type=mime_type, slots=facts(content), title=document, created=created
        )
        self.kept[document] = Kept(content, mime_type, listed)

    def take(self, question: Question) -> Reply:
        asked = etree.fromstring(envelope_in(question)).findtext(f".//{{{XDS}}}DocumentUniqueId")
        super().take(question)
        if asked in self.other:
            return self.other[asked]
        if asked is None:
            return listing(*(one.listed for one in self.kept.values()))
        return delivery(self.kept[asked].content, asked, self.kept[asked].mime_type)


def listing(*entries: str) -> Reply:
    return Reply(enveloped(registry_answer(*entries)))


def delivery(content: bytes, document: str, mime_type: str) -> Reply:
    envelope = enveloped(repository_answer(include(), mime_type=mime_type, document=document))
    body = package(root_part(envelope), document_part(content))
    return Reply(body, headers={"Content-Type": MULTIPART})


def envelope_in(question: Question) -> bytes:
    """The question itself, alone or as the one part of a package; a real MIME reader finds it."""
    content_type = question.headers["Content-Type"]
    if not content_type.startswith("multipart/"):
        return question.body
    package = BytesParser(policy=default).parsebytes(
        f"Content-Type: {content_type}\r\n\r\n".encode() + question.body
    )
    (root,) = package.iter_parts()
    assert root["Content-ID"] == package.get_param("start")
    assert root.get_content_type() == "application/xop+xml"
    content = root.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
