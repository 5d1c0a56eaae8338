"""Asking vendors' servers over real HTTP and TLS: what is taken, and what never is."""

import itertools
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.web.addresses import are_public, resolve
from adapters.web.fetch import WebFetcher
from adapters.zis.transport import SoapTransport
from launch.trust.ports import KEY_SET_TYPES, FetchError, FetchProblem, WebAnswer
from tests.vendor_server import Answer, VendorServer, trusting


@pytest.fixture
def vendor() -> Iterator[VendorServer]:
    with VendorServer() as server:
        yield server


@pytest.fixture
def secure_vendor() -> Iterator[VendorServer]:
    with VendorServer(secure=True) as server:
        yield server


@pytest.fixture
def loop() -> Iterator[SoapTransport]:
    transport = SoapTransport()
    transport.start()
    yield transport
    transport.stop()


@pytest.fixture
def fetcher(loop: SoapTransport) -> WebFetcher:
    return WebFetcher(loop, strict=False, tls=trusting())


@pytest.fixture
def strict_fetcher(loop: SoapTransport) -> WebFetcher:
    return WebFetcher(loop, strict=True, tls=trusting())


def get(fetcher: WebFetcher, url: str, **changes: Any) -> WebAnswer:
    return fetcher.get(url, **{"registered": [url], "content_types": KEY_SET_TYPES} | changes)


def problem_of(fetcher: WebFetcher, url: str, **changes: Any) -> FetchProblem:
    with pytest.raises(FetchError) as refused:
        get(fetcher, url, **changes)
    return refused.value.problem


def test_a_document_over_https_is_taken_with_its_caching_headers(
    fetcher: WebFetcher, secure_vendor: VendorServer
) -> None:
    headers = {"Cache-Control": "max-age=600", "Age": "7"}
    secure_vendor.answer_keys(Answer(b'{"keys":[]}', headers=headers))
    answer = get(fetcher, secure_vendor.jwks_url)
    assert answer == WebAnswer(b'{"keys":[]}', "application/json", "max-age=600", "7")


def test_nothing_personal_and_nothing_packed_is_asked_for(fetcher: WebFetcher, vendor: VendorServer) -> None:
    vendor.answer_keys(Answer(headers={"Set-Cookie": "track=1"}))
    get(fetcher, vendor.jwks_url)
    get(fetcher, vendor.jwks_url)
    asked = vendor.asked[-1].headers
    assert set(asked) == {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}
    assert (asked["Accept-Encoding"], asked["Connection"]) == ("identity", "close")


def test_a_proxy_of_the_environment_is_not_used(
    fetcher: WebFetcher, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    vendor.answer_keys(Answer())
    assert get(fetcher, vendor.jwks_url).body == b"{}"


def test_a_form_is_posted_once_with_the_headers_given(fetcher: WebFetcher, vendor: VendorServer) -> None:
    vendor.answers["/token"] = Answer(b'{"access_token":"x"}')
    url = f"{vendor.url}/token"
    fields = {"code": "a b&c", "scope": "é"}
    answer = fetcher.post_form(url, fields, registered=[url], headers={"Authorization": "Basic eDp5"})
    assert answer.body == b'{"access_token":"x"}'
    (asked,) = vendor.asked
    assert (asked.method, asked.body) == ("POST", b"code=a+b%26c&scope=%C3%A9")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.headers["Authorization"] == "Basic eDp5"


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(fetcher: WebFetcher, vendor: VendorServer, status: int) -> None:
    vendor.answer_keys(Answer(status=status, headers={"Location": f"{vendor.url}/elsewhere"}))
    vendor.answers["/elsewhere"] = Answer()
    assert problem_of(fetcher, vendor.jwks_url) is FetchProblem.REDIRECT
    assert [asked.path for asked in vendor.asked] == ["/jwks.json"]


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(b"<html></html>", content_type="text/html"), FetchProblem.CONTENT_TYPE),
        (Answer(content_type="application/json-seq"), FetchProblem.CONTENT_TYPE),
        (Answer(headers={"Content-Encoding": "gzip"}), FetchProblem.CONTENT_TYPE),
        (Answer(status=500), FetchProblem.STATUS),
        (Answer(b"", status=204), FetchProblem.STATUS),
        (Answer(status=404), FetchProblem.STATUS),
        (Answer(b" " * (64 * 1024 + 1)), FetchProblem.TOO_LARGE),
    ],
)
def test_what_is_no_small_json_document_is_refused(
    fetcher: WebFetcher, vendor: VendorServer, answer: Answer, problem: FetchProblem
) -> None:
    vendor.answer_keys(answer)
    assert problem_of(fetcher, vendor.jwks_url) is problem


@pytest.mark.proves("attack:A119")
def test_fifty_megabytes_without_a_length_are_left_after_the_limit(
    fetcher: WebFetcher, vendor: VendorServer
) -> None:
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(800):
            sent += 64 * 1024
            yield b" " * (64 * 1024)

    vendor.answer_keys(Answer(pieces=pieces(), announces_length=False))
    assert problem_of(fetcher, vendor.jwks_url) is FetchProblem.TOO_LARGE
    assert sent < 50 * 1024 * 1024


