"""Each hospital in a browser without JavaScript, and a letter from a frame: checks 17, 18 and 19."""

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.his.vendors import His
from tests.browser.clicking import assert_shows_nothing_of, click_tile, open_portal
from tests.browser.test_every_page import pages_of
from tests.browser.test_frames import frame_page
from tests.stack import HOSPITALS, Stack
from views import url_words as words

FIRST, SECOND = "everything", "many_results"


def launch(page: Page, stack: Stack, persona: str, hospital: str) -> str:
    """:returns: URL of the context."""
    open_portal(page, stack, only=[("patient", persona), ("hospital", hospital)])
    click_tile(page, persona, hospital=hospital)
    page.get_by_role("button", name="Verder naar").click()
    expect(page.locator(".banner .name")).to_be_visible()
    return page.url


@pytest.mark.timeout(300)
@pytest.mark.proves("check:17")
@pytest.mark.proves("check:19")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_everything_works_without_script(stack: Stack, chromium: Browser, hospital: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    place = launch(page, stack, FIRST, hospital)
    count = 0
    for path in pages_of(page):
        expect(page.locator("footer .end")).to_have_attribute("data-complete", "ja")
        assert page.locator("main table, main dl").count() >= 1, path
        count += 1
    assert count >= 10
    assert_filter_paging_and_chart_work(page, place + words.LABORATORY)
    second = context.new_page()
    launch(second, stack, SECOND, hospital)
    with page.expect_response("**/patientinformatie") as answer:
        page.get_by_role("link", name="Patiëntinformatie").click()
    assert answer.value.status == 409
    for persona in (FIRST, SECOND):
        assert_shows_nothing_of(page, stack.zis.personas[persona])
    second.get_by_role("button", name="Sluiten").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    second.go_back()
    expect(second.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    launch(second, stack, FIRST, hospital)
    expect(second.locator(".banner .name")).to_contain_text("VAN DOSSIER")
    context.close()


def assert_filter_paging_and_chart_work(page: Page, lab: str) -> None:
    page.goto(lab)
    page.locator(".options summary").click()
    page.get_by_label("Materiaal", exact=True).check()
    page.get_by_label("van", exact=True).fill("01-01-2020")
    page.get_by_role("button", name="Toepassen").click()
    page.wait_for_url("**/uitslagen/lab?*")
    expect(page.locator(".grid thead th", has_text="Materiaal")).to_be_visible()
    expect(page.locator(".options summary")).to_contain_text("vanaf 01-01-2020")
    first = page.locator(".grid thead th.date time").first.get_attribute("datetime")
    page.get_by_role("link", name="« Eerste uitslagen").click()
    page.wait_for_url("**venster=*")
    assert page.locator(".grid thead th.date time").first.get_attribute("datetime") != first
    page.get_by_role("link", name="Laatste uitslagen »").click()
    page.locator(".grid tbody th a", has_text="Kalium").first.click()
    expect(page.locator(".chart circle")).to_have_count(2)
    page.get_by_role("link", name="Tabel", exact=True).click()
    page.wait_for_url("**tabel=1*")
    assert page.locator(".chart").count() == 0


@pytest.mark.proves("check:18")
def test_letter_is_saved_from_a_sandboxed_frame_at_every_hospital(
    stack: Stack, page: Page, his_site: tuple[str, list[str]]
) -> None:
    site, pages = his_site
    file = stack.product.registration_of(His.JWT).replace(f'["{stack.his.url}"]', f'["{site}"]')
    frames = f'environment = "test"\nframe_origins = ["{site}"]\n'
    stack.product.register(file.replace('environment = "test"\n', frames))
    for hospital in HOSPITALS:
        pages[:] = [frame_page(stack.base_url(hospital), stack.jwt(FIRST, hospital=hospital))]
        page.goto(site)
        page.get_by_role("button", name="Tegel").click()
        frame = page.frame_locator("iframe[name=tegel]")
        frame.get_by_role("link", name="Dossier", exact=True).click()
        frame.locator(f".menu a[href$='{words.LETTERS}']").click()
        letter = frame.get_by_role("link", name="PDF").first
        expect(letter).to_be_visible()
        with page.expect_download() as saved:
            letter.click()
        name = saved.value.suggested_filename
        assert name.startswith("brief"), hospital
        assert name.endswith(".pdf"), hospital
        assert saved.value.path().read_bytes().startswith(b"%PDF"), hospital
