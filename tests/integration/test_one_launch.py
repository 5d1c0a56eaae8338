"""One launch from the posted form to the page, over real HTTP and SOAP, with its records."""

from collections.abc import Callable

import pytest

from context.records import BANNER_SECTIONS
from tests.browser_client import BrowserClient
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]


@pytest.mark.proves("feature:A01")
@pytest.mark.proves("feature:A03")
@pytest.mark.proves("feature:A04")
@pytest.mark.parametrize("form", ["jwt", "saml"])
def test_a_genuine_launch_shows_the_patient_after_one_redirect(stack_on_both: Stack, form: str) -> None:
    stack = stack_on_both
    browser = stack.new_browser()
    fields = stack.jwt("consent_given") if form == "jwt" else stack.saml("consent_given")
    posted = browser.launch(fields)
    assert (posted.status, posted.body) == (303, "")
    page = browser.get(posted.location)
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body
    assert "Allergieën bekend: 2" in page.body
    lab = browser.get(posted.location + "uitslagen/lab")
    assert lab.status == 200
    assert "Kalium" in lab.body


@pytest.mark.proves("feature:A01")
@pytest.mark.proves("feature:B11")
@pytest.mark.proves("feature:B03")
def test_every_step_of_a_launch_leaves_its_record_before_the_page(
    stack: Stack, new_browser: Browsers
) -> None:
    page = new_browser().open(stack.jwt("consent_given"))
    assert page.status == 200
    events = [record.event for record in stack.records()]
    started = events.index("LAUNCH_DECISION")
    assert events[started:] == [
        "LAUNCH_DECISION",
        "CONTEXT_OPENED",
        "PAGE_VIEWED",
        "BANNER_SHOWN",
        *["SECTION_SHOWN"] * len(BANNER_SECTIONS),
    ]
    launch = stack.records()[started:]
    assert len({record.reference for record in launch}) == 1
    assert launch[0].reference in page.body


@pytest.mark.proves("attack:A122")
@pytest.mark.proves("attack:A123")
def test_neither_url_nor_redirect_nor_title_holds_token_bsn_or_name(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    fields = stack.jwt("consent_given")
    posted = browser.launch(fields)
    bsn = stack.zis.personas["consent_given"].bsn
    said = posted.location + str(dict(posted.headers))
    assert bsn not in said
    assert fields["token"] not in said
    page = browser.get(posted.location)
    title = page.body.partition("<title>")[2].partition("</title>")[0]
    assert title
    assert "Vries" not in title
    assert bsn not in title


@pytest.mark.proves("attack:A124")
@pytest.mark.proves("attack:A125")
def test_every_answer_carries_the_headers_that_keep_it_private(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt("consent_given"))
    answers = [
        posted,
        browser.get(posted.location),
        browser.get(posted.location + "uitslagen/lab"),
        browser.get("/cwz/zoeken"),
        browser.get("/nowhere"),
        browser.launch({"token": "x"}),
    ]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Cookie"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.proves("attack:A109")
def test_cookies_are_bound_to_host_and_context_path(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt("consent_given"))
    assert set(browser.cookies) == {("__Host-browser", "/"), ("__Secure-ctx", posted.location)}
    first = browser.cookies[("__Secure-ctx", posted.location)].value
    again = browser.launch(stack.jwt("consent_given"))
    assert browser.cookies[("__Secure-ctx", again.location)].value != first


@pytest.mark.proves("feature:A18")
def test_sluiten_ends_the_context_at_once_and_erases_it(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt("consent_given"))
    assert browser.get(posted.location).status == 200
    closed = browser.post(posted.location + "sluiten")
    assert closed.status == 200
    assert "Vries" not in closed.body
    after = browser.get(posted.location + "uitslagen/lab")
    assert after.status == 200
    assert "Kalium" not in after.body
    assert "Het dossier is gesloten" in after.body
    assert [record.event for record in stack.records()][-1] == "CONTEXT_CLOSED"


ABSENT = (
    "zoeken",
    "patienten",
    "home",
    "recente",
    "klinisch",
    "klinische-patienten",
    "seh-overzicht",
    "nood",
)


@pytest.mark.proves("feature:A03")
@pytest.mark.proves("feature:A04")
@pytest.mark.proves("feature:A05")
@pytest.mark.proves("feature:A06")
@pytest.mark.proves("feature:U01")
@pytest.mark.proves("feature:U02")
@pytest.mark.proves("feature:U03")
@pytest.mark.proves("feature:U04")
@pytest.mark.proves("feature:U05")
@pytest.mark.proves("feature:U06")
@pytest.mark.proves("feature:U07")
@pytest.mark.proves("feature:U08")
@pytest.mark.proves("feature:U10")
@pytest.mark.proves("feature:U11")
@pytest.mark.proves("feature:U12")
@pytest.mark.proves("feature:U13")
@pytest.mark.proves("feature:U14")
def test_routes_of_the_stand_alone_portal_are_404_for_a_launched_session(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt("consent_given"))
    assert browser.get(posted.location).status == 200
    for word in ABSENT:
        assert browser.get(f"/cwz/{word}").status == 404
        assert browser.get(f"/{word}").status == 421
        assert browser.get(posted.location + word).status == 404


@pytest.mark.proves("attack:A115")
def test_flood_of_unproven_tokens_leaves_sixty_records_and_then_a_count(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    for number in range(65):
        assert browser.launch({"token": f"no-token-{number}"}).status == 400
    assert len(stack.records("LAUNCH_DECISION")) == 60
    stack.clock.advance(60)
    browser.launch({"token": "no-token"})
    (summary,) = stack.records("REFUSALS_SUMMARISED")
    assert summary.fields["count"] == 5
    assert len(stack.records("LAUNCH_DECISION")) == 61


@pytest.mark.proves("attack:A110")
def test_refusals_of_proven_tokens_are_recorded_every_one(stack: Stack, new_browser: Browsers) -> None:
    fields = stack.jwt("consent_given")
    first, thief = new_browser(), new_browser()
    assert first.open(fields).status == 200
    for _ in range(65):
        assert thief.launch(fields).status == 401
    refused = [r for r in stack.records("LAUNCH_DECISION") if r.fields["outcome"] == "refused"]
    assert len(refused) == 65
