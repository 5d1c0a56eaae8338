"""Every HIS through the whole product over real HTTP and SOAP: its good launch, and each way to spoil it."""

import json
from collections.abc import Mapping
from importlib import import_module

import pytest

from app.claim_maps import CLAIM_MAPS
from launch.claims import TokenForm
from sandbox.his.dialects import DIALECTS
from sandbox.his.launches import LaunchFault, applies
from sandbox.his.saml import add_original_issuer, mint_saml, saml_attributes
from sandbox.his.tokens import jwt_claims, mint_jwt, object_with_duplicates
from tests.attack.expected import expected
from tests.stack import Stack

VENDORS = sorted(DIALECTS)


def _required(vendor: str) -> tuple[str, ...]:
    names: tuple[str, ...] = import_module(f"adapters.his.{vendor}").REQUIRED
    return names


def _row(vendor: str, fault: str) -> str:
    """The fault's row in ``expected_codes.toml``: it depends on the form of token, not on the vendor."""
    return f"{fault}-{'jwt' if CLAIM_MAPS[vendor].form is TokenForm.JWT else 'viplive'}"


def _refusals(stack: Stack) -> list[tuple[object, object]]:
    records = [record.fields for record in stack.records("LAUNCH_DECISION")]
    return [(fields["outcome"], fields.get("code")) for fields in records]


@pytest.mark.proves("feature:A01")
@pytest.mark.parametrize("vendor", VENDORS)
def test_good_launch_of_every_his_shows_the_patient(stack: Stack, vendor: str) -> None:
    browser = stack.new_browser()
    posted = browser.launch(stack.form(vendor, stack.click(vendor)))
    assert posted.status == 303, posted.body
    page = browser.get(posted.location)
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body.upper()
    assert "van Arts" in page.body
    (decision,) = stack.records("LAUNCH_DECISION")
    assert decision.fields["outcome"] == "accepted"


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_fault_of_a_his_is_refused_with_its_code(stack: Stack, vendor: str) -> None:
    faults = [each for each in LaunchFault if applies(each, vendor) and each is not LaunchFault.REPLAYED]
    for fault in faults:
        reply = stack.new_browser().launch(stack.form(vendor, stack.click(vendor), fault))
        wanted = expected(_row(vendor, fault))
        assert (reply.status, (wanted.code or "") in reply.body) == (wanted.http, True), (fault, reply.body)
    assert [code for _, code in _refusals(stack)] == [expected(_row(vendor, fault)).code for fault in faults]
    assert not stack.zis.requests


@pytest.mark.parametrize("vendor", VENDORS)
def test_launch_without_a_required_name_or_with_it_twice_is_l501(stack: Stack, vendor: str) -> None:
    spoilt = [form for name in _required(vendor) for form in _spoilt(stack, vendor, name)]
    assert len(spoilt) >= len(_required(vendor))
    for fields in spoilt:
        reply = stack.new_browser().launch(fields)
        assert (reply.status, "L501" in reply.body) == (400, True), reply.body
    assert _refusals(stack) == [("refused", "L501")] * len(spoilt)
    assert not stack.zis.requests


def _spoilt(stack: Stack, vendor: str, name: str) -> list[dict[str, str]]:
    """The launch without the name, and with the name twice."""
    if CLAIM_MAPS[vendor].form is TokenForm.SAML:
        return [_saml(stack, vendor, name, times) for times in (0, 2)]
    outer, _, inner = name.partition(".")
    claims = jwt_claims(stack.click(vendor), stack.clock.now(), vendor)
    if name in claims:
        others = [(each, value) for each, value in claims.items() if each != name]
        twice = [*others, (name, claims[name]), (name, claims[name])]
        return [
            _jwt(stack, vendor, json.dumps(dict(others)).encode()),
            _jwt(stack, vendor, object_with_duplicates(twice)),
        ]
    nested = claims[outer]
    assert isinstance(nested, Mapping)
    fewer = {each: value for each, value in nested.items() if each != inner}
    return [_jwt(stack, vendor, json.dumps({**claims, outer: fewer}).encode())]


def _jwt(stack: Stack, vendor: str, payload: bytes) -> dict[str, str]:
    token = mint_jwt(stack.click(vendor), stack.his.keys.jwt, now=stack.clock.now(), claims=payload)
    return {"token": token}


def _saml(stack: Stack, vendor: str, name: str, times: int) -> dict[str, str]:
    content, dialect = stack.click(vendor), DIALECTS[vendor]
    attributes = [
        each
        for found, values in saml_attributes(dialect, content)
        for each in [(found, values)] * (times if found == name else 1)
    ]
    response = mint_saml(content, stack.his.keys.saml, now=stack.clock.now(), attributes=attributes)
    return {"SAMLResponse": response}


@pytest.mark.parametrize("vendor", sorted(name for name in VENDORS if DIALECTS[name].organisation))
def test_organisation_that_the_grant_does_not_name_is_l304(stack: Stack, vendor: str) -> None:
    reply = stack.new_browser().launch(stack.form(vendor, stack.click(vendor, practice_agb="05099999")))
    assert (reply.status, "L304" in reply.body) == (403, True)


def test_no_his_reads_a_launch_of_the_other_token_form(stack: Stack) -> None:
    for vendor in VENDORS:
        other = "viplive" if CLAIM_MAPS[vendor].form is TokenForm.JWT else "jwt"
        content = stack.click(other, issuer=stack.his.issuer(vendor))
        reply = stack.new_browser().launch(stack.form(other, content))
        assert (reply.status, "L303" in reply.body) == (401, True), vendor


@pytest.mark.proves("attack:A082")
def test_attribute_of_a_token_service_is_allowed_to_its_his_alone(stack: Stack) -> None:
    content = stack.click("viplive")
    response = mint_saml(
        content,
        stack.his.keys.saml,
        now=stack.clock.now(),
        before_signing=lambda root: add_original_issuer(root, "CN=sts.example"),
    )
    reply = stack.new_browser().launch({"SAMLResponse": response})
    assert (reply.status, "L210" in reply.body) == (401, True)
