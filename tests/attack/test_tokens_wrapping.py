"""Signature wrapping and ID confusion (security.md §6, A059 to A070): the signature is genuine and still
verifies, the content beside it is not."""

import base64

import pytest
from lxml.etree import _Element
from signxml.verifier import XMLVerifier

from launch.errors import LaunchRefusedError
from sandbox.his.tokens import SAMLP
from sandbox.kit.saml_changes import (
    EVIL_BSN,
    assertion_of,
    ds,
    evil_twin,
    original_hidden_in,
    saml,
    sibling_in_namespace,
    whole_response_nested,
    with_attribute,
    xsw1,
    xsw2,
    xsw3,
    xsw3_last,
    xsw4,
    xsw5,
    xsw6,
    xsw7,
    xsw8,
)
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.saml_makers import after, genuine, minted, replaced
from tests.launch_stage import Stage, certificate

STATUS_DETAIL = (f"{{{SAMLP}}}Status", f"{{{SAMLP}}}StatusDetail")

wrapped = Cases()
wrapped.add("A059", "XSW1", after(xsw1, sign_response=True))
wrapped.add("A060", "XSW2", after(xsw2, sign_response=True))
wrapped.add("A061", "XSW3 evil first", after(xsw3))
wrapped.add("A061", "XSW3 evil last", after(xsw3_last))
wrapped.add("A062", "XSW4", after(xsw4))
wrapped.add("A063", "XSW5", after(xsw5))
wrapped.add("A063", "XSW6", after(xsw6))
wrapped.add("A064", "XSW7", after(xsw7))
wrapped.add("A064", "XSW8", after(xsw8))
wrapped.add("A065", "original in StatusDetail", after(original_hidden_in(*STATUS_DETAIL)))
wrapped.add("A065", "original in Advice", after(original_hidden_in(saml("Assertion"), saml("Advice"))))
wrapped.add("A065", "original in a foreign wrapper", after(original_hidden_in("{urn:x}Wrapper")))
wrapped.add("A065", "whole Response nested", after(whole_response_nested, sign_response=True))
wrapped.add("A066", "SAML 1", after(sibling_in_namespace("urn:oasis:names:tc:SAML:1.0:assertion")))
wrapped.add("A066", "no namespace", after(sibling_in_namespace(None)))


@pytest.mark.parametrize(("row", "maker"), wrapped.params())
def test_wrapped_signature_gets_its_code_though_it_verifies(row: str, maker: Maker) -> None:
    stage = Stage()
    document = maker(stage)
    raw = base64.b64decode(document)
    assert EVIL_BSN.encode() in raw
    # A verifier that looks for a signature anywhere finds this one genuine: the attack is a real one.
    XMLVerifier().verify(raw, x509_cert=certificate().certificate, id_attribute="ID", validate_schema=False)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(document)
    assert refused.value.code == expected(row).code


def duplicate_id(*, evil_first: bool) -> Maker:
    def change(root: _Element) -> None:
        original = assertion_of(root)
        evil = evil_twin(original)
        evil.set("ID", original.get("ID", ""))
        (original.addprevious if evil_first else original.addnext)(evil)

    return after(change)


def with_id(tag: str, name: str) -> Maker:
    """Another element claims the Assertion's ID under one of the names that readers take for an ID."""

    def change(root: _Element) -> None:
        with_attribute(tag, name, assertion_of(root).get("ID"))(root)

    return after(change)


ids = Cases()
ids.add("A067", "evil first", duplicate_id(evil_first=True))
ids.add("A067", "evil last", duplicate_id(evil_first=False))
for name in ("Id", "id", "{http://www.w3.org/XML/1998/namespace}id", "AssertionID", "{urn:x}ID", "ID"):
    ids.add("A068", name, with_id(saml("Subject"), name))
ids.add("A068", "Id on the Signature", with_id(ds("Signature"), "Id"))
ids.add("A068", "ID of the Response", with_id(f"{{{SAMLP}}}Response", "ID"))


@pytest.mark.parametrize(("row", "maker"), ids.params())
def test_ambiguous_id_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(maker(stage))
    assert refused.value.code == expected(row).code


@pytest.mark.proves("attack:A069")
@pytest.mark.parametrize("token_id", ["_a' or 'a'='a", '_a"][1]', "_a&amp;b", "9starts-with-digit", "_é"])
def test_id_with_other_characters_gets_its_code(token_id: str) -> None:
    stage = Stage()
    good = genuine(stage)
    start = good.index(b"<saml:Assertion ID=") + len(b'<saml:Assertion ID="')
    old = good[start : good.index(b'"', start)]
    document = good.replace(old, token_id.replace('"', "&quot;").encode())
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(base64.b64encode(document).decode())
    assert refused.value.code == expected("A069").code


texts = Cases()
texts.add("A070", "comment in the BSN", replaced(b">999911120<", b">999911<!---->120<"))
texts.add("A070", "comment in the NameID", replaced(b">177578<", b">177<!-- x -->578<"))
texts.add("A071", "processing instruction in the BSN", replaced(b">999911120<", b">999911<?x?>120<"))


@pytest.mark.parametrize(("row", "maker"), texts.params())
def test_text_cut_in_two_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(maker(stage))
    assert refused.value.code == expected(row).code


@pytest.mark.proves("attack:A071")
@pytest.mark.parametrize("spelling", [b"99991<![CDATA[11]]>20", b"&#57;99911120", b"<![CDATA[999911120]]>"])
def test_bsn_spelled_otherwise_is_read_whole(spelling: bytes) -> None:
    stage = Stage()
    document = replaced(b">999911120<", b">" + spelling + b"<")(stage)
    assert stage.verify_saml(document).bsn.reveal() == "999911120"


@pytest.mark.parametrize("options", [{}, {"sign_response": True}])
def test_good_response_of_the_same_stage_is_accepted(options: dict[str, bool]) -> None:
    stage = Stage()
    launch = stage.verify_saml(minted(**options)(stage))
    assert (launch.bsn.reveal(), launch.family_name, launch.user.name) == (
        "999911120",
        "Fictief",
        "L. Arts",
    )
