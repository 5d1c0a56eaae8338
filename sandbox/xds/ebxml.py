"""Writes what registry and repository answer (ebXML RegRep 3.0, IHE ITI TF-3 §4.2)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree
from lxml.etree import _Element as Element

from sandbox.clinical.statement import Code, Id, Party
from sandbox.patients import HospitalPerson
from sandbox.xds.archive import REPOSITORY, Stored, measured
from sandbox.zis.wire import BSN

RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
XDS = "urn:ihe:iti:xds-b:2007"
XOP = "http://www.w3.org/2004/08/xop/include"
_STATUS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
_SEVERITY = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
_ENTRY = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
_AUTHOR = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
_CLASS = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
_TYPE = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_PRACTICE = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
_PATIENT_ID = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
_UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
_NAMES = {"rs": RS, "rim": RIM, "query": QUERY}
_OWN_CODES = "2.16.840.1.113883.2.4.3.7.97"
_FORMATS = {
    "application/pdf": ("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3"),
    "text/xml": ("urn:ihe:iti:xds-sd:text:2008", "1.3.6.1.4.1.19376.1.2.3"),
    "text/plain": ("urn:ihe:iti:xds:2017:mimeTypeSufficient", "1.3.6.1.4.1.19376.1.2.3"),
}


def registry_response(
    person: HospitalPerson, documents: Sequence[Stored], errors: Sequence[str], *, failed: bool
) -> Element:
    """``AdhocQueryResponse``. :param errors: error codes; with documents beside them it is a part success."""
    response = _element(QUERY, "AdhocQueryResponse")
    response.set("status", _outcome(documents, errors, failed=failed))
    if errors:
        response.append(error_list(errors))
    found = etree.SubElement(response, f"{{{RIM}}}RegistryObjectList")
    found.extend(_entry(person, each) for each in documents)
    return response


def _outcome(found: Sequence[object], errors: Sequence[str], *, failed: bool) -> str:
    if failed or (errors and not found):
        return f"{_STATUS}Failure"
    return f"{'urn:ihe:iti:2007:ResponseStatusType:Partial' if errors else _STATUS}Success"


def registry_status(found: Sequence[object], errors: Sequence[str]) -> Element:
    """``RegistryResponse`` of the repository."""
    response = _element(RS, "RegistryResponse")
    response.set("status", _outcome(found, errors, failed=False))
    if errors:
        response.append(error_list(errors))
    return response


def error_list(codes: Sequence[str]) -> Element:
    """``RegistryErrorList``, one error per code."""
    errors = _element(RS, "RegistryErrorList")
    for code in codes:
        error = etree.SubElement(errors, f"{{{RS}}}RegistryError")
        error.set("codeContext", "the request could not be fully answered")
        error.set("errorCode", code)
        error.set("severity", _SEVERITY)
    return errors


def _element(namespace: str, name: str) -> Element:
    return etree.Element(f"{{{namespace}}}{name}", nsmap=_NAMES)


def _entry(person: HospitalPerson, document: Stored) -> Element:
    told, size = measured(document, person)
    unique_id = document.unique_id(person)
    own_id = f"urn:oid:{unique_id}"
    entry = _element(RIM, "ExtrinsicObject")
    for name, value in (
        ("id", own_id),
        ("mimeType", document.mime_type),
        ("objectType", _ENTRY),
        ("status", _APPROVED),
    ):
        entry.set(name, value)
    patient = f"{person.bsn}^^^&{BSN}&ISO"
    slots = [
        ("creationTime", [_universal(document.created)]),
        ("hash", [told]),
        ("size", [str(size)]),
        ("languageCode", ["nl-NL"]),
        ("repositoryUniqueId", [REPOSITORY]),
        ("sourcePatientId", [patient]),
        ("sourcePatientInfo", [f"PID-3|{patient}", f"PID-7|{person.birth_date}"]),
        ("intendedRecipient", [f"{_organisation(each)}|{_person(each)}" for each in document.recipients]),
        ("legalAuthenticator", [_person(document.author)] if document.authorised else []),
    ]
    entry.extend(_slot(name, values) for name, values in slots if values)
    entry.append(_words("Name", document.title))
    entry.extend(_classifications(own_id, document))
    entry.append(_external(own_id, _PATIENT_ID, "XDSDocumentEntry.patientId", patient))
    entry.append(_external(own_id, _UNIQUE_ID, "XDSDocumentEntry.uniqueId", unique_id))
    return entry


def _universal(moment: str) -> str:
    """XDS states times in UTC, in the precision that is known."""
    if len(moment) < len("YYYYMMDDhhmmss+zzzz"):
        return moment
    return datetime.strptime(moment, "%Y%m%d%H%M%S%z").astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _classifications(own_id: str, document: Stored) -> list[Element]:
    author = _classification(own_id, _AUTHOR, "")
    party = document.author
    slots = [
        ("authorPerson", _person(party) if party.name else ""),
        ("authorInstitution", _organisation(party)),
        ("authorSpecialty", f"{party.role.code}^{party.role.name}^{party.role.system}" if party.role else ""),
    ]
    author.extend(_slot(name, [value]) for name, value in slots if value)
    code, system = _FORMATS[document.mime_type]
    kinds = [
        (_CLASS, document.class_code),
        (_TYPE, Code(code=document.kind, system=_OWN_CODES, name=document.kind_name)),
        (_FORMAT, Code(code=code, system=system, name=document.mime_type)),
    ]
    if party.role:
        kinds.append((_PRACTICE, party.role))
    return [author, *(_coded(own_id, scheme, each) for scheme, each in kinds)]


def _coded(own_id: str, scheme: str, code: Code) -> Element:
    found = _classification(own_id, scheme, code.code or "OTH")
    found.append(_slot("codingScheme", [code.system or _OWN_CODES]))
    found.append(_words("Name", code.text or code.name or code.code))
    return found


def _classification(own_id: str, scheme: str, node: str) -> Element:
    found = _element(RIM, "Classification")
    found.set("id", f"{own_id}.{scheme[-4:]}")
    found.set("classificationScheme", scheme)
    found.set("classifiedObject", own_id)
    found.set("nodeRepresentation", node)
    return found


def _external(own_id: str, scheme: str, name: str, value: str) -> Element:
    found = _element(RIM, "ExternalIdentifier")
    found.set("id", f"{own_id}.{scheme[-4:]}")
    found.set("identificationScheme", scheme)
    found.set("registryObject", own_id)
    found.set("value", value)
    found.append(_words("Name", name))
    return found


def _slot(name: str, values: Sequence[str]) -> Element:
    slot = _element(RIM, "Slot")
    slot.set("name", name)
    listed = etree.SubElement(slot, f"{{{RIM}}}ValueList")
    for value in values:
        etree.SubElement(listed, f"{{{RIM}}}Value").text = value
    return slot


def _words(tag: str, text: str) -> Element:
    found = _element(RIM, tag)
    localised = etree.SubElement(found, f"{{{RIM}}}LocalizedString")
    localised.set("value", text)
    return found


def _person(party: Party) -> str:
    """An XCN: number, name, and who gave the number."""
    known = party.ids[0] if party.ids else Id(root="")
    authority = f"&{known.root}&ISO" if known.root else ""
    return f"{known.extension}^{party.name}^^^^^^^{authority}"


def _organisation(party: Party) -> str:
    """An XON: name, then number."""
    if not party.organisation_ids:
        return party.organisation
    known = party.organisation_ids[0]
    return f"{party.organisation}^^^^^&{known.root}&ISO^^^^{known.extension}"
