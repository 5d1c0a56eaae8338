"""The domain's audit port over the audit folder, which knows nothing of the domain."""

from collections.abc import Callable

from sqlalchemy import Connection

from app.inspections import Inspections
from app.writer import Writer
from audit.errors import AuditError
from audit.errors import ReferenceTakenError as AuditReferenceTakenError
from audit.fields import PROTECTED_FIELDS, AuditFieldValue
from audit.record import AuditRecord
from audit.text import ProtectedText
from audit.trail import AuditTrail
from context.bsn import Bsn
from context.errors import ReferenceTakenError, StorageUnavailableError
from context.ports import AuditNote, AuditValue


class AuditBridge:
    """Implements ``context.ports.AuditPort``. Fail closed: whatever goes wrong, nothing may be shown.

    :param reports: keeps the reports of notes; without it they are dropped.
    """

    def __init__(self, trail: AuditTrail, writer: Writer, reports: Inspections | None = None) -> None:
        self._trail = trail
        self._writer = writer
        self._reports = reports

    def commit(self, *notes: AuditNote) -> None:
        """Write the notes durably, all or none.

        :raises StorageUnavailableError: nothing was written, or it is not certain that it was.
        :raises ReferenceTakenError: nothing was written; draw another reference.
        """
        if notes:
            self._writer.submit(self.job(*notes))

    def job(self, *notes: AuditNote) -> Callable[[Connection], None]:
        """The same as a job, to be committed in one transaction with other jobs. Their time is now.

        The job raises ReferenceTakenError when a note opens a case whose reference is in use.

        :raises StorageUnavailableError: a note is not what the audit catalogue says.
        """
        try:
            append = self._trail.job(*(_record(note) for note in notes))
        except AuditError as error:
            raise StorageUnavailableError(f"audit: {error}") from error

        keep = [self._reports.job(note) for note in notes if note.report] if self._reports else []

        def job(connection: Connection) -> None:
            try:
                append(connection)
            except AuditReferenceTakenError as error:
                raise ReferenceTakenError(str(error)) from error
            for each in keep:
                each(connection)

        return job


def _record(note: AuditNote) -> AuditRecord:
    fields = {name: _protect(name, value) for name, value in note.fields.items()}
    return AuditRecord(note.event.value, note.reference, fields)


def _protect(name: str, value: AuditValue) -> AuditFieldValue:
    """A BSN is protected wherever it stands, a name where the catalogue says so."""
    if isinstance(value, Bsn):
        return ProtectedText(value.reveal())
    if isinstance(value, str) and name in PROTECTED_FIELDS:
        return ProtectedText(value)
    return value
