"""What leaves the service or stays in it: never a token, a BSN or a name where it does not belong."""

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import inspect, text

from sandbox.his.launches import LaunchFault, applies
from sandbox.his.tokens import encode_segment, mint_jwt, mint_saml, new_es256_key, new_rsa_certificate
from sandbox.his.vendors import His
from tests.attack.expected import expected
from tests.attack.test_bad_inputs import fields_of
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]

PERSONA = "consent_given"
_PERSONAS = (
    PERSONA,
    "consent_refused",
    "unknown_in_hospital",
    "hospital_down",
    "birth_date_differs",
    "other_person",
)
_SHOWN = {"Date", "Content-Length"}
"""Headers that differ at every answer."""
_RANDOM = re.compile(r"(?<=ctx=)[^;]*|(?<=browser=)[^;]*|(?<=/c/)[^/]*|(?<=Expires=)[^;]*")


class Collector:
    """Everything that a run of launches lets out, and everything that it keeps."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.secrets: set[str] = set()
        self.said: list[str] = []

    def launch(self, browser: BrowserClient, fields: dict[str, str], persona: str = PERSONA) -> None:
        """Post, and follow to the pages when accepted. Only the pages of a record may hold names."""
        self._hide(fields, persona)
        posted = browser.launch(fields)
        self._hear(posted, whole=True)
        if posted.status != 303:
            return
        for page in ("", "uitslagen/lab", "zoeken", "status"):
            reply = browser.get(posted.location + page)
            self._hear(reply, whole=reply.status != 200)
            title = reply.body.partition("<title>")[2].partition("</title>")[0]
            self.said.append(title)

    def stored(self) -> Iterator[str]:
        """Every column of every row, as a reader of the database's files would see it."""
        with self.stack.product.services.database.read() as connection:
            for table in inspect(connection).get_table_names():
                for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608
                    for value in row:
                        yield value.decode("latin-1") if isinstance(value, bytes) else str(value)

    def _hear(self, reply: Reply, *, whole: bool) -> None:
        self.said += [f"{name}: {value}" for name, value in reply.headers.items()]
        if whole:
            self.said.append(reply.body)

    def _hide(self, fields: dict[str, str], persona: str) -> None:
        patient = self.stack.zis.personas[persona]
        self.secrets |= {patient.bsn, patient.name.family}
        for value in fields.values():
            self.secrets.add(value)
            self.secrets |= {part for part in value.split(".") if len(part) >= 40}


def run_everything(stack: Stack, collector: Collector) -> None:
    """Every launch that the sandbox can send, good and bad, and what a patient's record may answer."""
    for vendor in His:
        for fault in LaunchFault:
            if applies(fault, vendor) and fault is not LaunchFault.REPLAYED:
                collector.launch(stack.new_browser(), fields_of(stack, vendor, fault))
    for persona in _PERSONAS:
        collector.launch(stack.new_browser(), stack.jwt(persona), persona)
        collector.launch(stack.new_browser(), stack.saml(persona), persona)
    again = stack.saml(PERSONA)
    collector.launch(stack.new_browser(), again)
    collector.launch(stack.new_browser(), again)
    stack.zis.script(stack.zis.personas[PERSONA].bsn, "laboratory", ["fault", "drop", "malformed"])
    for _ in range(3):
        collector.launch(stack.new_browser(), stack.jwt(PERSONA))


