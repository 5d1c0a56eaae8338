"""The forms that bring a token: exactly one token field, in the body, nothing of it in the URL (D1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl

from context.codes import RefusalCode
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError

MAX_BODY_BYTES = 64 * 1024
MEDIA_TYPE = "application/x-www-form-urlencoded"
TICKET = "ticket"
ID_TOKEN = "id_token"  # noqa: S105 - the name of a field
_MAX_FIELDS = 16
_FORM_OF_FIELD: Mapping[str, TokenForm] = MappingProxyType(
    {"token": TokenForm.JWT, "SAMLResponse": TokenForm.SAML}
)
_RELAY_STATE = "RelayState"
_STATE, _ERROR = "state", "error"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Pairs = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TokenField:
    """:param text: the token as sent; kept out of ``repr`` so that no log can hold it.
    :param relay_state: what stands beside a SAML response, None unless it stands there once. Never where
        to go to: it only finds the request of ours that the response answers (A121).
    """

    form: TokenForm
    text: str
    relay_state: str | None = None

    def __repr__(self) -> str:
        return f"TokenField({self.form}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class TicketField:
    """:param code: as sent."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A HIS's back end asks for a ticket.

    :param assertion: the JWT by which it authenticates itself (RFC 7523 section 2.2).
    """

    token: TokenField
    assertion: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOnAnswer:
    """What a HIS's sign-on service posts back (OAuth 2.0 Form Post Response Mode).

    :param state: as sent; finds the request of ours that it answers.
    :param id_token: empty when it answers with an error.
    :param error: as sent; empty when it answers with a token.
    """

    state: str = field(repr=False)
    id_token: str = field(default="", repr=False)
    error: str = field(default="", repr=False)


def parse_launch_form(
    media_type: str, charset: str | None, query: bytes, body: bytes
) -> TokenField | TicketField | SignOnAnswer:
    """Find the one token field of a launch.

    :param media_type: of Content-Type, lower case, without parameters.
    :param query: the raw query string; only an empty one is accepted.
    :raises LaunchRefusedError: L101 for a wrong media type, none or several token fields, a repeated
        token field, or anything in the query; L102 for a body over 64 KiB.
    """
    pairs = _parse(media_type, charset, query, body)
    name, text = _only(pairs, (*_FORM_OF_FIELD, TICKET, ID_TOKEN, _ERROR))
    if name == TICKET:
        return TicketField(text)
    if name in (ID_TOKEN, _ERROR):
        return SignOnAnswer(_only(pairs, (_STATE,))[1], **{name: text})
    return _token_field(pairs, name, text)


def parse_ticket_form(media_type: str, charset: str | None, query: bytes, body: bytes) -> TicketRequest:
    """Find the one token field and the client assertion. Parameters as ``parse_launch_form``.

    :raises LaunchRefusedError: L101, also without exactly one assertion of the JWT kind; L102.
    """
    pairs = _parse(media_type, charset, query, body)
    token = _token_field(pairs, *_only(pairs, _FORM_OF_FIELD))
    if _only(pairs, ("client_assertion_type",))[1] != _ASSERTION_TYPE:
        raise _wrong("client_assertion_type is not a JWT's")
    return TicketRequest(token, _only(pairs, ("client_assertion",))[1])


def parse_message_form(media_type: str, charset: str | None, query: bytes, body: bytes) -> str:
    """Find the one ``token`` of a signed message. Parameters and errors as ``parse_launch_form``."""
    return _only(_parse(media_type, charset, query, body), ("token",))[1]


def _parse(media_type: str, charset: str | None, query: bytes, body: bytes) -> Pairs:
    if len(body) > MAX_BODY_BYTES:
        raise LaunchRefusedError(RefusalCode.TOO_LARGE, "body over the limit")
    if media_type != MEDIA_TYPE or (charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise _wrong("media type is not a UTF-8 form")
    if query:
        raise _wrong("the query string is not empty")
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise _wrong("the body is not a form") from error


def _only(pairs: Pairs, names: Collection[str]) -> tuple[str, str]:
    """The one field that bears one of the names."""
    found = [(name, value) for name, value in pairs if name in names]
    if len(found) != 1:
        raise _wrong(f"{len(found)} fields of {' or '.join(names)}")
    if not found[0][1]:
        raise _wrong(f"{found[0][0]} is empty")
    return found[0]


def _token_field(pairs: Pairs, name: str, text: str) -> TokenField:
    relayed = [value for other, value in pairs if other == _RELAY_STATE]
    return TokenField(_FORM_OF_FIELD[name], text, relayed[0] if len(relayed) == 1 else None)


def _wrong(detail: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, detail)
