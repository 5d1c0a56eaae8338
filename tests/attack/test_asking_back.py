"""Answers to our own requests that are wrong, late, another's or used: the exact code, one record, and
nothing opened."""

import logging
from urllib.parse import quote, urlencode

import pytest

from sandbox.idp.faults import IdpFault, applies
from tests.attack.expected import Expected, expected
from tests.attack.test_bad_inputs import assert_nothing_happened, assert_refused, count_rows
from tests.browser_client import BrowserClient, Reply
from tests.idp_stage import AskedBack, path_of, query_of

GRADES = ("two_hop", "smart")
_FAULTS = [
    pytest.param(grade, fault, id=f"{fault}-{grade}")
    for grade in GRADES
    for fault in IdpFault
    if applies(fault, grade)
]
both = pytest.mark.parametrize("grade", GRADES)


def refused_as(reply: Reply, row: str) -> Expected:
    wanted = expected(row)
    assert (reply.status, (wanted.code or "") in reply.body) == (wanted.http, True), reply.body
    return wanted


def answer(asked_back: AskedBack, asker: BrowserClient, grade: str) -> tuple[str, dict[str, str]]:
    """A genuine answer, not delivered yet. :returns: path and form, which is empty for a GET."""
    if grade == "two_hop":
        return "/cwz/launch", dict(asked_back.sign_on(asker).fields)
    return asked_back.authorize(asker), {}


def deliver(asked_back: AskedBack, browser: BrowserClient, path: str, form: dict[str, str]) -> Reply:
    return browser.launch(form, origin=asked_back.idp.url) if form else browser.get(path)


