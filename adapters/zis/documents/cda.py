"""Reads a CDA R2 document: whose it is (D19), what it says of itself, and its body, level 1 to 3."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from adapters.xml import DOCUMENT_LIMITS, XmlFault, XmlRefusedError, parse_xml
from adapters.zis.datatypes import read_coded, read_moment, read_text
from adapters.zis.documents.errors import DocumentRefusedError
from adapters.zis.documents.multipart import MAX_PART_BYTES, decode_base64
from adapters.zis.documents.narrative import read_blocks, read_inlines
from adapters.zis.errors import SourceError, malformed
from adapters.zis.identity import check_birth_date, check_bsn
from adapters.zis.interactions import HL7
from adapters.zis.parties import read_party
from adapters.zis.paths import Path
from context.outcome import FailureCause
from context.person import Moment
from context.ports import RecordQuestion
from context.records import DocumentFailure, Party
from context.records.narrative import DocumentHeader, NarrativeSection, Omission, OmissionKind, Paragraph

_LIMITS = replace(DOCUMENT_LIMITS, elements=200_000)
"""Each element becomes an object of ours; the largest real documents have some ten thousand."""
_PATIENTS = Path("h:recordTarget/h:patientRole")
_TITLE = Path("h:title")
_CODE = Path("h:code")
_CREATED = Path("h:effectiveTime/@value")
_PERFORMED = Path(
    "h:documentationOf/h:serviceEvent/h:effectiveTime/@value"
    " | h:documentationOf/h:serviceEvent/h:effectiveTime/h:low/@value"
)
_AUTHORS = Path("h:author")
_CUSTODIAN = Path("h:custodian")
_SIGNER = Path("h:legalAuthenticator[h:signatureCode/@code='S']")
"""X is a signature that is still required, I one that is only intended."""
_VERSION = Path("h:versionNumber/@value")
_DOCUMENT_CODE = Path("h:code/@code")
_TIME = Path("h:time/@value")
_RECIPIENTS = Path("h:informationRecipient")
_BODIES = Path("h:component/h:structuredBody | h:component/h:nonXMLBody")
_SECTIONS = Path("h:component/h:section")
_TEXT = Path("h:text")
_REFERENCE = Path("h:reference")
_STATEMENTS = Path("h:entry/*")
_STRUCTURED = f"{{{HL7}}}structuredBody"


@dataclass(frozen=True, slots=True)
class Attachment:
    """The body of an unstructured CDA. :param content: None when it is only named, and kept elsewhere."""

    mime_type: str
    content: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cda:
    """A document of the right patient.

    :param body: ``structuredBody`` or ``nonXMLBody``.
    """

    root: etree._Element = field(repr=False)
    body: etree._Element = field(repr=False)

    @property
    def is_structured(self) -> bool:
        return self.body.tag == _STRUCTURED


def open_cda(raw: bytes, question: RecordQuestion) -> Cda:
    """Parse a document and check that it is about the patient asked for, and about nobody else.

    :raises SourceError: ``malformed``, ``too_large``, ``wrong_patient``.
    """
    try:
        root = parse_xml(raw, max_bytes=MAX_PART_BYTES, limits=_LIMITS)
    except XmlRefusedError as refused:
        cause = FailureCause.TOO_LARGE if refused.fault is XmlFault.TOO_LARGE else FailureCause.MALFORMED
        raise SourceError(cause, refused.reason) from None
    if root.tag != f"{{{HL7}}}ClinicalDocument":
        raise malformed("XML that is no CDA")
    patients = _PATIENTS.elements(root)
    if not patients:
        raise SourceError(FailureCause.WRONG_PATIENT, "a CDA about nobody")
    check_bsn(patients, question.bsn)
    check_birth_date(patients, question.birth_date)
    bodies = _BODIES.elements(root)
    if len(bodies) != 1:
        raise malformed("a CDA without one body")
    return Cda(root, bodies[0])


def read_header(document: Cda) -> DocumentHeader:
    """What the document says of itself.

    :raises SourceError: a time or code in it cannot be read.
    """
    root = document.root
    title, signer = _TITLE.element(root), _SIGNER.element(root)
    signed_at = _TIME.text(signer) if signer is not None else None
    custodian = _CUSTODIAN.element(root)
    code = _CODE.element(root)
    return DocumentHeader(
        title=read_text(title) if title is not None else None,
        kind=read_coded(code) if code is not None else None,
        created=_moment(_CREATED.text(root)),
        authors=_parties(_AUTHORS.elements(root)),
        custodian=read_party(custodian) if custodian is not None else None,
        authorised_by=read_party(signer) if signer is not None else None,
        authorised_on=_moment(signed_at),
        recipients=_parties(_RECIPIENTS.elements(root)),
        version=_VERSION.text(root),
    )


def performed_on(document: Cda) -> Moment | None:
    """When what the document tells about was done."""
    return _moment(_PERFORMED.text(document.root))


def _moment(text: str | None) -> Moment | None:
    return read_moment(text) if text else None


def _parties(participations: list[etree._Element]) -> tuple[Party, ...]:
    found = (read_party(participation) for participation in participations)
    return tuple(party for party in found if party is not None)


def read_sections(document: Cda) -> tuple[NarrativeSection, ...]:
    """The narrative of every section, as our own tree."""
    return tuple(_read_section(section) for section in top_sections(document))


def top_sections(document: Cda) -> list[etree._Element]:
    """The sections that are in no other."""
    return sections_in(document.body)


def sections_in(parent: etree._Element) -> list[etree._Element]:
    """The sections right inside a section or body."""
    return _SECTIONS.elements(parent)


def document_code(document: Cda) -> str | None:
    """The type of the document, a LOINC code as a rule."""
    return _DOCUMENT_CODE.text(document.root)


def read_section(section: etree._Element) -> NarrativeSection:
    """One section, without those inside it."""
    title, code = _TITLE.element(section), _CODE.element(section)
    return NarrativeSection(
        title=read_inlines(title) if title is not None else (),
        code=read_coded(code) if code is not None else None,
        blocks=tuple(block for text in _TEXT.elements(section) for block in read_blocks(text)),
    )


def _read_section(section: etree._Element) -> NarrativeSection:
    own = read_section(section)
    inside = tuple(_read_section(inner) for inner in sections_in(section))
    return NarrativeSection(own.title, own.code, own.blocks, inside)


def sections_of_kind(document: Cda, codes: tuple[str, ...]) -> Iterator[etree._Element]:
    """Sections with one of these LOINC codes, at any depth; those inside another such one are part of it."""
    pending = list(reversed(top_sections(document)))
    while pending:
        section = pending.pop()
        code = _CODE.element(section)
        if code is not None and (code.get("code") or "").strip() in codes:
            yield section
        else:
            pending.extend(reversed(sections_in(section)))


def statements_of(section: etree._Element) -> list[etree._Element]:
    """The entries of a section and of those inside it, in document order."""
    found = _STATEMENTS.elements(section)
    for inner in sections_in(section):
        found += statements_of(inner)
    return found


def read_attachment(document: Cda) -> Attachment:
    """The file that an unstructured document carries. A reference is never followed: the file is not here.

    :raises SourceError: no such file, or one that is packed in a way that is not understood.
    """
    text = _TEXT.element(document.body)
    if text is None:
        raise malformed("an unstructured CDA without its text")
    if text.get("compression"):
        raise DocumentRefusedError(DocumentFailure.UNSUPPORTED, "a compressed body")
    mime_type = (text.get("mediaType") or "text/plain").strip()
    content = "".join(text.xpath("text()"))  # type: ignore[arg-type]
    if not content.strip() and _REFERENCE.element(text) is not None:
        return Attachment(mime_type, None)
    if (text.get("representation") or "TXT").strip() == "B64":
        return Attachment(mime_type, decode_base64(content.encode()))
    return Attachment(
        "text/plain; charset=utf-8" if mime_type == "text/plain" else mime_type, content.encode()
    )


def not_here() -> NarrativeSection:
    """In place of a body that is kept elsewhere."""
    return NarrativeSection(blocks=(Paragraph((Omission(OmissionKind.ELSEWHERE),)),))
