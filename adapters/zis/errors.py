"""The one error of this folder."""

from context.outcome import FailureCause


class SourceError(Exception):
    """A source in the hospital gave no usable answer.

    :param cause: what the audit trail records.
    :param detail: where it went wrong, for whoever reads the log; never a value out of a message.
    """

    def __init__(self, cause: FailureCause, detail: str) -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail


def malformed(detail: str) -> SourceError:
    """The answer, or one entry of it, cannot be understood."""
    return SourceError(FailureCause.MALFORMED, detail)
