"""Two patients, two tabs, two browsers: no context ever shows another's data (A101 to A106, A135, A142)."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from tests.attack.expected import expected
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]
FIRST, SECOND = "consent_given", "many_results"


def name_of(stack: Stack, persona: str) -> str:
    return str(stack.zis.personas[persona].name.family)


def code_of(attack: str) -> str:
    code = expected(attack).code
    assert code is not None
    return code


def assert_holds_nothing_of(reply: Reply, stack: Stack, persona: str) -> None:
    """Neither name, BSN nor birth date of the persona, nor anything of a record."""
    patient = stack.zis.personas[persona]
    assert patient.name.family not in reply.body
    assert patient.bsn not in reply.body
    assert patient.birth_date.strftime("%d-%m-%Y") not in reply.body
    assert "Allergie" not in reply.body
    assert "Kalium" not in reply.body


@pytest.mark.proves("attack:A101")
def test_first_tab_answers_409_without_data_once_another_patient_is_launched(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    first = browser.launch(stack.jwt(FIRST)).location
    assert browser.get(first).status == 200
    second = browser.launch(stack.jwt(SECOND)).location
    assert browser.get(second).status == 200
    for path in (first, first + "patientinformatie", first + "uitslagen/lab"):
        reply = browser.get(path)
        assert reply.status == expected("A101").http
        assert_holds_nothing_of(reply, stack, FIRST)
        assert_holds_nothing_of(reply, stack, SECOND)
    assert name_of(stack, SECOND).upper() in browser.get(second).body.upper()
    assert [r.event for r in stack.records()].count("CONTEXT_REPLACED") == 1


@pytest.mark.proves("attack:A101")
def test_a_second_launch_of_the_same_patient_leaves_the_first_tab_open(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    first = browser.launch(stack.jwt(FIRST)).location
    assert browser.get(first).status == 200
    assert browser.open(stack.jwt(FIRST)).status == 200
    assert browser.get(first).status == 200


@pytest.mark.proves("attack:A102")
def test_status_of_a_replaced_context_says_so_and_never_names_the_other(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    first = browser.launch(stack.jwt(FIRST)).location
    browser.get(first)
    assert '"open"' in browser.get(first + "status").body
    second = browser.launch(stack.jwt(SECOND)).location
    browser.get(second)
    answer = browser.get(first + "status")
    assert '"replaced"' in answer.body
    assert second.split("/")[-2] not in answer.body


@pytest.mark.proves("attack:A102")
def test_page_in_flight_during_the_switch_shows_nothing_that_came_after_it(
    stack: Stack, new_browser: Browsers
) -> None:
    """The hospital answers the first tab's page only after the second patient was opened. Frame and banner
    may have left by then."""
    browser, other_tab = new_browser(), new_browser()
    first = browser.launch(stack.jwt(FIRST)).location
    browser.get(first)
    other_tab.cookies = browser.cookies
    stack.zis.script(stack.zis.personas[FIRST].bsn, "laboratory", ["delay:1.5"])
    with ThreadPoolExecutor(1) as pool:
        stack.zis.forget_requests()
        in_flight = pool.submit(browser.get, first + "uitslagen/lab")
        while not stack.zis.requests:
            pass
        assert other_tab.open(stack.jwt(SECOND)).status == 200
        reply = in_flight.result()
    if reply.status == 200:
        assert 'data-state="fout"' in reply.body
        assert 'data-complete="nee"' in reply.body
        assert "Kalium" not in reply.body
        assert "laboratory" not in [record.fields["section"] for record in stack.records("SECTION_SHOWN")]
        reply = browser.get(first + "uitslagen/lab")
    assert reply.status == expected("A101").http
    assert_holds_nothing_of(reply, stack, FIRST)


@pytest.mark.parametrize("opened_before", [True, False])
def test_launch_a_then_b_then_a_again_never_opens_a(
    stack: Stack, new_browser: Browsers, opened_before: bool
) -> None:
    browser = new_browser()
    launch_a = stack.jwt(FIRST)
    a = browser.launch(launch_a).location
    if opened_before:
        assert browser.get(a).status == 200
    stack.clock.advance(1)
    assert browser.open(stack.jwt(SECOND)).status == 200
    stack.clock.advance(1)
    again = browser.launch(launch_a)
    for path in (a, again.location):
        reply = browser.get(path)
        while reply.status == 303:
            reply = browser.get(reply.location)
        assert reply.status == 409
        assert_holds_nothing_of(reply, stack, FIRST)


@pytest.mark.proves("attack:A104")
@pytest.mark.proves("attack:A141")
def test_context_of_another_browser_is_404_and_recorded(stack: Stack, new_browser: Browsers) -> None:
    victim, thief = new_browser(), new_browser()
    opened = victim.launch(stack.jwt(FIRST)).location
    assert victim.get(opened).status == 200
    thief.launch(stack.jwt(FIRST))
    for path in (opened, opened + "uitslagen/lab"):
        reply = thief.get(path)
        assert reply.status == expected("A104").http
        assert_holds_nothing_of(reply, stack, FIRST)
    assert thief.post(opened + "sluiten").status == expected("A104").http
    assert victim.get(opened).status == 200
    assert [r.event for r in stack.records()].count("ACCESS_DENIED") == 3


@pytest.mark.proves("attack:A104")
def test_another_hospitals_context_id_is_404(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    opened = browser.launch(stack.jwt(FIRST)).location
    browser.get(opened)
    cookie = browser.cookies[("__Secure-ctx", opened)]
    elsewhere = opened.replace("/cwz/", "/saxenburgh/")
    browser.cookies[("__Secure-ctx", elsewhere)] = type(cookie)(cookie.value, elsewhere)
    assert browser.get(elsewhere).status == expected("A104").http


@pytest.mark.proves("attack:A105")
def test_answer_about_another_person_is_dropped_and_alarmed(stack: Stack, new_browser: Browsers) -> None:
    reply = new_browser().open(stack.jwt("other_person"))
    assert reply.status == expected("A105-patient").http
    assert code_of("A105-patient") in reply.body
    assert [r.event for r in stack.records()].count("WRONG_PATIENT_ALARM") == 1


@pytest.mark.proves("attack:A105")
def test_section_about_another_person_fails_and_shows_nothing(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    opened = browser.launch(stack.jwt("other_person_results")).location
    assert browser.get(opened).status == 200
    lab = browser.get(opened + "uitslagen/lab")
    assert lab.status == 200
    main = lab.body[lab.body.index("<main") :]
    assert f'data-state="{expected("A105-section").panel}"' in main
    assert "Geen" not in re.sub(r"<[^>]+>", " ", main[: main.index("</main>")])
    assert "Kalium" not in main
    assert [r.event for r in stack.records()].count("WRONG_PATIENT_ALARM") == 1


@pytest.mark.proves("attack:A106")
def test_fifty_users_at_once_see_only_their_own_patient(stack: Stack) -> None:
    personas = ["consent_given", "many_results", "no_results", "deceased", "few_details"]

    def one_user(number: int) -> bool:
        mine = personas[number % len(personas)]
        browser = stack.new_browser()
        opened = browser.launch(stack.jwt(mine, user_id=f"user-{number}")).location
        pages = [browser.get(opened), browser.get(opened + "uitslagen/lab")]
        assert [page.status for page in pages] == [200, 200]
        own = stack.zis.personas[mine].bsn
        others = [stack.zis.personas[name].bsn for name in personas if name != mine]
        return all(
            own in digits and not any(other in digits for other in others)
            for digits in (re.sub(r"[^0-9]", "", page.body) for page in pages)
        )

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(one_user, range(50)))


@pytest.mark.proves("attack:A135")
@pytest.mark.proves("promise:P1")
@pytest.mark.parametrize("refused_at", ["launch", "entry", "page"])
def test_without_a_written_record_nothing_is_shown(stack_on_both: Stack, refused_at: str) -> None:
    stack = stack_on_both
    browser = stack.new_browser()
    if refused_at == "launch":
        refuse_records(stack)
        reply = browser.launch(stack.jwt(FIRST))
    else:
        opened = browser.launch(stack.jwt(FIRST)).location
        if refused_at == "page":
            assert browser.get(opened).status == 200
        refuse_records(stack)
        reply = browser.get(opened + ("uitslagen/lab" if refused_at == "page" else ""))
    assert reply.status == expected("A135").http
    assert code_of("A135") in reply.body
    assert_holds_nothing_of(reply, stack, FIRST)


def refuse_records(stack: Stack) -> None:
    """From now on the real database refuses every INSERT into the audit trail."""

    def refuse(connection: Connection) -> None:
        for statement in _REFUSE[connection.dialect.name]:
            connection.execute(text(statement))

    stack.product.services.writer.submit(refuse)


_REFUSE = {
    "sqlite": ["CREATE TRIGGER refuse BEFORE INSERT ON audit_record BEGIN SELECT RAISE(ABORT, 'no'); END"],
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
        "CREATE TRIGGER refuse BEFORE INSERT ON audit_record FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
}


@pytest.mark.proves("attack:A142")
@pytest.mark.parametrize("persona", ["consent_refused", "consent_not_answered", "unknown_in_hospital"])
def test_data_page_opened_before_the_decision_shows_the_refusal(
    stack: Stack, new_browser: Browsers, persona: str
) -> None:
    browser = new_browser()
    pending = browser.launch(stack.jwt(persona)).location
    reply = browser.get(pending + "uitslagen/lab")
    assert reply.status == expected("A142").http
    assert code_of("A142") in reply.body
    assert_holds_nothing_of(reply, stack, persona)
    asked = {received.interaction for received in stack.zis.requests}
    assert not asked & {"laboratory", "allergies"}


@pytest.mark.proves("attack:A142")
@pytest.mark.parametrize("path", ["status", "sluiten", "verlengen"])
def test_nothing_but_a_page_can_consume_a_pending_launch(
    stack: Stack, new_browser: Browsers, path: str
) -> None:
    browser = new_browser()
    pending = browser.launch(stack.jwt(FIRST)).location
    (browser.get if path == "status" else browser.post)(pending + path)
    assert not stack.zis.requests
    assert not stack.records("CONTEXT_OPENED")
    assert browser.get(pending).status == 200