def test_as_many_bytes_as_allowed_are_taken(fetcher: WebFetcher, vendor: VendorServer) -> None:
    vendor.answer_keys(Answer(b" " * (64 * 1024)))
    assert len(get(fetcher, vendor.jwks_url).body) == 64 * 1024


@pytest.mark.proves("attack:A119")
def test_a_vendor_that_says_nothing_is_left_at_the_deadline(
    fetcher: WebFetcher, vendor: VendorServer
) -> None:
    vendor.answer_keys(Answer(wait_for=vendor.release))
    assert problem_of(fetcher, vendor.jwks_url, deadline_seconds=0.1) is FetchProblem.TIMEOUT


@pytest.mark.proves("attack:A119")
def test_a_vendor_that_drips_is_left_at_the_deadline(fetcher: WebFetcher, vendor: VendorServer) -> None:
    drips = (b" " for _ in itertools.takewhile(lambda _: not vendor.release.wait(0.01), itertools.count()))
    vendor.answer_keys(Answer(pieces=drips, announces_length=False))
    assert problem_of(fetcher, vendor.jwks_url, deadline_seconds=0.2) is FetchProblem.TIMEOUT


def test_a_vendor_that_is_not_there_is_unreachable(fetcher: WebFetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert problem_of(fetcher, f"http://127.0.0.1:{port}/") is FetchProblem.UNREACHABLE


def test_a_certificate_of_an_unknown_authority_is_refused(
    loop: SoapTransport, secure_vendor: VendorServer
) -> None:
    assert problem_of(WebFetcher(loop, strict=False), secure_vendor.jwks_url) is FetchProblem.UNREACHABLE
    assert secure_vendor.asked == []


def test_a_stopped_loop_is_no_answer(vendor: VendorServer) -> None:
    assert problem_of(WebFetcher(SoapTransport(), strict=False), vendor.jwks_url) is FetchProblem.UNREACHABLE


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "registered",
    [
        [],
        ["http://localhost:{port}/jwks.json"],
        ["https://127.0.0.1:{port}/jwks.json"],
        ["http://127.0.0.1/jwks.json"],
        ["http://user@127.0.0.1:{port}/jwks.json"],
        ["not a url"],
    ],
)
def test_only_a_registered_scheme_host_and_port_is_asked(
    fetcher: WebFetcher, vendor: VendorServer, registered: list[str]
) -> None:
    named = [each.format(port=vendor.port) for each in registered]
    assert problem_of(fetcher, vendor.jwks_url, registered=named) is FetchProblem.NOT_REGISTERED
    assert vendor.asked == []


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "https://a@127.0.0.1/", "https:///x"]
)
def test_an_address_that_is_no_plain_web_address_is_refused(fetcher: WebFetcher, url: str) -> None:
    assert problem_of(fetcher, url) is FetchProblem.NOT_REGISTERED


@pytest.mark.proves("attack:A120")
def test_http_is_refused_while_strict(strict_fetcher: WebFetcher, vendor: VendorServer) -> None:
    assert problem_of(strict_fetcher, vendor.jwks_url) is FetchProblem.NOT_HTTPS
    assert vendor.asked == []


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",  # noqa: S104 - where it must not connect to
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0x7f.0.0.1",
    ],
)
def test_no_connection_is_made_to_this_machine_while_strict(
    strict_fetcher: WebFetcher, secure_vendor: VendorServer, host: str
) -> None:
    url = f"https://{host}:{secure_vendor.port}/jwks.json"
    assert problem_of(strict_fetcher, url) is FetchProblem.ADDRESS_REFUSED
    assert secure_vendor.connections == 0


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0177.0.0.1"])
def test_another_spelling_of_this_machine_is_no_host(
    strict_fetcher: WebFetcher, secure_vendor: VendorServer, host: str
) -> None:
    problem_of(strict_fetcher, f"https://{host}:{secure_vendor.port}/jwks.json")
    assert secure_vendor.connections == 0


PRIVATE = (
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fe80::1%1",
    "64:ff9b::7f00:1",
    "127.0.0.1",
)


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_of_a_private_address_is_refused_before_a_connection(
    strict_fetcher: WebFetcher, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [found_at(address)])
    assert problem_of(strict_fetcher, "https://jwks.vendor.example/") is FetchProblem.ADDRESS_REFUSED


@pytest.mark.proves("attack:A120")
def test_a_name_that_changes_its_address_after_a_first_look_gains_nothing(
    strict_fetcher: WebFetcher, secure_vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: whatever the resolver says, the socket is made for the very address that is judged."""
    answers = iter(["93.184.216.34", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [found_at(next(answers))])
    url = f"https://jwks.vendor.example:{secure_vendor.port}/jwks.json"
    assert are_public(address for _, address in resolve("jwks.vendor.example"))
    assert problem_of(strict_fetcher, url) is FetchProblem.ADDRESS_REFUSED
    assert next(answers, None) is None
    assert secure_vendor.connections == 0


def found_at(address: str) -> tuple[int, int, int, str, tuple[str, int]]:
    """What ``getaddrinfo`` says."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, 6, "", (address, 443)
