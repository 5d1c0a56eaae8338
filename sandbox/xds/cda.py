"""Writes CDA R2 documents of level 1 (a PDF inside), 2 (narrative) and 3 (entries beside it)."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from sandbox.clinical.scene import Headed
from sandbox.clinical.statement import Code, Involved, Party, Statement
from sandbox.patients import HospitalPerson
from sandbox.zis.datatypes import cd
from sandbox.zis.nl import author, record_target, statement_element
from sandbox.zis.wire import HL7, hl7, ii

_CONFIDENTIALITY = "2.16.840.1.113883.5.25"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinical:
    """What a CDA document says.

    :param created: HL7 TS. :param entries: for level 3. :param pdf: for level 1, in place of the parts.
    :param script: hostile markup in the narrative.
    """

    number: tuple[str, str]
    kind: Code
    title: str
    created: str
    author: Involved
    recipients: tuple[Party, ...] = ()
    authorised: bool = True
    parts: tuple[Headed, ...] = ()
    entries: tuple[Statement, ...] = ()
    pdf: bytes = b""
    script: bool = False


def write_cda(person: HospitalPerson, document: Clinical) -> bytes:
    """The document about this person, UTF-8."""
    root, extension = document.number
    body = _pdf_body(document.pdf) if document.pdf else _structured(document)
    element = hl7(
        "ClinicalDocument",
        hl7("realmCode", code="NL"),
        hl7("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
        ii("id", root, extension),
        cd("code", document.kind),
        hl7("title", document.title),
        hl7("effectiveTime", value=document.created),
        hl7("confidentialityCode", code="N", code_system=_CONFIDENTIALITY),
        hl7("languageCode", code="nl-NL"),
        record_target(person),
        author(document.author),
        _custodian(),
        *(_recipient(each) for each in document.recipients),
        *([_authenticator(document)] if document.authorised else []),
        hl7("component", body),
    )
    return etree.tostring(element, xml_declaration=True, encoding="UTF-8")


def _custodian() -> Element:
    organisation = hl7(
        "representedCustodianOrganization",
        ii("id", "2.16.528.1.1007.3.3", "90000101"),
        hl7("name", "Ziekenhuis"),
    )
    return hl7("custodian", hl7("assignedCustodian", organisation))


def _recipient(party: Party) -> Element:
    person = [hl7("informationRecipient", hl7("name", party.name))] if party.name else []
    organisation = (
        [hl7("receivedOrganization", hl7("name", party.organisation))] if party.organisation else []
    )
    ids = [ii("id", each.root, each.extension) for each in party.ids]
    intended = hl7("intendedRecipient", *ids, *person, *organisation)
    return hl7("informationRecipient", intended, type_code="PRCP")


def _authenticator(document: Clinical) -> Element:
    party = document.author.party
    ids = [ii("id", each.root, each.extension) for each in party.ids] or [hl7("id", null_flavor="NI")]
    person = [hl7("assignedPerson", hl7("name", party.name))] if party.name else []
    return hl7(
        "legalAuthenticator",
        hl7("time", value=document.created),
        hl7("signatureCode", code="S"),
        hl7("assignedEntity", *ids, *person),
    )


def _pdf_body(pdf: bytes) -> Element:
    text = hl7("text", b64encode(pdf).decode(), media_type="application/pdf", representation="B64")
    return hl7("nonXMLBody", text)


def _structured(document: Clinical) -> Element:
    text = hl7("text")
    for each in document.parts:
        text.extend(_narrative(each))
    if document.entries:
        text.extend(_tables(document.entries))
    if document.script:
        text.extend(_hostile())
    section = hl7(
        "section",
        cd("code", document.kind),
        hl7("title", document.title),
        text,
        *(hl7("entry", statement_element(each)) for each in document.entries),
    )
    return hl7("structuredBody", hl7("component", section))


def _narrative(told: Headed) -> list[Element]:
    """A heading in bold, then a paragraph, or a list when there are several lines."""
    heading = told.heading.text or told.heading.name
    head = [hl7("paragraph", hl7("content", heading, style_code="Bold"))] if heading else []
    lines = told.text.splitlines()
    if len(lines) == 1:
        return [*head, hl7("paragraph", told.text)]
    return [*head, hl7("list", *(hl7("item", line) for line in lines), list_type="unordered")]


def _tables(entries: Sequence[Statement]) -> list[Element]:
    """The measured values as a table, when there are any."""
    measured = [
        link.statement
        for entry in entries
        for link in entry.links
        if link.statement.value is not None and link.statement.value.kind == "PQ"
    ]
    if not measured:
        return []
    head = hl7("thead", hl7("tr", hl7("th", "Bepaling"), hl7("th", "Waarde")))
    return [hl7("table", head, hl7("tbody", *(_row(each) for each in measured)))]


def _row(statement: Statement) -> Element:
    name = statement.code.text or statement.code.name if statement.code else ""
    value = statement.value
    words = f"{value.value} {value.unit}" if value else ""
    return hl7("tr", hl7("td", name), hl7("td", words))


def _hostile() -> list[Element]:
    """No part of CDA's narrative: what a reader must not pass on to a browser."""
    image = etree.Element(f"{{{HL7}}}img")
    image.set("src", "x")
    image.set("onerror", "alert('afbeelding')")
    link = hl7("linkHtml", "Klik hier")
    link.set("href", "javascript:alert('verwijzing')")
    return [hl7("script", "alert('script')"), image, hl7("paragraph", link)]
