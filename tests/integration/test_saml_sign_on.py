"""Two-hop launches by SAML: we ask, the HIS answers, and nothing but that one answer opens."""

import base64
import re
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from lxml import etree
from lxml.etree import _Element

from sandbox.his.dialects import DIALECTS
from sandbox.his.sso import RequestRefusedError, read_request
from sandbox.his.vendors import Hospital
from tests.attack.expected import expected
from tests.browser_client import Reply
from tests.saml_stage import SAML, Departure, SamlSignOn
from tests.stack import Stack

SAML_VENDORS = sorted(name for name, dialect in DIALECTS.items() if dialect.form == "saml")
_REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def sign_on(stack: Stack) -> SamlSignOn:
    return SamlSignOn(stack)


def is_refused(reply: Reply, row: str) -> bool:
    wanted = expected(row)
    found = (reply.status, wanted.code is not None and wanted.code in reply.body)
    return found == (wanted.http, True) and _REFERENCE.search(reply.body) is not None


def decisions(stack: Stack) -> list[Mapping[str, object]]:
    return [record.fields for record in stack.records("LAUNCH_DECISION")]


@pytest.mark.parametrize("vendor", SAML_VENDORS)
def test_every_his_of_saml_is_asked_and_opens_its_patient(stack_on_both: Stack, vendor: str) -> None:
    stack = stack_on_both
    browser = stack.new_browser()
    posted = SamlSignOn(stack, vendor).launch(browser)
    assert posted.status == 303, posted.body
    page = browser.get(posted.location)
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body
    (decision,) = decisions(stack)
    assert (decision["outcome"], decision["grade"], decision["token_form"]) == ("accepted", "two_hop", "saml")


def test_request_says_where_the_answer_goes_and_nothing_of_a_patient(sign_on: SamlSignOn) -> None:
    departure = sign_on.start(sign_on.stack.new_browser())
    base = sign_on.stack.base_url()
    request = departure.request
    said = {str(name): str(value) for name, value in request.attrib.items()}
    assert said == {
        "ID": departure.request_id,
        "Version": "2.0",
        "IssueInstant": said["IssueInstant"],
        "Destination": f"{sign_on.stack.his.url}/sso/viplive",
        "AssertionConsumerServiceURL": f"{base}/launch",
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    }
    assert request.findtext(f"{SAML}Issuer") == f"{base}/saml/metadata"
    assert len(request) == 1
    assert re.fullmatch(r"_[0-9a-f]{32}", departure.request_id)
    assert list(departure.parameters) == ["SAMLRequest", "RelayState", "SigAlg", "Signature"]
    assert len(departure.relay_state) <= 80
    assert sign_on.stack.his.personas["consent_given"].bsn not in departure.url


@pytest.mark.parametrize("spoilt", ["SAMLRequest", "RelayState", "SigAlg", "Signature"])
def test_his_sees_when_any_part_of_the_request_was_changed(sign_on: SamlSignOn, spoilt: str) -> None:
    """The sandbox verifies by the certificate in our metadata, so this proves what we sign."""
    base = sign_on.stack.base_url()
    hospital = Hospital("cwz", "cwz", base)
    first, second = (sign_on.start(sign_on.stack.new_browser()) for _ in range(2))
    address, query = first.url.split("?", 1)
    assert read_request(query, address, hospital).request_id == first.request_id
    parts = dict(part.split("=", 1) for part in query.split("&"))
    others = dict(part.split("=", 1) for part in second.url.split("?", 1)[1].split("&"))
    parts[spoilt] = others[spoilt] if spoilt != "SigAlg" else parts[spoilt].replace("256", "384")
    with pytest.raises(RequestRefusedError):
        read_request("&".join(f"{name}={value}" for name, value in parts.items()), address, hospital)


def test_start_without_any_cookie_makes_the_browser_known(sign_on: SamlSignOn) -> None:
    browser = sign_on.stack.new_browser()
    sign_on.start(browser)
    assert set(browser.cookies) == {("__Host-browser", "/")}
    before = browser.cookies[("__Host-browser", "/")].value
    sign_on.start(browser)
    assert browser.cookies[("__Host-browser", "/")].value == before


