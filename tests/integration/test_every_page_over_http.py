"""Every page of a hospital of each dialect, over real HTTP, from the sandbox: whole, and when it answers
about somebody else."""

import re
import time

import pytest

from context.hospital import Hospital
from context.records import BANNER_SECTIONS, Section
from sandbox.zis.faults import Fault
from tests.browser_client import BrowserClient
from tests.stack import Stack
from views.catalogue.items import items_of
from views.catalogue.model import Item

PERSONA = "everything"
DIALECTS = {"uv": "cwz", "nl": "mst"}
UNAVAILABLE = (
    "Allergieën niet beschikbaar",
    "Behandelbeperking: niet beschikbaar",
    "Signaleringen: niet beschikbaar",
)
OFFLINE = "Geen verbinding met"
"""About the service itself, hidden until it is gone."""
_SOURCE_SECONDS, _PAGE_SECONDS = 2.0, 2.7


def opened(stack: Stack, slug: str) -> tuple[BrowserClient, str]:
    """A browser with an open context, and the path of that."""
    browser = stack.new_browser()
    place = browser.launch(stack.jwt(PERSONA, hospital=slug), hospital=slug).location
    assert browser.get(place).status == 200
    return browser, place


def pages_of(stack: Stack, slug: str) -> list[Item]:
    """The pages that need an answer about the record."""
    hospital: Hospital = stack.product.services.hospitals[slug]
    return [item for item in items_of(hospital) if any(panel.sections for panel in item.panels)]


def states(page: str) -> list[str]:
    return re.findall(r'<section class="panel"[^>]* data-state="([a-z-]+)"', page)


@pytest.mark.proves("promise:P1")
@pytest.mark.parametrize("slug", DIALECTS.values(), ids=DIALECTS)
def test_every_page_of_the_record_opens_whole(stack: Stack, slug: str) -> None:
    browser, place = opened(stack, slug)
    shown: set[Section] = set()
    for item in pages_of(stack, slug):
        reply = browser.get(place + item.path)
        assert reply.status == 200, item.key
        assert set(states(reply.body)) == {"ok"}, item.key
        assert 'data-complete="ja"' in reply.body, item.key
        shown |= set(item.sections)
    assert len(shown) >= 25


@pytest.mark.proves("trap:14")
@pytest.mark.parametrize("fault", [Fault.WRONG_BSN, Fault.WRONG_BIRTHDATE])
@pytest.mark.parametrize("slug", DIALECTS.values(), ids=DIALECTS)
def test_answer_about_somebody_else_opens_no_page_and_raises_an_alarm_for_each_section(
    stack: Stack, slug: str, fault: Fault
) -> None:
    browser, place = opened(stack, slug)
    for section in Section:
        stack.zis.script(stack.zis.personas[PERSONA].bsn, section.value, [fault.value])
    items = pages_of(stack, slug)
    for item in items:
        body = browser.get(place + item.path).body
        assert set(states(body)) == {"fout"}, item.key
        assert 'data-complete="nee"' in body, item.key
        assert "Geen" not in body.replace(OFFLINE, ""), item.key
        assert [words for words in UNAVAILABLE if words not in body] == [], item.key
    alarms = {record.fields["section"] for record in stack.records("WRONG_PATIENT_ALARM")}
    asked = {section.value for item in items for section in item.sections} | set(BANNER_SECTIONS)
    assert alarms == asked & stack.product.services.hospitals[slug].sections


@pytest.mark.parametrize("slug", DIALECTS.values(), ids=DIALECTS)
def test_page_with_a_source_that_never_answers_ends_in_time_with_all_others(stack: Stack, slug: str) -> None:
    browser, place = opened(stack, slug)
    stack.zis.script(stack.zis.personas[PERSONA].bsn, Section.ADMISSIONS, [Fault.NEVER.value])
    began = time.monotonic()
    body = browser.get(place + "zorgmomenten").body
    taken = time.monotonic() - began
    found = states(body)
    assert (found.count("fout"), set(found)) == (1, {"ok", "fout"})
    assert _SOURCE_SECONDS <= taken < _PAGE_SECONDS
