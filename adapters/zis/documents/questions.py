"""Writes the XDS.b questions: which documents there are (ITI-18), and one of them (ITI-43).

Sources: IHE ITI TF-2 §3.18 and §3.43, ebRS 3.0, and Twiin for the form of the BSN.
"""

import re
from collections.abc import Iterable
from typing import Any

from lxml import etree

from adapters.zis.interactions import BSN
from context.bsn import Bsn
from context.records import DocumentReference

QUERY = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
XDS = "urn:ihe:iti:xds-b:2007"

APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
_FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
_TYPE_CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}(\^\^[A-Za-z0-9._:&-]{1,128})?")
# The stubs know no default namespace.
_PREFIXES: Any = {"query": QUERY, "rim": RIM}
_XDS_PREFIX: Any = {None: XDS}


def write_find_documents(bsn: Bsn, type_codes: Iterable[str]) -> etree._Element:
    """AdhocQueryRequest for FindDocuments: every approved document of this patient.

    Nothing but a validated BSN ever stands in the patient's slot: what stands there is a string of a query
    language (zis.md §10.16).

    :param type_codes: ``code`` or ``code^^scheme``; none asks for documents of every type.
    :raises ValueError: a type code that could be more than a code.
    """
    request = etree.Element(f"{{{QUERY}}}AdhocQueryRequest", nsmap=_PREFIXES)
    etree.SubElement(
        request, f"{{{QUERY}}}ResponseOption", returnComposedObjects="true", returnType="LeafClass"
    )
    query = etree.SubElement(request, f"{{{RIM}}}AdhocQuery", id=_FIND_DOCUMENTS)
    _add_slot(query, "$XDSDocumentEntryPatientId", [f"'{patient_id_of(bsn)}'"])
    _add_slot(query, "$XDSDocumentEntryStatus", [f"('{APPROVED}')"])
    codes = list(type_codes)
    if not all(_TYPE_CODE.fullmatch(code) for code in codes):
        raise ValueError("a type code of the hospital file is no code")
    if codes:
        _add_slot(query, "$XDSDocumentEntryTypeCode", [f"('{_with_scheme(code)}')" for code in codes])
    return request


def patient_id_of(bsn: Bsn) -> str:
    """The BSN as an HL7 v2 CX."""
    return f"{bsn.reveal()}^^^&{BSN}&ISO"


def write_retrieve(reference: DocumentReference) -> etree._Element:
    """RetrieveDocumentSetRequest for one document."""
    request = etree.Element(f"{{{XDS}}}RetrieveDocumentSetRequest", nsmap=_XDS_PREFIX)
    document = etree.SubElement(request, f"{{{XDS}}}DocumentRequest")
    if reference.community:
        etree.SubElement(document, f"{{{XDS}}}HomeCommunityId").text = reference.community
    etree.SubElement(document, f"{{{XDS}}}RepositoryUniqueId").text = reference.repository
    etree.SubElement(document, f"{{{XDS}}}DocumentUniqueId").text = reference.document
    return request


def _with_scheme(code: str) -> str:
    return code if "^^" in code else f"{code}^^"


def _add_slot(query: etree._Element, name: str, values: Iterable[str]) -> None:
    slot = etree.SubElement(query, f"{{{RIM}}}Slot", name=name)
    listed = etree.SubElement(slot, f"{{{RIM}}}ValueList")
    for value in values:
        etree.SubElement(listed, f"{{{RIM}}}Value").text = value
