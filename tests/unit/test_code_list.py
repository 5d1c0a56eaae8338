"""Codes without words get the word of the list; the source's own words always win."""

import pytest

from context.records import CodedText
from views.code_list import code_list, label_of

SNOMED_CT = "2.16.840.1.113883.6.96"
ACT_CODE = "2.16.840.1.113883.5.4"


@pytest.mark.proves("trap:10")
def test_bare_code_of_the_list_reads_as_its_dutch_word() -> None:
    assert label_of(CodedText("DALG", ACT_CODE)) == "Geneesmiddelallergie"
    assert label_of(CodedText("305351004", SNOMED_CT)) == "opname op intensive care"


def test_words_of_the_source_win_over_the_list() -> None:
    assert label_of(CodedText("DALG", ACT_CODE, display="Allergie voor medicijn")) == "Allergie voor medicijn"
    assert label_of(CodedText("DALG", ACT_CODE, original_text="middel")) == "middel"


def test_code_of_another_system_or_none_stays_as_sent() -> None:
    assert label_of(CodedText("DALG", SNOMED_CT)) == "DALG"
    assert label_of(CodedText("DALG")) == "DALG"
    assert label_of(CodedText(masked=True, null_flavor="MSK")) is None
    assert label_of(None) is None


def test_list_is_whole_and_names_no_code_twice() -> None:
    assert len(code_list()) > 600
    assert all(system and code and word.strip() == word for (system, code), word in code_list().items())
