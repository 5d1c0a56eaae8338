"""Mitz says that a patient's choices changed: over real HTTP, with a real database, in an open window."""

import json
import urllib.request
from urllib.error import HTTPError

import pytest

from context.bsn import Bsn
from sandbox.his.vendors import USERS, His
from tests.keys import NOTICE_SECRET
from tests.mitz_notice import PERMITS, REFUSES, Choice, Notice
from tests.stack import Stack

URA = "00000659"
GIVEN, OTHER = "consent_given", "many_results"


class Window:
    """A browser with one open record."""

    def __init__(self, stack: Stack, persona: str = GIVEN, user: str = "arts") -> None:
        self.browser = stack.new_browser()
        self.click = stack.click(His.JWT, persona, user_id=USERS[user].user_id)
        self.place = self.browser.launch(stack.form(His.JWT, self.click)).location
        assert self.browser.get(self.place).status == 200

    @property
    def phase(self) -> object:
        """What the page's own poll is told."""
        return json.loads(self.browser.get(f"{self.place}status").body)["phase"]


def holder(stack: Stack, hospital: str = "cwz") -> str:
    return stack.product.services.hospitals[hospital].ura_number


def send(
    stack: Stack,
    body: bytes,
    *,
    secret: str | None = NOTICE_SECRET,
    hospital: str = "cwz",
    media_type: str = "application/fhir+xml",
    method: str = "POST",
    query: str = "",
) -> tuple[int, dict[str, object]]:
    headers = {"Content-Type": media_type}
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    url = f"{stack.base_url(hospital)}/consent-notice{query}"
    data = body if method == "POST" else None
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


def notice(stack: Stack, window: Window, *choices: Choice) -> bytes:
    return Notice(window.click.bsn, holder(stack), choices or (REFUSES,)).xml()


def asked(stack: Stack) -> int:
    """How often the hospital was asked for consent."""
    return len([each for each in stack.zis.requests if each.interaction == "consent"])


@pytest.mark.proves("attack:A137")
def test_withdrawn_consent_ends_the_window_at_once(stack_on_both: Stack) -> None:
    stack = stack_on_both
    window, other = Window(stack), Window(stack, OTHER, "waarnemer")
    status, told = send(stack, notice(stack, window))
    assert (status, told["ended"]) == (200, 1)
    assert (window.phase, other.phase) == ("refused", "open")
    page = window.browser.get(window.place + "uitslagen/lab")
    assert page.status == 403
    assert "Kalium" not in page.body
    (noticed,) = stack.records("CONSENT_NOTICED")
    assert noticed.reference == told["reference"]
    assert (noticed.fields["outcome"], noticed.fields["count"]) == ("accepted", 1)
    (refused,) = stack.records("CONTEXT_REFUSED")
    assert (refused.fields["code"], refused.fields["detail"]) == ("L603", "consent_withdrawn_by_notice")
    (opened,) = [each for each in stack.records("CONTEXT_OPENED") if each.reference == refused.reference]
    assert opened.fields["consent_state"] == "permit"


def test_notice_twice_does_what_it_does_once(stack: Stack) -> None:
    window = Window(stack)
    assert send(stack, notice(stack, window))[1]["ended"] == 1
    status, told = send(stack, notice(stack, window))
    assert (status, told["ended"]) == (200, 0)
    assert len(stack.records("CONSENT_NOTICED")) == 2
    assert len(stack.records("CONTEXT_REFUSED")) == 1


def test_any_other_change_asks_consent_again_at_the_next_page(stack: Stack) -> None:
    window = Window(stack)
    before = asked(stack)
    window.browser.get(window.place)
    assert asked(stack) == before
    assert send(stack, notice(stack, window, PERMITS))[1]["ended"] == 0
    assert window.phase == "open"
    assert window.browser.get(window.place).status == 200
    assert asked(stack) == before + 1
    window.browser.get(window.place)
    assert asked(stack) == before + 1


def test_notice_at_another_hospital_changes_nothing_here(stack: Stack) -> None:
    window = Window(stack)
    assert send(stack, notice(stack, window), hospital="saxenburgh")[0] == 401
    assert window.phase == "open"


def test_notice_about_a_patient_whom_nobody_views_is_taken_and_recorded(stack: Stack) -> None:
    body = Notice("999904309", holder(stack)).xml()
    assert send(stack, body)[1]["ended"] == 0
    (noticed,) = stack.records("CONSENT_NOTICED")
    assert noticed.fields["count"] == 0


def test_refusal_notice_before_the_first_page_leaves_it_to_the_question(stack: Stack) -> None:
    """A launch that waits has not asked consent yet, and will."""
    browser = stack.new_browser()
    click = stack.click(His.JWT, GIVEN)
    place = browser.launch(stack.form(His.JWT, click)).location
    assert send(stack, Notice(click.bsn, holder(stack)).xml())[1]["ended"] == 0
    assert browser.get(place).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"secret": None}, 401, "L202"),
        ({"secret": "wrong"}, 401, "L202"),
        ({"secret": NOTICE_SECRET[:-1]}, 401, "L202"),
        ({"secret": ""}, 401, "L202"),
        ({"method": "GET"}, 405, "L100"),
        ({"method": "PUT"}, 405, "L100"),
        ({"media_type": "application/json"}, 400, "L101"),
        ({"query": "?patientid=1"}, 400, "L101"),
    ],
)
def test_request_that_is_not_as_agreed_is_refused_with_one_record(
    stack: Stack, changes: dict[str, str], status: int, code: str
) -> None:
    window = Window(stack)
    found, told = send(stack, notice(stack, window), **changes)
    assert (found, told["error"]) == (status, code)
    (noticed,) = stack.records("CONSENT_NOTICED")
    assert (noticed.reference, noticed.fields["code"]) == (told["reference"], code)
    assert window.phase == "open"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 400, "L103"),
        (b"<!DOCTYPE x><x/>", 401, "L210"),
        (b"<x/>", 400, "L501"),
        (b"<x>" + b" " * (300 * 1024) + b"</x>", 413, "L102"),
        (Notice("123456789", URA).xml(), 400, "L601"),
        (Notice("999999011", "11111111").xml(), 401, "L502"),
    ],
    ids=["json", "doctype", "other root", "too large", "no BSN", "other holder"],
)
def test_content_that_is_not_as_agreed_is_refused_with_one_record(
    stack: Stack, body: bytes, status: int, code: str
) -> None:
    found, told = send(stack, body.replace(URA.encode(), holder(stack).encode()))
    assert (found, told["error"]) == (status, code)
    (noticed,) = stack.records("CONSENT_NOTICED")
    assert noticed.fields["code"] == code
    assert "patient" not in noticed.fields or noticed.fields["patient"] is None


def test_bsn_of_a_notice_stands_nowhere_readable(stack: Stack) -> None:
    window = Window(stack)
    send(stack, notice(stack, window))
    services = stack.product.services
    with services.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM audit_record").fetchall()
    assert Bsn(window.click.bsn).reveal() not in repr(rows)
