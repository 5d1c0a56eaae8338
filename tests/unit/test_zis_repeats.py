"""Duplicates are known by (root, extension) only; text that is the same is not the same fact."""

import pytest

from adapters.zis.sections.repeats import without_repeats
from context.person import Identifier
from context.records import Allergy, CodedText

pytestmark = pytest.mark.proves("trap:12")
ONE, OTHER = Identifier("1.2", "1"), Identifier("1.2", "2")


def allergy(*identifiers: Identifier, name: str = "Penicilline") -> Allergy:
    return Allergy(substance=CodedText(display=name), identifiers=identifiers)


def test_same_fact_from_two_sources_is_shown_once() -> None:
    first, second = allergy(ONE), allergy(OTHER)
    assert without_repeats([first, second, allergy(ONE)]) == (first, second)


def test_facts_without_an_identifier_are_all_shown() -> None:
    assert len(without_repeats([allergy(), allergy()])) == 2


def test_identifier_without_an_extension_tells_nothing_apart() -> None:
    assert len(without_repeats([allergy(Identifier("1.2")), allergy(Identifier("1.2"))])) == 2


def test_same_text_under_other_identifiers_is_another_fact() -> None:
    assert len(without_repeats([allergy(ONE), allergy(OTHER)])) == 2


def test_versions_that_differ_are_both_shown() -> None:
    assert len(without_repeats([allergy(ONE), allergy(ONE, name="Amoxicilline")])) == 2
