"""What only one HIS does, and how its adapter reads it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from adapters.his.epic import EpicMap
from adapters.his.hti import PROFILE, HtiMap
from adapters.his.identifiers import bsn_value, practice_names
from adapters.his.nexus import NexusMap
from adapters.his.saml_names import ORGANISATION_ID, PROVIDER, PURPOSE, RESOURCE, RESOURCE_1, ROLE
from adapters.his.sanday import SandayMap
from adapters.his.xua import XuaMap
from adapters.his.zorgdomein import ZorgdomeinMap
from adapters.his.zorgplatform import ZorgplatformMap
from app.claim_maps import CLAIM_MAPS
from launch.claims import ClaimError, CodedValue, LaunchClaims, SignedToken, TokenForm
from tests.his_stage import PERSONA, said, signed

BSN_OID = "2.16.840.1.113883.2.4.6.3"
AGB = "http://fhir.nl/fhir/NamingSystem/agb-z"


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ("2.16.528.1.1007.3.3.12345678", ("12345678", None)),
        ("urn:oid:2.16.528.1.1007.3.3.12345678", ("12345678", None)),
        ("urn:oid:2.16.528.1.1007.3.3.15123", ("00015123", None)),
        ("urn:IIroot:2.16.528.1.1007.3.3:IIext:00015123", ("00015123", None)),
        ("http://fhir.nl/fhir/NamingSystem/ura|12345678", ("12345678", None)),
        ("orgid:1.2.3.4.5", ("", "orgid:1.2.3.4.5")),
        ("2.16.528.1.1007.3.30.1", ("", "2.16.528.1.1007.3.30.1")),
        ("12345678", ("", "12345678")),
    ],
)
def test_organisation_id_is_a_ura_number_only_when_it_says_so(
    sent: str, names: tuple[str, str | None]
) -> None:
    assert practice_names(sent) == names


@pytest.mark.parametrize(
    "value",
    [
        "999911120",
        "999911120^^^&2.16.840.1.113883.2.4.6.1&ISO",
        "999911120^^^&2.16.840.1.113883.2.4.6.3&DNS",
        "999911120^^^&2.16.840.1.113883.2.4.6.3&ISO^PI",
        CodedValue("999911120", None),
        CodedValue("999911120", "2.16.840.1.113883.2.4.6.1"),
    ],
)
def test_number_that_does_not_say_it_is_a_bsn_is_refused_without_its_value(value: str | CodedValue) -> None:
    with pytest.raises(ClaimError, match="not the BSN") as refused:
        bsn_value({RESOURCE: (value,)}, RESOURCE)
    assert "999911120" not in str(refused.value)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("urn:oid:2.16.840.1.113883.2.4.15.111.01.015", ("01.015", "2.16.840.1.113883.2.4.15.111")),
        ("01.015", ("01.015", None)),
        ("urn:oid:2.16.840.1.113883.2.4.15.110.1", ("urn:oid:2.16.840.1.113883.2.4.15.110.1", None)),
    ],
)
def test_nexus_role_is_taken_out_of_its_oid(sent: str, read: tuple[str, str | None]) -> None:
    claims = NexusMap().read(signed("nexus", {**said("nexus"), ROLE: sent}))
    assert (claims.role, claims.role_system) == read


def test_nexus_role_as_an_hl7_element_keeps_its_system() -> None:
    role = {"element": "Role", "code": "01.015", "codeSystem": "1.2.3"}
    claims = NexusMap().read(signed("nexus", {**said("nexus"), ROLE: role}))
    assert (claims.role, claims.role_system) == ("01.015", "1.2.3")


def test_nexus_organisation_that_is_no_ura_is_left_to_the_grants_table() -> None:
    claims = NexusMap().read(signed("nexus", {**said("nexus"), ORGANISATION_ID: "2.16.840.1.113883.2.4.3.8"}))
    assert (claims.practice_ura, claims.practice_id) == ("", "2.16.840.1.113883.2.4.3.8")


def test_nexus_user_without_initials_is_named_by_family_name() -> None:
    words = {name: word for name, word in said("nexus").items() if name != "professional.initials"}
    assert NexusMap().read(signed("nexus", words)).user_name == "van Arts"


@pytest.mark.parametrize(
    "function", ["Praktijkondersteuner", "Systeembeheerder", "Arts in opleiding (HAIO / AIOS)"]
)
def test_sanday_keeps_functions_apart_that_its_published_map_does_not(function: str) -> None:
    words = {**said("sanday"), "zorgverlener.functie.omschrijving": function}
    claims = SandayMap().read(signed("sanday", words))
    assert (claims.role, claims.role_system) == (function, None)


@pytest.mark.parametrize("his", ["viplive", "sanday", "nexus"])
def test_emergency_of_a_his_that_usually_tells_no_purpose_is_passed_on(his: str) -> None:
    assert CLAIM_MAPS[his].read(signed(his, {**said(his), PURPOSE: "ETREAT"})).purpose == "ETREAT"


def test_zorgplatform_names_user_role_and_purpose_as_sent() -> None:
    claims = ZorgplatformMap().read(signed("zorgplatform"))
    assert claims.user_id == "177578@2.16.840.1.113883.2.4.6.1.05090001"
    assert (claims.user_name, claims.purpose) == ("van Arts, L.", "TREATMENT")
    assert (claims.role, claims.role_system) == ("62247001", "2.16.840.1.113883.6.96")


@pytest.mark.parametrize("name", [RESOURCE, RESOURCE_1])
@pytest.mark.parametrize(
    "value", [f"{PERSONA.bsn}^^^&{BSN_OID}&ISO", {"root": BSN_OID, "extension": PERSONA.bsn}]
)
def test_xua_patient_stands_in_either_version_of_the_resource_id(name: str, value: object) -> None:
    words = {each: word for each, word in said("xua").items() if each != RESOURCE}
    assert XuaMap().read(signed("xua", {**words, name: value})).bsn == PERSONA.bsn


def test_xua_with_both_versions_of_the_resource_id_is_refused() -> None:
    words = said("xua")
    with pytest.raises(ClaimError, match="more than one value"):
        XuaMap().read(signed("xua", {**words, RESOURCE_1: words[RESOURCE]}))


@pytest.mark.parametrize(
    ("provider", "uzi", "agb"),
    [
        ("urn:oid:2.16.528.1.1007.3.1.900000001", "900000001", None),
        (f"{AGB}|01029999", None, "01029999"),
        ("BIG 19023456789", None, None),
    ],
)
def test_xua_provider_number_is_known_by_its_system(provider: str, uzi: str | None, agb: str | None) -> None:
    claims = XuaMap().read(signed("xua", {**said("xua"), PROVIDER: provider}))
    assert (claims.uzi_number, claims.agb_code) == (uzi, agb)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("sub", "Patient/1", "not a reference to Practitioner"),
        ("sub", "Practitioner/", "not a reference to Practitioner"),
        ("patient", "Practitioner/1", "not a reference to Patient"),
        ("patient", {"value": "999911120"}, "not a text"),
        ("resource", "1", "not a reference to Task"),
        ("hti-version", "1.1", "another version"),
        ("hti-version", 2.0, "not a text"),
        (PROFILE, "yes", "not an object"),
        (PROFILE, {}, "patient: missing"),
    ],
)
def test_hti_claim_outside_the_standard_or_the_profile_is_refused(
    name: str, value: object, problem: str
) -> None:
    with pytest.raises(ClaimError, match=problem):
        HtiMap().read(signed("hti", {**said("hti"), name: value}))


def test_hti_core_without_the_profile_carries_no_bsn_and_is_refused() -> None:
    core = {name: word for name, word in said("hti").items() if name != PROFILE}
    assert PERSONA.bsn not in str(core)
    with pytest.raises(ClaimError, match=PROFILE):
        HtiMap().read(signed("hti", core))


@pytest.mark.parametrize("system", ["fhir-id", "", 9])
def test_zorgdomein_patient_id_that_is_not_said_to_be_a_bsn_is_refused(system: object) -> None:
    with pytest.raises(ClaimError) as refused:
        ZorgdomeinMap().read(
            signed("zorgdomein", {**said("zorgdomein"), "context.patient-id.system": system})
        )
    assert refused.value.claim == "context.patient-id.system"


def test_zorgdomein_user_with_another_number_than_agb_has_no_agb_code() -> None:
    claims = ZorgdomeinMap().read(signed("zorgdomein", {**said("zorgdomein"), "user-id.system": "big"}))
    assert (claims.agb_code, claims.user_id_system, claims.user_id) == (None, "big", "01029999")


def test_zorgdomeins_own_example_lacks_what_a_launch_needs() -> None:
    example = {
        "user-id.system": "agb-z",
        "user-id.value": "01029999",
        "org-id.system": "agb-z",
        "org-id.value": "05029999",
        "context.patient-id": "5a4fc42a-1847-4862-a5da-7af86ac23968",
        "context.icpc": "T90",
        "context.xis-transaction-id": "6fb34257-7e0d-41a1-b8a7-417a50de6d39",
    }
    with pytest.raises(ClaimError):
        ZorgdomeinMap().read(signed("zorgdomein", example))


def _epic(change: Callable[[dict[str, Any]], object]) -> LaunchClaims:
    words: dict[str, Any] = deepcopy(said("epic"))
    change(words["fhir"])
    return EpicMap().read(SignedToken(TokenForm.JWT, "Practitioner/177578", words, {}))


def test_epic_reads_the_resources_of_a_smart_launch() -> None:
    claims = _epic(lambda fhir: None)
    assert (claims.user_id, claims.user_name) == ("Practitioner/177578", "L. van Arts")
    assert (claims.agb_code, claims.uzi_number) == ("01029999", None)
    assert (claims.family_name, claims.practice_name) == (
        PERSONA.name.family_as_used,
        "Huisartsenpraktijk De Linde",
    )
    assert claims.purpose is None


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        (lambda fhir: fhir["Patient"].update(resourceType="Practitioner"), "fhir.Patient"),
        (lambda fhir: fhir.update(Organization=[fhir["Organization"]]), "fhir.Organization"),
        (lambda fhir: fhir["Patient"].update(identifier=[]), "Patient.identifier"),
        (lambda fhir: fhir["Patient"].update(identifier={}), "Patient.identifier"),
        (lambda fhir: fhir["Patient"].update(identifier=["999911120"]), "Patient.identifier"),
        (
            lambda fhir: fhir["Patient"]["identifier"].append(fhir["Patient"]["identifier"][1]),
            "Patient.identifier",
        ),
        (lambda fhir: fhir["Patient"]["identifier"][1].update(value=999911120), "Patient.identifier.value"),
        (lambda fhir: fhir["Patient"].update(birthDate=1957), "Patient.birthDate"),
        (lambda fhir: fhir["Patient"].update(name=[]), "Patient.name"),
        (lambda fhir: fhir["Practitioner"].pop("id"), "Practitioner.id"),
        (lambda fhir: fhir["Practitioner"].pop("name"), "Practitioner.name"),
        (lambda fhir: fhir["Practitioner"]["name"][0].update(given="L."), "Practitioner.name.given"),
        (lambda fhir: fhir["Practitioner"]["name"][0].pop("family"), "Practitioner.name.family"),
        (lambda fhir: fhir["PractitionerRole"].update(code=[]), "PractitionerRole.code"),
        (lambda fhir: fhir["PractitionerRole"].update(code=[{}, {}]), "PractitionerRole.code"),
        (lambda fhir: fhir["PractitionerRole"].update(code=[{}]), "PractitionerRole.code.coding"),
        (
            lambda fhir: fhir["PractitionerRole"].update(code=[{"coding": [{}]}]),
            "PractitionerRole.code.coding.code",
        ),
        (lambda fhir: fhir["Organization"].update(id="", identifier=[]), "Organization.id"),
    ],
)
def test_epic_resource_without_what_a_launch_needs_is_refused(
    change: Callable[[dict[str, Any]], object], claim: str
) -> None:
    with pytest.raises(ClaimError) as refused:
        _epic(change)
    assert refused.value.claim == claim
    assert "999911120" not in str(refused.value)


@pytest.mark.parametrize(
    ("identifier", "practice_id"),
    [([{"system": AGB, "value": "05090001"}], f"{AGB}|05090001"), ([], "Organization/org-1")],
)
def test_epic_organisation_without_a_ura_is_left_to_the_grants_table(
    identifier: list[dict[str, str]], practice_id: str
) -> None:
    claims = _epic(lambda fhir: fhir["Organization"].update(identifier=identifier))
    assert (claims.practice_ura, claims.practice_id) == ("", practice_id)


def test_epic_takes_the_official_name_and_the_text_of_a_practitioner() -> None:
    def change(fhir: dict[str, Any]) -> None:
        fhir["Patient"]["name"].insert(0, {"use": "maiden", "family": "Anders"})
        fhir["Practitioner"]["name"][0]["text"] = "dr. L. van Arts"

    claims = _epic(change)
    assert (claims.family_name, claims.user_name) == (PERSONA.name.family_as_used, "dr. L. van Arts")


def test_epic_takes_the_first_coding_of_a_role() -> None:
    def change(fhir: dict[str, Any]) -> None:
        fhir["PractitionerRole"]["code"][0]["coding"].append(
            {"system": "http://snomed.info/sct", "code": "309343006"}
        )

    assert _epic(change).role == "1"
