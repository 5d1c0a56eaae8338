"""Pages that leave in parts, over real HTTP, with a hospital that is slow, silent or gone (ADR 7)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from sandbox.servers import ZisServer
from tests.browser_client import BrowserClient
from tests.deployment import PERSONA as DEPLOYED_PERSONA
from tests.deployment import deployed_beside
from tests.stack import Stack
from tests.streaming_client import ArrivingPage, arriving

PERSONA, OTHER = "consent_given", "many_results"
LAB, CARE = "uitslagen/lab", "zorgmomenten"
BANNER, CLINICAL, MAIN, END = 'class="banner', 'class="clinical arrived"', "<main", 'class="end"'
CARE_PANELS = ["appointments", "surgeries", "admissions", "emergency_visits", "referrals"]
NAME = "DE VRIES-VAN DER BERG"
# A hospital that answers after this long leaves the test the time to act before it does.
SLOW = "delay:1"
BEFORE_THE_SOURCES_DEADLINE = 1.7


@dataclass(frozen=True)
class Reader:
    """A GP with an open context."""

    stack: Stack
    browser: BrowserClient
    place: str

    @contextmanager
    def opens(self, path: str) -> Iterator[ArrivingPage]:
        with arriving(self.stack.product.url, self.place + path, cookies_of(self.browser)) as page:
            yield page

    def slows(self, *sections: str, step: str = "never") -> None:
        """How the hospital answers these sections of this patient from now on."""
        for section in sections:
            self.stack.zis.script(self.stack.zis.personas[PERSONA].bsn, section, [step])

    def shown(self, page: str) -> dict[str, str]:
        """State of each section that is on record as shown on a page."""
        records = self.stack.records("SECTION_SHOWN")
        return {
            str(record.fields["section"]): str(record.fields["state"])
            for record in records
            if record.fields["page"] == page
        }


@pytest.fixture
def reader(stack: Stack) -> Reader:
    browser = stack.new_browser()
    place = browser.launch(stack.jwt(PERSONA)).location
    assert browser.get(place).status == 200
    return Reader(stack, browser, place)


def cookies_of(browser: BrowserClient) -> dict[str, str]:
    return {name: cookie.value for (name, _), cookie in browser.cookies.items()}


def panels(page: str) -> dict[str, str]:
    """State of each panel by its key."""
    found = re.findall(r'<section class="panel"(?: id="([a-z_]+)")?[^>]* data-state="([a-z-]+)"', page)
    return dict(found)


def refuse_records(stack: Stack) -> None:
    with stack.product.services.database.write() as connection:
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON audit_record BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
        connection.commit()


@pytest.mark.proves("promise:P1")
def test_frame_and_banner_arrive_before_any_section_and_after_their_own_record(
    stack: Stack, reader: Reader
) -> None:
    reader.slows("laboratory", "allergies")
    with reader.opens(LAB) as page:
        page.read_until("</nav>")
        assert NAME in page.text
        assert CLINICAL not in page.text
        assert reader.shown("laboratory") == {}
        for event in ("PAGE_VIEWED", "BANNER_SHOWN"):
            assert [record.fields["page"] for record in stack.records(event)][-1] == "laboratory"
        whole = page.read_all()
    assert whole.index(BANNER) < whole.index(MAIN) < whole.index(END)
    assert "Allergieën niet beschikbaar" in whole


def test_slow_section_holds_back_neither_those_above_it_nor_the_clinical_line(reader: Reader) -> None:
    reader.slows("emergency_visits")
    with reader.opens(CARE) as page:
        page.read_until('id="admissions"')
        page.read_until(CLINICAL)
        assert set(panels(page.text)) == {"appointments", "surgeries", "admissions"}
        assert "emergency_visits" not in reader.shown("care_moments")
        whole = page.read_all()
    assert list(panels(whole)) == CARE_PANELS
    assert whole.count('data-state="fout"') == 1
    assert reader.shown("care_moments")["emergency_visits"] == "failed"


def test_sections_arrive_in_the_order_of_the_page_whichever_is_first(reader: Reader) -> None:
    reader.slows("appointments", step="delay:0.3")
    reader.slows("surgeries", step="delay:0.1")
    with reader.opens(CARE) as page:
        whole = page.read_all()
    assert list(panels(whole)) == CARE_PANELS


def test_page_says_that_it_is_complete_last_and_only_when_it_is(reader: Reader) -> None:
    with reader.opens(LAB) as page:
        page.read_until(MAIN)
        assert "volledig geladen" not in page.text.partition(MAIN)[0]
        whole = page.read_all()
    assert whole.index("</main>") < whole.index('data-complete="ja"')
    reader.slows("alerts", step="fault")
    with reader.opens(LAB) as page:
        whole = page.read_all()
    assert 'data-complete="nee"' in whole
    assert "volledig geladen" not in whole


@pytest.mark.proves("promise:P1")
@pytest.mark.proves("attack:A135")
def test_section_that_cannot_be_recorded_does_not_leave_and_the_page_still_ends(
    stack: Stack, reader: Reader
) -> None:
    reader.slows("laboratory", "allergies", "alerts", step=SLOW)
    with reader.opens(LAB) as page:
        page.read_until(BANNER)
        refuse_records(stack)
        whole = page.read_all()
    assert panels(whole) == {"": "fout"}
    assert "Kalium" not in whole
    assert "Allergieën niet beschikbaar" in whole
    assert 'data-complete="nee"' in whole
    assert whole.rstrip().endswith(("</html>", "0"))
    assert reader.shown("laboratory") == {}


@pytest.mark.proves("promise:P1")
@pytest.mark.proves("attack:A135")
def test_page_that_cannot_be_recorded_is_refused_before_its_first_byte(stack: Stack, reader: Reader) -> None:
    refuse_records(stack)
    reply = reader.browser.get(reader.place + LAB)
    assert (reply.status, "Code L70" in reply.body) == (503, True)
    assert NAME not in reply.body


@pytest.mark.proves("attack:A101")
def test_context_replaced_in_mid_page_shows_nothing_further(stack: Stack, reader: Reader) -> None:
    reader.slows("laboratory", "allergies", step=SLOW)
    with reader.opens(LAB) as page:
        page.read_until(BANNER)
        assert stack.new_browser().open(stack.jwt(OTHER)).status == 200
        whole = page.read_all()
    assert panels(whole) == {"": "fout"}
    assert "Kalium" not in whole
    assert "Allergieën bekend" not in whole
    assert 'data-complete="nee"' in whole
    assert reader.shown("laboratory") == {}


def test_reader_who_leaves_ends_the_questions_and_what_was_sent_is_on_record(
    stack: Stack, reader: Reader
) -> None:
    reader.slows("emergency_visits")
    reader.slows("admissions", step="delay:0.5")
    with reader.opens(CARE) as page:
        page.read_until('id="surgeries"')
        page.leave()
        abandoned = stack.zis.abandoned.get(timeout=BEFORE_THE_SOURCES_DEADLINE)
    assert abandoned.interaction == "emergency_visits"
    on_record = reader.shown("care_moments")
    assert on_record.keys() >= {"appointments", "surgeries"}
    assert "emergency_visits" not in on_record


@pytest.mark.proves("promise:P1")
def test_page_streams_from_the_server_that_is_deployed(tmp_path: Path) -> None:
    with ZisServer() as zis, deployed_beside(zis, tmp_path) as deployment:
        browser = BrowserClient(deployment.public_url, deployment.portal_url)
        place = browser.launch(deployment.launch_fields()).location
        assert browser.get(place).status == 200
        zis.script(DEPLOYED_PERSONA.bsn, "laboratory", ["never"])
        with arriving(deployment.public_url, place + LAB, cookies_of(browser)) as page:
            page.read_until(CLINICAL)
            assert "</main>" not in page.text
            whole = page.read_all()
    assert panels(whole) == {"": "fout"}
    assert 'data-complete="nee"' in whole
