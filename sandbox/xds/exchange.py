"""Registry and repository at one endpoint: reads ITI-18 and ITI-43, and answers them."""

import re
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes

from lxml import etree
from lxml.etree import QName
from lxml.etree import _Element as Element

from sandbox.patients import HospitalPerson
from sandbox.xds.archive import REPOSITORY, Archive, Stored
from sandbox.xds.ebxml import QUERY, RIM, XDS, XOP, registry_response, registry_status
from sandbox.xds.mtom import Part
from sandbox.zis.chart import spoiled
from sandbox.zis.faults import Fault
from sandbox.zis.question import DOCUMENTS, Question
from sandbox.zis.sections import BY_DOCUMENT_KIND
from sandbox.zis.wire import BSN, SOAP, WSA, FaultError, envelope, parse

QUERY_ACTION = "urn:ihe:iti:2007:RegistryStoredQuery"
RETRIEVE_ACTION = "urn:ihe:iti:2007:RetrieveDocumentSet"
_FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
_NAMES = {"s": SOAP, "w": WSA, "q": QUERY, "r": RIM, "x": XDS}
_PATIENT = re.compile(rf"'?(\d{{9}})\^\^\^&{re.escape(BSN)}&ISO'?")
_KIND = re.compile(r"'([^'^]+)(?:\^[^']*)?'")
_MOST_DOCUMENTS = 50


