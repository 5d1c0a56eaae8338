"""Reading four FHIR resources for one launch, over an EHR in memory."""

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import pytest

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.smart.asking import FhirVendor, fhir_vendor
from launch.smart.resources import FhirReader
from launch.smart.tokens import TokenAnswer
from launch.trust.model import TrustStatus, Vendor
from launch.trust.ports import FetchError, FetchProblem, WebAnswer

BASE = "https://his.example/fhir"
_NOTHING: Mapping[str, str] = MappingProxyType({})
USER = f"{BASE}/Practitioner/dr-1"


class EhrInMemory:
    """The ``WebClient`` port over a dictionary, by path below the FHIR server's base."""

    def __init__(self, resources: Mapping[str, object]) -> None:
        self.resources = dict(resources)
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []

    def get(
        self,
        url: str,
        *,
        registered: Collection[str],
        content_types: frozenset[str],
        headers: Mapping[str, str] = _NOTHING,
        **_: Any,
    ) -> WebAnswer:
        assert registered == (BASE,)
        assert "application/fhir+json" in content_types
        path = url.removeprefix(f"{BASE}/")
        self.asked.append(path)
        self.headers.append(headers)
        if path not in self.resources:
            raise FetchError(FetchProblem.STATUS, "404", 404)
        return WebAnswer(json.dumps(self.resources[path]).encode(), "application/fhir+json")

    def post_form(self, url: str, fields: Mapping[str, str], **_: Any) -> WebAnswer:
        raise AssertionError("nothing is posted to a FHIR server")


def role(**changes: object) -> dict[str, object]:
    good: dict[str, object] = {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "practitioner": {"reference": "Practitioner/dr-1"},
        "organization": {"reference": "Organization/org-1"},
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def bundle(*resources: object) -> dict[str, object]:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


SEARCH = "PractitionerRole?practitioner=Practitioner%2Fdr-1"


def ehr(**changes: object) -> EhrInMemory:
    return EhrInMemory(
        {
            "Patient/p-1": {"resourceType": "Patient", "id": "p-1"},
            "Practitioner/dr-1": {"resourceType": "Practitioner", "id": "dr-1"},
            "PractitionerRole/role-1": role(),
            SEARCH: bundle(role()),
            "Organization/org-1": {"resourceType": "Organization", "id": "org-1"},
            **changes,
        }
    )


def vendor() -> FhirVendor:
    registration = Vendor(
        "https://his.example",
        "HIS",
        "epic",
        TrustStatus.ACTIVE,
        (),
        fhir_base_url=BASE,
        client_id="zorgtegel",
    )
    return fhir_vendor(registration)


def read(server: EhrInMemory, *, patient: str = "p-1", user: object = USER) -> dict[str, object]:
    return FhirReader(server, vendor(), TokenAnswer("abc", "id", patient), user).read_all()


def refusal(server: EhrInMemory, **changes: Any) -> RefusalCode:
    with pytest.raises(LaunchRefusedError) as refused:
        read(server, **changes)
    assert "p-1" not in refused.value.detail
    return refused.value.code


def test_all_four_are_read_with_the_access_token_and_nothing_else() -> None:
    server = ehr()
    assert sorted(read(server)) == ["Organization", "Patient", "Practitioner", "PractitionerRole"]
    assert sorted(server.asked) == ["Organization/org-1", "Patient/p-1", "Practitioner/dr-1", SEARCH]
    assert all(headers == {"Authorization": "Bearer abc"} for headers in server.headers)


def test_user_may_be_named_relative_to_the_server_and_as_a_role() -> None:
    assert read(ehr(), user="Practitioner/dr-1") == read(ehr())
    server = ehr()
    assert read(server, user=f"{BASE}/PractitionerRole/role-1") == read(ehr())
    assert SEARCH not in server.asked


@pytest.mark.parametrize(
    "user",
    [
        None,
        7,
        "",
        "dr-1",
        "Patient/p-1",
        "Practitioner/",
        "Practitioner/..",
        "Practitioner/dr-1/_history/1",
        "Practitioner/dr-1?x=y",
        "https://elders.example/fhir/Practitioner/dr-1",
        "https://his.example/fhir2/Practitioner/dr-1",
        "Practitioner/" + "x" * 65,
    ],
)
def test_user_that_is_nobody_on_this_server_is_l501_and_asks_nothing(user: object) -> None:
    server = ehr()
    assert refusal(server, user=user) is RefusalCode.CLAIM_MISSING
    assert server.asked == []


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize("patient", ["..", ".", "", "p-1/x", "p-1?x", "%2e%2e", "p 1", "x" * 65, "é"])
def test_patient_id_that_is_no_fhir_id_is_never_put_into_a_url(patient: str) -> None:
    server = ehr()
    assert refusal(server, patient=patient) is RefusalCode.CLAIM_MISSING
    assert not any(path.startswith("Patient") for path in server.asked)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("Patient/p-1", {"resourceType": "Patient", "id": "p-2"}),
        ("Patient/p-1", {"resourceType": "Person", "id": "p-1"}),
        ("Patient/p-1", {"resourceType": "Patient"}),
        ("Practitioner/dr-1", {"resourceType": "Practitioner", "id": "dr-2"}),
        ("Organization/org-1", {"resourceType": "Organization", "id": "org-2"}),
        (SEARCH, bundle()),
        (SEARCH, bundle(role(), role(id="role-2"))),
        (SEARCH, bundle(role(active=False))),
        (SEARCH, bundle(role(practitioner={"reference": "Practitioner/dr-2"}))),
        (SEARCH, bundle(role(practitioner={"reference": "https://elders.example/fhir/Practitioner/dr-1"}))),
        (SEARCH, bundle(role(practitioner=None))),
        (SEARCH, bundle(role(organization=None))),
        (SEARCH, bundle(role(organization={"reference": "https://elders.example/fhir/Organization/org-1"}))),
        (SEARCH, bundle({"resourceType": "OperationOutcome"})),
        (SEARCH, {"resourceType": "Bundle", "entry": {}}),
        (SEARCH, role()),
    ],
)
def test_answer_about_somebody_else_or_nobody_is_l501(path: str, answer: object) -> None:
    assert refusal(ehr(**{path: answer})) is RefusalCode.CLAIM_MISSING


def test_roles_that_ended_and_remarks_in_a_bundle_do_not_count() -> None:
    remark = {"resourceType": "OperationOutcome"}
    assert (
        read(ehr(**{SEARCH: bundle(remark, role(id="old", active=False), role())}))["PractitionerRole"]
        == role()
    )


@pytest.mark.parametrize("path", ["Patient/p-1", "Practitioner/dr-1", SEARCH, "Organization/org-1"])
def test_server_that_does_not_answer_is_l703(path: str) -> None:
    server = ehr()
    del server.resources[path]
    assert refusal(server) is RefusalCode.KEYS_UNREACHABLE
