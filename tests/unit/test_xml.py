"""The one XML parser, for tokens (plain) and for hospital answers."""

import pytest

from adapters.xml import ANSWER_LIMITS, TOKEN_LIMITS, XmlFault, XmlLimits, XmlRefusedError, parse_xml

MEGABYTE = 1_000_000


def _fault(raw: bytes, limits: XmlLimits = ANSWER_LIMITS, max_bytes: int = MEGABYTE) -> XmlFault:
    with pytest.raises(XmlRefusedError) as refused:
        parse_xml(raw, max_bytes=max_bytes, limits=limits)
    return refused.value.fault


@pytest.mark.parametrize("limits", [ANSWER_LIMITS, TOKEN_LIMITS])
def test_well_formed_document_gives_its_root(limits: XmlLimits) -> None:
    assert parse_xml(b"<a>x</a>", max_bytes=MEGABYTE, limits=limits).text == "x"


def test_document_of_exactly_the_cap_is_read_and_one_byte_more_refused() -> None:
    assert parse_xml(b"<a>x</a>", max_bytes=8).tag == "a"
    assert _fault(b"<a>xx</a>", max_bytes=8) is XmlFault.TOO_LARGE


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize(
    ("codec", "declared"),
    [("utf-8", "UTF-8"), ("latin-1", "ISO-8859-1"), ("cp1252", "windows-1252"), ("utf-16", "UTF-16")],
)
def test_answer_in_a_declared_encoding_keeps_its_letters(codec: str, declared: str) -> None:
    raw = f'<?xml version="1.0" encoding="{declared}"?><a>Zoë Ünal</a>'.encode(codec)
    assert parse_xml(raw, max_bytes=MEGABYTE).text == "Zoë Ünal"


@pytest.mark.proves("attack:A143")
def test_answer_that_lies_about_its_encoding_is_malformed() -> None:
    assert _fault('<?xml version="1.0" encoding="UTF-8"?><a>ë</a>'.encode("latin-1")) is XmlFault.MALFORMED


def test_comment_in_an_answer_cannot_cut_a_text_in_two() -> None:
    assert parse_xml(b"<a>12<!-- x -->34<?p q?>56<![CDATA[78]]></a>", max_bytes=MEGABYTE).text == "12345678"


@pytest.mark.parametrize(
    "raw",
    [b"<a><!-- x --></a>", b"<a/><!-- x -->", b"<!-- x --><a/>", b"<a><?p q?></a>", b'<a xmlns="rel"/>'],
)
def test_extra_node_or_relative_namespace_in_a_token_is_forbidden(raw: bytes) -> None:
    assert _fault(raw, TOKEN_LIMITS) is XmlFault.FORBIDDEN


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf<a/>",
        "<a/>".encode("utf-16"),
        b"<a>\xe9</a>",
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
        b"<a>\x00</a>",
    ],
)
def test_token_in_another_encoding_than_utf8_is_malformed(raw: bytes) -> None:
    assert _fault(raw, TOKEN_LIMITS) is XmlFault.MALFORMED


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("limits", [ANSWER_LIMITS, TOKEN_LIMITS])
@pytest.mark.parametrize(
    "raw",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x"><a/>',
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    ],
)
def test_document_type_is_forbidden(raw: bytes, limits: XmlLimits) -> None:
    assert _fault(raw, limits) is XmlFault.FORBIDDEN


@pytest.mark.parametrize(
    "raw",
    [
        b"<a>" * 200 + b"</a>" * 200,
        b"<a " + b" ".join(b"n%d=''" % n for n in range(65)) + b"/>",
        b"<a>" + b"<b/>" * 200 + b"<c " + b" ".join(b"n%d=''" % n for n in range(65)) + b"/></a>",
        b"<a " + b" ".join(b"xmlns:n%d='urn:%d'" % (n, n) for n in range(65)) + b"/>",
    ],
)
def test_answer_beyond_a_cap_is_forbidden(raw: bytes) -> None:
    assert _fault(raw) is XmlFault.FORBIDDEN


def test_more_elements_than_allowed_are_forbidden() -> None:
    limits = XmlLimits(depth=3, elements=10, attributes=1, namespaces=1, plain=False)
    assert len(parse_xml(b"<a>" + b"<b/>" * 9 + b"</a>", max_bytes=MEGABYTE, limits=limits)) == 9
    assert _fault(b"<a>" + b"<b/>" * 10 + b"</a>", limits) is XmlFault.FORBIDDEN


@pytest.mark.parametrize("raw", [b"", b" ", b"text", b"<a>", b"<a/><b/>", b"<a>" * 5000, b"{}"])
def test_what_is_not_well_formed_is_malformed_without_repeating_it(raw: bytes) -> None:
    assert _fault(raw) is XmlFault.MALFORMED


def test_refusal_does_not_repeat_the_document() -> None:
    with pytest.raises(XmlRefusedError) as refused:
        parse_xml(b"<a>999911120<", max_bytes=MEGABYTE)
    assert "999911120" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_shortest_attributes_are_counted_too() -> None:
    limits = XmlLimits(depth=3, elements=10, attributes=2, namespaces=1, plain=False)
    assert len(parse_xml(b"<a b='' c=''/>", max_bytes=MEGABYTE, limits=limits).attrib) == 2
    assert _fault(b"<a b='' c='' d=''/>", limits) is XmlFault.FORBIDDEN
    assert _fault("<a b='' c='' d=''/>".encode("utf-16"), limits) is XmlFault.FORBIDDEN
