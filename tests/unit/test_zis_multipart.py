"""A multipart answer is taken apart exactly, or refused; no address in it is ever looked up."""

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.zis.documents import multipart
from adapters.zis.documents.multipart import MAX_PARTS, Package, open_package, read_media_type
from adapters.zis.errors import SourceError
from context.outcome import FailureCause
from tests.document_messages import BOUNDARY, MULTIPART, document_part, package, part, root_part

ROOT = b"<e/>"
TYPE = read_media_type(MULTIPART)


def opened(*parts: bytes, content_type: str = MULTIPART) -> Package:
    return open_package(read_media_type(content_type), package(*parts))


def refused(body: bytes, content_type: str = MULTIPART) -> FailureCause:
    with pytest.raises(SourceError) as caught:
        open_package(read_media_type(content_type), body)
    return caught.value.cause


def test_parts_are_found_by_their_content_id() -> None:
    found = opened(root_part(ROOT), document_part(b"%PDF"))
    assert (found.root, found.include("cid:doc%40hospital")) == (ROOT, b"%PDF")


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("Content-ID: <a@urn:ihe:iti>", "cid:a@urn%3Aihe%3Aiti"),
        ("Content-ID: <a@urn%3Aihe%3Aiti>", "cid:a@urn%3Aihe%3Aiti"),
        ("Content-ID: <http://tempuri.org/1/6>", "cid:http%3A%2F%2Ftempuri.org%2F1%2F6"),
    ],
)
def test_addresses_of_every_maker_lead_to_their_part(header: str, address: str) -> None:
    assert opened(root_part(ROOT), part(b"%PDF", header)).include(address) == b"%PDF"


def test_start_names_the_root_wherever_it_stands() -> None:
    assert opened(document_part(b"%PDF"), root_part(ROOT)).root == ROOT


def test_without_start_the_first_part_is_the_root() -> None:
    content_type = f'multipart/related; boundary="{BOUNDARY}"'
    assert opened(root_part(ROOT), document_part(b"x"), content_type=content_type).root == ROOT


def test_preamble_and_epilogue_are_left_out() -> None:
    body = b"preamble\r\n" + package(root_part(ROOT)) + b"epilogue"
    assert open_package(TYPE, body).root == ROOT


def test_text_that_only_begins_like_a_delimiter_is_content() -> None:
    content = f"a\r\n--{BOUNDARY}x\r\nb".encode()
    assert opened(root_part(ROOT), document_part(content)).include("cid:doc@hospital") == content


@pytest.mark.parametrize(
    ("encoding", "encoded"),
    [
        ("binary", bytes(range(256))),
        ("8bit", bytes(range(256))),
        ("base64", base64.encodebytes(bytes(range(256))).replace(b"\n", b"\r\n")),
        ("quoted-printable", quopri.encodestring(bytes(range(256)))),
    ],
)
def test_transfer_encodings_are_undone(encoding: str, encoded: bytes) -> None:
    document = part(encoded, "content-id: <doc>", f"Content-Transfer-Encoding: {encoding}")
    assert opened(root_part(ROOT), document).include("cid:doc") == bytes(range(256))


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        ROOT,
        package(),
        package(root_part(ROOT), end=b""),
        package(root_part(ROOT))[:-4],
        package(part(ROOT, "Content-Type: application/xop+xml")),
        package(part(ROOT, "Content-ID: <root@hospital>")),
        package(part(ROOT, "Content-Type: text/html", "Content-ID: <root@hospital>")),
        package(root_part(ROOT), root_part(ROOT)),
        package(root_part(ROOT), part(b"x", "Content-ID: no brackets")),
        package(root_part(ROOT), part(b"x", "Content-ID: <a>", "Content-ID: <b>")),
        package(root_part(ROOT), part(b"x", "Content-Transfer-Encoding: x-uuencode")),
        package(root_part(ROOT), part(b"@@@@", "Content-Transfer-Encoding: base64")),
        package(root_part(ROOT), part(b"x", "no colon")),
        package(root_part(ROOT), part(b"x", "X: " + "a" * 9000)),
        package(root_part(ROOT), part(b"x", *(f"X{number}: a" for number in range(40)))),
        package(root_part(ROOT), part(b"x", "X: \x01")),
        package(root_part(ROOT), b"x"),
        package(root_part(ROOT), *[part(b"x")] * MAX_PARTS),
    ],
)
def test_body_that_is_not_clear_is_malformed(body: bytes) -> None:
    assert refused(body) is FailureCause.MALFORMED


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/related",
        'multipart/related; boundary=""',
        f'multipart/related; boundary="{"a" * 71}"',
        'multipart/related; boundary="a\u20ac"',
        f'multipart/mixed; boundary="{BOUNDARY}"',
        f'multipart/related; boundary="{BOUNDARY}"; start="<nobody>"',
    ],
)
def test_content_type_that_is_not_clear_is_malformed(content_type: str) -> None:
    assert refused(package(root_part(ROOT)), content_type) is FailureCause.MALFORMED


@pytest.mark.parametrize("text", ["", "nothing", "a/b; c", "a/b; c=d; c=e", 'a/b; c="d', "a/b; =d", "a/b c"])
def test_media_type_that_cannot_be_read_is_malformed(text: str) -> None:
    with pytest.raises(SourceError):
        read_media_type(text)


def test_part_larger_than_a_document_may_be_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "MAX_PART_BYTES", 10)
    assert refused(package(root_part(ROOT), document_part(b"x" * 11))) is FailureCause.TOO_LARGE


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "doc@hospital",
        "cid:other",
        "cid:%FF",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "CID:doc@hospital",
    ],
)
def test_address_that_is_no_part_is_malformed(address: str) -> None:
    found = opened(root_part(ROOT), document_part(b"x"))
    with pytest.raises(SourceError) as caught:
        found.include(address)
    assert caught.value.cause is FailureCause.MALFORMED


@given(contents=st.lists(st.binary(max_size=200), max_size=5))
def test_every_content_comes_out_as_it_went_in(contents: list[bytes]) -> None:
    marker = f"--{BOUNDARY}".encode()
    contents = [content.replace(marker, b"") for content in contents]
    parts = [part(content, f"Content-ID: <p{number}>") for number, content in enumerate(contents)]
    found = opened(root_part(ROOT), *parts)
    assert [found.parts[f"p{number}"] for number in range(len(contents))] == contents


@given(
    body=st.binary(max_size=400)
    | st.lists(
        st.sampled_from(
            [
                b"\r\n",
                f"--{BOUNDARY}".encode(),
                b"--",
                b" ",
                b"\r\n\r\n",
                b"Content-ID: <root@hospital>",
                b"Content-Type: text/xml",
                b"x",
                b":",
            ]
        ),
        max_size=30,
    ).map(b"".join)
)
@pytest.mark.proves("attack:A143")
def test_no_body_does_anything_but_open_or_be_refused(body: bytes) -> None:
    try:
        found = open_package(TYPE, body)
    except SourceError:
        return
    assert sum(map(len, found.parts.values())) <= len(body)


@given(
    content_type=st.text(max_size=100)
    | st.from_regex(r"[a-z]+/[a-z]+(; *[a-z]+=\"?[a-z<>\\]*\"?)*", fullmatch=True)
)
def test_no_media_type_does_anything_but_be_read_or_refused(content_type: str) -> None:
    try:
        assert "/" in read_media_type(content_type).name
    except SourceError:
        return
