"""What names one result in a URL without telling anything of it. Pure."""

from hashlib import sha256

from context.records import Section, TextResult
from views.url_words import PART, RESULT_ITEM


def item_path(section: Section) -> str:
    """The path of one result of a section; the section itself is not to be read from it."""
    return f"{RESULT_ITEM}{_hash(section.value)[:4]}-{PART}"


def result_key(result: TextResult) -> str:
    """By the source's own identifiers; without those by what is told, so that it is the same next time."""
    named = [f"{each.root}|{each.extension}" for each in result.identifiers]
    told = [repr(result.examination), repr(result.taken), repr(result.parts)]
    return _hash("\x1f".join(named or told))[:16]


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
