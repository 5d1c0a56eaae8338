"""The page Patiëntinformatie: who the patient is and who cares for them (features P01 to P05). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from context.person import CareProvider, CareProviderKind, Coverage, Patient
from views.banner import present_death
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.dates import present_partial_date
from views.panel import present_fetched
from views.people import (
    Field,
    choose_name,
    present_addresses,
    present_call_name,
    present_name,
    present_telecoms,
)
from views.texts import Texts

_AGB_ROOT = "2.16.840.1.113883.2.4.6.1"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the page.

    :param key: stable name for tests and style.
    :param groups: one group of fields per person or insurance; empty when the answer carried none, which
        reads as ``missing`` and never as "none" (D20).
    """

    key: str
    title: str
    groups: tuple[tuple[Field, ...], ...]
    missing: str


def present_patient_panel(spec: PanelSpec, request: PageRequest, outcomes: Outcomes) -> Mapping[str, object]:
    """Values of ``panels/patient_information.html``. The patient came with the context, so nothing waits."""
    opened, source = request.opened, request.hospital.zis.source_name
    display, texts = request.hospital.display, request.texts
    return {
        "blocks": present_patient_information(opened.patient, texts, with_dentist=display.dentist),
        "note": texts("person.death_notice", contact=present_contact(request))
        if display.death_notice
        else "",
        "fetched": present_fetched(opened.patient_fetched_at, source, request.texts),
    }


def present_contact(request: PageRequest) -> str:
    """Where the hospital's help is reached."""
    contact = request.hospital.contact
    return ", ".join(way for way in (contact.name, contact.phone, contact.email) if way)


def present_patient_information(
    patient: Patient, texts: Texts, *, with_dentist: bool = False
) -> tuple[Block, ...]:
    """The four blocks, always all of them, in their fixed order.

    :param with_dentist: with a fifth for the dentist (feature P03).
    """
    dentist = (_providers(patient, CareProviderKind.DENTIST, texts),) if with_dentist else ()
    return (
        _block("person", texts("person.block"), (_person(patient, texts),), texts),
        _providers(patient, CareProviderKind.GP, texts),
        *dentist,
        _providers(patient, CareProviderKind.PHARMACY, texts),
        _block(
            "insurance",
            texts("insurance.block"),
            tuple(_coverage(coverage, texts) for coverage in patient.coverages),
            texts,
        ),
    )


def _block(key: str, title: str, groups: tuple[tuple[Field, ...], ...], texts: Texts) -> Block:
    return Block(key, title, groups, texts("unknown.block"))


def _field(label: str, value: str | None, texts: Texts) -> Field:
    return Field(label, (value,)) if value else Field(label, (texts("unknown.field"),), known=False)


def _reach(source: Patient | CareProvider, texts: Texts) -> tuple[Field, ...]:
    """Addresses and numbers; a label with "Onbekend" for what is not there at all."""
    addresses = present_addresses(source.addresses, texts)
    telecoms = present_telecoms(source.telecoms, texts)
    no_address = () if addresses else (_field(texts("address.default"), None, texts),)
    no_phone = () if telecoms else (_field(texts("telecom.phone"), None, texts),)
    return addresses + no_address + telecoms + no_phone


def _person(patient: Patient, texts: Texts) -> tuple[Field, ...]:
    name = choose_name(patient.names)
    born = patient.birth_date
    call_name = present_call_name(name)
    death = present_death(patient, texts)
    fields = [_field(texts("person.name"), present_name(name, texts, patient.gender), texts)]
    if call_name:
        fields.append(_field(texts("person.call_name"), call_name, texts))
    fields.append(
        _field(texts("person.birth_date"), present_partial_date(born, texts) if born else None, texts)
    )
    fields.append(_field(texts("person.gender"), texts(f"gender.{patient.gender.value}"), texts))
    if death:
        fields.append(_field(texts("person.deceased"), death, texts))
    return (*fields, *_reach(patient, texts))


def _providers(patient: Patient, kind: CareProviderKind, texts: Texts) -> Block:
    found = tuple(_provider(p, texts) for p in patient.care_providers if p.kind is kind)
    return _block(kind.value, texts(f"provider.{kind.value}"), found, texts)


def _provider(provider: CareProvider, texts: Texts) -> tuple[Field, ...]:
    person = _field(texts("provider.name"), present_name(provider.person_name, texts), texts)
    is_pharmacy = provider.kind is CareProviderKind.PHARMACY
    organisation_label = texts("provider.pharmacy_name" if is_pharmacy else "provider.organisation")
    organisation = _field(organisation_label, provider.organisation_name, texts)
    # A practice and its GP may carry one number between them: said once.
    sent = [item.extension for item in provider.identifiers if item.root == _AGB_ROOT and item.extension]
    agb = list(dict.fromkeys(sent))
    # A pharmacy is known by its own name; who stands behind the counter is seldom sent.
    first = (organisation, person) if is_pharmacy else (person, organisation)
    shown = first if person.known or not is_pharmacy else (organisation,)
    return (*shown, _field(texts("provider.agb"), ", ".join(agb), texts), *_reach(provider, texts))


def _coverage(coverage: Coverage, texts: Texts) -> tuple[Field, ...]:
    return (
        _field(texts("insurance.insurer"), coverage.insurer_name, texts),
        _field(texts("insurance.uzovi"), coverage.uzovi, texts),
        _field(texts("insurance.policy"), coverage.policy_number, texts),
        _field(texts("insurance.period"), _period(coverage, texts), texts),
    )


def _period(coverage: Coverage, texts: Texts) -> str | None:
    begin = present_partial_date(coverage.begins, texts) if coverage.begins else ""
    end = present_partial_date(coverage.ends, texts) if coverage.ends else ""
    if begin and end:
        return texts("insurance.from_until", begin=begin, end=end)
    if begin or end:
        return texts("insurance.from", begin=begin) if begin else texts("insurance.until", end=end)
    return None
