"""The sandbox portal beside the whole product: tiles that go by ticket or sign-on, and what it closes."""

import html
import re

import pytest

from sandbox.his.dialects import DIALECTS
from tests.browser_client import BrowserClient, Reply
from tests.saml_stage import SamlSignOn
from tests.stack import Stack

_FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
PERSONA = "consent_given"


def portal(stack: Stack) -> BrowserClient:
    return BrowserClient(stack.his.url, stack.his.url)


def tile(stack: Stack, his: str, **choices: str) -> Reply:
    chosen = {"patient": stack.his.personas[PERSONA].bsn, "his": his, "hospital": "cwz"}
    return portal(stack).post("/tegel", chosen | choices)


def fields_of(page: Reply) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _FIELD.findall(page.body)}


@pytest.mark.parametrize("vendor", sorted(DIALECTS))
def test_tile_by_ticket_puts_only_a_code_into_the_browser(stack: Stack, vendor: str) -> None:
    page = tile(stack, vendor, way="ticket")
    assert page.status == 200, page.body
    fields = fields_of(page)
    assert list(fields) == ["ticket"]
    assert stack.new_browser().open(fields).status == 200


def test_refused_ticket_is_shown_with_its_code_and_reference(stack: Stack) -> None:
    page = tile(stack, "jwt", way="ticket", fault="expired")
    assert page.status == 502
    (record,) = stack.records("LAUNCH_DECISION")
    assert f"Code L401, referentie {record.reference}." in page.body


@pytest.mark.parametrize(
    "choices",
    [{"way": "nonsense"}, {"way": "sign_on"}, {"way": "sign_on", "his": "hti"}],
)
def test_way_that_a_vendor_does_not_have_is_refused(stack: Stack, choices: dict[str, str]) -> None:
    assert tile(stack, choices.pop("his", "jwt"), **choices).status == 400


def test_sign_on_service_answers_nobody_without_a_desk_and_no_other_request(stack: Stack) -> None:
    sign_on = SamlSignOn(stack)
    asked, path = sign_on.click()
    departure = stack.new_browser().get(path).location.removeprefix(stack.his.url)
    assert portal(stack).get(departure).status == 400
    assert asked.get(departure.replace("/sso/viplive", "/sso/nexus")).status == 400
    assert asked.get("/sso/viplive?SAMLRequest=x&RelayState=y&SigAlg=z&Signature=w").status == 400
    assert asked.get(departure).status == 200


@pytest.mark.parametrize("way", ["", "ticket", "sign_on"])
def test_closing_a_patient_and_logging_out_close_what_the_portal_opened(stack: Stack, way: str) -> None:
    sign_on, browser = SamlSignOn(stack), stack.new_browser()
    fields = sign_on.form(browser) if way == "sign_on" else fields_of(tile(stack, "viplive", way=way))
    opened = browser.launch(fields).location
    assert browser.get(opened).status == 200
    patient = stack.his.personas[PERSONA].bsn
    other = portal(stack).post("/sluiten", {"user": "waarnemer", "patient": patient})
    assert "Er was niets geopend" in other.body
    told = portal(stack).post("/sluiten", {"user": "arts", "patient": patient})
    assert re.search(r"cwz via VIPLive:\s+1 gesloten", told.body), told.body
    assert "Het dossier is gesloten" in browser.get(opened).body
    again = portal(stack).post("/uitloggen", {"user": "arts"})
    assert "Er was niets geopend" in again.body


def test_logging_out_tells_each_hospital_once_per_vendor(stack: Stack) -> None:
    browsers = []
    for vendor in ("jwt", "jwt", "viplive"):
        browser = stack.new_browser()
        opened = browser.launch(fields_of(tile(stack, vendor))).location
        assert browser.get(opened).status == 200
        browsers.append((browser, opened))
    told = portal(stack).post("/uitloggen", {"user": "arts"})
    counts = re.findall(r"cwz via (\S+):\s+(\d) gesloten", told.body)
    assert sorted(counts) == [("JWT", "2"), ("VIPLive", "1")]
    assert all("Het dossier is gesloten" in browser.get(opened).body for browser, opened in browsers)


def test_refused_call_is_told_as_such(stack: Stack) -> None:
    tile(stack, "jwt")
    stack.product.run_cli("trust", "suspend", stack.his.issuer("jwt"))
    told = portal(stack).post("/uitloggen", {"user": "arts"})
    assert "de melding is geweigerd" in told.body


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/sluiten", {}),
        ("/sluiten", {"user": "arts", "patient": "999990019"}),
        ("/sluiten", {"user": "nobody"}),
        ("/uitloggen", {"user": "nobody"}),
    ],
)
def test_portal_closes_for_nobody_unknown(stack: Stack, path: str, fields: dict[str, str]) -> None:
    assert portal(stack).post(path, fields).status == 400
