"""The record in a frame of the HIS, in a real browser, on another site (architecture.md D2)."""

from collections.abc import Callable, Mapping
from html import escape

import pytest
from playwright.sync_api import ConsoleMessage, FrameLocator, Page, expect

from sandbox.his.vendors import His
from tests.browser.clicking import assert_shows_nothing_of
from tests.stack import Stack

PERSONA = "consent_given"
OTHER = "many_results"
NAME = "DE VRIES-VAN DER BERG"
# What the frames of HISes allow, as far as is public (interface.md §2.6).
_SANDBOX = (
    "allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts"
    " allow-downloads"
)


def frame_page(url: str, fields: Mapping[str, str]) -> str:
    """A page of a HIS that posts its launch into a frame."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )
    return (
        '<!doctype html><html lang="nl"><title>HIS</title>'
        f'<iframe name="tegel" title="Ziekenhuis" width="1000" height="700" sandbox="{_SANDBOX}"></iframe>'
        f'<form method="post" action="{url}/launch" target="tegel">{hidden}<button>Tegel</button></form>'
    )


@pytest.fixture
def said(page: Page) -> list[str]:
    """What the browser says on its console."""
    lines: list[str] = []

    def note(message: ConsoleMessage) -> None:
        lines.append(message.text)

    page.on("console", note)
    return lines


@pytest.fixture
def show_frame(stack: Stack, page: Page, his_site: tuple[str, list[str]]) -> Callable[[str], FrameLocator]:
    """Registers a frame origin ("" for the HIS's own, "none" for none), shows the page and clicks."""
    site, pages = his_site

    def show(registered: str) -> FrameLocator:
        pages.append(frame_page(stack.base_url(), stack.jwt(PERSONA)))
        file = stack.product.registration_of(His.JWT).replace(f'["{stack.his.url}"]', f'["{site}"]')
        frames = f'frame_origins = ["{registered or site}"]\n' if registered != "none" else ""
        stack.product.register(file.replace('environment = "test"\n', f'environment = "test"\n{frames}'))
        page.goto(site)
        page.get_by_role("button", name="Tegel").click()
        return page.frame_locator("iframe[name=tegel]")

    return show


@pytest.mark.proves("feature:A01")
def test_record_opens_reads_extends_and_closes_in_a_frame_of_a_registered_site(
    stack: Stack, page: Page, said: list[str], show_frame: Callable[[str], FrameLocator]
) -> None:
    frame = show_frame("")
    expect(frame.locator(".banner .name")).to_contain_text(NAME)
    frame.get_by_role("link", name="Uitslagen").click()
    frame.get_by_role("link", name="Labuitslagen").click()
    expect(frame.locator(".grid tbody th", has_text="Kalium")).to_be_visible()
    frame.get_by_role("button", name="Langer openhouden").click()
    expect(frame.locator(".grid tbody th", has_text="Kalium")).to_be_visible()
    frame.get_by_role("button", name="Sluiten").first.click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Het dossier is gesloten")
    theirs = ("escape its sandboxing", "autofocusing", "404 (NOT FOUND)")
    assert [line for line in said if not any(word in line for word in theirs)] == []
    assert NAME not in page.content()
    kinds = {(cookie["name"], cookie.get("sameSite")) for cookie in page.context.cookies()}
    assert kinds == {("__Host-browser", "None"), ("__Secure-ctx", "None")}


def test_frame_empties_itself_when_its_context_is_replaced(
    stack: Stack,
    page: Page,
    his_site: tuple[str, list[str]],
    show_frame: Callable[[str], FrameLocator],
) -> None:
    frame = show_frame("")
    expect(frame.locator(".banner .name")).to_contain_text(NAME)
    other = stack.new_browser()
    assert other.get(other.launch(stack.jwt(OTHER), origin=his_site[0]).location).status == 200
    expect(frame.get_by_role("heading", level=1)).to_have_text("Dit dossier is vervangen", timeout=15_000)
    assert_shows_nothing_of(page, stack.zis.personas[PERSONA])


@pytest.mark.proves("attack:A124")
@pytest.mark.parametrize("registered", ["https://his.example", "none"])
def test_frame_of_a_site_that_is_not_registered_stays_empty(
    page: Page, show_frame: Callable[[str], FrameLocator], registered: str
) -> None:
    with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        frame = show_frame(registered)
    # What stands there is the browser's own page, whose markup cannot be read while it comes.
    expect(frame.get_by_text(NAME)).to_have_count(0)
