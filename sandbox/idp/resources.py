"""The FHIR R4 resources of one visit, as Epic writes them (``sandbox/his/dialects/epic.toml``)."""

import hashlib
from datetime import datetime
from typing import Any

from sandbox.his.dialects import DIALECTS
from sandbox.his.vendors import launch_content
from sandbox.idp.faults import IdpFault
from sandbox.idp.visits import Visit

_BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
_PADDING = "x" * 100_000


def patient_id(visit: Visit) -> str:
    """Logical id of the patient: tells nothing of who it is."""
    return hashlib.sha256(f"patient {visit.persona.key}".encode()).hexdigest()[:32]


def practitioner_id(visit: Visit) -> str:
    """Logical id of the user."""
    return visit.user.user_id


def resources(visit: Visit, idp_url: str, now: datetime) -> dict[str, dict[str, Any]]:
    """All four by type. :param now: aware."""
    content = launch_content(visit.persona, visit.hospital, "epic", visit.user, idp_url)
    said: Any = DIALECTS["epic"].say(content, now)["fhir"]
    found: dict[str, dict[str, Any]] = dict(said)
    patient, role = found["Patient"], found["PractitionerRole"]
    patient["id"] = patient_id(visit)
    role |= {
        "id": f"role-{practitioner_id(visit)}",
        "active": True,
        "organization": {"reference": f"Organization/{found['Organization']['id']}"},
    }
    if visit.fault is IdpFault.NO_BSN:
        patient["identifier"] = [each for each in patient["identifier"] if each["system"] != _BSN_SYSTEM]
    if visit.fault is IdpFault.OTHER_PATIENT:
        patient["id"] = "somebody-else"
    if visit.fault is IdpFault.HUGE_ANSWER:
        patient["text"] = {"status": "generated", "div": _PADDING}
    return found


def role_bundle(visit: Visit, role: dict[str, Any]) -> dict[str, Any]:
    """The answer to a search for the user's roles."""
    roles = [role, {**role, "id": f"{role['id']}-2"}] if visit.fault is IdpFault.TWO_ROLES else [role]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": each, "search": {"mode": "match"}} for each in roles],
    }
