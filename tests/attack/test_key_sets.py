"""Attacks on published keys, posted to the whole product: its code, its one record, and nothing else."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from sandbox.his.content import new_es256_key
from sandbox.his.tokens import mint_jwt
from tests.attack.expected import expected
from tests.key_set_launches import ACCEPTED, PERSONA, issuer_of, launch, refresh, register
from tests.stack import Stack
from tests.vendor_server import Answer, VendorServer

FIRST, SECOND = new_es256_key("jwks-first"), new_es256_key("jwks-second")


@pytest.fixture
def vendor() -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.publish(FIRST)
        yield server


def answer_to(row: str) -> tuple[int | None, str | None]:
    wanted = expected(row)
    return wanted.http, wanted.code


@pytest.mark.proves("feature:A01")
def test_the_sandbox_portal_launches_with_the_key_set_that_it_publishes(stack: Stack) -> None:
    register(stack, f"{stack.his.url}/jwks.json")
    content = stack.content(PERSONA, issuer=issuer_of(stack))
    page = stack.new_browser().open({"token": mint_jwt(content, stack.his.keys.jwt, now=stack.clock.now())})
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body


@pytest.mark.proves("attack:A118")
def test_a_rotation_rehearsed_with_overlap_refuses_nobody_until_the_old_key_is_gone(
    stack: Stack, vendor: VendorServer
) -> None:
    register(stack, vendor.jwks_url)
    assert launch(stack, FIRST) == ACCEPTED
    vendor.publish(FIRST, SECOND)
    stack.clock.advance(timedelta(minutes=1))
    assert (launch(stack, FIRST), launch(stack, SECOND)) == (ACCEPTED, ACCEPTED)
    vendor.publish(SECOND)
    stack.clock.advance(timedelta(minutes=15))
    refresh(stack)
    assert launch(stack, SECOND) == ACCEPTED
    assert launch(stack, FIRST) == answer_to("A118-removed")


@pytest.mark.proves("attack:A118")
def test_the_next_key_before_its_start_is_refused_and_accepted_from_then_on(
    stack: Stack, vendor: VendorServer
) -> None:
    start = int(stack.clock.now().timestamp()) + 60
    vendor.publish(FIRST, {**SECOND.public_jwk, "nbf": start})
    register(stack, vendor.jwks_url)
    assert launch(stack, SECOND) == answer_to("A118-early")
    stack.clock.advance(timedelta(seconds=60))
    assert launch(stack, SECOND) == ACCEPTED


@pytest.mark.proves("attack:A118")
def test_a_new_key_under_an_old_kid_does_not_verify(stack: Stack, vendor: VendorServer) -> None:
    register(stack, vendor.jwks_url)
    imposter = new_es256_key(FIRST.kid)
    refresh(stack)
    vendor.publish(imposter)
    stack.clock.advance(timedelta(hours=1))
    refresh(stack)
    assert launch(stack, imposter) == answer_to("A118-reused")
    assert launch(stack, FIRST) == ACCEPTED


SETS: Mapping[str, tuple[dict[str, object], ...]] = {
    "A016": ({**FIRST.public_jwk}, {**SECOND.public_jwk, "kid": FIRST.kid}),
    "A017": ({**FIRST.public_jwk}, {"kty": "RSA", "kid": "weak", "e": "AQAB", "n": "_" * 171}),
    "A018": ({**FIRST.public_jwk}, {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}),
    "A119": ({**FIRST.public_jwk}, {**SECOND.public_jwk, "d": "AQ"}),
}


@pytest.mark.proves("attack:A016")
@pytest.mark.proves("attack:A017")
@pytest.mark.proves("attack:A018")
@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize("row", SETS)
def test_a_set_with_one_bad_key_verifies_nothing(stack: Stack, vendor: VendorServer, row: str) -> None:
    vendor.publish(*SETS[row])
    register(stack, vendor.jwks_url)
    assert launch(stack, FIRST) == answer_to(row)


@pytest.mark.proves("attack:A119")
def test_a_vendor_that_is_down_for_a_day_is_refused_as_temporary(stack: Stack, vendor: VendorServer) -> None:
    register(stack, vendor.jwks_url)
    refresh(stack)
    vendor.answer_keys(Answer(b"<html>", status=503, content_type="text/html"))
    stack.clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    refresh(stack)
    assert launch(stack, FIRST) == ACCEPTED
    stack.clock.advance(timedelta(microseconds=1))
    assert launch(stack, SECOND) == answer_to("A119")


@pytest.mark.proves("attack:A119")
def test_launches_with_unknown_kids_cause_one_question_to_the_vendor(
    stack: Stack, vendor: VendorServer
) -> None:
    register(stack, vendor.jwks_url)
    refresh(stack)
    stack.clock.advance(timedelta(seconds=30))
    for number in range(20):
        assert launch(stack, new_es256_key(f"flood-{number}")) == answer_to("A119-flood")
    assert len(vendor.asked) == 2
    assert launch(stack, FIRST) == ACCEPTED


@pytest.mark.proves("attack:A014")
def test_the_published_key_of_another_vendor_is_no_key_of_this_one(
    stack: Stack, vendor: VendorServer
) -> None:
    register(stack, vendor.jwks_url)
    vendor.answers["/other.json"] = Answer(json.dumps({"keys": [dict(SECOND.public_jwk)]}).encode())
    register(stack, f"{vendor.url}/other.json", "other")
    assert launch(stack, SECOND, "other") == ACCEPTED
    assert launch(stack, FIRST, "other") == answer_to("A014")


@pytest.mark.proves("attack:A009")
@pytest.mark.parametrize("name", ["jku", "x5u"])
@pytest.mark.parametrize("issuer", ["jwks", "stranger"])
def test_an_address_in_a_token_is_never_asked(
    stack: Stack, vendor: VendorServer, name: str, issuer: str
) -> None:
    register(stack, f"{stack.his.url}/jwks.json")
    content = stack.content(PERSONA, issuer=issuer_of(stack, issuer))
    token = mint_jwt(content, FIRST, now=stack.clock.now(), header={name: vendor.jwks_url})
    reply = stack.new_browser().launch({"token": token})
    assert reply.status == expected("A009").http
    (record,) = stack.records("LAUNCH_DECISION")
    assert record.fields["code"] == expected("A009").code
    assert vendor.connections == 0
