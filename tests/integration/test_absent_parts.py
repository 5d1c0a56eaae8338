"""What only stand-alone portals have is not here: no log-in, no reason, no emergency access."""

from collections.abc import Callable

import pytest

from tests.browser_client import BrowserClient
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

_LOG_IN = ("inloggen", "login", "aanmelden", "uzi", "zorg-id", "pin")
_EMERGENCY = ("nood", "noodprocedure", "nooddoorbraak", "spoed", "reden", "doorgaan", "emergency")


@pytest.mark.proves("feature:A10")
@pytest.mark.proves("feature:A20")
@pytest.mark.proves("feature:A21")
@pytest.mark.proves("feature:A22")
def test_launched_session_finds_no_log_in_no_reason_and_no_emergency_access(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt("consent_given"))
    page = browser.get(posted.location)
    assert page.status == 200
    for word in (*_LOG_IN, *_EMERGENCY):
        assert browser.get(f"{posted.location}{word}").status == 404
        assert browser.get(f"/cwz/{word}").status == 404
    for field in ('type="password"', "<textarea", 'name="reden"', 'name="pin"'):
        assert field not in page.body
    words = page.body.lower()
    for absent in ("pincode", "nooddoorbraak", "noodprocedure", "inloggen", "uzi-pas"):
        assert absent not in words


@pytest.mark.proves("feature:A20")
@pytest.mark.proves("feature:A22")
def test_refused_patient_offers_no_way_around_the_refusal(stack: Stack, new_browser: Browsers) -> None:
    page = new_browser().open(stack.jwt("consent_refused"))
    assert page.status == 403
    assert "<form" not in page.body
    assert "<button" not in page.body
