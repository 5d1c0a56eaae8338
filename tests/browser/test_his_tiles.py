"""The tile of every HIS, in a real browser, leads to the patient."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.his.dialects import DIALECTS
from tests.browser.clicking import launch
from tests.stack import Stack


@pytest.mark.proves("feature:A01")
@pytest.mark.parametrize("vendor", sorted(DIALECTS))
def test_tile_of_this_his_leads_to_the_patient(stack: Stack, page: Page, vendor: str) -> None:
    launch(page, stack, "consent_given", his=vendor)
    expect(page.locator(".banner .name")).to_contain_text("DE VRIES-VAN DER BERG")
    (record,) = stack.records("LAUNCH_DECISION")
    assert record.fields["his"] == vendor
