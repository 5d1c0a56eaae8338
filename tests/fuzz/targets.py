"""What is fuzzed: the readers of bytes that anybody can send, before any signature is verified.

A target takes bytes and says nothing. Whatever else than a refusal comes out of a reader, or whatever it
lets through that breaks its own promise, is a finding.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from lxml import etree

from launch import saml_grammar as grammar
from launch.errors import LaunchRefusedError
from launch.jose_decoder import HEADER_NAMES, decode_compact
from launch.saml_token import MAX_DECODED_BYTES, decode_saml
from sandbox.his.tokens import mint_jwt, mint_saml
from tests.launch_stage import SAML_ISSUER, Stage, certificate, jwt_key

Target = Callable[[bytes], None]


def read_saml(raw: bytes) -> None:
    """The pre-check of a SAML Response."""
    with suppress(LaunchRefusedError):
        document = decode_saml(base64.b64encode(raw).decode("ascii"))
        root, shape = document.root, document.shape
        assert document.raw == raw
        assert len(raw) <= MAX_DECODED_BYTES
        assert b"<!DOCTYPE" not in raw
        assert shape.assertion_signed or shape.response_signed or shape.encrypted
        assert len(list(root.iter(grammar.ASSERTION))) <= 1
        assert not list(root.iter(etree.Comment, etree.ProcessingInstruction))
        if not shape.encrypted:
            (assertion,) = root.findall(grammar.ASSERTION)
            assert assertion.get("ID") == shape.assertion_id
            same = [each for each in root.iter() if shape.assertion_id in each.attrib.values()]
            assert [each for each in same if "ID" in each.attrib] == [assertion]


def read_jwt(raw: bytes) -> None:
    """The decoder of a compact JWT."""
    with suppress(LaunchRefusedError):
        text = raw.decode("latin-1")
        token = decode_compact(text)
        head, body, _ = text.split(".")
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", text)
        assert base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)) == token.payload
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        assert set(header) <= HEADER_NAMES
        assert (header["alg"], header["kid"]) == (token.algorithm, token.key_id)
        assert json.loads(token.payload) == dict(token.claims)


TARGETS: Mapping[str, Target] = {"saml": read_saml, "jwt": read_jwt}


def seeds() -> Mapping[str, bytes]:
    """A good token for each target, from which the fuzzer starts."""
    stage = Stage()
    response = mint_saml(stage.content(SAML_ISSUER), certificate(), now=stage.now)
    token = mint_jwt(stage.content(), jwt_key(), now=stage.now)
    return {"saml": base64.b64decode(response), "jwt": token.encode("ascii")}
