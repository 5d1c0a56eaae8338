"""Why the contents of a document cannot be shown."""

from adapters.zis.errors import SourceError
from context.outcome import FailureCause
from context.records import DocumentFailure


class DocumentRefusedError(SourceError):
    """A document that came and is not shown.

    :param failure: what the reader of the list is told.
    :param detail: where it went wrong, never a value out of the document.
    """

    def __init__(self, failure: DocumentFailure, detail: str) -> None:
        super().__init__(_CAUSES.get(failure, FailureCause.MALFORMED), detail)
        self.failure = failure


_CAUSES = {
    DocumentFailure.TOO_LARGE: FailureCause.TOO_LARGE,
    DocumentFailure.TIMEOUT: FailureCause.TIMEOUT,
    DocumentFailure.WRONG_PATIENT: FailureCause.WRONG_PATIENT,
    DocumentFailure.REJECTED: FailureCause.REJECTED,
}


def failure_of(error: SourceError) -> DocumentFailure:
    """What to tell of any error on the way to a document."""
    return error.failure if isinstance(error, DocumentRefusedError) else DocumentFailure(error.cause.value)
