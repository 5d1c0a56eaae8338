"""Row 9 of the consent table is not built: no path, no button, no purpose opens a record without consent
(architecture.md D5, D6)."""

import re
from pathlib import Path

import pytest

from sandbox.his.vendors import His
from tests.stack import Stack

ROOT = Path(__file__).parents[2]
PRODUCT = ("launch", "context", "views", "adapters", "audit", "app", "templates", "static", "hospitals")
SUFFIXES = {".py", ".html", ".toml", ".js", ".css", ".svg"}
WORDS = re.compile(
    r"emergency.?(?:access|override|button|purpose|procedure)|noodprocedure|noodknop|spoedknop|noodtoegang"
    r"|break.?the.?glass|break.?glass|\bBTG\b|ETREAT",
    re.IGNORECASE,
)
REFUSES = {"launch/claim_checks.py"}
"""Where such a purpose is named in order to refuse it."""

PATHS = ("noodprocedure", "nood", "emergency", "spoed", "doorbreken", "?emergency=1", "?purpose=ETREAT")


def test_nothing_in_the_product_speaks_of_emergency_access_but_to_refuse_it() -> None:
    paths = [path for folder in PRODUCT for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    assert len(paths) > 200
    speaking = {path.relative_to(ROOT).as_posix() for path in paths if WORDS.search(path.read_text("utf-8"))}
    assert speaking == REFUSES


def test_no_path_opens_what_consent_refuses(stack: Stack) -> None:
    browser = stack.new_browser()
    place = browser.launch(stack.form(His.JWT, stack.click(His.JWT, "consent_refused"))).location
    refused = browser.get(place)
    assert refused.status == 403
    assert not re.search(r"nood|spoed|emergency", refused.body, re.IGNORECASE)
    for path in PATHS:
        answer = browser.get(place + path)
        assert answer.status in (403, 404), path
        assert "Kalium" not in answer.body


def test_open_record_has_no_such_path_either(stack: Stack) -> None:
    browser = stack.new_browser()
    place = browser.launch(stack.form(His.JWT, stack.click(His.JWT, "consent_given"))).location
    assert browser.get(place).status == 200
    for path in PATHS:
        if not path.startswith("?"):
            assert browser.get(place + path).status == 404, path


@pytest.mark.parametrize("purpose", ["ETREAT", "BTG", "EMERGENCY"])
def test_launch_with_an_emergency_purpose_is_refused(stack: Stack, purpose: str) -> None:
    click = stack.click(His.JWT, "consent_refused", purpose=purpose)
    refused = stack.new_browser().launch(stack.form(His.JWT, click))
    assert refused.status == 403
    (decision,) = stack.records("LAUNCH_DECISION")
    assert (decision.fields["outcome"], decision.fields["code"]) == ("refused", "L504")
