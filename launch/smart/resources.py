"""Reading user and patient from the HIS's own FHIR server (FHIR R4 §3.2.0, SMART App Launch 2.2 §5).

Four resources make a launch: who is in context, who is logged in, in which role, for which practice. An
answer about anyone else than was asked for is refused, whoever it is about.
"""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn
from urllib.parse import quote

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.smart.asking import FHIR_TYPES, FhirVendor, fetch_object
from launch.smart.tokens import TokenAnswer
from launch.trust.ports import WebClient

SCOPES = (
    "launch openid fhirUser patient/Patient.read user/Practitioner.read "
    "user/PractitionerRole.read user/Organization.read"
)
SECOND_SCOPES = (
    "launch openid fhirUser patient/Patient.r user/Practitioner.r "
    "user/PractitionerRole.rs user/Organization.r"
)
"""The same in the words of SMART 2, for servers that know no others."""

_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9.-]{1,64}", re.ASCII)
_PARALLEL = 3

Resource = Mapping[str, object]


class FhirReader:
    """Reads for one launch, with its access token.

    :param user: ``fhirUser`` of the id_token: a Practitioner, or the PractitionerRole in which they work.
    """

    def __init__(self, web: WebClient, vendor: FhirVendor, answer: TokenAnswer, user: object) -> None:
        self._web = web
        self._vendor = vendor
        self._base = vendor.fhir_base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {answer.access_token}"}
        self._patient = answer.patient
        self._user = user

    def read_all(self) -> dict[str, object]:
        """The four resources, by type.

        :raises LaunchRefusedError: L501 not there, several, or about somebody else; L703 no answer.
        """
        kind, identity = self._parse_user()
        with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="fhir") as pool:
            patient = pool.submit(self._read, "Patient", self._patient)
            if kind == "PractitionerRole":
                role = self._read(kind, identity)
                practitioner = pool.submit(self._read, "Practitioner", self._reference(role, "Practitioner"))
            else:
                practitioner = pool.submit(self._read, kind, identity)
                role = self._find_role(identity)
            organisation = self._read("Organization", self._reference(role, "Organization"))
            return {
                "Patient": patient.result(),
                "Practitioner": practitioner.result(),
                "PractitionerRole": role,
                "Organization": organisation,
            }

    def _parse_user(self) -> tuple[str, str]:
        for kind in ("Practitioner", "PractitionerRole"):
            identity = self._id_of({"reference": self._user}, kind)
            if identity is not None:
                return kind, identity
        return _refuse("fhirUser is no Practitioner and no PractitionerRole")

    def _read(self, kind: str, identity: str) -> Resource:
        if not _ID.fullmatch(identity):
            _refuse(f"{kind}: a malformed id")
        found = self._fetch(f"{kind}/{identity}", kind)
        if found.get("resourceType") != kind or found.get("id") != identity:
            _refuse(f"{kind}: another resource than was asked for")
        return found

    def _find_role(self, practitioner: str) -> Resource:
        """The one role in which the user works now; which of several is in use, only ``fhirUser`` can say."""
        sought = quote(f"Practitioner/{practitioner}", safe="")
        bundle = self._fetch(f"PractitionerRole?practitioner={sought}", "PractitionerRole")
        entries = bundle.get("entry", [])
        if bundle.get("resourceType") != "Bundle" or not isinstance(entries, list):
            _refuse("PractitionerRole: not a bundle")
        found = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
        roles = [
            each
            for each in found
            if isinstance(each, dict)
            and each.get("resourceType") == "PractitionerRole"
            and each.get("active") is not False
        ]
        if len(roles) != 1 or self._id_of(roles[0].get("practitioner"), "Practitioner") != practitioner:
            _refuse("PractitionerRole: none, several, or somebody else's")
        role: Resource = roles[0]
        return role

    def _reference(self, role: Resource, kind: str) -> str:
        identity = self._id_of(role.get(kind.lower()), kind)
        if identity is None:
            _refuse(f"PractitionerRole names no {kind}")
        return identity

    def _id_of(self, reference: object, kind: str) -> str | None:
        """The id in a reference to a resource of this server, relative or absolute; None for any other."""
        text = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(text, str):
            return None
        relative = text.removeprefix(f"{self._base}/")
        if not relative.startswith(f"{kind}/"):
            return None
        identity = relative.removeprefix(f"{kind}/")
        return identity if _ID.fullmatch(identity) else None

    def _fetch(self, path: str, what: str) -> Resource:
        return fetch_object(self._web, self._vendor, f"{self._base}/{path}", what, FHIR_TYPES, self._headers)


def _refuse(detail: str) -> NoReturn:
    raise LaunchRefusedError(RefusalCode.CLAIM_MISSING, detail)