class Exchange:
    """:param archive: where the documents are."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def read(self, content_type: str, raw: bytes) -> Question:
        """:raises FaultError: neither a FindDocuments query nor a retrieval."""
        root = parse(_root_part(content_type, raw))
        if QName(root).text != f"{{{SOAP}}}Envelope":
            raise FaultError("a SOAP 1.2 envelope is expected")
        message_id = root.findtext("s:Header/w:MessageID", "", _NAMES).strip()
        action = root.findtext("s:Header/w:Action", "", _NAMES).strip()
        bodies = root.findall("s:Body/*", _NAMES)
        if len(bodies) != 1 or not message_id:
            raise FaultError("one question with a message id is expected")
        name = QName(bodies[0]).text
        if name == f"{{{QUERY}}}AdhocQueryRequest" and action == QUERY_ACTION:
            return self._read_query(bodies[0], message_id)
        if name == f"{{{XDS}}}RetrieveDocumentSetRequest" and action == RETRIEVE_ACTION:
            return self._read_retrieval(bodies[0], message_id)
        raise FaultError("this transaction is not offered here")

    def _read_query(self, content: Element, message_id: str) -> Question:
        query = content.find("r:AdhocQuery", _NAMES)
        if query is None or query.get("id") != _FIND_DOCUMENTS:
            raise FaultError("only FindDocuments is offered")
        if not _slot(content, "$XDSDocumentEntryStatus"):
            raise FaultError("a status is required")
        patient = _PATIENT.fullmatch("".join(_slot(content, "$XDSDocumentEntryPatientId")))
        if patient is None:
            raise FaultError("patients are found by BSN only")
        kinds = _kinds(content)
        section = BY_DOCUMENT_KIND.get(kinds[0], "letters") if kinds else "letters"
        return Question(section, patient[1], message_id, content)

    def _read_retrieval(self, content: Element, message_id: str) -> Question:
        wanted = content.findall("x:DocumentRequest/x:DocumentUniqueId", _NAMES)
        if not 0 < len(wanted) <= _MOST_DOCUMENTS:
            raise FaultError("no documents, or too many")
        return Question(DOCUMENTS, self._archive.owner((wanted[0].text or "").strip()), message_id, content)

    def answer(self, question: Question, fault: Fault, now: datetime) -> tuple[Element, list[Part]]:
        """The envelope and what is attached to it. :param now: aware."""
        known = self._archive.person(question.bsn)
        person = spoiled(known, fault) if known else None
        if question.interaction == DOCUMENTS:
            return self._retrieved(question, person, fault, now)
        found = self._archive.documents(question.bsn, _kinds(question.content), now)
        errors = ["XDSRegistryError"] if fault in {Fault.AE, Fault.HALF, Fault.SOURCE_AE} else []
        if fault is Fault.AE:
            found = []
        elif fault is Fault.HALF:
            found = found[: (len(found) + 1) // 2]
        response = _empty() if person is None else registry_response(person, found, errors, failed=False)
        return envelope(f"{QUERY_ACTION}Response", question.message_id, response), []

    def _retrieved(
        self, question: Question, person: HospitalPerson | None, fault: Fault, now: datetime
    ) -> tuple[Element, list[Part]]:
        wanted = [
            (
                each.findtext("x:RepositoryUniqueId", "", _NAMES),
                each.findtext("x:DocumentUniqueId", "", _NAMES),
            )
            for each in question.content.findall("x:DocumentRequest", _NAMES)
        ]
        known = {}
        if person is not None and fault is not Fault.AE:
            stored = self._archive.documents(question.bsn, (), now)
            known = {each.unique_id(person): each for each in stored if each.fault != "lost"}
        found = [
            (number, known[number])
            for repository, number in wanted
            if repository == REPOSITORY and number in known
        ]
        errors = ["XDSDocumentUniqueIdError"] * (len(wanted) - len(found))
        parts = [
            Part(f"document{index}@zis.sandbox", each.mime_type, each.content(person))
            for index, (_, each) in enumerate(found)
            if person is not None
        ]
        response = etree.Element(f"{{{XDS}}}RetrieveDocumentSetResponse", nsmap={"xds": XDS, "xop": XOP})
        response.append(registry_status(found, errors))
        for (number, each), part in zip(found, parts, strict=True):
            response.append(_document(number, each, part))
        return envelope(f"{RETRIEVE_ACTION}Response", question.message_id, response), parts


def _empty() -> Element:
    nobody = etree.Element(f"{{{QUERY}}}AdhocQueryResponse", nsmap={"query": QUERY, "rim": RIM})
    nobody.set("status", "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success")
    etree.SubElement(nobody, f"{{{RIM}}}RegistryObjectList")
    return nobody


def _document(number: str, stored: Stored, part: Part) -> Element:
    response = etree.Element(f"{{{XDS}}}DocumentResponse", nsmap={"xds": XDS, "xop": XOP})
    for name, text in (
        ("RepositoryUniqueId", REPOSITORY),
        ("DocumentUniqueId", number),
        ("mimeType", stored.mime_type),
    ):
        etree.SubElement(response, f"{{{XDS}}}{name}").text = text
    document = etree.SubElement(response, f"{{{XDS}}}Document")
    etree.SubElement(document, f"{{{XOP}}}Include").set("href", f"cid:{part.content_id}")
    return response


def _kinds(content: Element) -> tuple[str, ...]:
    """The type codes asked for, without their coding schemes."""
    texts: Sequence[str] = _slot(content, "$XDSDocumentEntryTypeCode")
    return tuple(found for text in texts for found in _KIND.findall(text))


def _slot(content: Element, name: str) -> list[str]:
    return [
        (value.text or "").strip()
        for slot in content.iter(f"{{{RIM}}}Slot")
        if slot.get("name") == name
        for value in slot.iter(f"{{{RIM}}}Value")
    ]


def _root_part(content_type: str, raw: bytes) -> bytes:
    """The envelope, alone or as the first part of an MTOM package."""
    if content_type.startswith("application/soap+xml"):
        return raw
    if not content_type.startswith("multipart/related"):
        raise FaultError("SOAP 1.2, alone or as MTOM, is expected")
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    payload = message.get_payload()
    first = payload[0] if isinstance(payload, list) and payload else None
    content = first.get_payload(decode=True) if first is not None and not isinstance(first, str) else None
    if not isinstance(content, bytes):
        raise FaultError("a package without an envelope")
    return content
