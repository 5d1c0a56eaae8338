"""Signed answers: only what was signed by a pinned certificate, just now, is read (attack A143)."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod
from signxml.signer import XMLSigner

from adapters.zis.errors import SourceError
from adapters.zis.security.answers import read_signed
from context.outcome import FailureCause
from tests.clock import START
from tests.pki import Authority, Pair
from tests.zis_messages import STAMP, pdq_answer, pdq_subject
from tests.zis_signing import DS, SOAP11, SOAP12, WSA, WSSE, WSU, answer_envelope, rsa_pair, signed_answer

OTHER_PERSON = pdq_answer(pdq_subject("999904309"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def hospital_pair(authority: Authority) -> Pair:
    return authority.issue("hospital")


def answer(pair: Pair, soap: str = SOAP12) -> etree._Element:
    return signed_answer(answer_envelope(pdq_answer(), soap=soap), pair)


def read(
    root: etree._Element, *pairs: Pair, now: datetime = START, message_id: UUID = STAMP.message_id
) -> etree._Element:
    return read_signed(root, [pair.x509 for pair in pairs], message_id, now)


def refusal(root: etree._Element, *pairs: Pair, now: datetime = START) -> str:
    with pytest.raises(SourceError) as caught:
        read(root, *pairs, now=now)
    assert caught.value.cause is FailureCause.REJECTED
    return caught.value.detail


@pytest.mark.parametrize("soap", [SOAP12, SOAP11])
def test_signed_answer_is_read(hospital_pair: Pair, soap: str) -> None:
    found = read(answer(hospital_pair, soap), hospital_pair)
    assert found.tag == f"{{{soap}}}Envelope"
    assert found.find(".//{urn:hl7-org:v3}family").text == "Jansen"  # type: ignore[union-attr]
    assert found.find(f".//{{{WSA}}}MessageID").text == "urn:uuid:3"  # type: ignore[union-attr]


def test_answer_signed_with_rsa_is_read(authority: Authority) -> None:
    pair = rsa_pair(authority)
    assert read(answer(pair), pair) is not None


def test_signature_inside_the_signed_payload_changes_nothing(hospital_pair: Pair) -> None:
    root = answer_envelope(pdq_answer())
    etree.SubElement(root[1][0], f"{{{DS}}}Signature").text = "of somebody else"
    assert read(signed_answer(root, hospital_pair), hospital_pair) is not None


def test_second_certificate_of_the_file_is_accepted_too(authority: Authority, hospital_pair: Pair) -> None:
    assert read(answer(hospital_pair), authority.issue("older"), hospital_pair) is not None


def test_certificate_that_is_not_pinned_is_refused(authority: Authority, hospital_pair: Pair) -> None:
    assert "does not verify" in refusal(answer(authority.issue("stranger")), hospital_pair)


def test_expired_certificate_is_refused(authority: Authority) -> None:
    ended = authority.issue("ended", end=datetime(2026, 11, 1, tzinfo=UTC))
    assert "InvalidCertificate" in refusal(answer(ended), ended)


def test_certificate_is_judged_by_the_clock_of_the_process(authority: Authority) -> None:
    """Ended by now, and valid when the answer was made by the clock that stands still here."""
    brief = authority.issue("brief", end=datetime(2026, 11, 23, tzinfo=UTC))
    assert read(answer(brief), brief) is not None


@pytest.mark.parametrize(
    ("moved", "fresh"),
    [
        (timedelta(minutes=4, seconds=59), True),
        (timedelta(seconds=-29), True),
        (timedelta(minutes=5, seconds=31), False),
        (timedelta(seconds=-31), False),
    ],
)
def test_time_stamp_must_be_of_now(hospital_pair: Pair, moved: timedelta, fresh: bool) -> None:
    root = answer(hospital_pair)
    if fresh:
        assert read(root, hospital_pair, now=START + moved) is not None
    else:
        assert refusal(root, hospital_pair, now=START + moved) == "the time stamp is not of now"


def test_answer_to_another_question_is_refused(hospital_pair: Pair) -> None:
    root = signed_answer(answer_envelope(pdq_answer(), UUID(int=7)), hospital_pair)
    assert "another question" in refusal(root, hospital_pair)


def test_soap_1_2_answer_to_no_question_is_refused(hospital_pair: Pair) -> None:
    root = signed_answer(answer_envelope(pdq_answer(), None), hospital_pair)
    assert "another question" in refusal(root, hospital_pair)


def test_unsigned_header_is_left_out(hospital_pair: Pair) -> None:
    root = answer(hospital_pair)
    etree.SubElement(root[0], f"{{{WSA}}}FaultTo").text = "https://evil.example"
    assert read(root, hospital_pair).find(f".//{{{WSA}}}FaultTo") is None


def test_unsigned_answer_is_refused(hospital_pair: Pair) -> None:
    assert refusal(answer_envelope(pdq_answer()), hospital_pair) == "not one security header"


def body(root: etree._Element) -> etree._Element:
    return root[1]


def security(root: etree._Element) -> etree._Element:
    found = root[0].find(f"{{{WSSE}}}Security")
    assert found is not None
    return found


def evil_body(identifier: str | None = None) -> etree._Element:
    made = answer_envelope(OTHER_PERSON)[1]
    if identifier is not None:
        made.set(f"{{{WSU}}}Id", identifier)
    return made


def changed_text(root: etree._Element) -> None:
    root.find(".//{urn:hl7-org:v3}family").text = "Pietersen"  # type: ignore[union-attr]


def added_entry(root: etree._Element) -> None:
    body(root)[0].append(deepcopy(body(root)[0][-1]))


def body_moved_into_header(root: etree._Element) -> None:
    wrapper = etree.SubElement(root[0], "wrapper")
    original = body(root)
    root.append(evil_body())
    wrapper.append(original)


def body_moved_and_id_repeated(root: etree._Element) -> None:
    original = body(root)
    identifier = original.get(f"{{{WSU}}}Id")
    root.append(evil_body(identifier))
    etree.SubElement(root[0], "wrapper").append(original)


def id_of_another_kind_repeated(root: etree._Element) -> None:
    identifier = body(root).get(f"{{{WSU}}}Id")
    body(root)[0].set("ID", str(identifier))


def body_moved_into_signature_object(root: etree._Element) -> None:
    original = body(root)
    root.append(evil_body())
    signature = security(root).find(f"{{{DS}}}Signature")
    assert signature is not None
    etree.SubElement(signature, f"{{{DS}}}Object").append(original)


def body_moved_into_security(root: etree._Element) -> None:
    original = body(root)
    root.append(evil_body())
    security(root).append(original)


def second_body(root: etree._Element) -> None:
    root.append(evil_body())


def body_nested_in_evil_body(root: etree._Element) -> None:
    original = body(root)
    evil = evil_body()
    root.append(evil)
    evil.append(original)


def body_left_out_of_the_signature(root: etree._Element) -> None:
    body(root).attrib.clear()
    for child in list(body(root)):
        body(root).remove(child)
    body(root).extend(evil_body())


def signature_moved_to_header(root: etree._Element) -> None:
    signature = security(root).find(f"{{{DS}}}Signature")
    assert signature is not None
    root[0].append(signature)


def second_security_header(root: etree._Element) -> None:
    root[0].append(deepcopy(security(root)))


def time_stamp_replaced(root: etree._Element) -> None:
    stamp = security(root)[0]
    stamp[1].text = "2030-01-01T00:00:00Z"


def second_time_stamp(root: etree._Element) -> None:
    stamp = deepcopy(security(root)[0])
    stamp.attrib.clear()
    security(root).insert(0, stamp)


def reference_removed(root: etree._Element) -> None:
    info = security(root).find(f".//{{{DS}}}SignedInfo")
    assert info is not None
    info.remove(info[-1])


def transform_that_selects(root: etree._Element) -> None:
    for transform in root.iter(f"{{{DS}}}Transform"):
        transform.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")


def digest_of_sha1(root: etree._Element) -> None:
    for method in root.iter(f"{{{DS}}}DigestMethod"):
        method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")


def keyed_hash_in_place_of_signature(root: etree._Element) -> None:
    for method in root.iter(f"{{{DS}}}SignatureMethod"):
        method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def reference_to_everything(root: etree._Element) -> None:
    for reference in root.iter(f"{{{DS}}}Reference"):
        reference.set("URI", "")


ATTACKS = [
    changed_text,
    added_entry,
    body_moved_into_header,
    body_moved_and_id_repeated,
    id_of_another_kind_repeated,
    body_moved_into_signature_object,
    body_moved_into_security,
    second_body,
    body_nested_in_evil_body,
    body_left_out_of_the_signature,
    signature_moved_to_header,
    second_security_header,
    time_stamp_replaced,
    second_time_stamp,
    reference_removed,
    transform_that_selects,
    digest_of_sha1,
    keyed_hash_in_place_of_signature,
    reference_to_everything,
]


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_answer_that_was_tampered_with_is_refused(
    hospital_pair: Pair, attack: Callable[[etree._Element], None]
) -> None:
    root = answer(hospital_pair)
    attack(root)
    assert refusal(etree.fromstring(etree.tostring(root)), hospital_pair)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_whatever_is_accepted_is_what_was_signed(
    hospital_pair: Pair, attack: Callable[[etree._Element], None]
) -> None:
    """Beside the refusal itself: no variant brings the other person to light."""
    root = answer(hospital_pair)
    attack(root)
    try:
        found = read(root, hospital_pair)
    except SourceError:
        return
    assert b"999904309" not in etree.tostring(found)


def signed_over(pair: Pair, canonical: str, *, body: bool) -> etree._Element:
    """Signed for real: over the time stamp alone, or over the body too."""
    root = answer_envelope(pdq_answer())
    header = etree.SubElement(root[0], f"{{{WSSE}}}Security")
    stamp = etree.SubElement(header, f"{{{WSU}}}Timestamp", {f"{{{WSU}}}Id": "t"})
    etree.SubElement(stamp, f"{{{WSU}}}Created").text = "2026-11-22T09:00:00Z"
    etree.SubElement(stamp, f"{{{WSU}}}Expires").text = "2026-11-22T09:05:00Z"
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm="ecdsa-sha256",
        c14n_algorithm=canonical,
    )
    root[1].set(f"{{{WSU}}}Id", "b")
    references = ["#t", "#b"] if body else ["#t"]
    signature: etree._Element = signer.sign(
        root, key=pair.key.read_bytes(), reference_uri=references, id_attribute="Id"
    )
    header.append(signature)
    return root


def test_signature_that_leaves_the_body_out_is_refused(hospital_pair: Pair) -> None:
    root = signed_over(hospital_pair, "http://www.w3.org/2001/10/xml-exc-c14n#", body=False)
    assert refusal(root, hospital_pair) == "body or time stamp is not signed"


def test_canonicalisation_that_takes_in_what_surrounds_the_body_is_refused(hospital_pair: Pair) -> None:
    root = signed_over(hospital_pair, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", body=True)
    assert refusal(root, hospital_pair) == "another transform than exclusive canonicalisation"
