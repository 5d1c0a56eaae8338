"""Our requests to a HIS in the database, once on SQLite and once on PostgreSQL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.crypto import Cipher
from app.engine import Database
from app.outgoing_requests import StoredRequests
from app.writer import Writer
from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.requests.model import LIFETIMES, OutgoingRequest, RequestKind
from launch.requests.store import purge_requests
from tests.clock import SteppingClock
from tests.keys import secret_keys

ISSUER = "https://his.example/oidc"
BROWSER = "b" * 43
OTHER = "c" * 43


@pytest.fixture
def writer(migrated_database: Database) -> Iterator[Writer]:
    writer = Writer(migrated_database)
    writer.start()
    yield writer
    writer.stop()


@pytest.fixture
def requests(migrated_database: Database, writer: Writer, stepping_clock: SteppingClock) -> StoredRequests:
    cipher = Cipher(secret_keys())
    return StoredRequests(migrated_database, writer, cipher, stepping_clock, requests_per_minute=3)


def asked(requests: StoredRequests, kind: RequestKind = RequestKind.OIDC) -> OutgoingRequest:
    return requests.open(kind, "cwz", ISSUER, BROWSER, {"verifier": "v" * 64}).request


def refusal(requests: StoredRequests, *question: object) -> str:
    with pytest.raises(LaunchRefusedError) as refused:
        requests.find(*question)  # type: ignore[arg-type]
    assert refused.value.code is RefusalCode.NONCE_WRONG
    return refused.value.detail


def test_request_comes_back_as_it_was_made(requests: StoredRequests, stepping_clock: SteppingClock) -> None:
    request = asked(requests)
    found = requests.find(RequestKind.OIDC, "cwz", request.state, BROWSER)
    assert found == request
    assert found.details == {"verifier": "v" * 64}
    assert found.expires_at - stepping_clock.now() == LIFETIMES[RequestKind.OIDC]


@pytest.mark.parametrize("kind", RequestKind)
def test_every_kind_lives_between_one_minute_and_five(kind: RequestKind) -> None:
    assert 60 <= LIFETIMES[kind].total_seconds() <= 300


@pytest.mark.proves("attack:A099")
def test_answer_that_fits_not_in_everything_finds_no_request(requests: StoredRequests) -> None:
    state = asked(requests).state
    oidc = RequestKind.OIDC
    none = "no such request was made here"
    assert refusal(requests, RequestKind.SAML, "cwz", state, BROWSER) == none
    assert refusal(requests, oidc, "saxenburgh", state, BROWSER) == none
    assert refusal(requests, oidc, "cwz", state[:-1], BROWSER) == none
    assert refusal(requests, oidc, "cwz", "", BROWSER) == none
    assert refusal(requests, oidc, "cwz", "\ud800" * 100, BROWSER) == none
    assert refusal(requests, oidc, "cwz", "x" * 1_000_000, BROWSER) == none
    assert refusal(requests, oidc, "cwz", state, OTHER) == "the request was another browser's"
    assert refusal(requests, oidc, "cwz", state, None) == "the request was another browser's"
    requests.find(oidc, "cwz", state, BROWSER)


def test_request_ends_at_its_end(requests: StoredRequests, stepping_clock: SteppingClock) -> None:
    state = asked(requests).state
    stepping_clock.advance(60 - 0.000001)
    requests.find(RequestKind.OIDC, "cwz", state, BROWSER)
    stepping_clock.advance(0.000001)
    assert refusal(requests, RequestKind.OIDC, "cwz", state, BROWSER) == "the request has expired"


@pytest.mark.proves("attack:A110")
def test_same_answer_again_is_known_and_another_one_refused(requests: StoredRequests) -> None:
    request = asked(requests)
    assert requests.answer(request, "first") is True
    assert requests.answer(request, "first") is False
    with pytest.raises(LaunchRefusedError) as refused:
        requests.answer(request, "second")
    assert refused.value.code is RefusalCode.NONCE_WRONG
    assert requests.answer(request, "first") is False


@pytest.mark.proves("attack:A111")
def test_of_many_answers_at_once_one_is_the_first(requests: StoredRequests) -> None:
    request = asked(requests)
    together = threading.Barrier(16)

    def answer(number: int) -> str:
        together.wait(10)
        try:
            return "first" if requests.answer(request, f"answer {number % 4}") else "again"
        except LaunchRefusedError:
            return "refused"

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(answer, range(16)))
    assert (results.count("first"), results.count("again"), results.count("refused")) == (1, 3, 12)


def test_row_holds_neither_state_nor_nonce_nor_browser_nor_verifier(
    requests: StoredRequests, migrated_database: Database
) -> None:
    request = asked(requests)
    with migrated_database.read() as connection:
        (row,) = connection.execute(text("SELECT * FROM outgoing_request")).all()
    stored = b"".join(bytes(value) for value in row if isinstance(value, bytes | memoryview))
    stored += "".join(str(value) for value in row if isinstance(value, str)).encode()
    for secret in (request.state, request.nonce, BROWSER, "v" * 64):
        assert secret.encode() not in stored


def test_request_of_a_browser_without_a_name_gives_it_one(requests: StoredRequests) -> None:
    opened = [requests.open(RequestKind.OIDC, "cwz", ISSUER, name) for name in (None, "short", "é" * 43)]
    names = {each.browser_id for each in opened}
    assert len(names) == 3
    assert all(len(name) == 43 and name.isascii() for name in names)
    found = requests.find(RequestKind.OIDC, "cwz", opened[0].request.state, opened[0].browser_id)
    assert found == opened[0].request


@pytest.mark.proves("attack:A115")
def test_requests_of_one_issuer_at_one_hospital_are_limited(
    requests: StoredRequests, stepping_clock: SteppingClock
) -> None:
    for _ in range(3):
        asked(requests)
    with pytest.raises(LaunchRefusedError) as refused:
        asked(requests)
    assert refused.value.code is RefusalCode.TOO_MANY_LAUNCHES
    requests.open(RequestKind.OIDC, "saxenburgh", ISSUER, BROWSER)
    requests.open(RequestKind.OIDC, "cwz", f"{ISSUER}2", BROWSER)
    stepping_clock.advance(60)
    asked(requests)


def test_purge_takes_what_no_answer_can_come_for(
    requests: StoredRequests, writer: Writer, stepping_clock: SteppingClock
) -> None:
    short, long = asked(requests), asked(requests, RequestKind.SMART)
    requests.answer(long, "code")
    stepping_clock.advance(60)
    assert writer.submit(purge_requests(stepping_clock.now())) == (1,)
    assert refusal(requests, RequestKind.OIDC, "cwz", short.state, BROWSER).startswith("no such")
    assert requests.answer(long, "code") is False
    stepping_clock.advance(240)
    assert writer.submit(purge_requests(stepping_clock.now())) == (1,)
    with pytest.raises(LaunchRefusedError):
        requests.answer(long, "code")
