"""The HIS says that a patient was closed or a user logged out: only what it names closes, over real HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from sandbox.his.backend import PATIENT_CLOSED, USER_LOGGED_OUT, ticket_fields
from sandbox.his.content import LaunchContent
from sandbox.his.dialects import DIALECTS
from sandbox.his.jwe import encrypt_jwe
from sandbox.his.service_keys import fetch_encryption_key
from sandbox.his.vendors import USERS, His
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import make_read_only
from tests.backend_stage import Backend
from tests.stack import Stack

PERSONA, OTHER = "consent_given", "many_results"


class Window:
    """A browser with one open record."""

    def __init__(self, stack: Stack, click: LaunchContent, his: str = His.JWT, hospital: str = "cwz") -> None:
        self.browser = stack.new_browser()
        self.click = click
        self.place = self.browser.launch(stack.form(his, click), hospital=hospital).location
        assert self.browser.get(self.place).status == 200

    @property
    def phase(self) -> object:
        """What the page's own poll is told."""
        return json.loads(self.browser.get(f"{self.place}status").body)["phase"]


@pytest.fixture
def backend(stack: Stack) -> Backend:
    return Backend(stack)


def told(backend: Backend, click: LaunchContent, event: str, **changes: object) -> object:
    """Says it. :returns: how many ended."""
    answer = backend.say(backend.message(click, event, changes))
    assert answer.status == 202, answer
    assert answer.content.keys() == {"ended", "reference"}
    (*_, record) = backend.stack.records("CONTEXT_END_ASKED")
    assert record.reference == answer.content["reference"]
    assert (record.fields["outcome"], record.fields["detail"]) == ("accepted", event)
    assert record.fields["count"] == answer.content["ended"]
    return answer.content["ended"]


def test_closed_patient_shows_nothing_any_more_and_leaves_its_records(stack_on_both: Stack) -> None:
    stack = stack_on_both
    backend = Backend(stack)
    window = Window(stack, stack.click(His.JWT, PERSONA))
    assert told(backend, window.click, PATIENT_CLOSED) == 1
    assert window.phase == "closed"
    page = window.browser.get(window.place + "uitslagen/lab")
    assert page.status == 200
    assert "Het dossier is gesloten" in page.body
    assert "Kalium" not in page.body
    (closed,) = stack.records("CONTEXT_CLOSED")
    assert (closed.fields["detail"], closed.fields["phase"]) == ("his_patient_closed", "closed")
    assert closed.fields["user_id"] == window.click.user_id
    with stack.product.services.database.read() as connection:
        (left,) = connection.execute(text("SELECT claims, patient FROM context"))
    assert tuple(left) == (None, None)


def test_of_two_users_with_one_patient_only_the_named_ones_window_closes(
    stack: Stack, backend: Backend
) -> None:
    own = Window(stack, stack.click(His.JWT, PERSONA))
    other = Window(stack, stack.click(His.JWT, PERSONA, user_id=USERS["waarnemer"].user_id))
    assert told(backend, own.click, PATIENT_CLOSED) == 1
    assert (own.phase, other.phase) == ("closed", "open")
    assert "Kalium" in other.browser.get(other.place + "uitslagen/lab").body


def test_of_two_sessions_with_one_patient_only_the_named_one_closes(stack: Stack, backend: Backend) -> None:
    first = Window(stack, stack.click(His.JWT, PERSONA, session="session-1"))
    second = Window(stack, stack.click(His.JWT, PERSONA, session="session-2"))
    assert told(backend, first.click, PATIENT_CLOSED) == 1
    assert (first.phase, second.phase) == ("closed", "open")


def test_both_windows_of_one_session_close_with_their_patient(stack: Stack, backend: Backend) -> None:
    first, second = (Window(stack, stack.click(His.JWT, PERSONA)) for _ in range(2))
    assert told(backend, first.click, PATIENT_CLOSED) == 2
    assert (first.phase, second.phase) == ("closed", "closed")


