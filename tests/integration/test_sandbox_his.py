"""The sandbox's HIS portal over real HTTP: its page, its forms, its keys and its registration files."""

import base64
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, KeySet
from lxml import etree, html
from lxml.etree import _Element as Element
from signxml.exceptions import InvalidDigest
from signxml.verifier import XMLVerifier

from sandbox.his.dialects import DIALECTS
from sandbox.his.launches import LaunchFault, applies
from sandbox.his.texts import FAULT_LABELS, USER_LABELS, WAY_LABELS
from sandbox.his.vendors import USERS, His, Hospital
from sandbox.his.ways import Way
from sandbox.patients import is_test_bsn, load_personas
from sandbox.servers import HisServer

PERSONAS = load_personas()
GIVEN = PERSONAS["consent_given"]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CWZ = Hospital("cwz", "CWZ", "http://127.0.0.1:8080/cwz")
SAXENBURGH = Hospital("saxenburgh", "Saxenburgh", "http://127.0.0.1:8080/saxenburgh")
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


@pytest.fixture(scope="module")
def his() -> Iterator[HisServer]:
    with HisServer(hospitals=[CWZ, SAXENBURGH], now=lambda: NOW) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Form:
    """The form that the portal answers a click with."""

    action: str
    fields: dict[str, str]
    buttons: int

    @property
    def claims(self) -> dict[str, object]:
        payload = self.fields["token"].split(".")[1]
        loaded: dict[str, object] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return loaded

    @property
    def response(self) -> Element:
        return etree.fromstring(base64.b64decode(self.fields["SAMLResponse"]))


def page_of(server: HisServer, **choices: str) -> Any:
    """The overview, parsed. Untyped, because the stubs of lxml know no HTML."""
    with requests.get(server.url, params=choices, timeout=10) as answer:
        assert answer.status_code == 200
        return html.document_fromstring(answer.text)


def click(server: HisServer, his: str, fault: str = "", **changes: str) -> Form:
    data = {"patient": GIVEN.bsn, "his": his, "hospital": "cwz", "fault": fault} | changes
    with requests.post(f"{server.url}/tegel", data, timeout=10) as answer:
        assert answer.status_code == 200
        page: Any = html.document_fromstring(answer.text)
    (form,) = page.forms
    fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    assert form.get("method") == "post"
    return Form(form.get("action", ""), fields, len(list(form.iter("button"))))


def verified_claims(server: HisServer, form: Form) -> dict[str, object]:
    with requests.get(f"{server.url}/jwks.json", timeout=10) as answer:
        keys = KeySet.import_key_set(answer.json())
    return dict(jwt.decode(form.fields["token"], keys, algorithms=["ES256"]).claims)


def verified_assertion(server: HisServer, form: Form) -> Element:
    with requests.get(f"{server.url}/saml/metadata", timeout=10) as answer:
        metadata = etree.fromstring(answer.content)
    (pinned,) = metadata.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    der = base64.b64decode(pinned.text or "")
    result = XMLVerifier().verify(
        base64.b64decode(form.fields["SAMLResponse"]),
        x509_cert=x509.load_der_x509_certificate(der),
        id_attribute="ID",
    )
    found = result[0] if isinstance(result, list) else result
    assert found.signed_xml is not None
    return found.signed_xml


def attribute(assertion: Element, name: str) -> list[str]:
    values = assertion.findall(f".//{SAML}Attribute[@Name='{name}']/{SAML}AttributeValue")
    return ["".join(str(text) for text in value.itertext()) for value in values]


def test_page_shows_each_patient_with_purpose_and_a_tile_per_hospital_and_vendor(his: HisServer) -> None:
    page = page_of(his)
    assert len(page.xpath("//h2")) == len({persona.group for persona in PERSONAS.values()})
    cards = page.xpath("//li[@data-persona]")
    assert [card.get("data-persona") for card in cards] == list(PERSONAS)
    for card, persona in zip(cards, PERSONAS.values(), strict=True):
        text = card.text_content()
        assert persona.name.label in text
        assert persona.purpose in text
        assert f"{persona.birth_date:%d-%m-%Y}" in text
        tiles = card.xpath(".//form[@action='/tegel']//button[@name='his']")
        assert sorted(each.get("value") for each in tiles) == sorted([*DIALECTS, *DIALECTS])
    assert page.get("lang") == "nl"


