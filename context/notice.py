"""What a consent service says by itself about a patient's choices. Pure."""

from dataclasses import dataclass

from context.bsn import Bsn
from context.consent import Scope


@dataclass(frozen=True, slots=True)
class ConsentNotice:
    """A patient's choices at a record holder have changed.

    :param holders: URA numbers of the record holders that the choices are about.
    :param refused: data categories that general practices may not see (any more).
    :param refuses_all: they may see nothing, of whatever category.
    """

    bsn: Bsn
    holders: frozenset[str]
    refused: frozenset[str] = frozenset()
    refuses_all: bool = False

    def withdraws(self, scope: Scope, categories: frozenset[str]) -> bool:
        """Whether nothing of an open view remains permitted.

        Patient information alone never rested on consent (D6), so it cannot lose it.

        :param categories: what the view shows by consent.
        """
        return scope is Scope.FULL and (self.refuses_all or categories <= self.refused)
