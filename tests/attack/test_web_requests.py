"""Requests that are bent around a good token: where it is sent, how, and with what beside it."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import pytest

from sandbox.his.tokens import encode_segment, jwt_claims
from sandbox.his.vendors import His
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import assert_nothing_happened, assert_refused
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
FORM = "application/x-www-form-urlencoded"
_PLACES = (
    "//evil.example/",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example/c/",
    "javascript:alert(1)",
    "\t//evil.example",
    "/cwz/c/x\r\nSet-Cookie: a=b",
    "\u2028https://evil.example",
)


def post(stack: Stack, body: str | bytes, query: str = "", **headers: str) -> Reply:
    """What a HIS's page sends, bent by ``headers`` (``Content_Type`` for Content-Type)."""
    sent = {"Content-Type": FORM, "Origin": stack.his.url}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return stack.new_browser().request("POST", f"/cwz/launch{query}", body, sent)


# --- the landing place


@pytest.mark.proves("attack:A121")
@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize("vendor", list(His))
def test_places_named_beside_the_token_are_ignored(stack: Stack, vendor: His, place: str) -> None:
    names = ("RelayState", "next", "target_link_uri", "redirect_uri", "return", "iss")
    fields = stack.form(vendor, stack.click(vendor)) | dict.fromkeys(names, place)
    reply = stack.new_browser().launch(fields)
    assert reply.status == 303
    assert re.fullmatch(r"/cwz/c/[A-Za-z0-9_-]{22}/", reply.location)
    assert not reply.body
    assert "evil" not in str(dict(reply.headers))


@pytest.mark.proves("attack:A121")
@pytest.mark.parametrize("place", _PLACES[:5])
def test_place_in_the_query_refuses_the_launch(
    stack: Stack, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply = post(stack, urlencode(stack.jwt(PERSONA)), "?" + urlencode({"next": place}))
    assert_refused(reply, expected("A128"), stack, caplog, "evil.example")
    assert_nothing_happened(stack, "L101")


# --- caches


@pytest.mark.proves("attack:A125")
@pytest.mark.parametrize(
    "suffix", ["x.css", "uitslagen/lab/x.css", "uitslagen/lab.js", ";x.css", "%2ex.css", "..%2fx.css"]
)
def test_address_that_looks_like_a_file_shows_no_record(
    stack: Stack, new_browser: Browsers, suffix: str
) -> None:
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA)).location
    assert browser.get(place).status == 200
    reply = browser.get(place + suffix)
    assert reply.status == expected("A125").http
    assert "VRIES" not in reply.body.upper()
    assert reply.headers["Cache-Control"] == "private, no-store"


@pytest.mark.proves("attack:A125")
def test_no_answer_with_a_record_or_a_cookie_may_be_kept_or_shared(
    stack: Stack, new_browser: Browsers
) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt(PERSONA))
    answers = [posted, *(browser.get(posted.location + page) for page in ("", "uitslagen/lab", "status"))]
    answers += [browser.post(posted.location + "sluiten"), browser.get(posted.location)]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Vary"] == "Cookie"
        assert not {"ETag", "Last-Modified", "Expires", "Age"} & set(answer.headers)


@pytest.mark.proves("attack:A125")
@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"]
)
def test_header_that_no_cache_would_key_on_changes_nothing(
    stack: Stack, new_browser: Browsers, name: str
) -> None:
    plain = new_browser().get("/cwz/c/" + "A" * 22 + "/")
    bent = new_browser().get("/cwz/c/" + "A" * 22 + "/", {name: "/saxenburgh/launch"})
    assert (bent.status, masked(bent.body)) == (plain.status, masked(plain.body))


def masked(body: str) -> str:
    """Reference and time, which differ at every answer, taken out."""
    body = re.sub(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", "REFERENCE", body)
    return re.sub(r"\d\d:\d\d(:\d\d)?", "TIME", body)


# --- hosts


@pytest.mark.proves("attack:A126")
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"},
        {"X-Forwarded-Prefix": "/saxenburgh"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Script-Name": "/saxenburgh"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_forwarded_headers_change_neither_the_audience_nor_the_landing_place(
    stack: Stack, headers: Mapping[str, str]
) -> None:
    sent = {name.replace("-", "_"): value for name, value in headers.items()}
    reply = post(stack, urlencode(stack.jwt(PERSONA)), **sent)
    assert (reply.status, reply.location.startswith("/cwz/c/")) == (303, True)
    for_evil = stack.jwt(PERSONA, launch_url="https://evil.example/cwz/launch")
    assert post(stack, urlencode(for_evil), **sent).status == 401
    assert stack.records("LAUNCH_DECISION")[-1].fields["code"] == "L502"


@pytest.mark.proves("attack:A126")
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:80@evil.example", ""]
)
def test_token_sent_to_another_host_name_reaches_no_hospital(stack: Stack, host: str) -> None:
    fields = stack.jwt(PERSONA)
    reply = post(stack, urlencode(fields), Host=host)
    assert reply.status == expected("A126").http
    assert "CWZ" not in reply.body
    assert host not in reply.body or not host
    assert not stack.records("LAUNCH_DECISION")
    assert stack.new_browser().launch(fields).status == 303


# --- methods, media types, parameters


@pytest.mark.proves("attack:A127")
@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "LAUNCH"]
)
def test_every_method_but_post_is_refused(stack: Stack, method: str) -> None:
    body = urlencode(stack.jwt(PERSONA))
    headers = {"Content-Type": FORM, "Origin": stack.his.url}
    reply = stack.new_browser().request(method, "/cwz/launch", body, headers)
    assert reply.status == expected("A127").http
    assert "Location" not in reply.headers
    assert not stack.records("CONTEXT_OPENED")


