"""Reports of launches in the database: written with their record, read by hospital IT."""

from sqlalchemy import Connection

from app.writer import Job
from context.errors import StorageUnavailableError
from context.ports import AuditNote, Clock, FieldCipher
from launch.inspector.report import LaunchReport
from launch.inspector.store import KEEP, InspectionRow, add_inspection, find_inspection


class Inspections:
    """:param cipher: seals every report, bound to its reference (D8)."""

    def __init__(self, cipher: FieldCipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock

    def job(self, note: AuditNote) -> Job[None]:
        """Keeps the note's report, in the transaction of its record."""
        now = self._clock.now()
        issuer = note.fields.get("issuer")
        row = InspectionRow(
            reference=note.reference,
            hospital=str(note.fields["hospital"]),
            issuer=str(issuer) if issuer is not None else None,
            created_at=now,
            keep_until=now + KEEP,
            sealed=self._cipher.seal(note.report or b"", _binding(note.reference)),
        )
        return add_inspection(row)

    def find(self, connection: Connection, reference: str) -> LaunchReport | None:
        """:raises StorageUnavailableError: it was altered, its key is gone, or another version wrote it."""
        row = find_inspection(connection, reference)
        if row is None:
            return None
        try:
            return LaunchReport.from_json(self._cipher.open(row.sealed, _binding(reference)))
        except ValueError as error:
            raise StorageUnavailableError(str(error)) from None


def _binding(reference: str) -> str:
    return f"inspection {reference}"
