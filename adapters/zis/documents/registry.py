"""Reads the answer to ITI-18: the documents of one patient, checked to be that patient's (D19)."""

from dataclasses import dataclass
from functools import partial

from lxml import etree

from adapters.zis.datatypes import read_date
from adapters.zis.documents.hl7v2 import (
    read_identifier,
    read_organisation,
    read_person,
    read_recipient,
    read_specialism,
    read_utc,
)
from adapters.zis.documents.questions import QUERY, RIM, RS
from adapters.zis.errors import SourceError, malformed
from adapters.zis.identity import agree
from adapters.zis.interactions import BSN
from adapters.zis.sections.statement import Reading
from context.outcome import FailureCause
from context.person import Identifier, Moment
from context.ports import RecordQuestion
from context.records import CodedText, Document, DocumentReference, Party

_SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
_PARTIAL = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
_FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
_WARNING = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"

# IHE ITI TF-3 table 4.2.3.2-1: the schemes of a DocumentEntry.
_AUTHOR = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
_CLASS_CODE = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
_TYPE_CODE = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT_CODE = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_PRACTICE_SETTING = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
_PATIENT_ID = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
_UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"

_CLASSIFICATION, _NUMBER, _SLOT, _VALUE, _NAME, _DESCRIPTION, _LOCALISED = (
    f"{{{RIM}}}{name}"
    for name in (
        "Classification",
        "ExternalIdentifier",
        "Slot",
        "Value",
        "Name",
        "Description",
        "LocalizedString",
    )
)

_MAX_SIZE_DIGITS = 15


def check_response(response: etree._Element) -> bool:
    """Whether a RegistryResponse, or the query response that is one, tells everything.

    :returns: false when something is missing: part of it failed.
    :raises SourceError: ``rejected`` when all of it failed, ``malformed`` for another status.
    """
    status = response.get("status")
    if status == _FAILURE:
        raise SourceError(FailureCause.REJECTED, "the registry or repository answers with a failure")
    if status not in (_SUCCESS, _PARTIAL):
        raise malformed("a registry response of unknown status")
    errors = response.iterfind(f"{{{RS}}}RegistryErrorList/{{{RS}}}RegistryError")
    return status == _SUCCESS and all(error.get("severity") == _WARNING for error in errors)


def read_documents(answer: etree._Element, question: RecordQuestion) -> Reading[Document]:
    """The documents in an AdhocQueryResponse, in the registry's order.

    What is missing or cannot be read is counted as unread.

    :raises SourceError: no usable answer, or one about anyone else: one such document spoils them all.
    """
    if answer.tag != f"{{{QUERY}}}AdhocQueryResponse":
        raise malformed("not the answer to a registry query")
    reading: Reading[Document] = Reading()
    if not check_response(answer):
        reading.unread += 1
    objects = answer.find(f"{{{RIM}}}RegistryObjectList")
    for entry in objects if objects is not None else ():
        if entry.tag != f"{{{RIM}}}ExtrinsicObject":
            reading.unread += 1
            continue
        metadata = _Metadata.of(entry)
        _check_patient(metadata, question)
        reading.take(partial(_read_documents, metadata))
    return reading


@dataclass(frozen=True, slots=True)
class _Metadata:
    """An ExtrinsicObject with its slots, codes and numbers at hand, found in one pass.

    :param classifications, numbers: by their scheme.
    """

    entry: etree._Element
    slots: dict[str, list[str]]
    classifications: dict[str, list[etree._Element]]
    numbers: dict[str, list[str]]

    @classmethod
    def of(cls, entry: etree._Element) -> "_Metadata":
        classifications: dict[str, list[etree._Element]] = {}
        numbers: dict[str, list[str]] = {}
        for child in entry:
            if child.tag == _CLASSIFICATION:
                classifications.setdefault(child.get("classificationScheme") or "", []).append(child)
            elif child.tag == _NUMBER:
                number = (child.get("value") or "").strip()
                numbers.setdefault(child.get("identificationScheme") or "", []).append(number)
        return cls(entry, _slots_of(entry), classifications, numbers)

    def value(self, name: str) -> str | None:
        return next(iter(self.slots.get(name, [])), None)

    def moment(self, name: str) -> Moment | None:
        text = self.value(name)
        return read_utc(text) if text else None

    def coded(self, scheme: str) -> CodedText | None:
        for found in self.classifications.get(scheme, []):
            system = next(iter(_slots_of(found).get("codingScheme", [])), None)
            code = (found.get("nodeRepresentation") or "").strip() or None
            return CodedText(code, system, _localised(found, _NAME))
        return None


