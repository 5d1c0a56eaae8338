"""Dutch words for codes that come without any (zis.md §10.10), from ``templates/code_list.tsv``."""

from collections.abc import Mapping
from functools import cache

from context.records import CodedText
from views.texts import TEMPLATES


def label_of(concept: CodedText | None) -> str | None:
    """What a doctor reads: the source's own words, else the word of the list, else the bare code."""
    if concept is None:
        return None
    if concept.original_text or concept.display or concept.code is None:
        return concept.label
    return code_list().get((concept.system or "", concept.code), concept.code)


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
