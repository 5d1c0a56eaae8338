"""Zorgplatform's published sample assertion, signed anew and judged by the whole verifier."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import _Element as Element

from app.claim_maps import CLAIM_MAPS
from context.bsn import Bsn
from context.launch import VerifiedLaunch
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.trust.model import Grant, PracticeLink, TrustStatus, Vendor
from launch.verify import UnverifiedLaunch, verify_launch
from sandbox.his.saml import SAML, WS_CLAIMS, mint_saml
from tests.launch_stage import ORIGIN, URA, Stage, certificate, registered

ISSUER = "https://zorgplatform.online/sts"
ROLE = "2.16.840.1.113883.6.96|223366009"
ORGANISATION = "orgid:1.2.3.4.5"


def _statement(folder: Path) -> Element:
    """The attributes of the sample."""
    sample = etree.parse(folder / "launch" / "zorgplatform-hix-sso-assertion.xml").getroot()
    (found,) = sample.iter(f"{{{SAML}}}AttributeStatement")
    return found


def _add(statement: Element, name: str, text: str) -> None:
    attribute = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=name)
    etree.SubElement(attribute, f"{{{SAML}}}AttributeValue").text = text


def _launch(statement: Element, **changes: object) -> VerifiedLaunch:
    """:param changes: of the grant."""
    stage = Stage()
    grant = Grant(
        hospital=stage.hospital.slug,
        issuer=ISSUER,
        environment=stage.hospital.environment,
        status=TrustStatus.ACTIVE,
        launch_origins=frozenset({ORIGIN}),
        roles={ROLE: "01.015"},
        organisations={ORGANISATION: URA},
    )
    vendor = Vendor(ISSUER, "ChipSoft", "zorgplatform", TrustStatus.ACTIVE, (registered(certificate()),))
    link = PracticeLink(URA, TrustStatus.ACTIVE, "Praktijk volgens register")
    stage.trust.register(vendor, replace(grant, **changes), {URA: link})  # type: ignore[arg-type]

    def take_over(root: Element) -> None:
        (own,) = root.iter(f"{{{SAML}}}AttributeStatement")
        parent = own.getparent()
        assert parent is not None
        parent.replace(own, deepcopy(statement))

    content = stage.content(ISSUER, user_id="1234@1.2.3.4.5")
    text = mint_saml(content, certificate(), now=stage.now, before_signing=take_over)
    unverified = UnverifiedLaunch(TokenForm.SAML, text, ORIGIN, stage.now)
    return verify_launch(unverified, stage.hospital, stage.trust, CLAIM_MAPS, stage.now)


def test_sample_with_a_birth_date_is_a_launch(shared_data: Path) -> None:
    statement = _statement(shared_data)
    _add(statement, "client.birthdate", "19700101")
    launch = _launch(statement)
    assert launch.bsn == Bsn("999999102")
    assert (launch.user.identifier, launch.user.name) == ("1234@1.2.3.4.5", "Arts, H.")
    assert (launch.user.role, launch.user.source_role) == ("01.015", ROLE)
    assert (launch.practice.ura_number, launch.practice.name) == (URA, "Praktijk volgens register")


def _with_two_organisations(statement: Element) -> None:
    _add(statement, "urn:oasis:names:tc:xspa:1.0:subject:organization-id", "orgid:9")


def _with_a_stranger_attribute(statement: Element) -> None:
    statement[1].set(f"{{{WS_CLAIMS}}}Issuer", "x")


def _with_a_label_on_a_value(statement: Element) -> None:
    statement[1][0].set(f"{{{WS_CLAIMS}}}OriginalIssuer", "x")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_with_two_organisations, "L501"),
        (_with_a_stranger_attribute, "L210"),
        (_with_a_label_on_a_value, "L210"),
    ],
)
def test_sample_with_more_than_it_may_hold_is_refused(
    shared_data: Path, change: Callable[[Element], None], code: str
) -> None:
    statement = _statement(shared_data)
    _add(statement, "client.birthdate", "19700101")
    change(statement)
    with pytest.raises(LaunchRefusedError) as refused:
        _launch(statement)
    assert refused.value.code == code


def test_sample_as_published_lacks_the_birth_date(shared_data: Path) -> None:
    with pytest.raises(LaunchRefusedError, match=r"client\.birthdate") as refused:
        _launch(_statement(shared_data))
    assert refused.value.code == "L501"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organisations": {}}, "L304"),
        ({"organisations": {ORGANISATION: "87654321"}}, "L304"),
        ({"roles": {"2.16.840.1.113883.6.96|62247001": "01.015"}}, "L503"),
        ({"roles": {"223366009": "01.015"}}, "L503"),
    ],
)
def test_sample_whose_organisation_or_role_the_grant_does_not_name_is_refused(
    shared_data: Path, changes: dict[str, object], code: str
) -> None:
    statement = _statement(shared_data)
    _add(statement, "client.birthdate", "19700101")
    with pytest.raises(LaunchRefusedError) as refused:
        _launch(statement, **changes)
    assert refused.value.code == code
