"""The clinical statements of every real file, each with the sections that it stands in."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from adapters.zis.sections.statement import STATEMENTS
from context.records import Section

_ENCOUNTERS = (Section.APPOINTMENTS, Section.ADMISSIONS, Section.EMERGENCY_VISITS)
FOLDERS = (
    "reference-nictiz/ketenzorg",
    "reference-nictiz/lab",
    "reference-nictiz/medication",
    "reference-nictiz/bgz",
    "reference-icardea",
    "oehf-ipf/instances/pcc1",
    "oehf-ipf/cda",
    "hl7-c-cda-examples",
)
CDA_SECTIONS = {
    "10160-0": (Section.MEDICATION,),
    "75311-1": (Section.MEDICATION,),
    "11369-6": (Section.VACCINATIONS,),
    "11348-0": (Section.CONDITIONS,),
    "11450-4": (Section.DIAGNOSES,),
    "42347-5": (Section.DIAGNOSES,),
    "C-CDAV2-DDN": (Section.DIAGNOSES,),
    "46240-8": _ENCOUNTERS,
    "46264-8": (Section.IMPLANTS,),
    "47420-5": (Section.FUNCTIONAL_STATUS,),
    "10190-7": (Section.FUNCTIONAL_STATUS,),
    "47519-4": (Section.PROCEDURES,),
    "29554-3": (Section.PROCEDURES,),
    "59772-4": (Section.PROCEDURES,),
    "48765-2": (Section.ALLERGIES,),
    "10155-0": (Section.ALLERGIES,),
    "8716-3": (Section.MEASUREMENTS,),
    "29762-2": (Section.SUBSTANCE_USE,),
    "61144-2": (Section.DIET_ADVICE,),
    "30954-2": (Section.LABORATORY,),
    "26436-6": (Section.LABORATORY,),
    "18768-2": (Section.LABORATORY,),
    "26437-4": (Section.LABORATORY,),
    "18769-0": (Section.MICROBIOLOGY,),
    "121181": (Section.RADIOLOGY,),
    "121070": (Section.RADIOLOGY,),
    "121072": (Section.RADIOLOGY,),
    "59776-5": (Section.ENDOSCOPY,),
    "42348-3": (Section.TREATMENT_RESTRICTIONS,),
    "42349-1": (Section.REFERRALS,),
    "18776-5": (Section.NURSING_PLAN,),
}
"""LOINC code of a CDA section to the sections of ours that hold its entries (zis.md §7)."""
_REST = (Section.NURSING_NOTES,)
"""Sections that no GP is shown apart (family history, review of systems ...) are read by the widest map."""
MESSAGES = {
    "algemene_bepalingen_POOB_IN990003NL_01.xml": (Section.MEASUREMENTS,),
    "alerts_REPC_IN990121NL_01.xml": (Section.ALERTS,),
    "contactmomenten_PRPA_IN900350NL_01.xml": _ENCOUNTERS,
    "contactverslag_REPC_IN990101NL_01.xml": (Section.REPORTS,),
    "episodes_REPC_EX990111NL_01.xml": (Section.DIAGNOSES,),
    "allergieintoleranties_REPC_IN990131NL_02.xml": (Section.ALLERGIES,),
    "allergieintoleranties_bundle_01.xml": (Section.ALLERGIES,),
    "labbepalingen_POLB_IN364001NL03_01.xml": (Section.LABORATORY,),
    "lr-slr-KWAL-l2z-1Maximaal-bericht-1MMBLOINC.xml": (Section.MICROBIOLOGY,),
    "lr-slr-KWAL-l2z-1Maximaal-bericht-3KCLOINC.xml": (Section.LABORATORY,),
    "medicatieafspraken_QUMA_IN991203NL02_01.xml": (Section.MEDICATION,),
    "mg-mp-mg-hyb612-Scenarioset16a-16-1.xml": (Section.MEDICATION,),
    "bsma-example-930-1.xml": (Section.MEDICATION,),
    "Medicatieoverzicht1.xml": (Section.MEDICATION,),
    "mg-example-93-1-v30.xml": (Section.MEDICATION,),
    "EHR_PCC-10-Input-Scenario-Problems_Snomedct_.xml": (Section.LABORATORY,),
    "EHR_PCC-10-Input-Scenario-LabResultsStep4_Loinc_.xml": (Section.LABORATORY,),
    "pcc1-sample-response.xml": (Section.LABORATORY,),
}
"""What the answer in a message was asked for. iCARDEA's problems are valued observations."""


def load(shared_data: Path) -> Iterator[tuple[Path, etree._Element]]:
    """Every file that can hold clinical statements.

    The C-CDA fragments leave their namespaces to the document that they are pasted into.
    """
    for folder in FOLDERS:
        for path in sorted((shared_data / "hl7v3" / folder).glob("*.xml")):
            raw = path.read_bytes()
            if path.name.startswith("section_"):
                raw = raw.replace(b"<section", _FRAGMENT, 1)
            parser = etree.XMLParser(remove_comments=True, remove_pis=True, no_network=True)
            yield path, etree.fromstring(raw, parser)


_FRAGMENT = (
    b'<section xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    b' xmlns:sdtc="urn:hl7-org:sdtc"'
)


def sections(path: Path, root: etree._Element) -> Iterator[tuple[etree._Element, tuple[Section, ...]]]:
    """Each statement that a reader is given, in the file's order."""
    for entry in root.iter("{*}entry"):
        code = entry.find("../{*}code")
        known = CDA_SECTIONS.get(code.get("code") or "", _REST) if code is not None else _REST
        yield from ((statement, known) for statement in _statements(entry))
    for holder in _message_holders(root):
        yield from ((statement, MESSAGES[path.name]) for statement in _statements(holder))


def _message_holders(root: etree._Element) -> Iterator[etree._Element]:
    yield from root.iter("{*}pertinentInformation3")
    for organizer in root.iter("{*}organizer"):
        parent = organizer.getparent()
        if parent is None or etree.QName(parent).localname == "subject":
            yield from organizer.iterchildren("{*}component")
    for dispenses in root.iter("{*}MedicationDispenseList"):
        yield from dispenses.iterchildren("{*}component")


def _statements(holder: etree._Element) -> Iterator[etree._Element]:
    for child in holder.iterchildren("*"):
        if etree.QName(child).localname in STATEMENTS:
            yield child
