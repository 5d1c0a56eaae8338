"""The whole click in a real browser: portal, tile, patient, results, Sluiten; also without script."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

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
NAME = "DE VRIES-VAN DER BERG"
_ABSENT_WORDS = ("Zoeken", "Home", "Recente", "Recent")


@pytest.mark.proves("feature:A01")
@pytest.mark.proves("feature:A18")
@pytest.mark.proves("check:1")
@pytest.mark.proves("check:3")
@pytest.mark.proves("check:4")
@pytest.mark.parametrize("vendor", list(His))
def test_click_on_a_tile_leads_to_the_patient_to_results_and_out_again(
    stack: Stack, page: Page, vendor: His
) -> None:
    patient = stack.zis.personas[PERSONA]
    witness = Witness(page)
    open_portal(page, stack)
    assert_accessible(page)

    click_tile(page, PERSONA, his=vendor)
    expect(page.locator(".banner .name")).to_contain_text(NAME)
    expect(page.get_by_role("heading", level=1)).to_have_text("Patiëntinformatie")
    assert_came_by_one_redirect(page, witness)
    assert page.title() == "Patiëntinformatie – CWZ"
    assert_accessible(page)

    page.get_by_role("link", name="Uitslagen", exact=True).click()
    page.get_by_role("link", name="Labuitslagen", exact=True).click()
    expect(page.locator(".grid tbody th", has_text="Kalium")).to_be_visible()
    expect(page.locator(".banner .name")).to_contain_text(NAME)
    assert page.title() == "Labuitslagen – CWZ"
    assert_accessible(page)

    page.get_by_role("button", name="Sluiten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    assert_shows_nothing_of(page, patient)
    assert_accessible(page)

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    assert_shows_nothing_of(page, patient)
    assert witness.console == []
    witness.assert_same_origin_after_the_tile(stack.product.url)
    witness.assert_urls_and_history_tell_nothing(patient)


def assert_came_by_one_redirect(page: Page, witness: Witness) -> None:
    (posted,) = witness.launches
    (arrived,) = [request for request in witness.requests if request.url == page.url]
    assert posted.method == "POST"
    assert urlsplit(posted.url).hostname != urlsplit(posted.headers["origin"]).hostname
    assert arrived.redirected_from == posted
    assert posted.redirected_from is None


@pytest.mark.proves("check:1")
@pytest.mark.proves("check:19")
@pytest.mark.parametrize("vendor", list(His))
def test_whole_click_works_without_script(stack: Stack, chromium: Browser, vendor: His) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    patient = stack.zis.personas[PERSONA]
    witness = Witness(page)
    open_portal(page, stack)
    click_tile(page, PERSONA, his=vendor)
    page.get_by_role("button", name="Verder naar").click()
    expect(page.locator(".banner .name")).to_contain_text(NAME)
    assert_came_by_one_redirect(page, witness)

    page.get_by_role("link", name="Uitslagen", exact=True).click()
    page.get_by_role("link", name="Labuitslagen", exact=True).click()
    expect(page.locator(".grid tbody th", has_text="Kalium")).to_be_visible()
    page.locator(".options summary").click()
    page.get_by_label("van", exact=True).fill("01-01-2020")
    page.get_by_label("van", exact=True).press("Enter")
    page.wait_for_url("**/uitslagen/lab?*")
    expect(page.locator(".options summary")).to_contain_text("vanaf 01-01-2020")
    page.get_by_role("button", name="Langer openhouden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Labuitslagen")

    page.get_by_role("button", name="Sluiten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    assert_shows_nothing_of(page, patient)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")

    open_portal(page, stack)
    click_tile(page, PERSONA, his=vendor)
    page.get_by_role("button", name="Verder naar").click()
    expect(page.locator(".banner .name")).to_contain_text(NAME)
    assert witness.console == []
    witness.assert_urls_and_history_tell_nothing(patient)
    context.close()


@pytest.mark.proves("check:2")
def test_no_page_links_or_leads_to_what_a_stand_alone_portal_has(stack: Stack, page: Page) -> None:
    place = launch(page, stack, PERSONA)
    for path in ("", "uitslagen/lab"):
        page.goto(place + path)
        links = page.eval_on_selector_all("[href], [action], [src]", _ADDRESSES)
        assert len(links) >= 6
        assert [link for link in links if not link.startswith((place, f"{stack.base_url()}/static/"))] == []
        for word in _ABSENT_WORDS:
            assert page.get_by_text(word, exact=True).count() == 0
            for role in ("link", "button", "textbox", "searchbox"):
                assert page.get_by_role(role, name=word, exact=True).count() == 0
    for word in ("zoeken", "patienten", "home", "recente", "klinisch", "seh-overzicht", "nood"):
        answer = page.goto(f"{stack.base_url()}/{word}")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("Deze pagina bestaat niet")


_ADDRESSES = """all => all
  .map((e) => e.getAttribute('href') ?? e.getAttribute('action') ?? e.getAttribute('src'))
  .filter((address) => !address.startsWith('#')).map((address) => new URL(address, document.baseURI).href)"""


@pytest.mark.proves("check:4")
def test_page_refuses_what_its_policy_does_not_name(stack: Stack, page: Page) -> None:
    """The policy is really on: without this, no message on the console would prove nothing."""
    launch(page, stack, PERSONA)
    witness = Witness(page)
    with page.expect_console_message():
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.body.append(s); }"
        )
    assert page.evaluate("window.ran") is None
    (message,) = witness.console
    assert "Content Security Policy" in message
