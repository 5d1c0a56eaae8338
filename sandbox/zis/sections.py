"""How each section is asked for and answered, by both dialects: the hospital's own copy of the agreement."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clinical.statement import LOINC, Code

QED = "QUPC_IN043100UV01"
GENERIC = "GQZG_IN000001NL"
FIND_DOCUMENTS = "ITI-18"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """:param uv: QED category, empty when the section is documents there too.
    :param nl, nl_category: interaction, and what it is asked for where it serves several sections.
    :param document: XDS type code of the reports of this section; empty when it has none.
    :param answer: root element of the NL answer. :param code, name: of its organizer.
    """

    uv: str
    nl: str = GENERIC
    nl_category: str = ""
    answer: str = "GQZG_IN000002NL"
    code: str = ""
    name: str = ""
    template: str = ""
    document: str = ""

    @property
    def organizer(self) -> Code:
        return Code(code=self.code, system=LOINC, name=self.name)


_KETENZORG = "2.16.840.1.113883.2.4.3.11.60.66.10"


def _generic(category: str, code: str, name: str) -> Way:
    """No public Dutch message: the generic care query, whose answer root we had to assume (zis.md §12)."""
    return Way(uv=category, nl_category=category, code=code, name=name)


def _named(uv: str, nl: str, answer: str, code: str, name: str, template: str = "") -> Way:
    return Way(uv=uv, nl=nl, answer=answer, code=code, name=name, template=template)


def _report(category: str, code: str, name: str) -> Way:
    """Asked for by message or, as documents of this type, by XDS."""
    return Way(uv=category, nl_category=code, code=code, name=name, document=code)


WAYS: Mapping[str, Way] = {
    "appointments": _named(
        "56446-8", "QUAF_IN990001NL01", "QUAF_IN990003NL01", "56446-8", "Appointment summary"
    ),
    "surgeries": _generic("10167-5", "10167-5", "History of surgical procedures"),
    "admissions": _named(
        "46240-8",
        "PRPA_IN900300NL",
        "PRPA_IN900350NL",
        "46240-8",
        "History of hospitalizations",
        f"{_KETENZORG}.10",
    ),
    "emergency_visits": _generic("34878-9", "34878-9", "Emergency medicine Note"),
    "referrals": _generic("57133-1", "57133-1", "Referral note"),
    "allergies": _named(
        "INTOLIST", "REPC_IN990130NL", "REPC_IN990131NL", "48765-2", "Allergies", f"{_KETENZORG}.20"
    ),
    "conditions": _generic("11348-0", "11348-0", "History of past illness"),
    "substance_use": _generic("29762-2", "29762-2", "Social history"),
    "diagnoses": _named(
        "PROBLIST", "REPC_IN990110NL", "REPC_IN990111NL", "75310-3", "Health concerns", f"{_KETENZORG}.16"
    ),
    "contraindications": _named(
        "CONTRAINDICATIONS", "REPC_IN000023NL", "REPC_IN000024NL", "74018-3", "Contra-indicaties"
    ),
    "implants": _generic("46264-8", "46264-8", "Medical devices"),
    "materials": _generic("MATERIALS", "46264-8", "Medical devices"),
    "functional_status": _generic("47420-5", "47420-5", "Functional status"),
    "devices": _generic("DEVICES", "46264-8", "Medical devices"),
    "medication": Way(
        uv="MEDLIST",
        nl="QUMO_IN991321NL02",
        answer="QUMO_IN991323NL02",
        code="10160-0",
        name="Medicatieoverzicht",
        template="2.16.840.1.113883.2.4.3.11.60.20.77.10.9245",
    ),
    "vaccinations": _generic("IMMUCAT", "11369-6", "Immunizations"),
    "reports": _named(
        "34900-1",
        "REPC_IN990100NL",
        "REPC_IN990101NL",
        "34900-1",
        "Progress notes",
        f"{_KETENZORG}.14",
    ),
    "letters": Way(uv="", nl=FIND_DOCUMENTS, nl_category="LETTER", answer="", document="LETTER"),
    "alerts": _named(
        "75310-3", "REPC_IN990120NL", "REPC_IN990121NL", "74018-3", "Alerts", f"{_KETENZORG}.18"
    ),
    "procedures": _generic("PSVCCAT", "47519-4", "Procedures"),
    "nursing_problems": _generic("NURSING_PROBLEMS", "46006-3", "Nursing problems"),
    "nursing_plan": _generic("18776-5", "18776-5", "Plan of care"),
    "nursing_notes": _generic("34746-8", "34746-8", "Nurse Note"),
    "diet_advice": _generic("DIET_ADVICE", "61144-2", "Diet"),
    "diet_agreements": _generic("DIET_AGREEMENTS", "61144-2", "Diet"),
    "treatment_restrictions": _generic("42348-3", "42348-3", "Advance directives"),
    "team_meetings": _generic("TEAM_MEETINGS", "34109-9", "Note"),
    "laboratory": _named(
        "LABCAT",
        "POLB_IN354001NL03",
        "POLB_IN364001NL03",
        "26436-6",
        "Laboratory studies",
        f"{_KETENZORG}.77",
    ),
    "measurements": _named(
        "COBSCAT", "POOB_IN990001NL", "POOB_IN990003NL", "27899-4", "Observations", f"{_KETENZORG}.8"
    ),
    "microbiology": _generic("18725-2", "18725-2", "Microbiology studies"),
    "pathology": _report("11526-1", "11526-1", "Pathologieverslag"),
    "radiology": _report("DICAT", "18748-4", "Radiologieverslag"),
    "cardiology": _report("34534-8", "34534-8", "ECG-verslag"),
    "endoscopy": _report("18746-8", "18746-8", "Endoscopieverslag"),
}
"""By the section's name."""

BY_CATEGORY = {way.uv: section for section, way in WAYS.items() if way.uv}
"""From a QED category to its section."""
BY_INTERACTION = {
    (way.nl, way.nl_category): section for section, way in WAYS.items() if way.nl != FIND_DOCUMENTS
}
"""From an NL interaction and what it is asked for, to the section."""
BY_DOCUMENT_KIND = {way.document: section for section, way in WAYS.items() if way.document}
"""From an XDS type code to the section."""
OTHER_INTERACTIONS = {
    "QURX_IN990111NL": "medication",
    "QUMA_IN991201NL04": "medication",
}
"""Other questions for the same: the dispense list of 6.x, and medication agreements alone."""
OTHER_ANSWERS = {"QURX_IN990111NL": "QURX_IN990113NL", "QUMA_IN991201NL04": "QUMA_IN991203NL04"}
