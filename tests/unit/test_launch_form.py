"""The launch form takes exactly one token field from the body (architecture.md D1, attacks A127, A128)."""

import pytest

from context.codes import RefusalCode
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.form import (
    MAX_BODY_BYTES,
    MEDIA_TYPE,
    TicketField,
    TokenField,
    parse_launch_form,
    parse_message_form,
    parse_ticket_form,
)


def refusal(media_type: str, body: bytes, query: bytes = b"", charset: str | None = None) -> RefusalCode:
    with pytest.raises(LaunchRefusedError) as caught:
        parse_launch_form(media_type, charset, query, body)
    return caught.value.code


@pytest.mark.parametrize(
    ("body", "form", "text"),
    [
        (b"token=a.b.c", TokenForm.JWT, "a.b.c"),
        (b"SAMLResponse=PHg%2B&RelayState=x", TokenForm.SAML, "PHg+"),
    ],
)
def test_one_token_field_is_taken(body: bytes, form: TokenForm, text: str) -> None:
    field = parse_launch_form(MEDIA_TYPE, None, b"", body)
    assert isinstance(field, TokenField)
    assert (field.form, field.text) == (form, text)


def test_ticket_takes_the_place_of_a_token_and_is_not_in_its_repr() -> None:
    field = parse_launch_form(MEDIA_TYPE, None, b"", b"ticket=abc")
    assert field == TicketField("abc")
    assert "abc" not in repr(field)


@pytest.mark.parametrize(
    ("body", "relay_state"),
    [
        (b"SAMLResponse=a", None),
        (b"SAMLResponse=a&RelayState=s", "s"),
        (b"SAMLResponse=a&RelayState=s&RelayState=t", None),
    ],
)
def test_relay_state_is_kept_when_it_stands_there_once(body: bytes, relay_state: str | None) -> None:
    field = parse_launch_form(MEDIA_TYPE, None, b"", body)
    assert isinstance(field, TokenField)
    assert field.relay_state == relay_state


_ASSERTED = (
    b"&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=x.y.z"
)


@pytest.mark.parametrize(("name", "form"), [(b"token", TokenForm.JWT), (b"SAMLResponse", TokenForm.SAML)])
def test_ticket_form_holds_one_token_and_one_assertion(name: bytes, form: TokenForm) -> None:
    asked = parse_ticket_form(MEDIA_TYPE, None, b"", name + b"=abc" + _ASSERTED)
    assert (asked.token.form, asked.token.text, asked.assertion) == (form, "abc", "x.y.z")
    assert "x.y.z" not in repr(asked)


@pytest.mark.proves("attack:A128")
@pytest.mark.parametrize(
    "body",
    [
        b"token=a",
        _ASSERTED,
        b"ticket=a" + _ASSERTED,
        b"token=a&SAMLResponse=b" + _ASSERTED,
        b"token=a" + _ASSERTED + b"&client_assertion=x.y.z",
        b"token=a" + _ASSERTED + b"&client_assertion_type=other",
        b"token=a" + _ASSERTED.replace(b"jwt-bearer", b"saml2-bearer"),
        b"token=a" + _ASSERTED.replace(b"x.y.z", b""),
    ],
)
def test_anything_but_one_token_and_one_assertion_is_l101(body: bytes) -> None:
    with pytest.raises(LaunchRefusedError) as caught:
        parse_ticket_form(MEDIA_TYPE, None, b"", body)
    assert caught.value.code is RefusalCode.TOKEN_FIELDS_WRONG


@pytest.mark.proves("attack:A128")
@pytest.mark.parametrize("body", [b"", b"token=", b"token=a&token=a", b"SAMLResponse=a", b"ticket=a"])
def test_message_form_holds_one_token(body: bytes) -> None:
    assert parse_message_form(MEDIA_TYPE, None, b"", b"token=a.b.c") == "a.b.c"
    with pytest.raises(LaunchRefusedError) as caught:
        parse_message_form(MEDIA_TYPE, None, b"", body)
    assert caught.value.code is RefusalCode.TOKEN_FIELDS_WRONG


def test_repr_of_a_token_field_does_not_hold_the_token() -> None:
    assert "a.b.c" not in repr(parse_launch_form(MEDIA_TYPE, "utf-8", b"", b"token=a.b.c"))


@pytest.mark.proves("attack:A128")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"token=",
        b"other=1",
        b"token=a.b.c&SAMLResponse=x",
        b"token=a&token=a",
        b"token=a&token=b",
        b"token[]=a",
        b"ticket=",
        b"ticket=a&ticket=a",
        b"ticket=a&token=b",
        b"token=%FF%FE",
        b"token=\xff",
        b"&".join(b"a%d=1" % number for number in range(20)) + b"&token=a",
    ],
)
def test_anything_but_one_token_field_is_l101(body: bytes) -> None:
    assert refusal(MEDIA_TYPE, body) is RefusalCode.TOKEN_FIELDS_WRONG


@pytest.mark.proves("attack:A127")
@pytest.mark.parametrize("media_type", ["", "application/json", "multipart/form-data", "text/plain"])
def test_another_media_type_is_l101(media_type: str) -> None:
    assert refusal(media_type, b"token=a.b.c") is RefusalCode.TOKEN_FIELDS_WRONG


@pytest.mark.proves("attack:A127")
def test_another_charset_is_l101() -> None:
    assert refusal(MEDIA_TYPE, b"token=a.b.c", charset="utf-16") is RefusalCode.TOKEN_FIELDS_WRONG


@pytest.mark.proves("attack:A128")
def test_a_query_string_is_l101_whatever_it_holds() -> None:
    assert refusal(MEDIA_TYPE, b"token=a.b.c", query=b"x=1") is RefusalCode.TOKEN_FIELDS_WRONG


def test_a_body_over_the_limit_is_l102_and_the_limit_itself_is_not() -> None:
    body = b"token=" + b"a" * (MAX_BODY_BYTES - 6)
    taken = parse_launch_form(MEDIA_TYPE, None, b"", body)
    assert isinstance(taken, TokenField)
    assert len(taken.text) == MAX_BODY_BYTES - 6
    assert refusal(MEDIA_TYPE, body + b"a") is RefusalCode.TOO_LARGE
