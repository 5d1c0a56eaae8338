"""Consent answers and the decision table (architecture.md D6). Pure: no I/O, no clock."""

from dataclasses import dataclass
from enum import StrEnum


class ConsentState(StrEnum):
    """What the consent source said. Anything that is not an explicit yes or no is ``unavailable``."""

    PERMIT = "permit"
    REFUSED = "refused"
    NOT_ANSWERED = "not_answered"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """One answer of a consent source.

    :param categories: the data categories permitted (for example GGC002); empty unless ``permit``.
    :param decision_id: the source's own id of the decision, for the record.
    :param cause: why it is unavailable; private.
    """

    state: ConsentState
    categories: frozenset[str] = frozenset()
    decision_id: str | None = None
    cause: str | None = None
