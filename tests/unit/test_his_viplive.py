"""VIPLive's attribute names (RIVO-Noord zorgviewer-ig, column VIPLive)."""

from collections.abc import Mapping

import pytest

from adapters.his.saml_names import PURPOSE, ROLE
from adapters.his.viplive import REQUIRED, VipliveMap
from launch.claims import ClaimError, CodedValue, SignedToken, TokenForm

SENT: Mapping[str, tuple[str | CodedValue, ...]] = {
    "client.bsn": ("999911120",),
    "client.birthdate": ("19700101",),
    "client.initials": ("J.",),
    "client.family_name": ("Fictief",),
    "professional.initials": ("L.",),
    "professional.family_name": ("Arts",),
    "professional.org.ura": ("12345678",),
    "organization-id": ("2.16.840.1.113883.2.4.3.8",),
    ROLE: (CodedValue("62247001", "2.16.840.1.113883.6.96"),),
}


def _signed(subject: str | None = "177578", **changes: tuple[str | CodedValue, ...]) -> SignedToken:
    attributes = {**SENT, **{name.replace("_", "."): values for name, values in changes.items()}}
    return SignedToken(TokenForm.SAML, subject, {}, attributes)


def _without(name: str) -> SignedToken:
    attributes = {each: values for each, values in SENT.items() if each != name}
    return SignedToken(TokenForm.SAML, "177578", {}, attributes)


def test_documented_attributes_become_claims() -> None:
    claims = VipliveMap().read(_signed())
    assert (claims.bsn, claims.birth_date, claims.family_name) == ("999911120", "19700101", "Fictief")
    assert (claims.user_id, claims.user_name) == ("177578", "L. Arts")
    assert (claims.role, claims.role_system) == ("62247001", "2.16.840.1.113883.6.96")
    assert (claims.practice_ura, claims.purpose, claims.unknown_names) == ("12345678", None, ())


@pytest.mark.parametrize("name", REQUIRED)
def test_missing_required_attribute_is_named(name: str) -> None:
    with pytest.raises(ClaimError) as refused:
        VipliveMap().read(_without(name))
    assert refused.value.claim == name


@pytest.mark.parametrize("subject", [None, ""])
def test_missing_user_id_is_refused(subject: str | None) -> None:
    with pytest.raises(ClaimError, match="NameID"):
        VipliveMap().read(_signed(subject))


@pytest.mark.parametrize("name", ["client.family_name", "professional.initials"])
def test_optional_attribute_may_be_absent_or_empty_but_not_twice(name: str) -> None:
    assert VipliveMap().read(_without(name)).user_id == "177578"
    attributes = {**SENT, name: ("",)}
    assert VipliveMap().read(SignedToken(TokenForm.SAML, "177578", {}, attributes)).user_id == "177578"
    with pytest.raises(ClaimError, match="more than one"):
        VipliveMap().read(SignedToken(TokenForm.SAML, "177578", {}, {**SENT, name: ("a", "b")}))


def test_user_without_initials_is_named_by_family_name() -> None:
    assert VipliveMap().read(_without("professional.initials")).user_name == "Arts"


def test_bare_role_code_has_no_system() -> None:
    claims = VipliveMap().read(SignedToken(TokenForm.SAML, "1", {}, {**SENT, ROLE: ("62247001",)}))
    assert (claims.role, claims.role_system) == ("62247001", None)


@pytest.mark.parametrize("value", ["EMER", CodedValue("EMER", "2.16.840.1.113883.5.8")])
def test_purpose_is_passed_on_when_sent(value: str | CodedValue) -> None:
    claims = VipliveMap().read(SignedToken(TokenForm.SAML, "1", {}, {**SENT, PURPOSE: (value,)}))
    assert claims.purpose == "EMER"


def test_bsn_as_an_hl7_element_is_refused_without_its_value() -> None:
    with pytest.raises(ClaimError) as refused:
        VipliveMap().read(_signed(client_bsn=(CodedValue("999911120", "2.16.840.1.113883.2.4.6.3"),)))
    assert "999911120" not in str(refused.value)


def test_unknown_attribute_is_listed() -> None:
    assert VipliveMap().read(_signed(extra=("x",))).unknown_names == ("extra",)