def test_patient_of_another_session_or_none_is_not_closed(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA))
    assert told(backend, window.click, PATIENT_CLOSED, sid="another-session") == 0
    assert told(backend, window.click, PATIENT_CLOSED, sid=None) == 0
    assert window.phase == "open"


def test_another_patient_that_was_closed_leaves_the_window_open(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA))
    other = replace(window.click, bsn=stack.zis.personas[OTHER].bsn)
    assert told(backend, other, PATIENT_CLOSED) == 0
    assert window.phase == "open"


def test_window_without_a_session_closes_by_a_message_without_one(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA, session=""))
    assert told(backend, window.click, PATIENT_CLOSED, sid="his-session-1") == 0
    assert told(backend, window.click, PATIENT_CLOSED, sid=None) == 1
    assert window.phase == "closed"


@pytest.mark.parametrize(
    ("session", "phases"),
    [(None, ("closed", "closed")), ("session-1", ("closed", "open")), ("session-3", ("open", "open"))],
)
def test_logging_out_closes_every_window_of_the_user_or_of_the_named_session(
    stack: Stack, backend: Backend, session: str | None, phases: tuple[str, str]
) -> None:
    first = Window(stack, stack.click(His.JWT, PERSONA, session="session-1"))
    second = Window(stack, stack.click(His.JWT, PERSONA, session="session-2"))
    assert told(backend, first.click, USER_LOGGED_OUT, sid=session) == phases.count("closed")
    assert (first.phase, second.phase) == phases
    details = {record.fields["detail"] for record in stack.records("CONTEXT_CLOSED")}
    assert details <= {"his_user_logged_out"}


@pytest.mark.proves("attack:A116")
def test_other_vendors_hospitals_and_users_are_out_of_reach(stack: Stack, backend: Backend) -> None:
    here = Window(stack, stack.click(His.JWT, PERSONA))
    elsewhere = Window(stack, stack.click(His.JWT, PERSONA, hospital="saxenburgh"), hospital="saxenburgh")
    foreign = Window(stack, stack.click("hti", PERSONA), "hti")
    assert told(backend, here.click, USER_LOGGED_OUT, sid=None) == 1
    assert (here.phase, elsewhere.phase, foreign.phase) == ("closed", "open", "open")


@pytest.mark.parametrize("event", [PATIENT_CLOSED, USER_LOGGED_OUT])
def test_launch_that_waits_for_its_browser_never_opens(stack: Stack, backend: Backend, event: str) -> None:
    browser, click = stack.new_browser(), stack.click(His.JWT, PERSONA)
    posted = browser.launch(stack.form(His.JWT, click))
    assert told(backend, click, event) == 1
    page = browser.get(posted.location)
    assert page.status == 404
    assert "Vries" not in page.body
    (closed,) = stack.records("CONTEXT_CLOSED")
    assert closed.fields["context"] == posted.location.split("/")[-2]
    assert not stack.records("CONTEXT_OPENED")


def test_ticket_that_waits_for_its_browser_is_over(stack: Stack, backend: Backend) -> None:
    click = stack.click(His.JWT, PERSONA)
    asked = backend.ask(ticket_fields(stack.form(His.JWT, click), backend.assertion()))
    assert told(backend, click, PATIENT_CLOSED) == 1
    reply = stack.new_browser().launch({"ticket": str(asked.content["ticket"])})
    assert reply.status == expected("expired-ticket").http


def test_ticket_whose_browser_came_a_moment_before_is_over_too(stack: Stack, backend: Backend) -> None:
    """The POST arrived first, the call was dealt with first."""
    click = stack.click(His.JWT, PERSONA)
    asked = backend.ask(ticket_fields(stack.form(His.JWT, click), backend.assertion()))
    stack.clock.advance(1)
    assert told(backend, click, PATIENT_CLOSED) == 1
    stack.clock.advance(-0.5)
    reply = stack.new_browser().launch({"ticket": str(asked.content["ticket"])})
    assert reply.status == expected("expired-ticket").http


def test_nothing_to_end_is_no_fault(stack: Stack, backend: Backend) -> None:
    assert told(backend, stack.click(His.JWT, PERSONA), USER_LOGGED_OUT) == 0
    assert not stack.records("CONTEXT_CLOSED")


