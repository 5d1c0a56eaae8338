"""Every page that shows no patient, reached as a GP would reach it: clear, accessible and silent."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, text

from sandbox.his.vendors import His
from tests.browser.clicking import (
    Witness,
    assert_accessible,
    assert_shows_nothing_of,
    click_tile,
    launch,
    open_portal,
)
from tests.stack import Stack

PERSONA = "consent_given"
_REFERENCE = re.compile(r"^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$")
Reach = Callable[[Page, Stack], None]


def by_tile(persona: str, fault: str = "") -> Reach:
    def reach(page: Page, stack: Stack) -> None:
        open_portal(page, stack, fault=fault)
        click_tile(page, persona)

    return reach


def with_the_token_of_another_browser(page: Page, stack: Stack) -> None:
    browser = page.context.browser
    assert browser is not None
    first = browser.new_context()
    launch(first.new_page(), stack, PERSONA)
    first.close()
    by_tile(PERSONA, "replayed")(page, stack)


def from_a_suspended_vendor(page: Page, stack: Stack) -> None:
    stack.product.run_cli("trust", "suspend", stack.his.issuer(His.JWT))
    by_tile(PERSONA)(page, stack)


def after_very_many_clicks(page: Page, stack: Stack) -> None:
    other = stack.new_browser()
    for number in range(120):
        assert other.launch(stack.jwt(PERSONA, user_id=f"user-{number}")).status == 303
    by_tile(PERSONA)(page, stack)


def without_cookies(page: Page, stack: Stack) -> None:
    posted = stack.new_browser().launch(stack.jwt(PERSONA))
    page.goto(stack.product.url + posted.location)


def after_fifteen_minutes(page: Page, stack: Stack) -> None:
    launch(page, stack, PERSONA)
    stack.clock.advance(timedelta(minutes=15))
    page.reload()


def after_another_patient(page: Page, stack: Stack) -> None:
    launch(page, stack, PERSONA)
    launch(page.context.new_page(), stack, "many_results")
    page.reload()


def after_sluiten(page: Page, stack: Stack) -> None:
    launch(page, stack, PERSONA)
    page.get_by_role("button", name="Sluiten").click()


def at_an_unknown_address(page: Page, stack: Stack) -> None:
    page.goto(launch(page, stack, PERSONA) + "zoeken")


def after_a_fault_of_our_own(page: Page, stack: Stack) -> None:
    """A row that this version cannot have written."""
    launch(page, stack, PERSONA)

    def spoil(connection: Connection) -> None:
        connection.execute(text("UPDATE context SET scope = 'unheard_of'"))

    stack.product.services.writer.submit(spoil)
    page.reload()


def at_a_context_of_nobody(page: Page, stack: Stack) -> None:
    launch(page, stack, PERSONA)
    page.goto(f"{stack.base_url()}/c/{'A' * 22}/")


_PAGES: dict[str, tuple[Reach, int, str, str]] = {
    "L01": (by_tile(PERSONA, "no_token"), 400, "L101", "Openen vanuit het HIS is niet gelukt"),
    "L02": (by_tile(PERSONA, "bad_signature"), 401, "L203", "Openen vanuit het HIS is niet gelukt"),
    "L03": (by_tile(PERSONA, "expired"), 401, "L401", "De koppeling is verlopen"),
    "L04": (with_the_token_of_another_browser, 401, "L405", "Deze koppeling is al gebruikt"),
    "L05": (by_tile(PERSONA, "wrong_audience"), 401, "L502", "Deze tegel hoort bij een ander ziekenhuis"),
    "L06": (by_tile(PERSONA, "bsn_invalid"), 400, "L601", "Het BSN van de patiënt ontbreekt of klopt niet"),
    "L07": (by_tile("consent_refused"), 403, "L603", "U heeft geen rechten om deze patiënt in te zien"),
    "L09": (
        by_tile("birth_date_differs"),
        409,
        "L604",
        "De patiënt in uw HIS komt niet overeen met CWZ",
    ),
    "L10": (by_tile(PERSONA, "practice_unknown"), 403, "L304", "Uw praktijk heeft geen toegang"),
    "L11": (from_a_suspended_vendor, 401, "L302", "Het portaal is tijdelijk niet beschikbaar"),
    "L12": (by_tile("hospital_down"), 503, "L702", "CWZ geeft nu geen antwoord"),
    "L13": (after_very_many_clicks, 429, "L104", "Te veel pogingen"),
    "L14": (without_cookies, 403, "L14", "Uw browser blokkeert dit venster"),
    "S01": (after_fifteen_minutes, 401, "S01", "Uw sessie is verlopen"),
    "S02": (after_another_patient, 409, "S02", "Dit dossier is vervangen"),
    "S03": (after_sluiten, 200, "S03", "Het dossier is gesloten"),
    "S04": (at_an_unknown_address, 404, "S04", "Deze pagina bestaat niet"),
    "S05": (after_a_fault_of_our_own, 500, "S05", "Er ging iets mis"),
    "NOT_OPEN": (at_a_context_of_nobody, 404, "", "Dit dossier is niet (meer) geopend"),
}


@pytest.mark.proves("check:3")
@pytest.mark.proves("check:4")
@pytest.mark.parametrize("family", _PAGES)
def test_page_without_a_patient_is_clear_accessible_and_silent(stack: Stack, page: Page, family: str) -> None:
    reach, status, code, title = _PAGES[family]
    statuses: list[int] = []
    page.on("response", lambda r: statuses.append(r.status) if r.request.is_navigation_request() else None)
    witness = Witness(page)
    reach(page, stack)
    expect(page.locator("main")).to_have_attribute("data-family", family)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert statuses[-1] == status
    facts = page.locator("dl.facts").inner_text()
    assert (f"Code {code}" in facts) == bool(code)
    assert _REFERENCE.match(page.locator(".reference").inner_text())
    expect(page.locator("footer")).to_contain_text("CWZ Zorgverlenersportaal")
    for persona in (PERSONA, "many_results", "consent_refused", "birth_date_differs", "hospital_down"):
        assert_shows_nothing_of(page, stack.zis.personas[persona])
    assert_accessible(page)
    assert witness.console == []
    if witness.launches:
        witness.assert_same_origin_after_the_tile(stack.product.url)
        witness.assert_urls_and_history_tell_nothing(stack.zis.personas[PERSONA])


@pytest.mark.proves("check:15")
@pytest.mark.proves("feature:B02")
@pytest.mark.parametrize("persona", ["consent_refused", "consent_not_answered"])
def test_patient_information_without_consent_is_accessible_and_has_no_other_tab(
    stack: Stack, page: Page, persona: str
) -> None:
    witness = Witness(page)
    launch(page, stack, persona, hospital="saxenburgh")
    expect(page.locator("[data-notice=limited]")).to_contain_text("(nog) geen toestemming gegeven")
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == ["Patiëntinformatie"]
    expect(page.locator(".clinical .allergies")).to_have_text("Allergieën niet beschikbaar")
    assert_accessible(page)
    assert witness.console == []
    asked = {received.interaction for received in stack.zis.requests}
    assert asked == {"patient", "consent"}


@pytest.mark.proves("check:13")
@pytest.mark.parametrize(
    ("persona", "hospital", "state"),
    [
        ("many_results", "cwz", "ok"),
        ("odd_results", "cwz", "ok"),
        ("no_results", "cwz", "leeg"),
        ("partial_answer", "cwz", "deels"),
        ("faulty_then_fine", "cwz", "fout"),
        ("consent_refused", "saxenburgh", "geen-recht"),
    ],
)
def test_results_in_each_state_are_accessible_and_quiet(
    stack: Stack, page: Page, persona: str, hospital: str, state: str
) -> None:
    witness = Witness(page)
    place = launch(page, stack, persona, hospital=hospital)
    page.goto(place + "uitslagen/lab")
    expect(page.locator("main .panel")).to_have_attribute("data-state", state)
    assert_accessible(page)
    assert witness.console == []
    witness.assert_same_origin_after_the_tile(stack.product.url)
    if state == "fout":
        assert "geen" not in page.locator("main").inner_text().lower()
        page.get_by_role("link", name="Opnieuw proberen").click()
        expect(page.locator("main .panel")).to_have_attribute("data-state", "ok")


@pytest.mark.proves("check:15")
def test_retry_button_of_a_hospital_that_is_back_leads_to_the_patient(stack: Stack, page: Page) -> None:
    stack.zis.script(stack.zis.personas[PERSONA].bsn, "patient", ["fault", "ok"])
    open_portal(page, stack)
    click_tile(page, PERSONA)
    page.get_by_role("link", name="Probeer opnieuw").click()
    expect(page.locator(".banner .name")).to_contain_text("DE VRIES-VAN DER BERG")
