"""What it costs to refuse: a flood of unsigned tokens, and documents that are made to be dear (A115, A132).

CPU time of this process, each figure beside that of one raw ES256 verification in the same run, so that
it says the same on any machine. `pytest -s` prints them.
"""

import json
import sys
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from launch.errors import LaunchRefusedError
from launch.floods import RECORDS_PER_MINUTE
from launch.form import MEDIA_TYPE
from launch.submission import Submission
from sandbox.his.tokens import encode_saml, encode_segment, jwt_claims
from tests.attack import saml_makers
from tests.attack.cases import Maker
from tests.attack.test_bad_inputs import count_rows
from tests.launch_stage import Stage, jwt_key
from tests.stack import Stack as Product

FLOOD = 500
BOMB_SECONDS = 0.05
_LIMIT_SECONDS = 0.001
"""What one refusal may cost on a machine that verifies ES256 in ``_VERIFY_SECONDS``."""
_VERIFY_SECONDS = 0.00005
_RATIO = _LIMIT_SECONDS / _VERIFY_SECONDS


def say(figure: str) -> None:
    """Shown by ``pytest -s``."""
    sys.stdout.write(figure + "\n")


def cpu_of(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one call, the best of three rounds."""
    rounds = []
    for _ in range(3):
        began = time.process_time()
        for _ in range(times):
            work()
        rounds.append((time.process_time() - began) / times)
    return min(rounds)


def raw_verification() -> float:
    """CPU seconds of one ES256 verification by the library alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed = key.sign(b"x" * 800, ec.ECDSA(hashes.SHA256()))
    public = key.public_key()
    return cpu_of(lambda: public.verify(signed, b"x" * 800, ec.ECDSA(hashes.SHA256())), 200)


def unsigned_token(stage: Stage, **header: object) -> str:
    """Everything right but the signature, which is of the right length."""
    head = {"typ": "his-launch+jwt", "alg": "ES256", "kid": jwt_key().kid} | header
    claims = jwt_claims(stage.content(), stage.now)
    parts = (encode_segment(json.dumps(part).encode()) for part in (head, claims))
    return ".".join((*parts, "A" * 86))


_CHEAP: dict[str, dict[str, object]] = {
    "signature of zeros": {},
    "kid unknown": {"kid": "nobody"},
    "alg none": {"alg": "none"},
    "alg HS256": {"alg": "HS256"},
    "header strange": {"crit": ["x"]},
}


@pytest.mark.proves("attack:A132")
@pytest.mark.parametrize("kind", list(_CHEAP))
def test_unsigned_token_costs_a_few_raw_verifications_at_most(kind: str) -> None:
    stage = Stage()
    token = unsigned_token(stage, **_CHEAP[kind])

    def refuse() -> None:
        with pytest.raises(LaunchRefusedError):
            stage.verify(token)

    verification, refusal = raw_verification(), cpu_of(refuse, 200)
    say(f"{kind}: {refusal * 1e6:.0f} us, {refusal / verification:.1f} raw ES256 verifications")
    assert refusal / verification < _RATIO


def flooded(product: Product, number: int) -> float:
    """So many tokens that differ only in their id, through the whole door. :returns: CPU seconds of one."""
    services = product.product.services
    hospital = services.hospitals["cwz"]
    head = product.jwt("consent_given")["token"].partition(".")[0]
    claims = jwt_claims(product.content("consent_given"), product.clock.now())
    bodies = [
        f"token={head}.{encode_segment(json.dumps(claims | {'jti': f'{each:032x}'}).encode())}.{'A' * 86}"
        for each in range(number)
    ]
    began = time.process_time()
    for body in bodies:
        sent = Submission(MEDIA_TYPE, None, b"", body.encode(), product.his.url, None)
        with pytest.raises(LaunchRefusedError):
            services.door.receive(hospital, sent)
    return (time.process_time() - began) / number


@pytest.mark.proves("attack:A115")
@pytest.mark.proves("attack:A132")
def test_flood_of_unsigned_tokens_costs_little_and_leaves_one_minutes_records(stack: Product) -> None:
    flooded(stack, RECORDS_PER_MINUTE)
    refusal, verification = flooded(stack, FLOOD), raw_verification()
    say(f"door: {refusal * 1e6:.0f} us, {refusal / verification:.1f} raw ES256 verifications")
    assert refusal / verification < _RATIO
    assert set(count_rows(stack).values()) == {0}
    assert len(stack.records("LAUNCH_DECISION")) == RECORDS_PER_MINUTE
    assert not stack.records("REFUSALS_SUMMARISED")
    stack.clock.advance(60)
    flooded(stack, 1)
    (summary,) = stack.records("REFUSALS_SUMMARISED")
    assert summary.fields["count"] == FLOOD
    assert len(stack.records("LAUNCH_DECISION")) == RECORDS_PER_MINUTE + 1
    assert not stack.zis.requests


# --- bombs


def _padded(filling: Callable[[int], str], size: int) -> Maker:
    """A Response with so many bytes of ``filling`` where its Status stands, within the size limit."""

    def make(stage: Stage) -> str:
        raw = saml_makers.genuine(stage)
        room = max(0, size - len(raw))
        return encode_saml(raw.replace(b"<saml:Assertion", filling(room).encode() + b"<saml:Assertion", 1))

    return make


def _prefixed(doctype: bytes) -> Maker:
    return saml_makers.raw(lambda signed: doctype + signed)


_LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>" + b"".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>".encode() for n in range(1, 12)
)
_FULL = 47 * 1024
_XML_BOMBS: dict[str, Maker] = {
    "billion laughs": _prefixed(_LAUGHS + b"]>"),
    "quadratic": _prefixed(b"<!DOCTYPE x [<!ENTITY a '" + b"a" * 30_000 + b"'>]>"),
    "cyclic": _prefixed(b"<!DOCTYPE x [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>"),
    "deep": _padded(lambda room: "<a>" * (room // 7) + "</a>" * (room // 7), _FULL),
    "siblings": _padded(lambda room: "<a/>" * (room // 4), _FULL),
    "attributes": _padded(lambda room: "<a " + " ".join(f'b{n}=""' for n in range(room // 10)) + "/>", _FULL),
    "namespaces": _padded(
        lambda room: "<a " + " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(room // 25)) + "/>", _FULL
    ),
    "namespaces in scope": _padded(
        lambda room: "".join(f'<a xmlns:n{n}="urn:{n}">' for n in range(room // 30)) + "</a>" * (room // 30),
        _FULL,
    ),
    "transforms": saml_makers.replaced(
        b"<ds:Transforms>",
        b"<ds:Transforms>" + b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>' * 500,
    ),
    "too large": _padded(lambda room: "a" * room, 200_000),
    "text": _padded(lambda room: "a" * room, _FULL),
}
_JSON_BOMBS: dict[str, bytes] = {
    "deep": b"[" * 8000,
    "deep object": b'{"a":' * 1600,
    "number": b'{"exp":' + b"9" * 8000 + b"}",
    "exponent": b'{"exp":1e999999999}',
    "escapes": b'{"a":"' + b"\\u0041" * 1300 + b'"}',
    "quotes": b'{"a":"' + b'\\"' * 4000,
    "names": b"{" + b",".join(b'"%d":0' % n for n in range(900)) + b"}",
    "white space": b"{" + b" " * 8000 + b"}",
}


@pytest.mark.proves("attack:A091")
@pytest.mark.proves("attack:A092")
@pytest.mark.parametrize("kind", list(_XML_BOMBS))
def test_document_made_to_be_dear_is_refused_cheaply(kind: str) -> None:
    stage = Stage()
    bomb = _XML_BOMBS[kind](stage)

    def refuse() -> None:
        with pytest.raises(LaunchRefusedError):
            stage.verify_saml(bomb)

    spent = cpu_of(refuse, 1)
    say(f"{kind}: {spent * 1000:.1f} ms")
    assert spent < BOMB_SECONDS


@pytest.mark.proves("attack:A033")
@pytest.mark.proves("attack:A040")
@pytest.mark.parametrize("kind", list(_JSON_BOMBS))
@pytest.mark.parametrize("place", ["header", "payload"])
def test_json_made_to_be_dear_is_refused_cheaply(kind: str, place: str) -> None:
    stage = Stage()
    head, body, signature = unsigned_token(stage).split(".")
    bomb = encode_segment(_JSON_BOMBS[kind])
    token = f"{bomb}.{body}.{signature}" if place == "header" else f"{head}.{bomb}.{signature}"

    def refuse() -> None:
        with pytest.raises(LaunchRefusedError):
            stage.verify(token)

    spent = cpu_of(refuse, 1)
    say(f"{kind}: {spent * 1000:.1f} ms")
    assert spent < BOMB_SECONDS
