"""The JWT profile's claims (launch.md §12.2)."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from adapters.his.jwt import JwtMap
from launch.claims import ClaimError, LaunchClaims, SignedToken, TokenForm
from sandbox.his.tokens import jwt_claims
from tests.clock import START
from tests.launch_stage import Stage

GOOD = jwt_claims(Stage().content(), START)


def _read(claims: dict[str, Any], subject: str | None = "177578") -> LaunchClaims:
    return JwtMap().read(SignedToken(TokenForm.JWT, subject, claims, {}))


def _changed(*path: str, value: object) -> dict[str, Any]:
    claims: dict[str, Any] = deepcopy(GOOD)
    place = claims
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return claims


def test_sample_claims_of_the_profile_become_claims(shared_data: Path) -> None:
    sample = json.loads((shared_data / "launch" / "profile-sample-claims.json").read_text("utf-8"))
    claims = _read({name: value for name, value in sample.items() if not name.startswith("_")})
    assert claims == LaunchClaims(
        bsn="999911120",
        birth_date="1970-01-01",
        user_id="177578",
        user_name="L. Arts",
        role="62247001",
        role_system="http://snomed.info/sct",
        practice_ura="12345678",
        practice_name="Huisartsenpraktijk Voorbeeld",
        agb_code="01029999",
        purpose="TREAT",
        his_product="ExampleHIS 42.01",
        deployment_id="practice-0042",
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("patient",), None),
        (("patient",), "999911120"),
        (("patient", "value"), None),
        (("patient", "value"), 999911120),
        (("patient", "value"), ""),
        (("patient", "system"), "http://mrn.example"),
        (("patient", "birthdate"), 19700101),
        (("extensions",), None),
        (("extensions", "ihe_iua"), []),
        (("extensions", "ihe_iua", "subject_name"), None),
        (("extensions", "ihe_iua", "subject_role"), None),
        (("extensions", "ihe_iua", "subject_role"), {"code": "1"}),
        (("extensions", "ihe_iua", "subject_role"), [{"code": "1"}, {"code": "2"}]),
        (("extensions", "ihe_iua", "subject_role"), [{"code": 1}]),
        (("extensions", "ihe_iua", "subject_organization_id"), "urn:oid:1.2.3"),
        (("extensions", "ihe_iua", "subject_organization"), 1),
        (("extensions", "ihe_iua", "purpose_of_use"), None),
        (("extensions", "ihe_iua", "purpose_of_use"), []),
        (("his",), "ExampleHIS"),
        (("his", "product"), 1),
    ],
)
def test_missing_or_mistyped_claim_is_refused_without_its_value(path: tuple[str, ...], value: object) -> None:
    with pytest.raises(ClaimError) as refused:
        _read(_changed(*path, value=value))
    assert "9999" not in str(refused.value)


@pytest.mark.parametrize("subject", [None, ""])
def test_missing_sub_is_refused(subject: str | None) -> None:
    with pytest.raises(ClaimError, match="sub"):
        _read(deepcopy(GOOD), subject)


@pytest.mark.parametrize("path", [("his",), ("extensions", "ihe_iua", "national_provider_identifier")])
def test_optional_claim_may_be_absent(path: tuple[str, ...]) -> None:
    assert _read(_changed(*path, value=None)).user_id == "177578"


def test_uzi_number_is_taken_from_its_own_system() -> None:
    npi = ("extensions", "ihe_iua", "national_provider_identifier")
    claims = _read(_changed(*npi, value="http://fhir.nl/fhir/NamingSystem/uzi-nr-pers|900000001"))
    assert (claims.uzi_number, claims.agb_code) == ("900000001", None)


def test_missing_birth_date_is_left_to_the_verifier() -> None:
    assert _read(_changed("patient", "birthdate", value=None)).birth_date is None


def test_unknown_claim_is_listed() -> None:
    assert _read(_changed("colour", value="red")).unknown_names == ("colour",)
