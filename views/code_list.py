"""Dutch words for codes that come without any (zis.md §10.10), from ``templates/code_list.tsv``."""

from collections.abc import Mapping
from functools import cache

from context.records import CodedText
from views.texts import TEMPLATES

_UCUM = "2.16.840.1.113883.6.8"
_UNITY = "1"
_TIMING_EVENT = "2.16.840.1.113883.5.139"


def label_of(concept: CodedText | None) -> str | None:
    """What a doctor reads: the source's own words, else the word of the list, else the bare code; of a
    place on the body also the side."""
    if concept is None:
        return None
    name = concept.original_text or concept.display
    if name is None and concept.code is not None:
        name = code_list().get((concept.system or "", concept.code), concept.code)
    side = label_of(concept.laterality)
    return f"{name}, {side}" if name and side else name or side


def unit_words(unit: str | None) -> str:
    """How a unit reads: as sent, but for the UCUM signs of which the list has the usual writing.

    Only how it is written changes, never the number beside it. UCUM's ``1`` says that there is no unit.
    """
    if unit is None or unit == _UNITY:
        return ""
    return code_list().get((_UCUM, unit), unit)


def timing_words(event: str) -> str | None:
    """An HL7 TimingEvent in words; None for what is none."""
    return code_list().get((_TIMING_EVENT, event))


@cache
def code_list() -> Mapping[tuple[str, str], str]:
    """Words by code system (OID) and code.

    :raises ValueError: a line that is not a system, a code and a word, or a code that stands there twice.
    """
    words: dict[tuple[str, str], str] = {}
    for line in (TEMPLATES / "code_list.tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        system, code, word = line.split("\t")
        if (system, code) in words or not word:
            raise ValueError(f"code_list.tsv: {system} {code}")
        words[system, code] = word
    return words