def test_every_start_asks_anew(sign_on: SamlSignOn) -> None:
    browser = sign_on.stack.new_browser()
    departures = [sign_on.start(browser) for _ in range(3)]
    assert len({each.request_id for each in departures}) == 3
    assert len({each.relay_state for each in departures}) == 3


@pytest.mark.proves("attack:A099")
@pytest.mark.proves("attack:A108")
def test_answer_in_another_browser_is_refused_and_its_own_may_still_come(
    stack: Stack, sign_on: SamlSignOn
) -> None:
    attacker, victim = stack.new_browser(), stack.new_browser()
    form = sign_on.form(attacker)
    sign_on.start(victim)
    assert is_refused(victim.launch(form), "A099-other-browser")
    assert is_refused(stack.new_browser().launch(form), "A099-other-browser")
    assert not stack.records("CONTEXT_OPENED")
    assert attacker.open(form).status == 200


@pytest.mark.proves("attack:A099")
def test_second_answer_to_one_request_is_refused(stack: Stack, sign_on: SamlSignOn) -> None:
    browser = stack.new_browser()
    departure = sign_on.start(browser)
    first = sign_on.answer(sign_on.content(departure), departure.relay_state)
    second = sign_on.answer(sign_on.content(departure), departure.relay_state)
    assert browser.open(first).status == 200
    assert is_refused(browser.launch(second), "A099")
    refused = decisions(stack)[-1]
    assert (refused["grade"], refused["user_id"]) == ("two_hop", "177578")


def test_same_answer_twice_is_a_double_click(stack: Stack, sign_on: SamlSignOn) -> None:
    browser = stack.new_browser()
    form = sign_on.form(browser)
    first = browser.launch(form)
    assert browser.get(first.location).status == 200
    assert browser.launch(form).location == first.location


@pytest.mark.proves("attack:A111")
def test_two_answers_to_one_request_at_once_open_one_record(stack: Stack, sign_on: SamlSignOn) -> None:
    browser = stack.new_browser()
    departure = sign_on.start(browser)
    forms = [sign_on.answer(sign_on.content(departure), departure.relay_state) for _ in range(10)]
    with ThreadPoolExecutor(10) as together:
        replies = list(together.map(browser.launch, forms))
    assert sorted(reply.status for reply in replies) == [303] + [401] * 9


@pytest.mark.proves("attack:A099")
def test_answer_after_five_minutes_is_too_late(stack: Stack, sign_on: SamlSignOn) -> None:
    browser = stack.new_browser()
    early, late = sign_on.start(browser), sign_on.start(browser)
    stack.clock.advance(299)
    assert browser.launch(sign_on.answer(sign_on.content(early), early.relay_state)).status == 303
    stack.clock.advance(1)
    assert is_refused(browser.launch(sign_on.answer(sign_on.content(late), late.relay_state)), "A099")


def _named_outside_only(root: _Element) -> None:
    for data in root.iter(f"{SAML}SubjectConfirmationData"):
        del data.attrib["InResponseTo"]


def _named_inside_only(root: _Element) -> None:
    del root.attrib["InResponseTo"]


def _two_names(root: _Element) -> None:
    root.set("InResponseTo", "_0123456789abcdef0123456789abcdef")


@pytest.mark.proves("attack:A099")
@pytest.mark.parametrize("spoil", [_named_outside_only, _two_names])
def test_request_must_be_named_in_what_the_his_signed(sign_on: SamlSignOn, spoil: object) -> None:
    browser = sign_on.stack.new_browser()
    departure = sign_on.start(browser)
    form = sign_on.answer(sign_on.content(departure), departure.relay_state, before_signing=spoil)
    assert is_refused(browser.launch(form), "A099")


def test_response_itself_need_not_name_the_request(sign_on: SamlSignOn) -> None:
    browser = sign_on.stack.new_browser()
    departure = sign_on.start(browser)
    form = sign_on.answer(
        sign_on.content(departure), departure.relay_state, before_signing=_named_inside_only
    )
    assert browser.open(form).status == 200


@pytest.mark.proves("attack:A099")
def test_name_put_on_an_unsolicited_response_afterwards_does_not_make_it_an_answer(
    sign_on: SamlSignOn,
) -> None:
    browser = sign_on.stack.new_browser()
    departure = sign_on.start(browser)

    def claim(raw: bytes) -> bytes:
        root = etree.fromstring(raw)
        root.set("InResponseTo", departure.request_id)
        return etree.tostring(root)

    form = sign_on.answer(sign_on.content(None), departure.relay_state, after_signing=claim)
    assert is_refused(browser.launch(form), "A099")


