"""Letters and other documents: what is written in them and how they are sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sandbox.clinical.scene import Concept, Fact, Headed, RelativeMoment
from sandbox.clinical.statement import LOINC

_LETTER = Concept(code="34117-2", system=LOINC, name="Poliklinische brief")
Form = Literal["pdf", "pdf_script", "pdf_huge", "cda1", "cda2", "cda3", "cda_script", "text"]
"""How a document is sent: PDF, one that acts by itself, one over 20 MB; CDA R2 of level 1 to 3, one with
scripts in it; plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Fact):
    """One document.

    :param recipients: words for caregivers.
    :param authorised: a specialist has signed it; the registry then names a legal authenticator.
    :param fault: ``wrong_hash``: the registry states another hash than the document has; ``lost``: the
        repository does not have it; ``other_patient``: the CDA is about somebody else.
    """

    title: str
    created: RelativeMoment
    author: str
    form: Form = "pdf"
    kind: Concept = _LETTER
    recipients: tuple[str, ...] = ("huisarts",)
    authorised: bool = True
    parts: tuple[Headed, ...] = ()
    fault: Literal["", "wrong_hash", "lost", "other_patient"] = ""


def generated_letters(count: int) -> Iterator[Letter]:
    """``count`` letters, a week apart, newest first; the same for the same count."""
    authors = ("internist", "cardioloog", "longarts", "orthopeed")
    for index in range(count):
        yield Letter(
            number=f"g{index}",
            title=f"Controlebrief {count - index}",
            created=f"-{1 + index * 7} 12:00",
            author=authors[index % len(authors)],
            form="pdf" if index % 4 else "cda2",
            authorised=index % 10 != 9,
            parts=(Headed(text=f"Controle nummer {count - index}. Stabiel beeld, beleid ongewijzigd."),),
        )