def test_window_that_closed_is_not_closed_again(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA))
    assert told(backend, window.click, PATIENT_CLOSED) == 1
    assert told(backend, window.click, USER_LOGGED_OUT) == 0
    assert len(stack.records("CONTEXT_CLOSED")) == 1


def test_patient_opened_anew_after_it_was_closed_stays(stack: Stack, backend: Backend) -> None:
    first = Window(stack, stack.click(His.JWT, PERSONA))
    told(backend, first.click, PATIENT_CLOSED)
    assert Window(stack, stack.click(His.JWT, PERSONA)).phase == "open"


@pytest.mark.proves("attack:A110")
def test_one_message_many_times_at_once_ends_once(stack_on_both: Stack) -> None:
    stack = stack_on_both
    backend = Backend(stack)
    window = Window(stack, stack.click(His.JWT, PERSONA))
    token = backend.message(window.click, PATIENT_CLOSED)
    with ThreadPoolExecutor(10) as together:
        answers = list(together.map(backend.say, [token] * 10))
    assert sorted(answer.status for answer in answers) == [202] + [401] * 9
    assert len(stack.records("CONTEXT_CLOSED")) == 1
    assert len(stack.records("CONTEXT_END_ASKED")) == 10


@pytest.mark.parametrize("vendor", sorted(DIALECTS))
def test_every_his_can_say_that_its_user_logged_out(stack: Stack, vendor: str) -> None:
    backend = Backend(stack, vendor)
    window = Window(stack, stack.click(vendor, PERSONA), vendor)
    assert told(backend, window.click, USER_LOGGED_OUT, sid=None) == 1
    assert window.phase == "closed"


@pytest.mark.parametrize("practice", ["90000001", "agb-z|05090001"])
def test_practice_may_be_named_as_the_grant_names_it(stack: Stack, practice: str) -> None:
    backend = Backend(stack, "zorgdomein")
    window = Window(stack, stack.click("zorgdomein", PERSONA), "zorgdomein")
    assert told(backend, window.click, USER_LOGGED_OUT, sid=None, practice=practice) == 1


def test_suspended_practice_may_still_close_what_it_opened(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA))
    practice = ("--hospital", "cwz", "--practice", "90000001")
    stack.product.run_cli("trust", "suspend", backend.issuer, *practice)
    assert told(backend, window.click, PATIENT_CLOSED) == 1
    assert window.phase == "closed"


def test_grant_that_asks_for_encryption_asks_it_of_messages_too(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA))
    wanted = stack.product.registration_of(His.JWT).replace(
        'environment = "test"\n', 'environment = "test"\nrequire_encryption = true\n'
    )
    stack.product.register(wanted)
    token = backend.message(window.click, PATIENT_CLOSED)
    refused = backend.say(token)
    assert (refused.status, refused.content["error"]) == (401, "L208")
    sealed = encrypt_jwe(token, fetch_encryption_key(stack.base_url()))
    assert backend.say(sealed).content["ended"] == 1
    assert window.phase == "closed"


def test_message_that_cannot_be_recorded_ends_nothing(stack: Stack, backend: Backend) -> None:
    window = Window(stack, stack.click(His.JWT, PERSONA))
    token = backend.message(window.click, PATIENT_CLOSED)
    make_read_only(stack)
    answer = backend.say(token)
    assert (answer.status, answer.content["error"]) == (503, "L704")
    assert window.phase == "open"


def test_names_that_may_hold_a_bsn_are_not_recorded(stack: Stack, backend: Backend) -> None:
    click, bsn = stack.click(His.JWT, PERSONA), stack.zis.personas[OTHER].bsn
    hiding = {"sub": bsn, "sid": f"s-{bsn}", "jti": f"abcdefgh-{bsn}"}
    assert told(backend, click, USER_LOGGED_OUT, **hiding) == 0
    (record,) = stack.records("CONTEXT_END_ASKED")
    assert not {"user_id", "his_session", "token_id"} & record.fields.keys()
    assert bsn not in repr(record.fields)
