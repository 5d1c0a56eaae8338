"""A hospital of which every source stops, or one, or half of one: check 13 (interface.md §4.12)."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.zis.faults import ANY_PATIENT
from sandbox.zis.question import INTERACTIONS
from tests.browser.clicking import launch
from tests.browser.test_every_page import pages_of
from tests.stack import HOSPITALS, Stack
from views import url_words as words

PERSONA = "everything"
_STATES = "all => all.map((panel) => panel.dataset.state)"
_NEEDED_TO_OPEN = {"patient", "consent"}


def fail(stack: Stack, interactions: set[str], fault: str) -> None:
    for interaction in interactions:
        stack.zis.script(ANY_PATIENT, interaction, [fault] if fault else [])


def states(page: Page) -> list[str]:
    expect(page.locator(".end")).to_be_attached()
    found: list[str] = page.eval_on_selector_all("main .panel", _STATES)
    return found


@pytest.mark.timeout(300)
@pytest.mark.proves("check:13")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_page_of_a_source_that_stopped_says_so_and_never_that_there_is_nothing(
    stack: Stack, page: Page, hospital: str
) -> None:
    place = launch(page, stack, PERSONA, hospital=hospital)
    assert_one_source_leaves_the_others(stack, page, place)
    assert_half_a_source_is_told(stack, page, place)
    fail(stack, set(INTERACTIONS - _NEEDED_TO_OPEN), "ae")
    count = 0
    for path in pages_of(page):
        if path.endswith(words.PATIENT_INFORMATION):
            continue
        found = states(page)
        assert set(found) == {"fout"}, (path, found)
        assert page.locator("main [role=alert]").count() == len(found), path
        assert page.locator("main table").count() == 0, path
        assert "geen" not in page.locator("main").inner_text().lower(), path
        assert "Allergieën niet beschikbaar" in page.locator(".clinical.arrived").inner_text(), path
        count += 1
    assert count >= 10
    fail(stack, set(INTERACTIONS - _NEEDED_TO_OPEN), "")
    page.get_by_role("link", name="Opnieuw proberen").first.click()
    assert set(states(page)) == {"ok"}


def assert_one_source_leaves_the_others(stack: Stack, page: Page, place: str) -> None:
    fail(stack, {"allergies"}, "http500")
    page.goto(place + words.ALLERGIES)
    assert states(page) == ["fout"]
    assert "geen" not in page.locator("main").inner_text().lower()
    expect(page.locator("main [role=alert]")).to_contain_text("Dit betekent niet dat er niets is vastgelegd.")
    for path in (words.LABORATORY, words.MEDICATION, words.APPOINTMENTS):
        page.goto(place + path)
        assert states(page) == ["ok"], path
        assert "Allergieën niet beschikbaar" in page.locator(".clinical.arrived").inner_text(), path
    fail(stack, {"allergies"}, "")
    # Not every hospital has this page. Appointments to come and those that were are one answer.
    if page.request.get(place + words.CARE_MOMENTS).status == 200:
        fail(stack, {"appointments"}, "drop")
        page.goto(place + words.CARE_MOMENTS)
        assert set(states(page)) == {"fout", "ok"}
        fail(stack, {"appointments"}, "")


def assert_half_a_source_is_told(stack: Stack, page: Page, place: str) -> None:
    fail(stack, {"allergies", "laboratory"}, "half")
    for path in (words.ALLERGIES, words.LABORATORY):
        page.goto(place + path)
        assert states(page) == ["deels"], path
        warning = page.locator("main .state.partial[role=status]").first
        expect(warning).to_contain_text("Niet volledig.")
        assert page.locator("main tbody tr").count() >= 1, path
        assert "Geen " not in page.locator("main").inner_text(), path
    assert "(niet volledig)" in page.locator(".clinical.arrived").inner_text()
    fail(stack, {"allergies", "laboratory"}, "")
