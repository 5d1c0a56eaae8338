"""The tile of every HIS, in a real browser, leads to the patient."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.his.dialects import DIALECTS
from tests.browser.clicking import launch
from tests.stack import Stack


@pytest.mark.proves("feature:A01")
def test_tile_of_every_his_leads_to_the_patient(stack: Stack, page: Page) -> None:
    for vendor in DIALECTS:
        launch(page, stack, "consent_given", his=vendor)
        expect(page.locator(".banner .name")).to_contain_text("DE VRIES-VAN DER BERG")
    read_by = [record.fields["his"] for record in stack.records("LAUNCH_DECISION")]
    assert read_by == list(DIALECTS)
