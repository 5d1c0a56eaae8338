"""Change notices as Mitz sends them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

GENERAL_PRACTICES = "RPZAC001"
PHARMACIES = "RPZAC005"


@dataclass(frozen=True)
class Choice:
    """One choice of the patient. :param provision: the type, None when the provision has none."""

    status: str = "active"
    provision: str | None = "permit"
    categories: tuple[str, ...] = ("GGC002",)
    consulting: tuple[str, ...] = (GENERAL_PRACTICES,)


REFUSES = Choice(status="inactive", provision=None)
PERMITS = Choice()


@dataclass(frozen=True)
class Notice:
    bsn: str
    holder: str
    choices: Iterable[Choice] = field(default=(REFUSES,))

    def xml(self) -> bytes:
        entries = "".join(_entry(_consent(choice)) for choice in self.choices)
        patient = _identified("Patient", "bsn", self.bsn)
        holder = _identified("Organization", "ura", self.holder)
        return (
            '<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>'
            f"{entries}{_entry(patient)}{_entry(holder)}</Bundle>"
        ).encode()


def _entry(resource: str) -> str:
    return f"<entry><resource>{resource}</resource></entry>"


def _identified(kind: str, system: str, number: str) -> str:
    name = f"http://fhir.nl/fhir/NamingSystem/{system}"
    return f'<{kind}><identifier><system value="{name}"/><value value="{number}"/></identifier></{kind}>'


def _coding(system: str, code: str) -> str:
    return f'<coding><system value="http://fhir.nl/otv/CodeSystem/{system}"/><code value="{code}"/></coding>'


def _consent(choice: Choice) -> str:
    consulting = "".join(
        '<extension url="http://fhir.nl/StructureDefinition/OTV-ProviderCategory"><valueCodeableConcept>'
        f"{_coding('raadplegende-zorgaanbiedercategorie', code)}</valueCodeableConcept></extension>"
        for code in choice.consulting
    )
    categories = "".join(_coding("gegevenscategorie", code) for code in choice.categories)
    kind = f'<type value="{choice.provision}"/>' if choice.provision else ""
    return (
        f'<Consent>{consulting}<status value="{choice.status}"/><category>{categories}</category>'
        f"<provision>{kind}</provision></Consent>"
    )
