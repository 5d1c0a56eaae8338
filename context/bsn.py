"""The citizen service number (BSN), strict and hard to leak."""

from dataclasses import dataclass

from context.errors import BsnFormatError

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_TEST_PREFIX = "9999"
_TEST_LIST = frozenset({"900186021"})


@dataclass(frozen=True, slots=True, repr=False)
class Bsn:
    """Nine ASCII digits that pass the 11-test (sum of digit x 9..2, -1 is divisible by 11).

    Nothing is stripped or padded: "12" is not a BSN. ``repr`` and ``str`` are masked, so that a BSN
    cannot reach a log or an exception text by accident; ``reveal`` is the one way out and greppable.

    :raises BsnFormatError: any other text; the text is not repeated in the error.
    """

    _digits: str

    def __post_init__(self) -> None:
        text = self._digits
        if len(text) != 9 or not (text.isascii() and text.isdigit()):
            raise BsnFormatError("not nine digits")
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=True))
        if text == "000000000" or total % 11:
            raise BsnFormatError("the 11-test fails")

    def reveal(self) -> str:
        """The nine digits, for the wire, the screen and the cipher only."""
        return self._digits

    @property
    def is_test(self) -> bool:
        """True for numbers that only a test environment may use (D9: prefix 9999 and a written list)."""
        return self._digits.startswith(_TEST_PREFIX) or self._digits in _TEST_LIST

    def __repr__(self) -> str:
        return "Bsn(*********)"

    __str__ = __repr__
