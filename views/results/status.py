"""The status of a result in words, by kind of result: F is "Definitief" here and "Gefactureerd" there
(feature X11). Pure.
"""

from context.records import Section
from views.catalogue.model import PageRequest
from views.lists.status import status_words
from views.texts import Texts


def result_status(section: Section, status: str | None, texts: Texts) -> str:
    """Every status in words, also a usual one; a letter that this kind of result does not know is literal."""
    if status is None or not status.strip():
        return ""
    own = texts.find(f"status_{section.value}.{status}") or texts.find(f"result_status.{status}")
    return own or status_words(status, texts) or status


def final_words(section: Section, request: PageRequest) -> str:
    """The statuses that this hospital shows of a section, in words; empty when it shows every one."""
    finals = request.hospital.display.final_statuses.get(section, frozenset())
    words = sorted({result_status(section, status, request.texts) for status in finals})
    if len(words) < 2:
        return "".join(words)
    return request.texts("panel.and", first=", ".join(words[:-1]), last=words[-1])
