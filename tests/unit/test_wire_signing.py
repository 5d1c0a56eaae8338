"""WS-Security on our questions, and the transaction token; xmlsec1 verifies them in tests/contract."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from lxml import etree

from adapters.zis.envelopes import Envelopes
from adapters.zis.errors import SourceError
from adapters.zis.interactions import CONTINUE_NL, FIND_PATIENT, Operation
from adapters.zis.requests import write_find_patient
from adapters.zis.security.credentials import EndpointSetupError, read_credential
from adapters.zis.security.wire import EndpointSecurity, prepare
from context.outcome import FailureCause
from context.zis import ClientTls, Endpoint, KeyReference
from tests.clock import START, SteppingClock
from tests.pki import Authority, Pair
from tests.zis_messages import ASKED, ASKER, OTHER, STAMP, hospital
from tests.zis_signing import (
    DS,
    SAML,
    SOAP11,
    SOAP12,
    WSA,
    WSSE,
    WSU,
    endpoint,
    question,
    rsa_pair,
    signing,
)

UZI_SERVER = "2.16.528.1.1003.1.3.5.5.5-1-000000007-S-00000659-00.000-00000000"
UZI_PERSON = "2.16.528.1.1003.1.3.5.5.2-1-000095254-Z-00000659-01.015-00000000"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return rsa_pair(authority)


def sealed(place: Endpoint, soap: str = SOAP12, bsn: str | None = None) -> etree._Element:
    message = question(write_find_patient(hospital(), ASKED, STAMP))
    envelope = Envelopes().fill(message, place.url)
    if bsn is not None:
        for element in envelope.iter("{urn:hl7-org:v3}value"):
            element.set("extension", bsn)
    if soap == SOAP11:
        raw = etree.tostring(envelope).replace(SOAP12.encode(), SOAP11.encode())
        envelope = etree.fromstring(raw)
        envelope.remove(envelope[0])
    security = EndpointSecurity([place], SteppingClock())
    return etree.fromstring(security.seal(envelope, message, place))


def signed_parts(root: etree._Element) -> set[str]:
    named = {element.get(f"{{{WSU}}}Id"): str(element.tag) for element in root.iter("*")}
    return {named[str(reference.get("URI"))[1:]] for reference in root.iter(f"{{{DS}}}Reference")}


def test_body_time_stamp_and_addressing_are_signed_with_soap_1_2(pair: Pair) -> None:
    root = sealed(endpoint(signing(pair)))
    headers = {f"{{{WSA}}}{name}" for name in ("Action", "MessageID", "ReplyTo", "To")}
    assert signed_parts(root) == {f"{{{SOAP12}}}Body", f"{{{WSU}}}Timestamp", *headers}


def test_body_and_time_stamp_are_signed_with_soap_1_1(pair: Pair) -> None:
    root = sealed(endpoint(signing(pair)), SOAP11)
    assert signed_parts(root) == {f"{{{SOAP11}}}Body", f"{{{WSU}}}Timestamp"}
    assert root[0].find(f"{{{WSSE}}}Security").get(f"{{{SOAP11}}}mustUnderstand") == "1"  # type: ignore[union-attr]


def test_time_stamp_lasts_five_minutes(pair: Pair) -> None:
    stamp = sealed(endpoint(signing(pair))).find(f".//{{{WSU}}}Timestamp")
    assert [child.text for child in stamp] == ["2026-11-22T09:00:00.123Z", "2026-11-22T09:05:00.123Z"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "method"),
    [("rsa", "rsa-sha256"), ("ec", "ecdsa-sha256")],
)
def test_signature_method_follows_the_key(authority: Authority, pair: Pair, key: str, method: str) -> None:
    root = sealed(endpoint(signing(pair if key == "rsa" else authority.issue("ec"))))
    assert root.find(f".//{{{DS}}}SignatureMethod").get("Algorithm").endswith(method)  # type: ignore[union-attr]
    algorithm = root.find(f".//{{{DS}}}CanonicalizationMethod").get("Algorithm")  # type: ignore[union-attr]
    assert algorithm == "http://www.w3.org/2001/10/xml-exc-c14n#"


def test_certificate_travels_and_is_referred_to(pair: Pair) -> None:
    root = sealed(endpoint(signing(pair)))
    token = root.find(f".//{{{WSSE}}}BinarySecurityToken")
    reference = root.find(f".//{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference")
    assert token is not None
    assert reference is not None
    assert reference.get("URI") == f"#{token.get(f'{{{WSU}}}Id')}"


def test_certificate_is_named_by_issuer_and_serial(pair: Pair) -> None:
    root = sealed(endpoint(signing(pair, key_reference=KeyReference.ISSUER_SERIAL)))
    assert root.find(f".//{{{WSSE}}}BinarySecurityToken") is None
    serial = root.find(f".//{{{WSSE}}}SecurityTokenReference/{{{DS}}}X509Data//{{{DS}}}X509SerialNumber")
    assert serial is not None
    assert serial.text == str(pair.x509.serial_number)


def test_endpoint_without_signing_sends_the_message_as_it_is() -> None:
    assert sealed(endpoint()).find(f".//{{{WSSE}}}Security") is None


def assertion(root: etree._Element) -> etree._Element:
    found = root.findall(f".//{{{SAML}}}Assertion")
    assert len(found) == 1
    return found[0]


def text(root: etree._Element, path: str) -> str:
    found = root.findall(path, {"saml": SAML, "ds": DS})
    assert len(found) == 1
    return found[0].text or ""


def facts(root: etree._Element) -> dict[str, str]:
    attributes = root.findall(f".//{{{SAML}}}Attribute")
    return {str(one.get("Name")): one[0].text or "" for one in attributes}


def test_transaction_token_names_user_organisation_patient_and_message(authority: Authority) -> None:
    pair = rsa_pair(authority, "person", UZI_PERSON)
    token = assertion(sealed(endpoint(signing(pair, transaction_token=True))))
    assert text(token, "saml:Issuer") == "urn:IIroot:2.16.528.1.1007.3.3:IIext:00000666"
    assert text(token, "saml:Subject/saml:NameID") == "000095254:01.015"
    assert text(token, ".//saml:Audience") == "urn:IIroot:2.16.840.1.113883.2.4.6.6:IIext:1"
    assert text(token, ".//saml:SubjectConfirmationData//ds:X509SerialNumber") == str(pair.x509.serial_number)
    confirmation = token.find(f".//{{{SAML}}}SubjectConfirmation")
    assert confirmation is not None
    assert str(confirmation.get("Method")).endswith(":cm:holder-of-key")
    assert facts(token) == {
        "messageIdRoot": "2.16.840.1.113883.2.4.3.999.10",
        "messageIdExt": str(STAMP.message_id),
        "interactionId": "PRPA_IN201305UV02",
        "burgerServiceNummer": "999999011",
    }


def token_about(pair: Pair, payload: str, operation: Operation) -> etree._Element:
    place = endpoint(signing(pair, transaction_token=True))
    message = question(etree.fromstring(payload), operation)
    security = EndpointSecurity([place], SteppingClock())
    return assertion(etree.fromstring(security.seal(Envelopes().fill(message, place.url), message, place)))


def test_token_of_a_message_without_patient_names_none(pair: Pair) -> None:
    name = CONTINUE_NL.element
    payload = f'<{name} xmlns="urn:hl7-org:v3"><id root="1.2" extension="7"/></{name}>'
    named = facts(token_about(pair, payload, CONTINUE_NL))
    assert named == {"messageIdRoot": "1.2", "messageIdExt": "7"}


def test_token_of_a_message_that_names_the_patient_in_a_text_names_it_too(pair: Pair) -> None:
    payload = (
        f'<{CONTINUE_NL.element} xmlns="urn:hl7-org:v3"><a>&apos;999999011^^^&amp;2.16&apos;</a>'
        f"</{CONTINUE_NL.element}>"
    )
    assert facts(token_about(pair, payload, CONTINUE_NL)) == {"burgerServiceNummer": "999999011"}


def test_transaction_token_lasts_five_minutes(pair: Pair) -> None:
    conditions = assertion(sealed(endpoint(signing(pair, transaction_token=True)))).find(
        f"{{{SAML}}}Conditions"
    )
    assert conditions is not None
    times = (conditions.get("NotBefore"), conditions.get("NotOnOrAfter"))
    assert times == ("2026-11-22T09:00:00.123Z", "2026-11-22T09:05:00.123Z")


def test_token_of_a_server_certificate_names_no_user(authority: Authority) -> None:
    pair = rsa_pair(authority, "server", UZI_SERVER)
    assert text(assertion(sealed(endpoint(signing(pair, transaction_token=True)))), ".//saml:NameID") == ""


def test_every_token_has_an_id_of_its_own(pair: Pair) -> None:
    place = endpoint(signing(pair, transaction_token=True))
    ids = {assertion(sealed(place)).get("ID") for _ in range(5)}
    assert len(ids) == 5


def test_audience_is_a_setting(pair: Pair) -> None:
    token = assertion(sealed(endpoint(signing(pair, transaction_token=True, audience="urn:zis"))))
    assert text(token, ".//saml:Audience") == "urn:zis"


def test_message_about_another_patient_than_its_token_never_leaves(pair: Pair) -> None:
    with pytest.raises(SourceError) as caught:
        sealed(endpoint(signing(pair, transaction_token=True)), bsn=OTHER)
    assert caught.value.cause is FailureCause.UNREACHABLE


def test_endpoint_that_was_not_made_ready_is_never_plain(pair: Pair) -> None:
    place = endpoint(signing(pair))
    message = question(write_find_patient(hospital(), ASKED, STAMP))
    security = EndpointSecurity([], SteppingClock())
    with pytest.raises(SourceError):
        security.seal(Envelopes().fill(message, place.url), message, place)
    with pytest.raises(SourceError):
        security.tls(place)


def problems(place: Endpoint) -> str:
    with pytest.raises(EndpointSetupError) as caught:
        prepare(place)
    return str(caught.value)


def test_missing_file_is_named_by_its_setting(pair: Pair, tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    place = Endpoint("labs", "https://x/", tls=ClientTls(missing, pair.key))
    assert problems(place) == "zis.endpoints.labs.tls.certificate: cannot be read (FileNotFoundError)"
    place = Endpoint("labs", "https://x/", tls=ClientTls(pair.certificate, pair.key, missing))
    assert problems(place) == "zis.endpoints.labs.tls.authorities: cannot be read (FileNotFoundError)"


def test_files_that_do_not_belong_together_are_named(authority: Authority, pair: Pair) -> None:
    other = authority.issue("other")
    place = Endpoint("labs", "https://x/", tls=ClientTls(pair.certificate, other.key))
    assert (
        problems(place) == "zis.endpoints.labs.tls.key: does not belong to zis.endpoints.labs.tls.certificate"
    )


def test_every_problem_is_told_at_once(pair: Pair, tmp_path: Path) -> None:
    text_file = tmp_path / "text.pem"
    text_file.write_text("secret words")
    tls = ClientTls(pair.certificate, text_file)
    place = Endpoint("labs", "http://x/", tls, signing(pair, answer_certificates=text_file))
    told = problems(place)
    assert "labs.url: must be https" in told
    assert "tls.key: holds no private key" in told
    assert "signing.answer_certificates: holds no certificate" in told
    assert "secret words" not in told


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=1024), "at least 2048 bits"),  # noqa: S505 - weak on purpose
        (ec.generate_private_key(ec.SECP192R1()), "at least 2048 bits, or EC P-256"),
    ],
    ids=["short RSA", "small curve"],
)
def test_weak_key_is_refused(
    authority: Authority, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, told: str
) -> None:
    weak = authority.issue("weak", key)
    with pytest.raises(EndpointSetupError, match=told):
        read_credential("tls", weak.certificate, weak.key)


def test_encrypted_key_is_refused_without_asking(authority: Authority, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pair = authority.issue("locked", key)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    )
    with pytest.raises(EndpointSetupError, match="is encrypted"):
        read_credential("tls", pair.certificate, locked)


def test_clock_of_the_endpoint_is_the_clock_of_the_process(pair: Pair) -> None:
    clock = SteppingClock()
    place = endpoint(signing(pair))
    security = EndpointSecurity([place], clock)
    clock.advance(timedelta(hours=1))
    message = question(write_find_patient(hospital(), ASKED, STAMP), FIND_PATIENT.operation)
    raw = security.seal(Envelopes().fill(message, place.url), message, place)
    created = etree.fromstring(raw).find(f".//{{{WSU}}}Created")
    assert created is not None
    assert (created.text or "").startswith(f"{START.year}-11-22T10:00")
    assert ASKER.user.name.encode() not in raw
