"""Reads the answer to ITI-43: one document, the one that was asked for, byte for byte."""

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass, field

from lxml import etree

from adapters.zis.documents.errors import DocumentRefusedError
from adapters.zis.documents.multipart import (
    MAX_PART_BYTES,
    Package,
    decode_base64,
    open_package,
    read_media_type,
)
from adapters.zis.documents.questions import RS, XDS
from adapters.zis.documents.registry import check_response
from adapters.zis.errors import SourceError, malformed
from adapters.zis.soap import parse_envelope
from adapters.zis.wire import Answer
from context.outcome import FailureCause
from context.records import DocumentFailure, DocumentReference

MAX_DOCUMENT_BYTES = MAX_PART_BYTES

_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


@dataclass(frozen=True, slots=True)
class RawDocument:
    """:param mime_type: as the repository declares it, with its parameters."""

    content: bytes = field(repr=False)
    mime_type: str


def unpack(answer: Answer) -> Package:
    """The envelope of an answer, and the parts beside it: none when it is no multipart.

    :raises SourceError: ``malformed``, ``too_large``.
    """
    content_type = read_media_type(answer.content_type)
    if content_type.name.startswith("multipart/"):
        return open_package(content_type, answer.body)
    return Package(answer.body, {})


def inflate(package: Package) -> Package:
    """The package with its parts put back into the envelope, as it was before it was packed (XOP §3.2).

    A signature covers the document that way: of a packed envelope it says nothing about the parts.

    :raises SourceError: ``malformed``, ``too_large``.
    """
    root = parse_envelope(package.root, with_documents=True)
    for include in list(root.iter(_INCLUDE)):
        holder = include.getparent()
        if holder is None or len(holder) != 1 or (holder.text or "").strip() or (include.tail or "").strip():
            raise malformed("an include beside other content")
        content = package.include(include.get("href") or "")
        holder.remove(include)
        holder.text = b2a_base64(content, newline=False).decode()
    return Package(etree.tostring(root, encoding="UTF-8"), {})


def read_document(response: etree._Element, package: Package, reference: DocumentReference) -> RawDocument:
    """The document in a RetrieveDocumentSetResponse.

    :param package: in which the response came.
    :raises SourceError: no usable answer; a document larger than 20 MiB; another one than asked for; or
        one that is not what the registry says of it (``altered``).
    """
    if response.tag != f"{{{XDS}}}RetrieveDocumentSetResponse":
        raise malformed("not the answer to a retrieval")
    status = response.find(f"{{{RS}}}RegistryResponse")
    if status is None:
        raise malformed("a retrieval without a status")
    is_complete = check_response(status)
    documents = response.findall(f"{{{XDS}}}DocumentResponse")
    if not documents and not is_complete:
        raise SourceError(FailureCause.REJECTED, "the repository gives no document")
    if len(documents) != 1:
        raise malformed("not one document")
    stated = [_text(documents[0], name) for name in ("RepositoryUniqueId", "DocumentUniqueId")]
    if stated != [reference.repository, reference.document]:
        raise malformed("another document than was asked for")
    content = _content_of(documents[0], package)
    _check(content, reference)
    return RawDocument(content, _text(documents[0], "mimeType"))


def _text(document: etree._Element, name: str) -> str:
    return (document.findtext(f"{{{XDS}}}{name}") or "").strip()


def _content_of(response: etree._Element, package: Package) -> bytes:
    element = response.find(f"{{{XDS}}}Document")
    if element is None:
        raise malformed("a response without its document")
    if len(element) == 0:
        content = decode_base64((element.text or "").encode())
    elif len(element) == 1 and element[0].tag == _INCLUDE and not (element.text or "").strip():
        content = package.include(element[0].get("href") or "")
    else:
        raise malformed("a document that is neither base64 nor a part")
    if len(content) > MAX_DOCUMENT_BYTES:
        raise SourceError(FailureCause.TOO_LARGE, "a document larger than it may be")
    return content


def _check(content: bytes, reference: DocumentReference) -> None:
    # The registry's hash is SHA-1 (ITI TF-3 table 4.2.3.2-1): it tells that a document is another one, or
    # was damaged; it is no seal against a forger, and the repository is trusted like the registry.
    if reference.size is not None and reference.size != len(content):
        raise DocumentRefusedError(DocumentFailure.ALTERED, "another size than the registry states")
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if reference.sha1 is not None and reference.sha1.lower() != digest:
        raise DocumentRefusedError(DocumentFailure.ALTERED, "another hash than the registry states")