def test_page_holds_no_bsn_in_an_address_or_in_view(his: HisServer) -> None:
    page = page_of(his)
    addresses = page.xpath("//@href | //@action | //@src")
    assert addresses
    assert not any(persona.bsn in address for persona in PERSONAS.values() for address in addresses)
    assert not any(persona.bsn in page.text_content() for persona in PERSONAS.values())


def test_chosen_fault_goes_with_every_tile_it_applies_to(his: HisServer) -> None:
    page = page_of(his, fault="alg_none", user="waarnemer")
    forms = page.xpath("//li//form[@action='/tegel']")
    assert len(forms) == len(PERSONAS) * 2
    for form in forms:
        fields = {each.get("name"): each.get("value") for each in form.iter("input")}
        assert (fields["fault"], fields["user"]) == ("alg_none", "waarnemer")
        offered = {each.get("value") for each in form.iter("button")}
        assert offered == {"jwt", "hti", "zorgdomein", "epic"}


@pytest.mark.parametrize(
    ("way", "offered"),
    [
        ("ticket", set(DIALECTS)),
        ("sign_on", {name for name, dialect in DIALECTS.items() if dialect.form == "saml"}),
    ],
)
def test_chosen_way_goes_with_every_tile_that_can_launch_so(
    his: HisServer, way: str, offered: set[str]
) -> None:
    page = page_of(his, way=way)
    for form in page.xpath("//li//form[@action='/tegel']"):
        assert form.xpath("input[@name='way']/@value") == [way]
        assert {each.get("value") for each in form.iter("button")} == offered
    assert page.xpath("//select[@name='way']/option[@selected]/@value") == [way]


def test_page_ignores_an_unknown_choice(his: HisServer) -> None:
    choices = {"fault": "<b>", "user": "nobody", "way": "<b>"}
    with requests.get(his.url, params=choices, timeout=10) as answer:
        assert answer.status_code == 200
        assert "&lt;b&gt;" not in answer.text
        assert 'value="arts"' in answer.text


def test_every_fault_and_user_has_a_label() -> None:
    assert set(FAULT_LABELS) == {*LaunchFault}
    assert set(USER_LABELS) == set(USERS)
    assert set(WAY_LABELS) == {*Way} - {Way.DIRECT}


def test_jwt_tile_posts_a_signed_token_to_the_hospital(his: HisServer) -> None:
    form = click(his, "jwt")
    assert form.action == "http://127.0.0.1:8080/cwz/launch"
    assert list(form.fields) == ["token"]
    assert form.buttons == 1
    claims = verified_claims(his, form)
    assert claims["iss"] == his.issuer(His.JWT) == f"{his.url}/jwt"
    assert claims["aud"] == form.action
    assert claims["iat"] == int(NOW.timestamp())
    assert claims["exp"] == int(NOW.timestamp()) + 120
    assert claims["patient"] == {
        "system": "http://fhir.nl/fhir/NamingSystem/bsn",
        "value": GIVEN.bsn,
        "birthdate": "1957-03-14",
    }


def test_viplive_tile_posts_a_signed_assertion_to_the_hospital(his: HisServer) -> None:
    form = click(his, "viplive", hospital="saxenburgh")
    assert form.action == "http://127.0.0.1:8080/saxenburgh/launch"
    assert list(form.fields) == ["SAMLResponse"]
    assertion = verified_assertion(his, form)
    assert assertion.findtext(f"{SAML}Issuer") == f"{his.url}/viplive"
    assert [each.text for each in assertion.iter(f"{SAML}Audience")] == [SAXENBURGH.entity_id]
    assert attribute(assertion, "client.bsn") == [GIVEN.bsn]
    assert attribute(assertion, "client.birthdate") == ["19570314"]
    assert attribute(assertion, "client.family_name") == ["de Vries-van der Berg"]
    assert attribute(assertion, "professional.org.ura") == ["90000001"]


def test_each_click_mints_a_fresh_token(his: HisServer) -> None:
    first, second = click(his, "jwt").claims, click(his, "jwt").claims
    assert first["jti"] != second["jti"]


