"""How Hypothesis bends a good token: bytes anywhere, and parts that mean something."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from sandbox.his.tokens import encode_segment

_MARKUP = (
    b"<!--x-->",
    b"<?x?>",
    b"<!DOCTYPE a>",
    b"<![CDATA[x]]>",
    b"&#x41;",
    b"&amp;",
    b"&x;",
    b' ID="_a"',
    b' xmlns=""',
    b' xmlns:saml="urn:x"',
    b"<saml:Assertion/>",
    b"</saml:Assertion>",
    b"<ds:Signature/>",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\r\n",
)
_NAMES = ("alg", "kid", "typ", "crit", "b64", "jwk", "zip", "cty", "x5c")
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@st.composite
def bent(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document with pieces replaced, repeated, moved or put in."""
    raw = bytearray(good)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 60)))
        piece = bytes(raw[start:end])
        put = draw(st.sampled_from(_MARKUP) | st.binary(max_size=12) | st.just(piece * 2) | st.just(b""))
        raw[start:end] = put
        if draw(st.booleans()):
            there = draw(st.integers(0, len(raw)))
            raw[there:there] = piece
    return bytes(raw)


@st.composite
def segments(draw: st.DrawFn) -> bytes:
    """Three segments of JSON that is nearly right."""
    header = {"alg": "ES256", "kid": "k", "typ": "his-launch+jwt"}
    header |= draw(st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=3))
    claims = draw(st.dictionaries(st.text(max_size=6), _VALUES, max_size=4))
    parts = [encode_segment(json.dumps(part).encode()) for part in (header, claims)]
    parts.append(encode_segment(draw(st.binary(max_size=70))))
    parts += draw(st.lists(st.just("AA"), max_size=2))
    return ".".join(parts).encode("ascii")


INPUTS: Mapping[str, Callable[[bytes], st.SearchStrategy[bytes]]] = {
    "saml": lambda good: bent(good) | st.binary(max_size=300),
    "jwt": lambda good: bent(good) | segments() | st.binary(max_size=300),
}
