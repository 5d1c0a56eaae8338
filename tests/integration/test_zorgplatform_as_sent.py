"""Zorgplatform as its token service really sends it: encrypted with AES-CBC, good for twelve minutes, without
SubjectConfirmationData (launch.md §2). A hospital accepts it by three dated relaxations, and no longer."""

from datetime import timedelta

import pytest
from lxml.etree import _Element

from sandbox.his.dialects import DIALECTS
from sandbox.his.saml import SAML, add_original_issuer, mint_saml, saml_attributes
from sandbox.his.saml_encryption import ZORGPLATFORM, encrypt_assertion
from sandbox.his.service_keys import fetch_encryption_certificate
from tests.attack.expected import expected
from tests.stack import Stack

HIS = "zorgplatform"
NEEDED = ("aes_cbc_and_oaep_sha1", "no_subject_confirmation_data", "saml_window_720_seconds")
DAYS = 30


def relax(stack: Stack, *names: str) -> None:
    until = (stack.clock.now() + timedelta(days=DAYS)).isoformat(timespec="seconds")
    relaxed = "".join(
        f'[[grants.relaxations]]\nname = "{name}"\nuntil = {until}\nreason = "as its token service sends"\n'
        for name in names
    )
    stack.product.register(stack.product.registration_of(HIS, relaxed))


def sent(stack: Stack) -> dict[str, str]:
    """One Response as the token service makes it."""
    dialect = DIALECTS[HIS]
    click = stack.click(HIS, lifetime_seconds=720)

    def as_it_does(root: _Element) -> None:
        add_original_issuer(root, dialect.original_issuer or "CN=example.com")
        for data in list(root.iter(f"{{{SAML}}}SubjectConfirmationData")):
            parent = data.getparent()
            assert parent is not None
            parent.remove(data)

    response = mint_saml(
        click,
        stack.his.keys.saml,
        now=stack.clock.now(),
        attributes=saml_attributes(dialect, click),
        before_signing=as_it_does,
    )
    certificate = fetch_encryption_certificate(f"{stack.base_url()}/saml/metadata")
    return {"SAMLResponse": encrypt_assertion(response, certificate, how=ZORGPLATFORM)}


def test_launch_as_really_sent_opens_under_three_dated_relaxations(stack: Stack) -> None:
    relax(stack, *NEEDED)
    page = stack.new_browser().open(sent(stack))
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body
    (record,) = stack.records("LAUNCH_DECISION")
    assert record.fields["relaxations"] == NEEDED


@pytest.mark.proves("attack:A100")
def test_relaxations_end_by_themselves_on_their_date(stack: Stack) -> None:
    relax(stack, *NEEDED)
    stack.clock.advance(timedelta(days=DAYS))
    assert stack.new_browser().launch(sent(stack)).status == expected("A100").http
    assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == expected("A100").code


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("aes_cbc_and_oaep_sha1", "L207"),
        ("no_subject_confirmation_data", "L501"),
        ("saml_window_720_seconds", "L404"),
    ],
)
def test_launch_without_one_of_its_relaxations_is_refused(stack: Stack, missing: str, code: str) -> None:
    relax(stack, *(name for name in NEEDED if name != missing))
    stack.new_browser().launch(sent(stack))
    (record,) = stack.records("LAUNCH_DECISION")
    assert record.fields["code"] == code
    assert not stack.zis.requests
