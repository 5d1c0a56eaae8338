"""Which questions have more pages to come: the answer to QUQI_IN000003 needs the first question."""

import threading
from collections import OrderedDict

from sandbox.zis.question import Question

_MOST = 256


class Continuations:
    """The questions that were asked, by their query id; the oldest are forgotten. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, tuple[Question, int]] = OrderedDict()

    def begin(self, query_id: str, question: Question) -> None:
        """Page 1 of this question is answered now."""
        with self._lock:
            self._asked[query_id] = (question, 1)
            while len(self._asked) > _MOST:
                self._asked.popitem(last=False)

    def advance(self, query_id: str, start: int | None) -> tuple[Question, int] | None:
        """The first question and the page to send now; None for an unknown query.

        :param start: the page that is asked for; None for the next one.
        """
        with self._lock:
            known = self._asked.get(query_id)
            if known is None:
                return None
            question, page = known[0], start or known[1] + 1
            self._asked[query_id] = (question, page)
            return question, page

    def end(self, query_id: str) -> bool:
        """Forget it. False when it was not known."""
        with self._lock:
            return self._asked.pop(query_id, None) is not None
