"""Reading the query of the doors that are opened by GET. Nothing in it is ever a token or a BSN (D1)."""

from collections.abc import Collection
from urllib.parse import parse_qsl

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError

MAX_QUERY_BYTES = 4096
_MAX_FIELDS = 16


def parse_query(raw: bytes, names: Collection[str]) -> dict[str, str]:
    """The parameters that are asked for, each once, not empty and without control characters.

    :param raw: the query string as sent.
    :param names: all others are ignored.
    :raises LaunchRefusedError: L101, or L102 for more than 4 KiB.
    """
    if len(raw) > MAX_QUERY_BYTES:
        raise LaunchRefusedError(RefusalCode.TOO_LARGE, "query over the limit")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise _wrong("the query is not readable") from None
    found = [(name, value) for name, value in pairs if name in names]
    parameters = dict(found)
    if len(parameters) != len(found):
        raise _wrong("a parameter stands in the query twice")
    if not all(value and value.isprintable() for value in parameters.values()):
        raise _wrong("a parameter is empty or holds control characters")
    return parameters


def required(parameters: dict[str, str], name: str) -> str:
    """:raises LaunchRefusedError: L101 absent."""
    if name not in parameters:
        raise _wrong(f"{name} is missing")
    return parameters[name]


def _wrong(detail: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, detail)
