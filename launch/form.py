"""The launch form: exactly one token field, in the body, nothing of it in the URL (D1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

from context.codes import RefusalCode
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError

MAX_BODY_BYTES = 64 * 1024
MEDIA_TYPE = "application/x-www-form-urlencoded"
_MAX_FIELDS = 16
_FORM_OF_FIELD: Mapping[str, TokenForm] = MappingProxyType(
    {"token": TokenForm.JWT, "SAMLResponse": TokenForm.SAML}
)


@dataclass(frozen=True, slots=True)
class TokenField:
    """:param text: the token as sent; kept out of ``repr`` so that no log can hold it."""

    form: TokenForm
    text: str

    def __repr__(self) -> str:
        return f"TokenField({self.form}, {len(self.text)} characters)"


def parse_launch_form(media_type: str, charset: str | None, query: bytes, body: bytes) -> TokenField:
    """Find the one token field.

    :param media_type: of Content-Type, lower case, without parameters.
    :param query: the raw query string; only an empty one is accepted.
    :raises LaunchRefusedError: L101 for a wrong media type, none or several token fields, a repeated
        token field, or anything in the query; L102 for a body over 64 KiB.
    """
    if len(body) > MAX_BODY_BYTES:
        raise LaunchRefusedError(RefusalCode.TOO_LARGE, "body over the limit")
    if media_type != MEDIA_TYPE or (charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise _wrong("media type is not a UTF-8 form")
    if query:
        raise _wrong("the query string is not empty")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise _wrong("the body is not a form") from error
    found = [(name, value) for name, value in pairs if name in _FORM_OF_FIELD]
    if len(found) != 1:
        raise _wrong(f"{len(found)} token fields")
    name, text = found[0]
    if not text:
        raise _wrong("the token field is empty")
    return TokenField(_FORM_OF_FIELD[name], text)


def _wrong(detail: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, detail)
