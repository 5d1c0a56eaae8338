"""Attacks on the XML itself and on the SAML profile (security.md §6, A089 to A100)."""

import base64
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from lxml.etree import _Element

from adapters.his.viplive import VipliveMap
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.trust.model import KeyStatus
from sandbox.his.tokens import (
    HL7,
    SAML,
    SAMLP,
    encode_saml,
    mint_saml,
    new_rsa_certificate,
    viplive_attributes,
)
from sandbox.kit.saml_changes import (
    Change,
    assertion_of,
    find,
    saml,
    twice,
    with_attribute,
    with_child,
    with_text,
    without,
)
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.saml_makers import after, before, genuine, minted, raw, replaced, text
from tests.launch_stage import SAML_ISSUER, Stage, certificate, stranger_certificate

ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
SCHEMA_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
SCHEMA_HINT = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
ELSEWHERE = "urn:x http://127.0.0.1:9"
cases = Cases()
case = cases.add


def doctype(declaration: bytes) -> Maker:
    return raw(lambda signed: declaration + signed)


def entity_for_bsn(declaration: bytes) -> Maker:
    return raw(lambda signed: declaration + signed.replace(b">999911120<", b">&x;<"))


def encoded(codec: str, declaration: str = "") -> Maker:
    return raw(lambda signed: (declaration + signed.decode()).encode(codec))


def inside_subject(content: bytes) -> Maker:
    return raw(lambda signed: signed.replace(b"<saml:Subject>", b"<saml:Subject>" + content, 1))


def declared_on_root(declarations: bytes) -> Maker:
    return raw(lambda signed: signed.replace(b"<samlp:Response ", b"<samlp:Response " + declarations, 1))


def attributes(**changes: list[str]) -> Maker:
    """VIPLive's attributes with other values for some; an empty list takes one away."""

    def make(stage: Stage) -> str:
        content = stage.content(SAML_ISSUER)
        sent = [
            (name, changes.get(name.replace(".", "_"), values))
            for name, values in viplive_attributes(content)
        ]
        kept = [(name, values) for name, values in sent if values]
        return mint_saml(content, certificate(), now=stage.now, attributes=kept)

    return make


def repeated_attribute(name: str) -> Maker:
    def change(root: _Element) -> None:
        found = next(each for each in root.iter(saml("Attribute")) if each.get("Name") == name)
        found.addnext(etree.fromstring(etree.tostring(found)))

    return before(change)


def role_element(local: str, namespace: str = HL7, **names: str) -> Maker:
    def change(root: _Element) -> None:
        value = next(each for each in root.iter(saml("Attribute")) if each.get("Name") == ROLE)[0]
        value.remove(value[0])
        etree.SubElement(value, f"{{{namespace}}}{local}", names)

    return before(change)


def issued(offset: int, lifetime: int = 120) -> Maker:
    def make(stage: Stage) -> str:
        content = stage.content(SAML_ISSUER, lifetime_seconds=lifetime)
        return mint_saml(content, certificate(), now=stage.now + timedelta(seconds=offset))

    return make


def of_another_vendor(stage: Stage) -> str:
    """Names an issuer whose certificate is another one."""
    return encode_saml(genuine(stage, before_signing=with_text_of_issuers("https://other.example/saml")))


def with_text_of_issuers(issuer: str) -> Change:
    def change(root: _Element) -> None:
        for each in root.iter(saml("Issuer")):
            each.text = issuer

    return change


LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
) + b'<!ENTITY x "&j;">]>'  # fmt: skip
case("A089", "empty", doctype(b"<!DOCTYPE r>"))
case("A089", "internal entity", entity_for_bsn(b'<!DOCTYPE r [<!ENTITY x "999911120">]>'))
case("A089", "default ID", doctype(b"<!DOCTYPE r [<!ATTLIST Subject Id ID 'x'>]>"))
case("A089", "comment trick", doctype(b"<!DOCTYPE r SYSTEM 'x\"><!--'>"))
case("A090", "file", entity_for_bsn(b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'))
case("A090", "http", entity_for_bsn(b'<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>'))
case("A090", "parameter entity", doctype(b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'))
case("A090-encoded", "UTF-16 DOCTYPE", encoded("utf-16", "<!DOCTYPE r>"))
case("A090-encoded", "UTF-7", encoded("ascii", '<?xml version="1.0" encoding="UTF-7"?>'))
case("A090-encoded", "byte order mark", encoded("utf-8-sig"))
case("A090-encoded", "Latin-1", encoded("latin-1", '<?xml version="1.0" encoding="ISO-8859-1"?>'))
case("A091", "billion laughs", entity_for_bsn(LAUGHS))
case("A091", "quadratic", entity_for_bsn(b'<!DOCTYPE r [<!ENTITY x "' + b"x" * 20_000 + b'">]>'))
case("A091", "cyclic", entity_for_bsn(b'<!DOCTYPE r [<!ENTITY x "&y;"><!ENTITY y "&x;">]>'))
case("A092", "40 deep", inside_subject(b"<saml:x>" * 40 + b"</saml:x>" * 40))
case("A092", "3100 elements", inside_subject(b"<x/>" * 3100))
case("A092", "17 attributes", declared_on_root(b" ".join(b'a%d=""' % n for n in range(17)) + b" "))
case("A092", "17 namespaces", declared_on_root(b" ".join(b'xmlns:n%d="urn:x"' % n for n in range(17)) + b" "))
case("A092-deep", "2000 deep", inside_subject(b"<saml:x>" * 2000 + b"</saml:x>" * 2000))
case(
    "A092-large",
    "20000 namespaces",
    declared_on_root(b" ".join(b'xmlns:n%d="u:"' % n for n in range(20_000))),
)
case("A092-large", "12 MB of text", inside_subject(b"x" * 12_000_000))
case(
    "A093",
    "XInclude",
    inside_subject(b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/x"/>'),
)
case("A093", "stylesheet", doctype(b'<?xml-stylesheet href="http://127.0.0.1:9/x"?>'))
case("A093", "schema hint", after(with_attribute(f"{{{SAMLP}}}Response", SCHEMA_HINT, ELSEWHERE)))
case("A093", "schema hint on a value", after(with_attribute(saml("AttributeValue"), SCHEMA_HINT, ELSEWHERE)))
case("A093", "type outside a value", after(with_attribute(f"{{{SAMLP}}}Response", SCHEMA_TYPE, "xs:string")))
case("stray-text", "between elements", replaced(b"<samlp:Status>", b"junk<samlp:Status>"))
case("stray-text", "in front of elements", replaced(b"<samlp:Status>", b"<samlp:Status>junk"))
case("A094", "two roots", raw(lambda signed: signed + signed))
case("A094", "trailing junk", raw(lambda signed: signed + b"junk"))
case("A094", "undeclared prefix", inside_subject(b"<nobody:x/>"))
case("A094", "not well-formed", replaced(b"</saml:Subject>", b""))
case("A094", "empty", raw(lambda _: b" "))
case("A094", "not SAML", raw(lambda _: b"<Response/>"))
case("A094", "the Assertion alone", after(assertion_of))
case("A094-comment", "comment after the root", raw(lambda signed: signed + b"<!---->"))
case("A095", "base64 of base64", text(lambda form: base64.b64encode(form.encode()).decode()))
case("A095", "deflated", raw(zlib.compress))
case("A095", "URL-safe alphabet", text(lambda form: form[:40] + "-_" + form[42:]))
case("A095", "line breaks", text(lambda form: form[:76] + "\r\n" + form[76:]))
case("A095", "padding in the middle", text(lambda form: form[:76] + "=" + form[76:]))
case("A095", "one character short", text(lambda form: form.rstrip("=")[:-1]))
case("A095-large", "49 KiB", inside_subject(b" " * 49 * 1024))
case("A096", "audience of another", before(with_text(saml("Audience"), "https://other.example")))
case("A096", "audience's prefix", before(with_text(saml("Audience"), Stage().hospital.entity_id[:-1])))
case("A098", "two audience restrictions", before(twice(saml("AudienceRestriction"))))
case(
    "A096",
    "recipient",
    before(with_attribute(saml("SubjectConfirmationData"), "Recipient", "https://x.example")),
)
case(
    "A096", "destination", before(with_attribute(f"{{{SAMLP}}}Response", "Destination", "https://x.example"))
)
case("A096-key", "another vendor's certificate", of_another_vendor)
case("A097", "expired", issued(-150))
case("A097", "subject window expired", before(with_attribute(
    saml("SubjectConfirmationData"), "NotOnOrAfter", "2026-11-22T08:59:30Z")))  # fmt: skip
case(
    "A097-not-yet",
    "NotBefore ahead",
    before(with_attribute(saml("Conditions"), "NotBefore", "2026-11-22T09:01:00Z")),
)
case("A097-future", "issued ahead", issued(31))
case("A097-long", "301 s", issued(0, 301))
case(
    "A097-long",
    "year 9999",
    before(with_attribute(saml("Conditions"), "NotOnOrAfter", "9999-12-31T23:59:59Z")),
)
for moment in (
    "2026-11-22T09:01:00",
    "2026-11-22T09:01:00+01:00",
    "2026-11-22 09:01:00Z",
    "2026-13-22T09:01:00Z",
    "x",
):
    case("A097-form", moment, before(with_attribute(saml("Conditions"), "NotOnOrAfter", moment)))
case("A097-form", "no NotOnOrAfter", before(with_attribute(saml("Conditions"), "NotOnOrAfter", None)))
case("A097-form", "no NotBefore", before(with_attribute(saml("Conditions"), "NotBefore", None)))
case("A097-form", "no Conditions", before(without(saml("Conditions"))))
case(
    "A097-form",
    "no end of the subject",
    before(with_attribute(saml("SubjectConfirmationData"), "NotOnOrAfter", None)),
)
case("A098", "two NameIDs", before(twice(saml("NameID"))))
case("A098", "empty NameID", before(with_text(saml("NameID"), "")))
case("A098", "two BSN values", attributes(client_bsn=["999911120", "999999151"]))
case("A098", "the BSN attribute twice", repeated_attribute("client.bsn"))
case("A098", "two roles", repeated_attribute(ROLE))
case("A098", "no BSN", attributes(client_bsn=[]))
case("A098", "no birth date", attributes(client_birthdate=[]))
case("A098", "birth date in another order", attributes(client_birthdate=["01-01-1970"]))
case("A098", "no user name", attributes(professional_family_name=[]))
case("A098", "URA of seven digits", attributes(professional_org_ura=["1234567"]))
case("A098", "role element without a code", role_element("Role", codeSystem="1.2"))
case("A098", "unknown HL7 element", role_element("Person", code="62247001"))
case("A098-element", "element of another namespace", role_element("Role", SAML, code="62247001"))
case("A098-element", "role with an id", role_element("Role", code="62247001", id="x"))
case("A098", "two confirmations", before(twice(saml("SubjectConfirmation"))))
case("A098", "no confirmation", before(without(saml("SubjectConfirmation"))))
case("A098", "holder of key", before(with_attribute(
    saml("SubjectConfirmation"), "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")))  # fmt: skip
case("A098", "version 1.1", before(with_attribute(saml("Assertion"), "Version", "1.1")))
case("A098-bsn", "BSN fails the 11-test", attributes(client_bsn=["999911121"]))
case("A098-bsn", "spaces around the BSN", attributes(client_bsn=[" 999911120"]))
case(
    "A099",
    "InResponseTo on the Response",
    after(with_attribute(f"{{{SAMLP}}}Response", "InResponseTo", "_x")),
)
case("A099", "InResponseTo on the subject", before(with_attribute(
    saml("SubjectConfirmationData"), "InResponseTo", "_x")))  # fmt: skip
case("A100-beside", "a plain one too", after(with_child(f"{{{SAMLP}}}Response", saml("EncryptedAssertion"))))
case("assertion-without-id", "no ID", after(with_attribute(saml("Assertion"), "ID", None)))
case("assertion-id-weak", "guessable", lambda stage: mint_saml(
    stage.content(SAML_ISSUER, token_id="_0000000000000001"), certificate(), now=stage.now))  # fmt: skip


@pytest.mark.parametrize(("row", "maker"), cases.params())
def test_bad_response_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    other = stage.trust.vendors[SAML_ISSUER]
    stage.add_saml_vendor("https://other.example/saml", stranger_certificate())
    document = maker(stage)
    started = time.perf_counter()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(document)
    assert refused.value.code == expected(row).code
    assert time.perf_counter() - started < 1
    assert stage.trust.vendors[SAML_ISSUER] is other


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        ("key-revoked", {"status": KeyStatus.REVOKED}),
        ("key-expired", {"not_after": Stage().now}),
        ("A118-early", {"not_before": Stage().now + timedelta(seconds=1)}),
    ],
)
def test_good_response_without_a_usable_certificate_gets_its_code(
    row: str, changes: dict[str, object]
) -> None:
    stage = Stage()
    stage.change_keys(SAML_ISSUER, **changes)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(minted()(stage))
    assert refused.value.code == expected(row).code


def test_saml_in_the_jwt_field_and_the_reverse_get_their_codes() -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(minted()(stage), TokenForm.JWT)
    assert refused.value.code == "L103"


def test_hl7_element_for_an_adapter_that_reads_none_gets_its_code() -> None:
    class PlainMap(VipliveMap):
        value_namespaces = frozenset()

    stage = Stage(maps={"viplive": PlainMap()})
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(minted()(stage))
    assert refused.value.code == expected("A098-element").code


def test_certificate_is_judged_at_the_time_of_the_launch() -> None:
    stage = Stage(now=datetime(2035, 6, 1, tzinfo=UTC))
    dates = [datetime(year, 1, 1, tzinfo=UTC) for year in (2034, 2035, 2036)]
    valid = new_rsa_certificate("valid then", not_before=dates[0], not_after=dates[2])
    expired = new_rsa_certificate("expired by then", not_before=dates[0], not_after=dates[1])
    stage.add_key(SAML_ISSUER, valid)
    stage.add_key(SAML_ISSUER, expired)
    content = stage.content(SAML_ISSUER)
    assert stage.verify_saml(mint_saml(content, valid, now=stage.now)).token_id == content.token_id
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(mint_saml(content, expired, now=stage.now))
    assert refused.value.code == expected("key-expired").code


def test_plain_role_code_is_accepted() -> None:
    stage = Stage()
    content = stage.content(SAML_ISSUER)
    sent = viplive_attributes(content, plain_role=True)
    launch = stage.verify_saml(mint_saml(content, certificate(), now=stage.now, attributes=sent))
    assert (launch.user.role, launch.user.source_role) == ("01.015", "62247001")


def test_new_certificate_beside_the_old_one_is_accepted() -> None:
    """Rotation: both are pinned, and KeyInfo or trying says which one signed."""
    stage = Stage()
    stage.add_key(SAML_ISSUER, stranger_certificate())
    content = stage.content(SAML_ISSUER)
    for signer in (certificate(), stranger_certificate()):
        assert stage.verify_saml(mint_saml(content, signer, now=stage.now)).token_id == content.token_id
    root = etree.fromstring(base64.b64decode(mint_saml(content, stranger_certificate(), now=stage.now)))
    without("{http://www.w3.org/2000/09/xmldsig#}KeyInfo")(root)
    assert find(root, saml("Issuer")).text == SAML_ISSUER
    assert stage.verify_saml(encode_saml(etree.tostring(root))).token_id == content.token_id