@pytest.mark.proves("attack:A099")
@pytest.mark.parametrize("relayed", ["other", "none", "made_up"])
def test_answer_without_its_relay_state_is_refused(sign_on: SamlSignOn, relayed: str) -> None:
    browser = sign_on.stack.new_browser()
    departure, other = sign_on.start(browser), sign_on.start(browser)
    state = {"other": other.relay_state, "none": None, "made_up": "A" * 43}[relayed]
    assert is_refused(browser.launch(sign_on.answer(sign_on.content(departure), state)), "A099")


@pytest.mark.proves("attack:A099")
def test_relay_state_of_ours_beside_an_unsolicited_response_is_refused(sign_on: SamlSignOn) -> None:
    browser = sign_on.stack.new_browser()
    departure = sign_on.start(browser)
    assert is_refused(browser.launch(sign_on.answer(sign_on.content(None), departure.relay_state)), "A099")


@pytest.mark.proves("attack:A121")
@pytest.mark.parametrize(
    "relayed", ["//evil.example", "https:evil.example", "javascript:alert(1)", "x" * 5000]
)
def test_relay_state_of_the_his_leads_nowhere(sign_on: SamlSignOn, relayed: str) -> None:
    browser = sign_on.stack.new_browser()
    posted = browser.launch(sign_on.answer(sign_on.content(None), relayed))
    assert posted.status == 303
    assert posted.location.startswith("/cwz/c/")
    assert decisions(sign_on.stack)[-1]["grade"] == "one_hop"


@pytest.mark.proves("attack:A116")
def test_answer_of_another_vendor_is_refused(stack: Stack, sign_on: SamlSignOn) -> None:
    browser = stack.new_browser()
    departure = sign_on.start(browser)
    other = SamlSignOn(stack, "nexus")
    form = other.answer(other.content(departure), departure.relay_state)
    assert is_refused(browser.launch(form), "A116-answer")


@pytest.mark.proves("attack:A116")
def test_answer_at_another_hospital_is_refused(stack: Stack, sign_on: SamlSignOn) -> None:
    browser = stack.new_browser()
    departure = sign_on.start(browser)
    form = sign_on.answer(sign_on.content(departure, hospital="saxenburgh"), departure.relay_state)
    assert is_refused(browser.launch(form, hospital="saxenburgh"), "A116-answer")


@pytest.mark.proves("attack:A108")
def test_answer_from_a_page_that_the_grant_does_not_list_is_refused(sign_on: SamlSignOn) -> None:
    browser = sign_on.stack.new_browser()
    form = sign_on.form(browser)
    assert is_refused(browser.launch(form, origin="https://evil.example"), "other_origin-ticket")
    assert browser.open(form).status == 200


def test_grant_that_asks_for_two_hops_takes_nothing_less(stack: Stack, sign_on: SamlSignOn) -> None:
    registered = stack.product.registration_of("viplive")
    stack.product.register(
        registered.replace('environment = "test"\n', 'environment = "test"\nminimum_grade = "two_hop"\n')
    )
    browser = stack.new_browser()
    assert is_refused(browser.launch(sign_on.answer(sign_on.content(None), None)), "grade-too-weak")
    departure = sign_on.start(browser)
    late = sign_on.answer(sign_on.content(departure), "B" * 43)
    assert is_refused(browser.launch(late), "A099")
    assert sign_on.launch(browser).status == 303


def test_vendor_without_a_sign_on_service_cannot_be_asked(stack: Stack, sign_on: SamlSignOn) -> None:
    registered = stack.product.registration_of("viplive")
    stack.product.register(re.sub(r"^sign_on_url = .*\n", "", registered, flags=re.MULTILINE))
    _, path = sign_on.click()
    assert is_refused(stack.new_browser().get(path), "grade-too-weak")


def test_departure_reads_what_was_packed() -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = base64.b64encode(packer.compress(b'<a ID="x"/>') + packer.flush()).decode("ascii")
    assert Departure(f"https://his.example/?SAMLRequest={packed.replace('+', '%2B')}").request_id == "x"
