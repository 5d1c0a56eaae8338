"""Consent, the end of a session and a second patient at each hospital: checks 15, 16 and 17.

Interface.md §4.12. The service's clock and the browser's are both the test's.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clicking import assert_shows_nothing_of, click_tile, launch, open_portal
from tests.browser.stopped_time import let_one_poll_pass, stop_time
from tests.stack import HOSPITALS, Stack
from views import url_words as words

FIRST, SECOND = "consent_given", "many_results"
# Known, but not consented: refused, and not (yet) asked.
_WITHOUT = ("consent_refused", "consent_not_answered")
_LIMITED = "saxenburgh"
_NO_RIGHTS = "U heeft geen rechten om deze patiënt in te zien"
# Within this time each window asks whether it may still show its patient.
_POLL_MS = 8_000
_CLINICAL = ("Kalium", "Penicilline", "Allergieën bekend", "Geen allergieën")
_EXTENSIONS = 10


@pytest.mark.proves("check:15")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_patient_without_consent_is_not_opened_or_opened_without_anything_clinical(
    stack: Stack, page: Page, hospital: str
) -> None:
    for persona in _WITHOUT:
        open_portal(page, stack, only=[("patient", persona), ("hospital", hospital)])
        click_tile(page, persona, hospital=hospital)
        if hospital == _LIMITED:
            assert_only_the_person_is_shown(stack, page, persona)
        else:
            expect(page.get_by_role("heading", level=1)).to_have_text(_NO_RIGHTS)
            assert_shows_nothing_of(page, stack.zis.personas[persona])
        assert not any(word in page.content() for word in _CLINICAL)
    refused = stack.records("CONTEXT_REFUSED")
    assert len(refused) == (0 if hospital == _LIMITED else len(_WITHOUT))
    assert all(record.fields["hospital"] == hospital for record in refused)
    launch(page, stack, FIRST, hospital=hospital)
    expect(page.locator(".clinical.arrived")).to_contain_text("Allergieën bekend: 2")


def assert_only_the_person_is_shown(stack: Stack, page: Page, persona: str) -> None:
    page.wait_for_url("**/c/*/")
    expect(page.locator("[data-notice=limited]")).to_contain_text("(nog) geen toestemming gegeven")
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == ["Patiëntinformatie"]
    place = page.url
    for path in (words.LABORATORY, words.ALLERGIES, words.CARE_MOMENTS):
        page.goto(place + path)
        panels = page.locator("main .panel")
        assert {panel.get_attribute("data-state") for panel in panels.all()} == {"geen-recht"}, path
    bsn = stack.zis.personas[persona].bsn
    asked = {received.interaction for received in stack.zis.requests if received.bsn == bsn}
    assert asked == {"patient", "consent"}


@pytest.mark.proves("check:16")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_window_warns_at_fourteen_minutes_goes_on_ten_times_and_is_empty_at_fifteen(
    stack: Stack, page: Page, hospital: str
) -> None:
    stop_time(page)
    lab = launch(page, stack, FIRST, hospital=hospital) + words.LABORATORY
    page.goto(lab)
    warning = page.get_by_role("alertdialog", name="Uw sessie verloopt bijna.")
    for _ in range(_EXTENSIONS):
        expect(warning).to_be_hidden()
        stack.clock.advance(timedelta(minutes=14, seconds=1))
        let_one_poll_pass(page)
        expect(warning).to_be_visible()
        expect(page.get_by_role("button", name="Doorgaan")).to_be_focused()
        with page.expect_response("**/verlengen"):
            page.keyboard.press("Enter")
    expect(warning).to_be_hidden()
    page.goto(lab)
    expect(page.locator(".grid tbody th", has_text="Kalium")).to_be_visible()
    stack.clock.advance(timedelta(minutes=15))
    answer = page.goto(lab)
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("main")).to_have_attribute("data-family", "S01")
    page.go_back(wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Uw sessie is verlopen")
    assert_shows_nothing_of(page, stack.zis.personas[FIRST])


@pytest.mark.proves("check:17")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_first_window_loses_its_patient_to_the_second_and_its_links_are_refused(
    stack: Stack, page: Page, hospital: str
) -> None:
    stop_time(page)
    lab = launch(page, stack, FIRST, hospital=hospital) + words.LABORATORY
    page.goto(lab)
    second = page.context.new_page()
    launch(second, stack, SECOND, hospital=hospital)
    with page.expect_response("**/status"):
        page.clock.run_for(_POLL_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dit dossier is vervangen")
    assert_shows_nothing_of(page, stack.zis.personas[FIRST])
    answer = page.goto(lab)
    assert answer is not None
    assert answer.status == 409
    for persona in (FIRST, SECOND):
        assert_shows_nothing_of(page, stack.zis.personas[persona])
    expect(second.locator(".banner .name")).to_contain_text("VAN DEN HEUVEL")
