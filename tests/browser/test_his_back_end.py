"""Tiles that go by ticket or SAML sign-on, and a record that the HIS closes, in real browsers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.his.dialects import DIALECTS
from sandbox.his.ways import goes_by
from tests.browser.clicking import assert_accessible, assert_shows_nothing_of, click_tile, open_portal
from tests.browser.stopped_time import stop_time
from tests.stack import Stack

PERSONA, NAME = "consent_given", "DE VRIES-VAN DER BERG"


@pytest.fixture
def other_page(chromium: Browser) -> Iterator[Page]:
    """A page in another browser profile."""
    context = chromium.new_context(locale="nl-NL")
    yield context.new_page()
    context.close()


def launch_as(page: Page, stack: Stack, user: str) -> None:
    open_portal(page, stack, user=user)
    click_tile(page, PERSONA)
    expect(page.locator(".banner .name")).to_contain_text(NAME)


@pytest.mark.proves("feature:A01")
@pytest.mark.parametrize(("way", "grade"), [("ticket", "ticket"), ("sign_on", "two_hop")])
def test_tile_by_every_way_leads_to_the_patient(stack: Stack, page: Page, way: str, grade: str) -> None:
    launching = [name for name in DIALECTS if goes_by(way, name)]
    for name in launching:
        open_portal(page, stack, way=way)
        click_tile(page, PERSONA, his=name)
        expect(page.locator(".banner .name")).to_contain_text(NAME)
    opened = stack.records("CONTEXT_OPENED")
    assert [record.fields["his"] for record in opened] == launching
    assert {record.fields["grade"] for record in stack.records("LAUNCH_DECISION")} == {grade}


@pytest.mark.proves("feature:A18")
@pytest.mark.parametrize("event", ["patient", "user"])
def test_page_empties_within_ten_seconds_of_the_call_and_only_the_named_one(
    stack: Stack, page: Page, other_page: Page, event: str
) -> None:
    stop_time(page)
    launch_as(page, stack, "arts")
    launch_as(other_page, stack, "waarnemer")
    portal = page.context.new_page()
    open_portal(portal, stack, user="arts")
    if event == "patient":
        portal.locator(f'[data-persona="{PERSONA}"]').get_by_role("button", name="Patiënt sluiten").click()
    else:
        portal.get_by_role("button", name="Uitloggen").click()
    expect(portal.get_by_text("1 gesloten")).to_be_visible()
    page.clock.run_for(10_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    assert_shows_nothing_of(page, stack.zis.personas[PERSONA])
    assert "gesloten" in page.title()
    other_page.reload()
    expect(other_page.locator(".banner .name")).to_contain_text(NAME)


def test_page_that_tells_what_closed_is_accessible(stack: Stack, page: Page) -> None:
    launch_as(page, stack, "arts")
    open_portal(page, stack)
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_text("1 gesloten")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Terug naar de patiënten").click()
    assert_accessible(page)