def test_user_field_chooses_who_clicks(his: HisServer) -> None:
    assert click(his, "jwt").claims["sub"] == "177578"
    assert click(his, "jwt", user="waarnemer").claims["sub"] == "240117"


def test_replayed_is_the_token_of_the_previous_good_click(his: HisServer) -> None:
    for vendor in ("jwt", "viplive"):
        previous = click(his, vendor)
        click(his, vendor, "expired")
        assert click(his, vendor, "replayed").fields == previous.fields
        assert click(his, vendor).fields != previous.fields


@pytest.mark.parametrize(
    "change",
    [
        {"patient": "999900007"},
        {"his": "medicom"},
        {"hospital": "amc"},
        {"user": "nobody"},
        {"fault": "explode"},
        {"fault": "doctype", "his": "jwt"},
        {"fault": "hs256", "his": "viplive"},
    ],
)
def test_unknown_choice_is_refused(his: HisServer, change: dict[str, str]) -> None:
    data = {"patient": GIVEN.bsn, "his": "jwt", "hospital": "cwz"} | change
    with requests.post(f"{his.url}/tegel", data, timeout=10) as answer:
        assert answer.status_code == 400


def test_time_faults_differ_only_in_time(his: HisServer) -> None:
    moments = {name: click(his, "jwt", name).claims for name in ("expired", "future", "too_long")}
    now = int(NOW.timestamp())
    assert moments["expired"]["exp"] == now - 480
    assert moments["future"]["iat"] == now + 600
    assert moments["too_long"]["exp"] == now + 3600
    window = click(his, "viplive", "too_long").response.find(f".//{SAML}Conditions")
    assert window is not None
    assert datetime.fromisoformat(window.get("NotOnOrAfter", "")) - NOW == timedelta(hours=1)


@pytest.mark.parametrize("vendor", ["jwt", "viplive"])
def test_content_faults_are_well_signed(his: HisServer, vendor: str) -> None:
    invalid = click(his, vendor, "bsn_invalid")
    without = click(his, vendor, "no_birthdate")
    if vendor == "jwt":
        patient = verified_claims(his, invalid)["patient"]
        assert isinstance(patient, dict)
        assert not is_test_bsn(patient["value"])
        kept = verified_claims(his, without)["patient"]
        assert isinstance(kept, dict)
        assert "birthdate" not in kept
        assert "224610007" in json.dumps(verified_claims(his, click(his, vendor, "role_unknown")))
        assert "ETREAT" in json.dumps(verified_claims(his, click(his, vendor, "emergency")))
        assert "90000099" in json.dumps(verified_claims(his, click(his, vendor, "practice_unknown")))
        assert verified_claims(his, click(his, vendor, "wrong_audience"))["aud"] != CWZ.launch_url
        assert verified_claims(his, click(his, vendor, "unknown_issuer"))["iss"] == f"{his.url}/jwt-onbekend"
        return
    assert not is_test_bsn(attribute(verified_assertion(his, invalid), "client.bsn")[0])
    assert attribute(verified_assertion(his, without), "client.birthdate") == []
    purpose = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
    assert attribute(verified_assertion(his, click(his, vendor, "emergency")), purpose) == ["ETREAT"]
    strange = verified_assertion(his, click(his, vendor, "practice_unknown"))
    assert attribute(strange, "professional.org.ura") == ["90000099"]
    elsewhere = verified_assertion(his, click(his, vendor, "wrong_audience"))
    assert elsewhere.findtext(f".//{SAML}Audience") != CWZ.entity_id


def test_bad_signature_does_not_verify(his: HisServer) -> None:
    with pytest.raises(BadSignatureError):
        verified_claims(his, click(his, "jwt", "bad_signature"))
    with pytest.raises(InvalidDigest):
        verified_assertion(his, click(his, "viplive", "bad_signature"))


def test_unsigned_and_symmetric_tokens_say_so(his: HisServer) -> None:
    for fault, algorithm in (("alg_none", "none"), ("hs256", "HS256")):
        head, _, signature = click(his, "jwt", fault).fields["token"].split(".")
        assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == algorithm
        assert bool(signature) is (fault == "hs256")


def test_duplicate_keys_are_in_the_signed_payload(his: HisServer) -> None:
    payload = click(his, "jwt", "duplicate_keys").fields["token"].split(".")[1]
    assert base64.urlsafe_b64decode(payload + "==").count(b'"patient"') == 2


