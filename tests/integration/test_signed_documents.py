"""A signed answer in parts: the signature covers the document as it was before it was packed (XOP §3.2)."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree

from adapters.zis.documents.multipart import Package
from adapters.zis.documents.repository import inflate
from adapters.zis.documents.source import HospitalDocumentSource
from adapters.zis.errors import SourceError
from adapters.zis.security.wire import EndpointSecurity
from adapters.zis.transport import SoapTransport
from context.records import DocumentAnswer, DocumentFailure
from context.zis import MAIN_ENDPOINT, Endpoint
from tests.clock import SteppingClock
from tests.document_messages import (
    DOCUMENT,
    MULTIPART,
    QUESTION,
    XDS,
    document_part,
    include,
    package,
    repository_answer,
    root_part,
    stated,
)
from tests.pki import Authority, Pair
from tests.xds_server import XdsServer
from tests.zis_messages import enveloped, hospital
from tests.zis_server import Reply
from tests.zis_signing import answer_envelope, signed_answer, signing

TEXT = b"Geen afwijkingen."
OTHER = b"Wel afwijkingen.."
_MESSAGE_ID = re.compile(rb"MessageID[^>]*>urn:uuid:([0-9a-f-]{36})<")


def signed_reply(content: bytes, sent: bytes, pair: Pair) -> Callable[[bytes], bytes]:
    """:param content: what is signed. :param sent: what lies in the part."""

    def sign(question: bytes) -> bytes:
        asked = _MESSAGE_ID.search(question)
        assert asked is not None
        payload = repository_answer(b64encode(content).decode(), mime_type="text/plain")
        root = signed_answer(answer_envelope(payload, UUID(asked[1].decode())), pair)
        document = root.find(f".//{{{XDS}}}Document")
        assert document is not None
        document.text = None
        document.append(etree.fromstring(include()))
        return package(root_part(etree.tostring(root)), document_part(sent))

    return sign


def fetch(folder: Path, sent: bytes) -> DocumentAnswer:
    pinned, ours = Authority(folder, "root").issue("answers"), Authority(folder, "clients").issue("we")
    clock = SteppingClock()
    with XdsServer() as server:
        server.other[DOCUMENT] = Reply(
            sign=signed_reply(TEXT, sent, pinned), headers={"Content-Type": MULTIPART}
        )
        signed = signing(ours, answer_certificates=pinned.certificate)
        endpoint = Endpoint(MAIN_ENDPOINT, server.url, signing=signed)
        known = hospital(server.url)
        asked = replace(known, zis=replace(known.zis, endpoints={MAIN_ENDPOINT: endpoint}))
        transport = SoapTransport(security=EndpointSecurity([endpoint], clock))
        transport.start()
        try:
            reference = replace(stated(TEXT), size=None, sha1=None)
            source = HospitalDocumentSource(transport, clock)
            return source.fetch_document(asked, reference, QUESTION).result(30)
        finally:
            transport.stop()


def test_document_of_a_signed_answer_opens(tmp_path: Path) -> None:
    answer = fetch(tmp_path, TEXT)
    assert answer.failure is None
    assert answer.content is not None
    assert answer.content.text == TEXT.decode()


@pytest.mark.proves("attack:A143")
def test_part_that_was_exchanged_after_signing_is_rejected(tmp_path: Path) -> None:
    assert fetch(tmp_path, OTHER) == DocumentAnswer(failure=DocumentFailure.REJECTED)


def test_part_goes_back_into_its_envelope() -> None:
    packed = Package(enveloped(repository_answer(include())), {"doc@hospital": TEXT})
    found = etree.fromstring(inflate(packed).root).find(f".//{{{XDS}}}Document")
    assert found is not None
    assert (found.text, len(found)) == (b64encode(TEXT).decode(), 0)


@pytest.mark.parametrize(
    "inside", [include("other"), include() + include(), "x" + include(), include() + "x"]
)
def test_include_beside_other_content_is_malformed(inside: str) -> None:
    with pytest.raises(SourceError):
        inflate(Package(enveloped(repository_answer(inside)), {"doc@hospital": TEXT}))
