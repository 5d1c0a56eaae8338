"""Why a context does not open or no longer answers.

Errors carry a public code or cause and a private detail; they know nothing of HTTP. The detail goes
to the audit trail only and never holds a BSN, a token or a name.
"""

from context.codes import RefusalCode


class ContextError(Exception):
    """Base of every error this folder raises on purpose.

    :ivar reference: the correlation id under which it was recorded, None when it was not recorded yet.
    """

    reference: str | None = None


class BsnFormatError(ContextError):
    """The text is not nine ASCII digits that pass the 11-test. The text itself is never repeated."""


class RefusedError(ContextError):
    """The launch is refused with one of the codes of the vocabulary (architecture.md D5).

    :param code: the public code, shown to the GP.
    :param detail: the private cause, for the audit trail; no BSN, token or name.
    """

    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class ContextUnknownError(ContextError):
    """No such context at this hospital, or this browser may not know of it (answered alike)."""


class CookiesBlockedError(ContextError):
    """A pending context was asked for without any of our cookies (page family L14)."""


class ContextExpiredError(ContextError):
    """Idle too long, past the absolute cap, or never opened in time."""


class ContextReplacedError(ContextError):
    """A later launch by the same user, for another patient, took this context's place."""


class ContextClosedError(ContextError):
    """The user closed it with "Sluiten"."""


class ContextMovedError(ContextError):
    """A double click: the same browser already opened this token under another context.

    :param context_id: the context that is open.
    """

    def __init__(self, context_id: str) -> None:
        super().__init__("the token was consumed by another context of the same browser")
        self.context_id = context_id


class StorageUnavailableError(ContextError):
    """The database or the audit trail cannot be written or read: nothing may be shown (D7)."""


class ReferenceTakenError(ContextError):
    """The drawn reference opens another case already. Nothing was written; draw again."""
