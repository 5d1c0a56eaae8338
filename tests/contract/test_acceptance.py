"""The document of acceptance checks names the tests that prove each of them, and each has one in Chromium."""

import pytest

from tests.acceptance import CHECK, DOCUMENT, numbers_of, with_tests
from tests.features import find_proofs

_NUMBERS = range(1, 21)


def test_document_describes_the_twenty_checks_in_order() -> None:
    assert numbers_of(DOCUMENT.read_text("utf-8")) == list(_NUMBERS)


def test_document_names_the_tests_that_cite_each_check() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert document == with_tests(document, find_proofs(CHECK)), "write it anew: python -m tests.acceptance"


@pytest.mark.parametrize("number", _NUMBERS)
def test_check_is_proven_in_a_browser(number: int) -> None:
    # What a moment decides needs no screen: the same clock decides it over HTTP.
    folder = "integration/" if number == 14 else "browser/"
    assert [name for name in find_proofs(CHECK)[str(number)] if name.startswith(folder)]


def test_citation_of_a_check_that_does_not_exist_is_an_error() -> None:
    assert find_proofs(CHECK).keys() == {str(number) for number in _NUMBERS}
