"""What a moment decides, over the whole product by a clock that stands still (check 14)."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.patients import load_personas
from sandbox.servers import ZisServer
from tests.browser_client import BrowserClient
from tests.clock import SteppingClock
from tests.stack import HOSPITALS, Stack
from views import url_words as words

# The clocks went back on 25 October 2026 and go forward on 28 March 2027: five in Amsterdam on the day
# before, on the day itself and on the Monday after, in UTC.
_FIVE = (
    datetime(2026, 10, 24, 15, tzinfo=UTC),
    datetime(2026, 10, 25, 16, tzinfo=UTC),
    datetime(2026, 10, 26, 16, tzinfo=UTC),
    datetime(2027, 3, 27, 16, tzinfo=UTC),
    datetime(2027, 3, 28, 15, tzinfo=UTC),
    datetime(2027, 3, 29, 15, tzinfo=UTC),
)
_OF_TODAY = "Diabetes mellitus type 2"
_SECOND = timedelta(seconds=1)


@pytest.fixture
def zis(stepping_clock: SteppingClock) -> Iterator[ZisServer]:
    """The sandbox hospital, with results of exactly a year ago and of the day before."""
    personas = load_personas()
    of_a_year = [
        {"test": "2823-3", "days_ago": 365, "time": "00:00", "value": "4.1"},
        {"test": "59260-0", "days_ago": 366, "time": "23:59", "value": "8.2"},
    ]
    changed = dataclasses.replace(personas["no_results"], laboratory={"results": of_a_year})
    with ZisServer(now=stepping_clock.now, personas=personas | {"no_results": changed}) as server:
        yield server


def opened(stack: Stack, persona: str, hospital: str) -> tuple[BrowserClient, str]:
    """:returns: a browser, and the path of its context."""
    browser = stack.new_browser()
    reply = browser.launch(stack.jwt(persona, hospital=hospital), hospital=hospital)
    assert reply.status == 303
    return browser, reply.location


def read(browser: BrowserClient, path: str) -> str:
    """The words of a page's main part."""
    reply = browser.get(path)
    assert reply.status == 200
    main = reply.body[reply.body.index("<main") : reply.body.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.mark.proves("check:14")
@pytest.mark.parametrize("stepping_clock", [SteppingClock(_FIVE[0] - _SECOND)], ids=[""])
def test_report_of_today_is_shown_from_five_o_clock_in_both_weeks_in_which_the_clocks_change(
    stack: Stack,
) -> None:
    for five in _FIVE:
        stack.clock.advance(five - _SECOND - stack.clock.now())
        browser, place = opened(stack, "notes", "saxenburgh")
        before = read(browser, place + words.REPORTS)
        assert _OF_TODAY not in before, five
        assert "vanaf 17.00 uur" in before, five
        stack.clock.advance(_SECOND)
        assert _OF_TODAY in read(browser, place + words.REPORTS), five


@pytest.mark.proves("check:14")
@pytest.mark.parametrize(
    ("hospital", "shown"),
    [
        ("saxenburgh", {"AMLODIPINE", "ENALAPRIL"}),
        ("zgt", {"AMLODIPINE", "ENALAPRIL", "FUROSEMIDE"}),
        ("mst", {"AMLODIPINE", "ENALAPRIL", "FUROSEMIDE"}),
        ("cwz", set()),
    ],
)
def test_medication_that_stopped_59_60_and_61_days_ago_is_shown_by_the_rule_of_the_hospital(
    stack: Stack, hospital: str, shown: set[str]
) -> None:
    browser, place = opened(stack, "stopped_medication", hospital)
    page = read(browser, place + words.MEDICATION)
    assert {name for name in ("AMLODIPINE", "ENALAPRIL", "FUROSEMIDE") if name in page} == shown
    assert "METOPROLOL" in page


@pytest.mark.proves("check:14")
def test_recent_results_hold_the_same_day_a_year_ago_and_not_the_day_before(stack: Stack) -> None:
    browser, place = opened(stack, "no_results", "cwz")
    page = read(browser, place + words.RECENT)
    assert "Kalium" in page
    assert "Hemoglobine" not in page
    everything = read(browser, f"{place}{words.LABORATORY}?van=01-01-2020")
    assert "Kalium" in everything
    assert "Hemoglobine" in everything


@pytest.mark.proves("check:14")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_status_decides_which_results_a_hospital_shows(stack: Stack, hospital: str) -> None:
    browser, place = opened(stack, "results", hospital)
    microbiology = read(browser, place + words.MICROBIOLOGY)
    pathology = read(browser, place + words.PATHOLOGY)
    radiology = read(browser, place + words.RADIOLOGY)
    assert "PCR luchtwegen" in microbiology
    assert "Biopt colon" in pathology
    for examination in ("X-thorax", "CT-abdomen", "Echo schildklier", "MRI knie", "Botscintigrafie"):
        assert examination in radiology
    not_final = [
        "Urinekweek" in microbiology,
        "Huidexcisie" in pathology,
        "X-bekken" in radiology,
    ]
    # Only this hospital asked for final results; elsewhere the others are shown, and say what they are.
    assert not_final == [hospital != "saxenburgh"] * 3
    assert ("voorlopig" in microbiology) == (hospital != "saxenburgh")


# The birthday of this patient is 17 April, and begins at midnight in Amsterdam (22:00 UTC in summer).
@pytest.mark.proves("check:5")
@pytest.mark.parametrize("hospital", HOSPITALS)
def test_age_in_the_banner_is_right_before_on_and_after_the_birthday(stack: Stack, hospital: str) -> None:
    midnight = datetime(2027, 4, 16, 22, tzinfo=UTC)
    for moment, age in ((midnight - _SECOND, 78), (midnight, 79), (midnight + timedelta(days=1), 79)):
        stack.clock.advance(moment - stack.clock.now())
        browser, place = opened(stack, "everything", hospital)
        assert f"({age} jaar)" in browser.get(place).body
