"""Epic, and any other HIS with SMART on FHIR: four FHIR resources in place of claims.

Source: HL7 SMART App Launch 2.2 (launch context ``patient``, ``fhirUser``); FHIR R4; the naming systems of
Nictiz; RIVO-Noord zorgviewer-ig, design-usercontext.md, column Epic; launch.md §5. The SMART door reads
the resources from the HIS's own FHIR server and hands them over in the claim ``fhir``, by type:
``Patient``, ``Practitioner``, ``PractitionerRole``, ``Organization``. SMART names no purpose: a tile opens
for treatment only.
"""

from collections.abc import Iterator, Mapping

from adapters.his.claim_reader import (
    member_object,
    member_text,
    only_object,
    optional_member_text,
    unknown_names,
)
from adapters.his.identifiers import AGB_SYSTEM, BSN_SYSTEMS, URA_SYSTEM, UZI_SYSTEM
from adapters.his.jwt import REGISTERED
from launch.claims import ClaimError, LaunchClaims, SignedToken, TokenForm

CLAIM = "fhir"
_ROLE = "PractitionerRole.code"

REQUIRED = ("fhir.Patient", "fhir.Practitioner", "fhir.PractitionerRole", "fhir.Organization")
OPTIONAL: tuple[str, ...] = ()
IGNORED: tuple[str, ...] = ()


class EpicMap:
    """Reads the resources; the user id is ``Practitioner/<id>``."""

    name = "epic"
    form = TokenForm.JWT
    value_namespaces: frozenset[str] = frozenset()

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a resource or what a launch needs of it is missing or of the wrong type."""
        resources = member_object(signed.claims, CLAIM, CLAIM)
        patient = _resource(resources, "Patient")
        practitioner = _resource(resources, "Practitioner")
        role = _first_coding(only_object(_resource(resources, "PractitionerRole"), "code", _ROLE))
        organisation = _resource(resources, "Organization")
        practice_ura = _identifier(organisation, URA_SYSTEM) or ""
        return LaunchClaims(
            bsn=_bsn(patient),
            birth_date=optional_member_text(patient, "birthDate", "Patient.birthDate"),
            family_name=optional_member_text(_name(patient, "Patient.name"), "family", "Patient.name.family"),
            user_id=f"Practitioner/{member_text(practitioner, 'id', 'Practitioner.id')}",
            user_name=_full_name(_name(practitioner, "Practitioner.name")),
            role=member_text(role, "code", f"{_ROLE}.coding.code"),
            role_system=optional_member_text(role, "system", f"{_ROLE}.coding.system"),
            practice_ura=practice_ura,
            practice_id=None if practice_ura else _practice_id(organisation),
            practice_name=optional_member_text(organisation, "name", "Organization.name"),
            uzi_number=_identifier(practitioner, UZI_SYSTEM),
            agb_code=_identifier(practitioner, AGB_SYSTEM),
            unknown_names=unknown_names(signed.claims, (CLAIM, "sub"), REGISTERED),
        )


def _resource(resources: Mapping[str, object], kind: str) -> Mapping[str, object]:
    found = member_object(resources, kind, f"{CLAIM}.{kind}")
    if found.get("resourceType") != kind:
        raise ClaimError(f"{CLAIM}.{kind}", "another type of resource")
    return found


def _objects(members: Mapping[str, object], name: str, path: str) -> Iterator[Mapping[str, object]]:
    values = members.get(name, [])
    if not isinstance(values, list):
        raise ClaimError(path, "not a list")
    for value in values:
        if not isinstance(value, dict):
            raise ClaimError(path, "not a list of objects")
        yield value


def _bsn(patient: Mapping[str, object]) -> str:
    values = [
        member_text(each, "value", "Patient.identifier.value")
        for each in _objects(patient, "identifier", "Patient.identifier")
        if each.get("system") in BSN_SYSTEMS
    ]
    if len(values) != 1:
        raise ClaimError("Patient.identifier", "missing or more than one BSN")
    return values[0]


def _identifier(resource: Mapping[str, object], system: str) -> str | None:
    """The first value of a system, None without one."""
    for each in _objects(resource, "identifier", "identifier"):
        if each.get("system") == system:
            return member_text(each, "value", "identifier.value")
    return None


def _practice_id(organisation: Mapping[str, object]) -> str:
    """For the grant's table of organisations: the AGB code, or what the FHIR server calls it."""
    agb = _identifier(organisation, AGB_SYSTEM)
    identity = member_text(organisation, "id", "Organization.id")
    return f"{AGB_SYSTEM}|{agb}" if agb else f"Organization/{identity}"


def _name(person: Mapping[str, object], path: str) -> Mapping[str, object]:
    """The official name, or the first (RIVO-Noord's rule zv-pat-1)."""
    names = list(_objects(person, "name", path))
    if not names:
        raise ClaimError(path, "missing")
    return next((each for each in names if each.get("use") == "official"), names[0])


def _full_name(name: Mapping[str, object]) -> str:
    text = optional_member_text(name, "text", "Practitioner.name.text")
    if text:
        return text
    given = name.get("given", [])
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ClaimError("Practitioner.name.given", "not a list of texts")
    return " ".join((*given, member_text(name, "family", "Practitioner.name.family")))


def _first_coding(concept: Mapping[str, object]) -> Mapping[str, object]:
    """Several codings of one concept are translations of it; the first is the HIS's own."""
    for coding in _objects(concept, "coding", f"{_ROLE}.coding"):
        return coding
    raise ClaimError(f"{_ROLE}.coding", "missing")


CLAIM_MAP = EpicMap()
