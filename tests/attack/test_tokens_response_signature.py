"""Responses that alone are signed, which a relaxation accepts (D12), and attacks on them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import etree
from lxml.etree import _Element

from launch.errors import LaunchRefusedError
from launch.trust.model import RelaxationName
from sandbox.his.saml import build_response
from sandbox.his.tokens import encode_saml, sign_element
from sandbox.kit.saml_changes import (
    ASSERTION,
    RESPONSE,
    assertion_of,
    ds,
    saml,
    signature_of,
    with_attribute,
    with_text,
)
from tests.attack.expected import expected
from tests.attack.saml_encryption_makers import encrypting, relax, unsigned
from tests.attack.saml_makers import genuine
from tests.launch_stage import SAML_ISSUER, Stage, certificate


def response_only(stage: Stage) -> _Element:
    root = build_response(stage.content(SAML_ISSUER), now=stage.now)
    return sign_element(root, str(root.get("ID")), certificate())


@pytest.mark.proves("attack:A072")
def test_response_signature_alone_is_accepted_under_its_relaxation_only() -> None:
    stage = Stage()
    document = encode_saml(etree.tostring(response_only(stage)))
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(document)
    assert refused.value.code == expected("A072-unsigned").code
    relax(stage, RelaxationName.RESPONSE_SIGNATURE_ONLY)
    launch = stage.verify_saml(document)
    assert (launch.bsn.reveal(), launch.relaxations) == ("999911120", ("response_signature_only",))
    assert stage.verify_saml(encode_saml(genuine(stage))).relaxations == ()
    stage.now += timedelta(days=2)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encode_saml(etree.tostring(response_only(stage))))
    assert refused.value.code == expected("A072-unsigned").code


def evil_beside(root: _Element) -> None:
    assertion_of(root).addnext(etree.fromstring(etree.tostring(assertion_of(root))))


def signature_moved_inside(root: _Element) -> None:
    assertion_of(root).insert(1, signature_of(root))


@pytest.mark.parametrize(
    ("row", "change"),
    [
        ("A073-signed", with_attribute(RESPONSE, "Destination", "https://other.example")),
        ("A073-signed", with_attribute(ASSERTION, "ID", "_0123456789abcdef0123456789abcdef")),
        ("signature-wrong", with_text(saml("NameID"), "somebody else")),
        ("A061", evil_beside),
        ("A063", signature_moved_inside),
        ("A088", with_text(ds("SignatureValue"), "AAAA")),
    ],
)
def test_relaxed_response_is_otherwise_judged_as_strictly(
    row: str, change: Callable[[_Element], object]
) -> None:
    stage = Stage()
    relax(stage, RelaxationName.RESPONSE_SIGNATURE_ONLY)
    root = response_only(stage)
    change(root)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encode_saml(etree.tostring(root)))
    assert refused.value.code == expected(row).code


@pytest.mark.proves("attack:A100")
def test_signed_response_does_not_stand_in_for_an_encrypted_assertion_without_signature() -> None:
    stage = Stage()
    relax(stage, RelaxationName.RESPONSE_SIGNATURE_ONLY)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(encrypting(unsigned, sign_response=True)(stage))
    assert refused.value.code == expected("A100").code