@pytest.mark.proves("attack:A099")
@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(("grade", "fault"), _FAULTS)
def test_spoilt_answer_is_refused_with_its_code_and_opens_nothing(
    asked_back: AskedBack, grade: str, fault: IdpFault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = asked_back.launch(asked_back.stack.new_browser(), grade, fault)
    wanted = expected(f"{fault}-{grade}")
    assert_refused(reply, wanted, asked_back.stack, caplog)
    assert_nothing_happened(asked_back.stack, wanted.code or "")
    (decision,) = asked_back.decisions()
    assert decision["grade"] == grade


@pytest.mark.proves("attack:A108")
@pytest.mark.proves("attack:A099")
@both
@pytest.mark.parametrize("knows_us", [True, False])
def test_answer_to_another_browsers_request_is_refused(
    asked_back: AskedBack, grade: str, knows_us: bool
) -> None:
    attacker, victim = asked_back.stack.new_browser(), asked_back.stack.new_browser()
    if knows_us:
        asked_back.start(victim, grade)
    path, form = answer(asked_back, attacker, grade)
    wanted = refused_as(deliver(asked_back, victim, path, form), "A108")
    assert wanted == expected("A099-other-browser")
    assert_nothing_happened(asked_back.stack, wanted.code or "")


@pytest.mark.proves("attack:A108")
@both
def test_refused_delivery_in_another_browser_leaves_the_request_to_its_own(
    asked_back: AskedBack, grade: str
) -> None:
    own, other = asked_back.stack.new_browser(), asked_back.stack.new_browser()
    path, form = answer(asked_back, own, grade)
    assert deliver(asked_back, other, path, form).status == 401
    assert deliver(asked_back, own, path, form).status == 303


@pytest.mark.proves("attack:A110")
def test_code_that_comes_twice_is_refused_and_leaves_the_first_launch_alone(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    callback = asked_back.authorize(browser)
    first = browser.get(callback)
    assert first.status == 303
    refused_as(browser.get(callback), "A110-code")
    assert browser.get(first.location).status == 200
    assert [each["outcome"] for each in asked_back.decisions()] == ["accepted", "refused"]


@pytest.mark.proves("attack:A110")
def test_code_of_another_launch_under_a_used_state_is_refused(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    used, fresh = asked_back.authorize(browser), asked_back.authorize(browser)
    assert browser.get(used).status == 303
    mixed = f"/cwz/launch/callback?code={query_of(fresh)['code']}&state={query_of(used)['state']}"
    refused_as(browser.get(mixed), "A110-state")


@pytest.mark.proves("attack:A110")
def test_id_token_that_is_posted_twice_opens_one_context(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    posting = asked_back.sign_on(browser)
    first = posting.by(browser)
    assert browser.get(first.location).status == 200
    again = posting.by(browser)
    assert (again.status, again.location) == (303, first.location)
    assert count_rows(asked_back.stack)["context"] == 1


@pytest.mark.proves("attack:A110")
def test_second_id_token_under_a_used_state_is_refused(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    started = asked_back.start(browser, "two_hop")
    first, second = asked_back.posting(started.location), asked_back.posting(started.location)
    assert first.fields["id_token"] != second.fields["id_token"]
    assert first.by(browser).status == 303
    refused_as(second.by(browser), "A110-state")


@pytest.mark.proves("attack:A116")
@both
def test_answer_at_another_hospital_is_refused(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    path, form = answer(asked_back, browser, grade)
    if form:
        reply = browser.launch(form, hospital="saxenburgh", origin=asked_back.idp.url)
    else:
        reply = browser.get(path.replace("/cwz/", "/saxenburgh/"))
    refused_as(reply, "A116-answer")


@pytest.mark.proves("attack:A116")
def test_state_of_the_other_door_is_refused(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    posting = asked_back.sign_on(browser)
    reply = browser.get(f"/cwz/launch/callback?code=abc&state={posting.fields['state']}")
    refused_as(reply, "A116-answer")
    callback = query_of(asked_back.authorize(browser))
    swapped = {"id_token": posting.fields["id_token"], "state": callback["state"]}
    refused_as(browser.launch(swapped, origin=asked_back.idp.url), "A116-answer")


@pytest.mark.proves("attack:A099")
@both
def test_request_that_waited_too_long_takes_no_answer(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    path, form = answer(asked_back, browser, grade)
    asked_back.stack.clock.advance({"two_hop": 60, "smart": 300}[grade])
    refused_as(deliver(asked_back, browser, path, form), "A099")


@pytest.mark.proves("attack:A099")
@both
def test_answer_just_in_time_is_taken(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    path, form = answer(asked_back, browser, grade)
    asked_back.stack.clock.advance({"two_hop": 59.999, "smart": 299.999}[grade])
    assert deliver(asked_back, browser, path, form).status == 303


@pytest.mark.proves("attack:A099")
def test_id_token_that_was_asked_for_cannot_be_posted_as_an_unsolicited_one(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    token = asked_back.sign_on(browser).fields["id_token"]
    reply = browser.launch({"token": token}, origin=asked_back.idp.url)
    assert reply.status == 401
    assert "L303" in reply.body


@pytest.mark.proves("attack:A128")
@pytest.mark.parametrize(
    "body",
    ["id_token=a.b.c", "id_token=a.b.c&state=x&state=y", "id_token=a.b.c&state=x&token=a.b.c", "state=x"],
)
def test_answer_without_one_token_and_one_state_is_no_form(asked_back: AskedBack, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": asked_back.idp.url}
    reply = asked_back.stack.new_browser().request("POST", "/cwz/launch", body, headers)
    assert (reply.status, "L101" in reply.body) == (400, True)


HOSTILE = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\thttps://evil.example",
    "https://evil.example/%0d%0aSet-Cookie:a=b",
)


@pytest.mark.proves("attack:A121")
@both
@pytest.mark.parametrize("place", HOSTILE)
def test_places_to_go_to_are_ignored(asked_back: AskedBack, grade: str, place: str) -> None:
    browser = asked_back.stack.new_browser()
    start = asked_back.click(grade).replace("target_link_uri=", "ignored=")
    names = ("target_link_uri", "redirect_uri", "return_url", "next", "RelayState")
    more = "&".join(f"{name}={quote(place, safe='')}" for name in names)
    started = browser.get(f"{start}&{more}")
    assert started.status == 303
    assert started.location.startswith(f"{asked_back.idp.url}/")
    assert "evil" not in started.location
    assert query_of(started.location)["redirect_uri"].startswith(asked_back.stack.base_url())
    assert "Set-Cookie:a=b" not in str(started.headers)


@pytest.mark.proves("attack:A121")
def test_landing_place_is_the_context_whatever_stands_beside_the_answer(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    posting = asked_back.sign_on(browser)
    hostile = {"RelayState": HOSTILE[0], "target_link_uri": HOSTILE[0], "next": HOSTILE[0]}
    reply = browser.launch({**posting.fields, **hostile}, origin=posting.origin)
    assert reply.status == 303
    assert reply.location.startswith("/cwz/c/")


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "iss",
    [
        "http://127.0.0.1:9/fhir",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://elders.example/fhir",
        "{fhir}/",
        "{fhir}/../fhir",
        "{FHIR}",
    ],
)
def test_iss_that_is_not_exactly_a_registered_one_is_refused_and_never_asked(
    asked_back: AskedBack, iss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    web = asked_back.stack.product.services.web
    monkeypatch.setattr(web, "get", lambda url, **_: asked.append(url), raising=True)
    fhir = f"{asked_back.idp.url}/fhir"
    query = urlencode({"iss": iss.format(fhir=fhir, FHIR=fhir.upper()), "launch": "x"})
    reply = asked_back.stack.new_browser().get(f"/cwz/launch/smart?{query}")
    refused_as(reply, "A120-iss")
    assert asked == []


@pytest.mark.proves("attack:A122")
@both
def test_no_url_of_a_launch_holds_a_bsn_a_token_or_a_name(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    start = asked_back.click(grade)
    started = browser.get(start)
    if grade == "two_hop":
        posting = asked_back.posting(started.location)
        urls = [start, started.location, posting.by(browser).location]
        secrets = [posting.fields["id_token"]]
    else:
        callback = asked_back.returning(started.location)
        urls = [start, started.location, callback, browser.get(callback).location]
        secrets = []
    patient = asked_back.idp.personas["consent_given"]
    for secret in (*secrets, patient.bsn, patient.name.family):
        assert not any(secret in url for url in urls)
    assert path_of(urls[-1]).startswith("/cwz/c/")


@pytest.mark.proves("attack:A122")
@pytest.mark.parametrize("hint", ["{bsn}", "patient|{bsn}", "bsn={bsn}&x"])
def test_hint_that_may_hold_a_bsn_is_refused(asked_back: AskedBack, hint: str) -> None:
    bsn = asked_back.idp.personas["consent_given"].bsn
    start = asked_back.click("two_hop").partition("?")[0]
    reply = asked_back.stack.new_browser().get(f"{start}?{urlencode({'login_hint': hint.format(bsn=bsn)})}")
    assert (reply.status, "L101" in reply.body) == (400, True)
    assert bsn not in str(asked_back.decisions())
