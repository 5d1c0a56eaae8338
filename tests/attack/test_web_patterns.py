"""No regular expression on the way of untrusted text takes more than linear time (A133).

Every compiled pattern of the product is found by importing it, so a new one is tested without being named
here. The work is counted as CPU time, of a text and of one that is twice as long; the ratio tells.
"""

import importlib
import pkgutil
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

_FOLDERS = ("launch", "context", "adapters", "views", "app", "audit")
_CHARACTERS = 8_000
_ROUNDS = 5
_LINEAR = 3.0
"""Twice the text may take twice the time, and half as much again for noise; a square would take four."""
_ATTEMPTS = 3
"""What takes too long is measured again: something else may have had the processor. A square always does."""
_TOO_SHORT_SECONDS = 0.0005
"""Below this the clock, not the pattern, decides the ratio; a square of 16 000 would be far above."""

_NEARLY = (
    "a",
    "0",
    "9-",
    "-",
    " ",
    "\t",
    "A0",
    "Z9",
    ".",
    "a.",
    "^",
    "a^",
    "|",
    "a|",
    "=",
    "/",
    "2026-11-22",
    "2026-11-22T10:00:00.",
    "1.",
    '"',
    '"a',
    "\\",
    '\\"',
    "=a ",
    "-----BEGIN A-----",
    "-----BEGIN A-----a",
    "[[",
    "[a-",
    "https://a",
    "\u00e9",
    "_",
    '<?xml version="1.0" encoding="',
)


def _modules() -> Iterator[str]:
    for folder in _FOLDERS:
        package = importlib.import_module(folder)
        yield folder
        for found in pkgutil.walk_packages(package.__path__, f"{folder}."):
            yield found.name


Pattern = re.Pattern[str] | re.Pattern[bytes]


def _patterns() -> dict[str, tuple[Pattern, frozenset[str]]]:
    """Every pattern, and the methods by which its module applies it."""
    found: dict[str, tuple[Pattern, frozenset[str]]] = {}
    for name in _modules():
        module = importlib.import_module(name)
        source = Path(str(module.__file__)).read_text("utf-8")
        for attribute, value in vars(module).items():
            if isinstance(value, re.Pattern):
                methods = frozenset(re.findall(rf"\b{attribute}\.(\w+)\(", source))
                if methods:
                    found[f"{name}.{attribute}"] = (value, methods)
    return found


PATTERNS = _patterns()


def _apply(pattern: Pattern, method: str, subject: str | bytes) -> None:
    if method == "sub":
        pattern.sub("" if isinstance(subject, str) else b"", subject)  # type: ignore[arg-type]
    else:
        found = getattr(pattern, method)(subject)
        if method == "finditer":
            deque(found, 0)


def seconds(pattern: Pattern, methods: frozenset[str], text: str) -> float:
    """CPU time of the ways in which a pattern is applied, the best of some rounds."""
    subject: str | bytes = text if isinstance(pattern.pattern, str) else text.encode("utf-8")
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        for method in methods:
            _apply(pattern, method, subject)
        best = min(best, time.process_time() - began)
        if best < _TOO_SHORT_SECONDS:
            break
    return best


def worst_ratio(pattern: Pattern, methods: frozenset[str]) -> tuple[float, str]:
    """How much longer twice the text takes, for the piece of text that is worst."""
    worst = (0.0, "")
    for piece in _NEARLY:
        text = (piece * _CHARACTERS)[:_CHARACTERS]
        for end in ("", "!"):
            ratio = min(ratios(pattern, methods, text, end))
            worst = max(worst, (ratio, piece))
    return worst


def ratios(pattern: Pattern, methods: frozenset[str], text: str, end: str) -> Iterator[float]:
    """Measured until it is small enough, a few times at most."""
    for _ in range(_ATTEMPTS):
        short, long = (seconds(pattern, methods, each + end) for each in (text, text * 2))
        yield long / max(short, _TOO_SHORT_SECONDS / 2) if long > _TOO_SHORT_SECONDS else 0.0
        if long < short * _LINEAR:
            return


def test_there_are_patterns_to_test() -> None:
    assert {
        "launch.jose_decoder._ALPHABET",
        "launch.strict_json._STRINGS",
        "context.identity._WORD_BREAKS",
    } <= set(PATTERNS)


@pytest.mark.proves("attack:A133")
@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_twice_the_text_takes_no_more_than_twice_the_time(name: str) -> None:
    ratio, piece = worst_ratio(*PATTERNS[name])
    assert ratio < _LINEAR, piece


@pytest.mark.proves("attack:A133")
def test_pattern_that_takes_quadratic_time_is_found() -> None:
    assert worst_ratio(re.compile(r"a+b"), frozenset({"search"}))[0] > _LINEAR
