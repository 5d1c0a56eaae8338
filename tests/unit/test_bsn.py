"""The citizen service number is strict and does not leak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context.bsn import Bsn
from context.errors import BsnFormatError

VALID = "999990019"


def total(text: str) -> int:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, text, strict=True))


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_nine_digits_are_accepted_exactly_when_the_eleven_test_passes(text: str) -> None:
    right = text != "000000000" and total(text) % 11 == 0
    try:
        Bsn(text)
    except BsnFormatError:
        assert not right
    else:
        assert right


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "99999001",
        "0999990019",
        " 999990019",
        "999990019 ",
        "999 990 019",
        "999.990.019",
        "999990019\n",
        "٩٩٩٩٩٠٠١٩",
        "９９９９９００１９",
        "99999001²",
        "99999001a",
        "+99990019",
        "000000000",
        "999990018",
    ],
)
def test_text_that_is_not_a_bsn_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BsnFormatError) as caught:
        Bsn(text)
    assert not text or text not in str(caught.value)


@given(st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_refused(place: int, shift: int) -> None:
    digits = list(VALID)
    digits[place] = str((int(digits[place]) + shift) % 10)
    with pytest.raises(BsnFormatError):
        Bsn("".join(digits))


@pytest.mark.proves("promise:P10")
def test_representations_hold_no_digit() -> None:
    bsn = Bsn(VALID)
    shown = f"{bsn!r} {bsn} {[bsn]}"
    assert not any(digit in shown for digit in VALID)
    assert bsn.reveal() == VALID


@pytest.mark.parametrize(
    ("text", "is_test"),
    [("999990019", True), ("900186021", True), ("123456782", False), ("999100002", False)],
)
def test_test_numbers_are_told_from_real_ones(text: str, is_test: bool) -> None:
    if total(text) % 11:
        pytest.fail("the sample itself is no BSN")
    assert Bsn(text).is_test is is_test
