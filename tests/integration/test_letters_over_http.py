"""From the tile to a letter on the screen: the whole product against the sandbox hospital, over real HTTP."""

import re
from collections.abc import Callable

import pytest

from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]
PERSONA = "letters"


def opened(stack: Stack, browser: BrowserClient) -> str:
    place = browser.launch(stack.jwt(PERSONA), hospital="cwz").location
    assert browser.get(place).status == 200
    return place


def letters(browser: BrowserClient, place: str) -> list[str]:
    """The addresses in the list of letters."""
    reply = browser.get(f"{place}dossier/brieven")
    assert 'data-state="ok"' in reply.body
    return re.findall(r'<a href="([^"]*/brieven/[^"]+)" target="_blank"', reply.body)


def all_open(browser: BrowserClient, urls: list[str]) -> dict[str, Reply]:
    return {url: browser.get(url) for url in urls}


@pytest.mark.proves("feature:D20")
@pytest.mark.proves("feature:D21")
@pytest.mark.proves("promise:P1")
def test_every_letter_of_the_list_opens_and_is_on_record(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    urls = letters(browser, place)
    replies = all_open(browser, urls)
    assert replies
    pdfs = [reply for reply in replies.values() if reply.headers["Content-Type"] == "application/pdf"]
    assert pdfs
    assert all(reply.status == 200 for reply in replies.values())
    for pdf in pdfs:
        assert pdf.body.startswith("%PDF-")
        assert re.fullmatch(
            r'inline; filename="brief(-[0-9-]{4,10})?\.pdf"', pdf.headers["Content-Disposition"]
        )
        assert "default-src" not in pdf.headers["Content-Security-Policy"]
    shown = stack.records("DOCUMENT_SHOWN")
    assert len(shown) == len(replies)
    assert {record.fields["section"] for record in shown} == {"letters"}
    bsn = stack.zis.personas[PERSONA].bsn
    assert not any(bsn in url for url in urls)


def test_letter_of_another_browsers_list_does_not_open(stack: Stack, new_browser: Browsers) -> None:
    browser, stranger = new_browser(), new_browser()
    place = opened(stack, browser)
    url = letters(browser, place)[0]
    assert stranger.get(url).status == 404
    assert stack.records("DOCUMENT_SHOWN") == []


def test_name_that_is_not_in_the_list_is_not_found(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    assert browser.get(f"{place}brieven/a{'0' * 24}.pdf").status == 404


def test_letter_of_a_context_that_was_closed_does_not_open(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    place = opened(stack, browser)
    url = letters(browser, place)[0]
    browser.request("POST", f"{place}sluiten")
    reply = browser.get(url)
    assert "Het dossier is gesloten" in reply.body
    assert stack.records("DOCUMENT_SHOWN") == []
