"""How Hypothesis bends a good token: bytes anywhere, and parts that mean something."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from lxml import etree

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
def grafted(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document whose elements are copied, moved, removed or named as others are."""
    root = etree.fromstring(good)
    for _ in range(draw(st.integers(1, 4))):
        every = list(root.iter(etree.Element))
        one, other = (draw(st.sampled_from(every)) for _ in range(2))
        match draw(st.sampled_from(["copy", "move", "remove", "name", "ID"])):
            case "copy":
                other.insert(draw(st.integers(0, len(other))), deepcopy(one))
            case "move" if one is not root and one not in other.iterancestors() and one is not other:
                other.append(one)
            case "remove":
                parent = one.getparent()
                if parent is not None:
                    parent.remove(one)
            case "name":
                one.tag = other.tag
            case "ID":
                identified = [str(each.get("ID")) for each in every if each.get("ID")]
                one.set(
                    draw(st.sampled_from(["ID", "Id", "AssertionID"])),
                    draw(st.sampled_from(identified or ["x"])),
                )
    return etree.tostring(root)


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
    "saml": lambda good: bent(good) | grafted(good) | st.binary(max_size=300),
    "jwt": lambda good: bent(good) | segments() | st.binary(max_size=300),
}
