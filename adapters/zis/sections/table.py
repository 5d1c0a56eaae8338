"""The one table of sections: which question each dialect asks for it, and which CDA sections hold it.

A hospital file may name other sources per section (``[zis.sections]``). Sources: IHE CP-0028 (QED
categories), Nictiz interaction ids, LOINC section codes of the Dutch BgZ CDA. Where no public code exists,
the category is a word of our own in the hospital's code system, to be agreed per hospital (zis.md §7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from context.records import Section
from context.zis import Dialect, SectionSource

QED = "QUPC_IN043100UV01"
GENERIC_CARE = "GQZG_IN000001NL"
FIND_DOCUMENTS = "ITI-18"
"""XDS.b: the list of documents is itself what the section shows."""
READ_DOCUMENTS = "ITI-43"
"""XDS.b: find the documents, fetch each, and read the entries out of its CDA."""


@dataclass(frozen=True, slots=True)
class SectionRow:
    """:param uv, nl: how the dialect asks.
    :param cda: LOINC codes of the CDA sections that hold entries of it.
    :param document: XDS type code of the documents that are read for it, where a hospital file says so.
    """

    uv: SectionSource
    nl: SectionSource
    cda: tuple[str, ...] = ()
    document: str | None = None

    def source(self, dialect: Dialect) -> SectionSource:
        return self.uv if dialect is Dialect.UV else self.nl

    def category_of(self, interaction: str) -> str | None:
        """What an interaction is asked for by default; None where the table knows nothing."""
        if interaction == READ_DOCUMENTS:
            return self.document
        return next((each.category for each in (self.uv, self.nl) if each.interaction == interaction), None)


def _row(
    uv: str,
    nl: str | None = None,
    *,
    category: str | None = None,
    cda: str = "",
    document: str | None = None,
) -> SectionRow:
    """:param uv: QED care provision code. :param nl: NL interaction; a generic care query when None.

    :param category: what that NL interaction is asked for; the QED code when it is the generic query.
    """
    if nl is None:
        nl, category = GENERIC_CARE, category or uv
    return SectionRow(
        SectionSource(QED, category=uv), SectionSource(nl, category=category), tuple(cda.split()), document
    )


def _documents(kinds: str) -> SectionRow:
    """A section that is a list of documents in both dialects. :param kinds: XDS type codes, by commas."""
    source = SectionSource(FIND_DOCUMENTS, category=kinds)
    return SectionRow(source, source)


SECTIONS: Mapping[Section, SectionRow] = MappingProxyType(
    {
        Section.APPOINTMENTS: _row("56446-8", "QUAF_IN990001NL01"),
        Section.SURGERIES: _row("10167-5", cda="10167-5"),
        Section.ADMISSIONS: _row("46240-8", "PRPA_IN900300NL", cda="46240-8"),
        Section.EMERGENCY_VISITS: _row("34878-9"),
        Section.REFERRALS: _row("57133-1"),
        Section.ALLERGIES: _row("INTOLIST", "REPC_IN990130NL", cda="48765-2"),
        Section.CONDITIONS: _row("11348-0", cda="11348-0"),
        Section.SUBSTANCE_USE: _row("29762-2", cda="29762-2"),
        Section.DIAGNOSES: _row("PROBLIST", "REPC_IN990110NL", cda="11450-4"),
        Section.CONTRAINDICATIONS: _row("CONTRAINDICATIONS", "REPC_IN000023NL"),
        Section.IMPLANTS: _row("46264-8", cda="46264-8"),
        Section.MATERIALS: _row("MATERIALS"),
        Section.FUNCTIONAL_STATUS: _row("47420-5", cda="47420-5"),
        Section.DEVICES: _row("DEVICES"),
        Section.MEDICATION: _row("MEDLIST", "QUMO_IN991321NL02", cda="10160-0"),
        Section.VACCINATIONS: _row("IMMUCAT", cda="11369-6"),
        Section.REPORTS: _row("34900-1", "REPC_IN990100NL"),
        Section.LETTERS: _documents("LETTER"),
        Section.ALERTS: _row("75310-3", "REPC_IN990120NL", cda="75310-3"),
        Section.PROCEDURES: _row("PSVCCAT", cda="47519-4"),
        Section.NURSING_PROBLEMS: _row("NURSING_PROBLEMS"),
        Section.NURSING_PLAN: _row("18776-5", cda="18776-5"),
        Section.NURSING_NOTES: _row("34746-8"),
        Section.DIET_ADVICE: _row("DIET_ADVICE"),
        Section.DIET_AGREEMENTS: _row("DIET_AGREEMENTS"),
        Section.TREATMENT_RESTRICTIONS: _row("42348-3", cda="42348-3"),
        Section.TEAM_MEETINGS: _row("TEAM_MEETINGS"),
        Section.LABORATORY: _row("LABCAT", "POLB_IN354001NL03", cda="26436-6 30954-2"),
        Section.MEASUREMENTS: _row("COBSCAT", "POOB_IN990001NL", cda="8716-3"),
        Section.MICROBIOLOGY: _row("18725-2", cda="18725-2"),
        Section.PATHOLOGY: _row("11526-1", cda="11526-1 22634-0", document="11526-1"),
        Section.RADIOLOGY: _row("DICAT", category="18748-4", cda="18748-4 18782-3", document="18748-4"),
        Section.CARDIOLOGY: _row("34534-8", cda="34534-8 18745-0", document="34534-8"),
        Section.ENDOSCOPY: _row("18746-8", cda="18746-8", document="18746-8"),
    }
)
