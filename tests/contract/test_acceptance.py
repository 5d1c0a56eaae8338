"""The document of acceptance checks names the tests that prove each of them, and each has one in Chromium."""

import pytest

from tests.acceptance import CHECK, DOCUMENT, numbers_of, with_tests
from tests.features import find_proofs

_NUMBERS = range(1, 21)


@pytest.fixture(scope="module")
def proofs() -> dict[str, list[str]]:
    """Names of the tests by number of the check that they cite."""
    return find_proofs(CHECK)


def test_document_describes_the_twenty_checks_in_order() -> None:
    assert numbers_of(DOCUMENT.read_text("utf-8")) == list(_NUMBERS)


def test_document_names_the_tests_that_cite_each_check(proofs: dict[str, list[str]]) -> None:
    document = DOCUMENT.read_text("utf-8")
    assert document == with_tests(document, proofs), "write it anew: python -m tests.acceptance"


@pytest.mark.parametrize("number", _NUMBERS)
def test_check_is_proven_in_a_browser(proofs: dict[str, list[str]], number: int) -> None:
    # What a moment decides needs no screen: the same clock decides it over HTTP.
    folder = "integration/" if number == 14 else "browser/"
    assert [name for name in proofs[str(number)] if name.startswith(folder)]


def test_citation_of_a_check_that_does_not_exist_is_an_error(proofs: dict[str, list[str]]) -> None:
    assert proofs.keys() == {str(number) for number in _NUMBERS}