@pytest.mark.proves("attack:A127")
@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_method_cannot_be_overridden(stack: Stack, name: str) -> None:
    headers = {"Content-Type": FORM, "Origin": stack.his.url, name: "POST"}
    reply = stack.new_browser().request("GET", "/cwz/launch", urlencode(stack.jwt(PERSONA)), headers)
    assert reply.status == expected("A127").http


@pytest.mark.proves("attack:A127")
@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded, text/plain",
        "application/xml",
        "",
    ],
)
def test_every_other_body_is_refused(stack: Stack, media_type: str, caplog: pytest.LogCaptureFixture) -> None:
    fields = stack.jwt(PERSONA)
    bodies = {
        "application/json": json.dumps(fields),
        "multipart/form-data; boundary=x": "--x\r\nContent-Disposition: form-data; name=token\r\n\r\n"
        + fields["token"]
        + "\r\n--x--\r\n",
    }
    reply = post(stack, bodies.get(media_type, urlencode(fields)), Content_Type=media_type)
    assert_refused(reply, expected("A127-body"), stack, caplog, fields["token"])
    assert_nothing_happened(stack, "L101")


@pytest.mark.proves("attack:A128")
@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("token={0}&token={0}", ""),
        ("token={0}&token=x", ""),
        ("token=&token={0}", ""),
        ("token[]={0}", ""),
        ("token%5B0%5D={0}", ""),
        ("Token={0}", ""),
        ("token={0}&SAMLResponse={0}", ""),
        ("token={0}&ticket=x", ""),
        ("token={0}&id_token={0}", ""),
        ("token={0};token=x", ""),
        ("token={0}", "?token={0}"),
        ("token={0}", "?x"),
        ("", "?token={0}"),
        ("&".join(f"a{number}=1" for number in range(16)) + "&token={0}", ""),
        ("token=%ff&token={0}", ""),
    ],
)
def test_token_that_is_not_there_exactly_once_is_refused(
    stack: Stack, body: str, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = stack.jwt(PERSONA)["token"]
    reply = post(stack, body.format(token), query.format(token))
    wanted = expected("A128-glued" if ";" in body else "A128")
    assert_refused(reply, wanted, stack, caplog, token)
    assert_nothing_happened(stack, wanted.code or "")


# --- sizes


@pytest.mark.proves("attack:A130")
@pytest.mark.parametrize(
    ("media_type", "body", "row"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\n" * 200_000 + b"--x--\r\n", "A130"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n" + b"\r" * (10 << 20), "A130"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 12_000 + b"--x--\r\n", "A130-small"),
        (FORM, b"token=" + b"a" * (10 << 20), "A130"),
        (FORM, b"a=1&" * (1 << 20), "A130"),
        (FORM, b"a=1&" * 16_000, "A130-small"),
        (FORM, b"token=" + b"%41" * 21_000, "A130-decoded"),
    ],
    ids=[
        "a million parts",
        "CR part",
        "64 KiB of parts",
        "10 MB",
        "a million fields",
        "64 KiB of fields",
        "escapes",
    ],
)
def test_large_body_is_refused_without_being_taken_apart(
    stack: Stack, media_type: str, body: bytes, row: str, caplog: pytest.LogCaptureFixture
) -> None:
    reply = post(stack, body, Content_Type=media_type)
    assert_refused(reply, expected(row), stack, caplog)
    assert_nothing_happened(stack, expected(row).code or "")


# --- what the log may be made to say


_BENT = {
    "CR and LF": "x\r\nLAUNCH_DECISION outcome=accepted",
    "ANSI": "\x1b[2J\x1b[31mroot",
    "JSON": '","outcome":"accepted","x":"',
    "bidi": "\u202eabc",
    "long": "k" * (1 << 20),
}


@pytest.mark.proves("attack:A134")
@pytest.mark.parametrize("kind", list(_BENT))
@pytest.mark.parametrize("place", ["kid", "iss", "RelayState"])
def test_text_of_an_attacker_makes_one_record_and_no_line_of_a_log(
    stack: Stack, place: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    value = _BENT[kind]
    stack.new_browser().launch(_spoilt(stack, place, value))
    (record,) = stack.records("LAUNCH_DECISION")
    texts = [each for each in record.fields.values() if isinstance(each, str)]
    assert all(each.isprintable() and len(each) <= 256 for each in texts)
    accepted = place == "RelayState" and kind != "long"
    assert record.fields["outcome"] == ("accepted" if accepted else "refused")
    said = json.dumps(record.fields, default=str) + caplog.text
    for part in ("\x1b", "outcome=accepted", '","outcome', "\u202e", "k" * 200):
        assert part not in said
    assert not stack.zis.requests


@pytest.mark.proves("attack:A134")
def test_user_agent_reaches_neither_record_nor_log(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reply = post(stack, urlencode(stack.jwt(PERSONA)), User_Agent="\x1b[31mforged " + "u" * 20_000)
    assert reply.status == 303
    (record,) = stack.records("LAUNCH_DECISION")
    assert "forged" not in json.dumps(record.fields, default=str) + caplog.text + reply.body


def _spoilt(stack: Stack, place: str, value: str) -> dict[str, str]:
    if place == "RelayState":
        return stack.jwt(PERSONA) | {"RelayState": value}
    header = {"typ": "his-launch+jwt", "alg": "ES256", "kid": stack.his.keys.jwt.kid}
    claims = jwt_claims(stack.content(PERSONA), stack.clock.now())
    (header if place == "kid" else claims)[place] = value
    head, body = (encode_segment(json.dumps(part).encode()) for part in (header, claims))
    return {"token": f"{head}.{body}.{'A' * 86}"}
