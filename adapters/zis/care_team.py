"""Who else cares for the patient and who insures them, in a PDQv3 answer (architecture.md D20)."""

from lxml import etree

from adapters.zis.datatypes import read_date, read_identifiers, read_text
from adapters.zis.interactions import AGB, ROLE_OF_ORGANISATION, UZOVI
from adapters.zis.names import read_addresses, read_names, read_telecoms
from adapters.zis.paths import Path
from context.person import CareProvider, CareProviderKind, Coverage, Identifier, PartialDate

_CARE_PROVISIONS = Path("h:asPatientOfOtherProvider/h:subjectOf/h:careProvision")
_PROVIDER = Path("h:performer/h:assignedProvider")
_ROLE = Path(f"h:code[@codeSystem='{ROLE_OF_ORGANISATION}']/@code")
_IDS = Path("h:id | h:representedOrganization/h:id")
_PERSON_NAMES = Path("h:assignedPerson/h:name")
_ORGANISATION_NAMES = Path("h:representedOrganization/h:name")
_ADDRESSES = Path("h:addr | h:representedOrganization/h:addr")
_TELECOMS = Path("h:telecom | h:representedOrganization/h:telecom")

_KINDS_BY_ROLE = {
    **dict.fromkeys(("Z3", "H1", "K3"), CareProviderKind.GP),
    **dict.fromkeys(("J8", "A1"), CareProviderKind.PHARMACY),
}
_KINDS_BY_AGB = {
    "01": CareProviderKind.GP,
    "02": CareProviderKind.PHARMACY,
    "12": CareProviderKind.DENTIST,
}

_COVERAGES = Path("h:coveredPartyOf/h:coverageRecord")
_POLICIES = Path("h:component/h:policyOrProgram")
_UZOVI = Path(f".//h:id[@root='{UZOVI}']")
_UZOVI_NUMBER = Path("@extension")
_INSURER_NAMES = Path(
    "../h:name | ../h:invoicePayorOrganization/h:name | ../h:underwritingOrganization/h:name"
    " | ../h:scoperOrganization/h:name"
)
_OTHER_INSURER_NAMES = Path(
    ".//h:payor/h:name | .//h:invoicePayorOrganization/h:name | .//h:underwritingOrganization/h:name"
)
_POLICY_NUMBER = Path(f"h:id[@root!='{UZOVI}']/@extension")
_BEGIN = Path("h:effectiveTime/h:low/@value | h:effectiveTime/@value")
_END = Path("h:effectiveTime/h:high/@value")
_COVERED_BEGIN = Path("../h:time/h:low/@value")
_COVERED_END = Path("../h:time/h:high/@value")


def read_care_providers(person: etree._Element) -> tuple[CareProvider, ...]:
    """The providers outside the hospital; empty when the answer carries none ("Niet beschikbaar")."""
    return tuple(_read_care_provider(provision) for provision in _CARE_PROVISIONS.elements(person))


def _read_care_provider(provision: etree._Element) -> CareProvider:
    provider = _PROVIDER.element(provision)
    if provider is None:
        return CareProvider(_kind_of(provision, ()))
    identifiers = read_identifiers(_IDS.elements(provider))
    names = read_names(_PERSON_NAMES.elements(provider))
    organisations = [read_text(name) for name in _ORGANISATION_NAMES.elements(provider)]
    return CareProvider(
        kind=_kind_of(provision, identifiers),
        identifiers=identifiers,
        person_name=names[0] if names else None,
        organisation_name=", ".join(name for name in organisations if name) or None,
        addresses=read_addresses(_ADDRESSES.elements(provider)),
        telecoms=read_telecoms(_TELECOMS.elements(provider)),
    )


def _kind_of(provision: etree._Element, identifiers: tuple[Identifier, ...]) -> CareProviderKind:
    """The role of the organisation tells; without it the first two digits of the AGB code do."""
    for role in _ROLE.texts(provision):
        if role in _KINDS_BY_ROLE:
            return _KINDS_BY_ROLE[role]
    for identifier in identifiers:
        if identifier.root == AGB and identifier.extension[:2] in _KINDS_BY_AGB:
            return _KINDS_BY_AGB[identifier.extension[:2]]
    return CareProviderKind.OTHER


def read_coverages(patient: etree._Element) -> tuple[Coverage, ...]:
    """The health insurances, one for each policy; empty when the answer carries none."""
    return tuple(
        _read_coverage(record, policy)
        for record in _COVERAGES.elements(patient)
        for policy in _POLICIES.elements(record) or [record]
    )


def _read_coverage(record: etree._Element, policy: etree._Element) -> Coverage:
    uzovi = _UZOVI.element(policy)
    if uzovi is None:
        uzovi = _UZOVI.element(record)
    names = _INSURER_NAMES.elements(uzovi) if uzovi is not None else []
    texts = [read_text(name) for name in names or _OTHER_INSURER_NAMES.elements(record)]
    return Coverage(
        insurer_name=next((text for text in texts if text), None),
        uzovi=_UZOVI_NUMBER.text(uzovi) if uzovi is not None else None,
        policy_number=_POLICY_NUMBER.text(policy) or _POLICY_NUMBER.text(record),
        begins=_date(_BEGIN.text(policy) or _BEGIN.text(record) or _COVERED_BEGIN.text(record)),
        ends=_date(_END.text(policy) or _END.text(record) or _COVERED_END.text(record)),
    )


def _date(text: str | None) -> PartialDate | None:
    return read_date(text) if text else None
