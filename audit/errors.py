"""Why something is not recorded, or why a record cannot be trusted. No value is ever repeated."""


class AuditError(Exception):
    """Base of every error this folder raises on purpose."""


class AuditFieldError(AuditError):
    """An unknown event, an unknown or missing field, or a value of the wrong kind: nothing is written."""


class ReferenceTakenError(AuditError):
    """The reference opens another case already. Nothing is written; draw another one."""


class RecordDamagedError(AuditError):
    """A stored record differs from its hash, or its protected fields do not open.

    :param sequence: which record.
    """

    def __init__(self, sequence: int, problem: str) -> None:
        super().__init__(f"record {sequence}: {problem}")
        self.sequence = sequence