def _slots_of(node: etree._Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for slot in node.iterchildren(_SLOT):
        values = found.setdefault((slot.get("name") or "").strip(), [])
        for value in slot.iter(_VALUE):
            if text := (value.text or "").strip():
                values.append(text)
    return found


def _localised(node: etree._Element, name: str) -> str | None:
    for holder in node.iterchildren(name):
        for text in holder.iterchildren(_LOCALISED):
            if value := (text.get("value") or "").strip():
                return value
    return None


def _check_patient(metadata: _Metadata, question: RecordQuestion) -> None:
    """Every BSN in the metadata must be the one asked for, at least one must be there, and a birth date
    must agree."""
    stated = [*metadata.numbers.get(_PATIENT_ID, []), *metadata.slots.get("sourcePatientId", [])]
    about = metadata.slots.get("sourcePatientInfo", [])
    stated += [one for line in about if line.startswith("PID-3|") for one in line[6:].split("~")]
    numbers = {number.extension for number in map(read_identifier, stated) if number.root == BSN}
    if numbers != {question.bsn.reveal()}:
        raise SourceError(FailureCause.WRONG_PATIENT, "a document of another BSN, or of none")
    for line in about:
        text = line.removeprefix("PID-7|").partition("^")[0].strip()
        stated_date = read_date(text) if line.startswith("PID-7|") and text else None
        expected = question.birth_date
        if stated_date is not None and expected is not None and not agree(stated_date, expected):
            raise SourceError(FailureCause.WRONG_PATIENT, "a document of another birth date")


def _read_documents(metadata: _Metadata) -> list[Document]:
    return [_read_document(metadata)]


def _read_document(metadata: _Metadata) -> Document:
    """All that a doctor reads. Left out are the codes that only steer machines: confidentiality, kind of
    facility, event codes and the numbers of related objects."""
    kind = metadata.coded(_TYPE_CODE)
    title = _localised(metadata.entry, _NAME)
    signer = metadata.value("legalAuthenticator")
    unique_id = next(iter(metadata.numbers.get(_UNIQUE_ID, [])), None)
    comments = _localised(metadata.entry, _DESCRIPTION)
    authors = [party for found in metadata.classifications.get(_AUTHOR, []) if (party := _read_author(found))]
    author = authors[0] if authors else None
    others = tuple(other.label for other in authors[1:] if other.label)
    recipients = (read_recipient(text) for text in metadata.slots.get("intendedRecipient", []))
    return Document(
        identifiers=(_unique_identifier(unique_id),) if unique_id else (),
        status=(metadata.entry.get("status") or "").rpartition(":")[2] or None,
        author=author,
        authorised=True if signer and read_person(signer) else None,
        remarks=((comments,) if comments else ()) + others,
        title=CodedText(original_text=title) if title else kind or CodedText(),
        reference=_read_reference(metadata, unique_id),
        kind=kind,
        category=metadata.coded(_CLASS_CODE),
        format=metadata.coded(_FORMAT_CODE),
        created=metadata.moment("creationTime"),
        begins=metadata.moment("serviceStartTime"),
        ends=metadata.moment("serviceStopTime"),
        language=metadata.value("languageCode"),
        specialism=metadata.coded(_PRACTICE_SETTING) or (author.specialism if author else None),
        sender=author,
        recipients=tuple(recipient for recipient in recipients if recipient is not None),
    )


def _unique_identifier(unique_id: str) -> Identifier:
    root, _, extension = unique_id.partition("^")
    return Identifier(root, extension)


def _read_reference(metadata: _Metadata, unique_id: str | None) -> DocumentReference | None:
    repository = metadata.value("repositoryUniqueId")
    if not unique_id or not repository:
        return None
    return DocumentReference(
        repository=repository,
        document=unique_id,
        community=(metadata.entry.get("home") or "").strip() or None,
        mime_type=(metadata.entry.get("mimeType") or "").strip().lower() or None,
        size=_read_size(metadata.value("size")),
        sha1=(metadata.value("hash") or "").lower() or None,
    )


def _read_size(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_SIZE_DIGITS):
        raise malformed("a size that is no number")
    return int(text)


def _read_author(classification: etree._Element) -> Party | None:
    slots = _slots_of(classification)
    persons = [read_person(text) for text in slots.get("authorPerson", [])]
    places = [read_organisation(text) for text in slots.get("authorInstitution", [])]
    specialisms = [read_specialism(text) for text in slots.get("authorSpecialty", [])]
    parties = [party for party in (*persons, *places) if party is not None]
    specialism = next((one for one in specialisms if one is not None), None)
    if not parties and specialism is None:
        return None
    return Party(
        name=next((party.name for party in parties if party.name), None),
        organisation=", ".join(party.organisation for party in parties if party.organisation) or None,
        specialism=specialism,
        identifiers=tuple(number for party in parties for number in party.identifiers),
    )
