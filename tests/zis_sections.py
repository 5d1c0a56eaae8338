"""Statements for the tests of the section readers, spelled as each dialect spells them."""

from collections.abc import Mapping
from typing import TypeVar

from adapters.zis.sections.readers import READERS
from adapters.zis.sections.statement import Reading
from context.records import Entry, Section
from tests.zis_messages import parsed

E = TypeVar("E", bound=Entry)
LINKS = ("sourceOf", "entryRelationship", "component")
LOINC = "2.16.840.1.113883.6.1"
SNOMED = "2.16.840.1.113883.6.96"


def read(section: Section, *statements: str) -> Reading[Entry]:
    return READERS[section](parsed(f"<list>{''.join(statements)}</list>"))


def only(section: Section, kind: type[E], statement: str) -> E:
    """The one entry of ``statement``, of which everything is read."""
    reading = read(section, statement)
    assert (len(reading.entries), reading.unread) == (1, 0)
    entry = reading.entries[0]
    assert isinstance(entry, kind)
    return entry


def link(content: str, kind: str = "COMP", name: str = "entryRelationship") -> str:
    return f'<{name} typeCode="{kind}">{content}</{name}>'


def observation(code: str = "", value: str = "", more: str = "") -> str:
    return f'<observation classCode="OBS" moodCode="EVN">{code}{value}{more}</observation>'


def code(display: str, number: str = "1", system: str = "9.9", name: str = "code") -> str:
    return f'<{name} code="{number}" codeSystem="{system}" displayName="{display}"/>'


def coded(display: str, number: str = "1", system: str = "9.9") -> str:
    return f'<value xsi:type="CD" code="{number}" codeSystem="{system}" displayName="{display}"/>'


def period(low: str, high: str = "") -> str:
    ends = f'<high value="{high}"/>' if high else ""
    return f'<effectiveTime><low value="{low}"/>{ends}</effectiveTime>'


def person(name: str, organisation: str = "", wrapper: str = "assignedEntity", role: str = "") -> str:
    """The inside of a performer or author."""
    runs = f"<representedOrganization><name>{organisation}</name></representedOrganization>"
    return (
        f'<{wrapper}><id root="2.16.528.1.1007.3.1" extension="9001"/>{role}'
        f"<assignedPerson><name><family>{name}</family></name></assignedPerson>"
        f"{runs if organisation else ''}</{wrapper}>"
    )


STATEMENTS: Mapping[Section, str] = {
    Section.MEDICATION: (
        '<substanceAdministration moodCode="RQO"><id root="1.4" extension="1"/><text>2 maal per dag</text>'
        '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS"><low value="20240101"/></comp>'
        '<comp xsi:type="PIVL_TS"><period value="8" unit="h"/></comp></effectiveTime>'
        '<doseQuantity><center value="1" unit="1"><translation value="1" displayName="stuk"/></center>'
        "</doseQuantity><consumable><manufacturedProduct><manufacturedMaterial><code code='1'/>"
        f"</manufacturedMaterial></manufacturedProduct></consumable><author><time value='2026'/>"
        f"{person('Pulver', 'Praktijk', 'assignedAuthor')}</author>"
        f"{link(observation(code('reden'), coded('pijn')), 'RSON', 'sourceOf')}</substanceAdministration>"
    ),
    Section.MICROBIOLOGY: (
        f"<act>{code('kweek')}<specimen><specimenRole><specimenPlayingEntity>{code('bloed')}"
        "</specimenPlayingEntity></specimenRole></specimen>"
        + link(
            observation(
                code("Micro-organisme", "264395009"),
                coded("E. coli"),
                link(observation(code("ceftriaxon"), more='<interpretationCode code="S"/>')),
            ),
            name="sourceOf",
        )
        + "</act>"
    ),
    Section.ADMISSIONS: (
        f"<encounter>{code('Klinisch', 'IMP')}{period('20190203', '20190205')}"
        f"<performer>{person('Jansen', 'CWZ')}</performer>"
        "<participant typeCode='LOC'><participantRole><playingEntity><name>Kamer</name></playingEntity>"
        "</participantRole></participant></encounter>"
    ),
    Section.IMPLANTS: (
        "<supply><participant typeCode='PRD'><participantRole><id root='1.3.160' extension='1'/>"
        f"<playingDevice>{code('knie')}</playingDevice></participantRole></participant>"
        "<targetSiteCode code='1'><qualifier><value code='2'/></qualifier></targetSiteCode></supply>"
    ),
}
"""One statement of each kind that differs most, with many parts."""
