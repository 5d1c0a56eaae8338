"""Strict reading of JSON from outside (RFC 8259, RFC 8725 section 2.4).

Libraries are lenient here in ways that matter: duplicate names, NaN, UTF-16 and nesting that overflows
the stack. Everything that this module lets through means the same to every reader.
"""

import json
import re
from math import isfinite
from typing import NoReturn

MAX_DEPTH = 8
MAX_INTEGER_DIGITS = 16

# An unterminated string ends with the text, so that every opening quote matches and the scan is linear.
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


class StrictJsonError(ValueError):
    """Not one JSON object that every reader understands alike. Nothing of it is repeated."""


class DuplicateNameError(StrictJsonError):
    """An object holds one name twice."""


def decode_object(raw: bytes, *, max_depth: int = MAX_DEPTH) -> dict[str, object]:
    """One JSON object in UTF-8 without BOM: every name once, every number exact.

    :param max_depth: how deep objects and lists may nest.
    :raises StrictJsonError: anything else.
    """
    try:
        text = raw.decode("utf-8")
        if _depth(text) > max_depth:
            raise StrictJsonError("nested too deeply")
        value = json.loads(
            text,
            object_pairs_hook=_refuse_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_short_integer,
        )
        # An unpaired surrogate cannot be encoded: it would break a log or a hash later on.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except StrictJsonError:
        raise
    except (ValueError, RecursionError):
        raise StrictJsonError("not a strict JSON text") from None
    if not isinstance(value, dict):
        raise StrictJsonError("not a JSON object")
    return value


def _depth(text: str) -> int:
    """The deepest nesting of brackets outside strings, without parsing."""
    depth = deepest = 0
    for character in _STRINGS.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateNameError("a name stands there twice")
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise StrictJsonError("NaN or infinity")


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise StrictJsonError("a number out of range")
    return value


def _short_integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_INTEGER_DIGITS or digits == "-0":
        raise StrictJsonError("a number out of range")
    return int(digits)