@pytest.mark.proves("attack:A122")
def test_no_log_header_refusal_or_row_holds_a_token_a_bsn_or_a_name(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    collector = Collector(stack)
    run_everything(stack, collector)
    assert len(stack.records("LAUNCH_DECISION")) > 40
    said = "\n".join(collector.said)
    stored = "\n".join(collector.stored())
    assert len(collector.secrets) > 40
    for secret in collector.secrets:
        for place, content in (("log", caplog.text), ("answer", said), ("database", stored)):
            assert secret not in content, place


@pytest.mark.proves("attack:A122")
def test_token_in_an_address_is_refused_and_kept_nowhere(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = stack.jwt(PERSONA)["token"]
    browser, collector = stack.new_browser(), Collector(stack)
    replies = [
        browser.get(f"/cwz/launch?token={token[:1500]}"),
        browser.get(f"/cwz/launch/{token[:1500]}"),
        browser.get(f"/cwz/{token[:1500]}"),
        browser.get(f"/{token[:1500]}"),
        browser.get(f"/cwz/c/{token[:1500]}/"),
    ]
    assert [reply.status for reply in replies] == [405, 404, 404, 421, 404]
    stored = "\n".join(collector.stored())
    for reply in replies:
        assert token[:100] not in reply.body + str(dict(reply.headers))
    assert token[:100] not in caplog.text
    assert token[:100] not in stored
    assert not stack.zis.requests


@pytest.mark.proves("attack:A123")
@pytest.mark.parametrize("form", ["jwt", "saml"])
def test_accepted_post_leaves_nothing_that_a_refresh_or_a_history_could_send_again(
    stack: Stack, new_browser: Browsers, form: str
) -> None:
    browser = new_browser()
    posted = browser.launch(stack.jwt(PERSONA) if form == "jwt" else stack.saml(PERSONA))
    assert (posted.status, posted.body) == (303, "")
    assert posted.headers["Referrer-Policy"] == "no-referrer"
    assert re.fullmatch(r"/cwz/c/[A-Za-z0-9_-]{22}/", posted.location)
    page = browser.get(posted.location)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r'name="?(token|SAMLResponse)', page.body)
    assert [browser.get(posted.location).status for _ in range(2)] == [200, 200]


@pytest.mark.proves("attack:A124")
@pytest.mark.parametrize("destination", ["document", "iframe", "frame", "object", "embed"])
def test_no_answer_may_be_framed_or_opened_by_another_window(
    stack: Stack, new_browser: Browsers, destination: str
) -> None:
    browser = new_browser()
    place = browser.launch(stack.jwt(PERSONA)).location
    framed = {"Sec-Fetch-Dest": destination, "Sec-Fetch-Site": "cross-site"}
    for reply in (
        browser.get(place, framed),
        browser.get("/cwz/zoeken", framed),
        browser.launch({"token": "x"}),
    ):
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Frame-Options"] == "DENY"
        assert reply.headers["Cross-Origin-Opener-Policy"] == "same-origin"


# --- one answer for all that goes wrong before the signature


def masked(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """Status, headers and body without reference, time and code."""
    body = re.sub(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", "REFERENCE", reply.body)
    body = re.sub(r"L\d{3}", "CODE", re.sub(r"\d\d:\d\d(:\d\d)?", "TIME", body))
    headers = sorted(
        (name, _RANDOM.sub("", value)) for name, value in reply.headers.items() if name not in _SHOWN
    )
    return reply.status, tuple(headers), body


def _wrong_tokens(stack: Stack) -> Iterator[tuple[str, dict[str, str]]]:
    """Tokens that fail at the signature or on the way to it, by what is wrong."""
    keys, now = stack.his.keys, stack.clock.now()
    content = stack.content(PERSONA)
    good = mint_jwt(content, keys.jwt, now=now)
    head, body, signature = good.split(".")
    swapped = ("A" if signature[0] != "A" else "B") + signature[1:]
    yield "signature bent", {"token": f"{head}.{body}.{swapped}"}
    yield "signature of another", {"token": mint_jwt(content, new_es256_key(keys.jwt.kid), now=now)}
    yield "signature of zeros", {"token": f"{head}.{body}.{'A' * 86}"}
    yield "signature short", {"token": f"{head}.{body}.{signature[:40]}"}
    yield "no signature", {"token": f"{head}.{body}."}
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    other = encode_segment(json.dumps(claims | {"sub": "1"}).encode())
    yield "payload changed", {"token": f"{head}.{other}.{signature}"}
    bent: dict[str, dict[str, object]] = {
        "alg none": {"alg": "none"},
        "alg HS256": {"alg": "HS256"},
        "alg not the key's": {"alg": "ES384"},
        "kid unknown": {"kid": "nobody"},
        "typ": {"typ": "at+jwt"},
        "crit": {"crit": ["exp"]},
        "jwk": {"jwk": {"kty": "EC"}},
    }
    for name, header in bent.items():
        sent = encode_segment(
            json.dumps({"typ": "his-launch+jwt", "alg": "ES256", "kid": keys.jwt.kid} | header).encode()
        )
        yield name, {"token": f"{sent}.{body}.{signature}"}
    stranger = mint_jwt(stack.content(PERSONA, issuer="https://nobody.example/jwt"), keys.jwt, now=now)
    yield "issuer unknown", {"token": stranger}
    saml = stack.content(PERSONA, form="saml")
    impostor = new_rsa_certificate("Sandbox VIPLive")
    yield "SAML of an impostor", {"SAMLResponse": mint_saml(saml, impostor, now=now)}
    for fault in (
        LaunchFault.WRAPPED,
        LaunchFault.COMMENT_IN_BSN,
        LaunchFault.DOCTYPE,
        LaunchFault.BAD_SIGNATURE,
    ):
        yield f"SAML {fault}", fields_of(stack, His.VIPLIVE, fault)


@pytest.mark.proves("attack:A139")
def test_everything_that_is_wrong_up_to_the_signature_has_one_answer(stack: Stack) -> None:
    answers: dict[object, list[str]] = {}
    for name, fields in _wrong_tokens(stack):
        answers.setdefault(masked(stack.new_browser().launch(fields)), []).append(name)
    assert len(answers) == 1, list(answers.values())
    codes = {record.fields["code"] for record in stack.records("LAUNCH_DECISION")}
    assert codes >= {"L201", "L202", "L203", "L209", "L210", "L301"}
    assert not stack.zis.requests


@pytest.mark.proves("attack:A139")
def test_every_wrong_signature_has_one_code(stack: Stack) -> None:
    for name, fields in _wrong_tokens(stack):
        if "signature" in name or name in ("payload changed", "SAML bad_signature"):
            reply = stack.new_browser().launch(fields)
            code = stack.records("LAUNCH_DECISION")[-1].fields["code"]
            assert (reply.status, name, code) == (
                expected("signature-wrong").http,
                name,
                expected("signature-wrong").code,
            )
