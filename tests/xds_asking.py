"""Asks the sandbox's registry and repository over real HTTP, and takes MTOM packages apart."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from functools import cached_property

import requests
from lxml import etree

from sandbox.servers import ZisServer
from tests.sandbox_asking import BSN, SOAP, WSA, Answered, enveloped

RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
XDS = "urn:ihe:iti:xds-b:2007"
XOP = "http://www.w3.org/2004/08/xop/include"
NAMES = {"s": SOAP, "w": WSA, "rim": RIM, "q": QUERY, "rs": RS, "x": XDS, "xop": XOP}
UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"


def find_documents(bsn: str, kinds: str = "") -> str:
    """ITI-18 FindDocuments. :param kinds: XDS type codes, by commas; every kind when empty."""
    slots = {
        "$XDSDocumentEntryPatientId": f"'{bsn}^^^&amp;{BSN}&amp;ISO'",
        "$XDSDocumentEntryStatus": "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')",
    }
    if kinds:
        codes = ",".join(f"'{kind}^^2.16.840.1.113883.6.1'" for kind in kinds.split(","))
        slots["$XDSDocumentEntryTypeCode"] = f"({codes})"
    told = "".join(
        f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value}</rim:Value></rim:ValueList></rim:Slot>'
        for name, value in slots.items()
    )
    return (
        f'<q:AdhocQueryRequest xmlns:q="{QUERY}" xmlns:rim="{RIM}">'
        '<q:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>'
        f'<rim:AdhocQuery id="urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d">{told}</rim:AdhocQuery>'
        "</q:AdhocQueryRequest>"
    )


def retrieve(repository: str, *documents: str) -> str:
    """ITI-43."""
    wanted = "".join(
        f"<x:DocumentRequest><x:RepositoryUniqueId>{repository}</x:RepositoryUniqueId>"
        f"<x:DocumentUniqueId>{each}</x:DocumentUniqueId></x:DocumentRequest>"
        for each in documents
    )
    return f'<x:RetrieveDocumentSetRequest xmlns:x="{XDS}">{wanted}</x:RetrieveDocumentSetRequest>'


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry says of one document."""

    unique_id: str
    title: str
    mime_type: str
    slots: dict[str, str]


@dataclass(frozen=True)
class Package:
    """An answer of the repository."""

    answered: Answered

    @cached_property
    def parts(self) -> list[Message]:
        raw = f"Content-Type: {self.answered.content_type}\r\n\r\n".encode() + self.answered.body
        payload = message_from_bytes(raw).get_payload()
        assert isinstance(payload, list)
        return [each for each in payload if isinstance(each, Message)]

    @cached_property
    def root(self) -> "etree._Element":
        return etree.fromstring(_content(self.parts[0]), etree.XMLParser(huge_tree=True))

    def documents(self) -> dict[str, bytes]:
        """Contents by unique id, of those whose part is there."""
        by_cid = {str(part["Content-ID"]).strip("<>"): _content(part) for part in self.parts[1:]}
        found = {}
        for response in self.root.iter(f"{{{XDS}}}DocumentResponse"):
            include = response.find("x:Document/xop:Include", NAMES)
            number = response.findtext("x:DocumentUniqueId", "", NAMES)
            assert include is not None
            cid = (include.get("href") or "").removeprefix("cid:")
            if cid in by_cid:
                found[number] = by_cid[cid]
        return found


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def post_xds(server: ZisServer, body: str, action: str) -> Answered:
    url = f"{server.url}/xds"
    headers = {"Content-Type": f'application/soap+xml; charset=UTF-8; action="{action}"'}
    with requests.post(url, enveloped(body, action, url), headers=headers, timeout=30) as answer:
        return Answered(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)


def ask_registry(server: ZisServer, bsn: str, kinds: str = "") -> Answered:
    return post_xds(server, find_documents(bsn, kinds), "urn:ihe:iti:2007:RegistryStoredQuery")


def ask_repository(server: ZisServer, repository: str, *documents: str) -> Package:
    body = retrieve(repository, *documents)
    return Package(post_xds(server, body, "urn:ihe:iti:2007:RetrieveDocumentSet"))


def entries(answered: Answered) -> list[Entry]:
    """Of a registry's answer, in its order."""
    found = []
    for each in answered.root.iter(f"{{{RIM}}}ExtrinsicObject"):
        slots = {
            slot.get("name") or "": "|".join(map(str, slot.itertext())).strip()
            for slot in each.findall("rim:Slot", NAMES)
        }
        (unique_id,) = (
            known.get("value") or ""
            for known in each.findall("rim:ExternalIdentifier", NAMES)
            if known.get("identificationScheme") == UNIQUE_ID
        )
        name = each.find("rim:Name/rim:LocalizedString", NAMES)
        title = (name.get("value") or "") if name is not None else ""
        found.append(Entry(unique_id, title, each.get("mimeType") or "", slots))
    return found
