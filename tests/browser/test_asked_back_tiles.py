"""Tiles of a HIS that is asked back, in a real browser: redirects, cookies and forms as they really go."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from sandbox.his.vendors import Hospital
from sandbox.servers import HisServer
from tests.browser.clicking import assert_accessible
from tests.idp_stage import AskedBack


@pytest.fixture
def portal(asked_back: AskedBack) -> Iterator[HisServer]:
    """A portal with the provider's tiles beside its own."""
    hospitals = [Hospital("cwz", "CWZ", asked_back.stack.base_url(), "test")]
    with HisServer(hospitals=hospitals, idp_url=asked_back.idp.url) as server:
        yield server


def click(page: Page, portal: HisServer, grade: str, fault: str = "") -> None:
    page.goto(f"{portal.url}/?fault={fault}")
    page.locator(f'[data-persona="consent_given"] button[name=grade][value="{grade}"]').click()


@pytest.mark.proves("feature:A01")
@pytest.mark.parametrize("grade", ["two_hop", "smart"])
def test_tile_of_a_his_that_is_asked_back_leads_to_the_patient(
    asked_back: AskedBack, portal: HisServer, page: Page, grade: str
) -> None:
    click(page, portal, grade)
    page.wait_for_url("**/c/*/")
    expect(page.locator(".banner .name")).to_contain_text("DE VRIES-VAN DER BERG")
    assert [each["grade"] for each in asked_back.decisions()] == [grade]


@pytest.mark.parametrize("grade", ["two_hop", "smart"])
def test_spoilt_answer_ends_on_a_dutch_page(
    asked_back: AskedBack, portal: HisServer, page: Page, grade: str
) -> None:
    click(page, portal, grade, "wrong_nonce")
    expect(page.get_by_text("L407")).to_be_visible()
    assert page.locator(".banner .name").count() == 0


def test_portal_with_all_its_tiles_is_accessible(portal: HisServer, page: Page) -> None:
    page.goto(portal.url)
    assert_accessible(page)
