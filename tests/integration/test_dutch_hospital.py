"""A view at a hospital that speaks the Dutch dialect, over real HTTP from the tile to the page."""

from collections.abc import Callable

import pytest

from tests.browser_client import BrowserClient
from tests.stack import Stack


@pytest.mark.parametrize(
    ("path", "words"),
    [("dossier/allergieen", "Penicilline"), ("uitslagen/lab", "Kalium")],
)
def test_page_of_a_dutch_hospital_shows_what_its_batch_tells(
    stack: Stack, new_browser: Callable[[], BrowserClient], path: str, words: str
) -> None:
    browser = new_browser()
    place = browser.launch(stack.jwt("consent_given", hospital="saxenburgh"), hospital="saxenburgh").location
    reply = browser.get(place + path)
    assert reply.status == 200
    assert words in reply.body