def test_wrapped_response_has_a_forged_and_a_signed_assertion(his: HisServer) -> None:
    form = click(his, "viplive", "wrapped")
    forged, genuine = form.response.iter(f"{SAML}Assertion")
    assert attribute(forged, "client.bsn") != [GIVEN.bsn]
    assert attribute(genuine, "client.bsn") == [GIVEN.bsn]
    assert verified_assertion(his, form).get("ID") == genuine.get("ID")


def test_comment_in_bsn_keeps_the_signature_valid(his: HisServer) -> None:
    form = click(his, "viplive", "comment_in_bsn")
    assert verified_assertion(his, form) is not None
    raw = base64.b64decode(form.fields["SAMLResponse"])
    assert GIVEN.bsn.encode() not in raw
    assert b"<!---->" in raw


def test_doctype_stands_before_the_response(his: HisServer) -> None:
    raw = base64.b64decode(click(his, "viplive", "doctype").fields["SAMLResponse"])
    assert raw.startswith(b"<!DOCTYPE samlp:Response>")


@pytest.mark.parametrize("vendor", ["jwt", "viplive"])
def test_form_can_hold_no_token_or_both(his: HisServer, vendor: str) -> None:
    assert click(his, vendor, "no_token").fields == {}
    assert set(click(his, vendor, "both_tokens").fields) == {"token", "SAMLResponse"}


@pytest.mark.parametrize("fault", LaunchFault)
def test_every_fault_gives_a_form(his: HisServer, fault: LaunchFault) -> None:
    for vendor in DIALECTS:
        if applies(fault, vendor):
            assert click(his, vendor, fault).action == CWZ.launch_url


def test_keys_stay_the_same_over_a_restart(tmp_path: Path) -> None:
    with HisServer(data=tmp_path) as first:
        keys = first.keys
    with HisServer(data=tmp_path) as second:
        assert second.keys.jwt.public_pem == keys.jwt.public_pem
        assert second.keys.saml.fingerprint == keys.saml.fingerprint
    with HisServer() as other:
        assert other.keys.jwt.public_pem != keys.jwt.public_pem
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("*-key.pem")} == {0o600}


def test_registration_files_hold_what_the_portal_uses(his: HisServer, tmp_path: Path) -> None:
    files = his.write_registrations(tmp_path)
    assert [file.stem for file in files] == list(DIALECTS)
    registrations = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in files}
    viplive, jwt_his = registrations["viplive"], registrations["jwt"]
    for name, content in registrations.items():
        assert content["issuer"] == f"{his.url}/{name}"
        assert content["adapter"] == name
        assert [grant["hospital"] for grant in content["grants"]] == ["cwz", "saxenburgh"]
        for grant in content["grants"]:
            assert grant["environment"] == "test"
            assert grant["launch_origins"] == [his.url]
            assert grant["roles"] == DIALECTS[name].roles
            assert set(grant.get("organisations", {}).values()) <= {"90000001"}
            assert [each["ura_number"] for each in grant["practices"]] == ["90000001"]
    assert viplive["sign_on_url"] == f"{his.url}/sso/viplive"
    certificate, for_messages = viplive["keys"]
    assert list(certificate) == ["certificate"]
    assert x509.load_pem_x509_certificate(certificate["certificate"].encode()) == his.keys.saml.certificate
    (key,) = jwt_his["keys"]
    assert for_messages == key
    assert (key["kid"], key["algorithm"]) == ("2026-11", "ES256")
    serialization.load_pem_public_key(key["public_key"].encode())
    token = click(his, "jwt").fields["token"]
    claims = jwt.decode(token, ECKey.import_key(key["public_key"]), algorithms=["ES256"]).claims
    assert claims["iss"] == jwt_his["issuer"]


def test_portal_narrows_down_to_the_patients_and_hospitals_asked_for(his: HisServer) -> None:
    whole = requests.get(his.url, timeout=10).text
    few = requests.get(f"{his.url}/?patient=consent_given&hospital=cwz", timeout=10).text
    assert whole.count("data-persona=") > 50
    assert few.count("data-persona=") == 1
    assert 'name="hospital" value="cwz"' in few
    assert 'name="hospital" value="saxenburgh"' not in few
