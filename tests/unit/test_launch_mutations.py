"""Whatever one changes in a signed token without the vendor's key, it is refused and nothing else."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from sandbox.his.tokens import encode_segment, mint_jwt, mint_saml
from tests.launch_stage import SAML_ISSUER, Stage, certificate, jwt_key

STAGE = Stage()
TOKEN = mint_jwt(STAGE.content(), jwt_key(), now=STAGE.now)
RESPONSE = mint_saml(STAGE.content(SAML_ISSUER), certificate(), now=STAGE.now)
HEAD, BODY, SIGNATURE = TOKEN.split(".")
CLAIMS: dict[str, Any] = json.loads(base64.urlsafe_b64decode(BODY + "=="))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _is_refused(text: str, form: TokenForm = TokenForm.JWT) -> bool:
    with pytest.raises(LaunchRefusedError):
        STAGE.verify(text, form)
    return True


@given(name=st.sampled_from(sorted(CLAIMS)) | st.text(max_size=10), value=json_values)
@settings(max_examples=150, deadline=None)
def test_any_changed_claim_is_refused(name: str, value: object) -> None:
    changed = CLAIMS | {name: value}
    if changed == CLAIMS and repr(changed) == repr(CLAIMS):
        return
    body = encode_segment(json.dumps(changed).encode())
    assert _is_refused(f"{HEAD}.{body}.{SIGNATURE}")


@given(position=st.integers(0, len(TOKEN) - 1), character=st.characters(max_codepoint=0x2FF))
@settings(max_examples=200, deadline=None)
def test_any_changed_character_of_a_jwt_is_refused(position: int, character: str) -> None:
    if TOKEN[position] == character:
        return
    assert _is_refused(TOKEN[:position] + character + TOKEN[position + 1 :])


@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()))
@settings(max_examples=200, deadline=None)
def test_any_other_text_is_refused_in_both_fields(text: str) -> None:
    assert _is_refused(text)
    assert _is_refused(text, TokenForm.SAML)


@given(
    header=json_values | st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit"]), json_values),
    claims=json_values | st.dictionaries(st.sampled_from(sorted(CLAIMS)), json_values),
)
@settings(max_examples=200, deadline=None)
def test_any_json_in_header_and_payload_is_refused(header: object, claims: object) -> None:
    head, body = (encode_segment(json.dumps(each).encode()) for each in (header, claims))
    assert _is_refused(f"{head}.{body}.{SIGNATURE}")


SIGNED_BYTES = base64.b64decode(RESPONSE)
SIGNED_FROM = SIGNED_BYTES.index(b"<saml:Assertion")


@given(position=st.integers(SIGNED_FROM, len(SIGNED_BYTES) - 30), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_of_an_assertion_is_refused_or_means_the_same(position: int, byte: int) -> None:
    if SIGNED_BYTES[position] == byte:
        return
    changed = SIGNED_BYTES[:position] + bytes([byte]) + SIGNED_BYTES[position + 1 :]
    try:
        launch = STAGE.verify_saml(base64.b64encode(changed).decode())
    except LaunchRefusedError:
        return
    # Canonicalisation forgives white space inside tags and quotes; the content is the signed one.
    assert launch == STAGE.verify_saml(RESPONSE)
