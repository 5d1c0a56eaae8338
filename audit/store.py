"""The audit tables, appending to them, and reading them back (architecture.md D8).

``audit_record`` is only ever added to; triggers of the first migration refuse anything else.
``audit_key`` lies outside the hashes, so that keys can be rotated and shredded under them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from audit.cipher import LookupHash, WrappedKey
from audit.errors import ReferenceTakenError
from audit.record import SealedRecord

METADATA = MetaData()

AUDIT_RECORD = Table(
    "audit_record",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("record", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
)

AUDIT_KEY = Table(
    "audit_key",
    METADATA,
    Column(
        "sequence", BigInteger, ForeignKey("audit_record.sequence"), primary_key=True, autoincrement=False
    ),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("lookup_hash", LargeBinary(32)),
    Column("lookup_key_id", String(32)),
    Index("ix_audit_key_lookup", "lookup_hash", "sequence"),
)

AUDIT_REFERENCE = Table(
    "audit_reference",
    METADATA,
    Column("reference", String(9), primary_key=True),
    Column("sequence", BigInteger, ForeignKey("audit_record.sequence"), nullable=False),
)

_LAST = select(func.max(AUDIT_RECORD.c.sequence))
_ADD_RECORD = insert(AUDIT_RECORD)
_ADD_KEY = insert(AUDIT_KEY)
# Without preserve_rowcount the row count of an INSERT is -1 on PostgreSQL.
_TAKE_REFERENCE = {
    "sqlite": sqlite_insert(AUDIT_REFERENCE).on_conflict_do_nothing(),
    "postgresql": postgres_insert(AUDIT_REFERENCE)
    .on_conflict_do_nothing()
    .execution_options(preserve_rowcount=True),
}


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One record as it lies in the database. :param key: None without protected fields, or shredded."""

    sequence: int
    body: bytes
    leaf_hash: bytes
    key: WrappedKey | None


def append(records: Sequence[SealedRecord]) -> Callable[[Connection], int]:
    """A job that appends the records and returns the sequence number of the last.

    Sequence numbers start at 0 and have no gaps. The transaction must hold the writers' lock from its
    start (``app.engine.Database.write`` takes it on both databases): then the highest number read here
    is the last one committed. Without the lock the primary key refuses the second of two equal numbers.

    The job raises ReferenceTakenError when a record opens a case whose reference is in use.
    """

    def job(connection: Connection) -> int:
        last = connection.execute(_LAST).scalar_one()
        first = 0 if last is None else last + 1
        numbered = list(enumerate(records, first))
        connection.execute(
            _ADD_RECORD,
            [
                {"sequence": sequence, "record": record.body, "leaf_hash": record.leaf_hash}
                for sequence, record in numbered
            ],
        )
        keys = [_key_row(sequence, record) for sequence, record in numbered if record.key is not None]
        if keys:
            connection.execute(_ADD_KEY, keys)
        for sequence, record in numbered:
            if record.opens_reference:
                _take_reference(connection, record.reference, sequence)
        return first + len(records) - 1

    return job


def _key_row(sequence: int, record: SealedRecord) -> dict[str, object]:
    key, lookup = record.key, record.lookup
    return {
        "sequence": sequence,
        "wrapped_key": key.wrapped if key else None,
        "key_id": key.key_id if key else None,
        "lookup_hash": lookup.value if lookup else None,
        "lookup_key_id": lookup.key_id if lookup else None,
    }


def _take_reference(connection: Connection, reference: str, sequence: int) -> None:
    statement = _TAKE_REFERENCE[connection.dialect.name]
    taken = connection.execute(statement, {"reference": reference, "sequence": sequence})
    if taken.rowcount != 1:
        raise ReferenceTakenError("the reference is in use")


def read_rows(
    connection: Connection, first: int = 0, limit: int = 1000, lookups: Sequence[LookupHash] | None = None
) -> list[StoredRow]:
    """Rows in order from sequence ``first``, at most ``limit``.

    :param lookups: only rows of the patient with one of these hashes; None for all rows.
    """
    statement = (
        select(AUDIT_RECORD, AUDIT_KEY.c.wrapped_key, AUDIT_KEY.c.key_id)
        .join_from(AUDIT_RECORD, AUDIT_KEY, AUDIT_KEY.c.sequence == AUDIT_RECORD.c.sequence, isouter=True)
        .where(AUDIT_RECORD.c.sequence >= first)
        .order_by(AUDIT_RECORD.c.sequence)
        .limit(limit)
    )
    if lookups is not None:
        statement = statement.where(AUDIT_KEY.c.lookup_hash.in_([lookup.value for lookup in lookups]))
    return [
        StoredRow(
            row.sequence,
            bytes(row.record),
            bytes(row.leaf_hash),
            None if row.wrapped_key is None else WrappedKey(row.key_id, bytes(row.wrapped_key)),
        )
        for row in connection.execute(statement)
    ]


def find_reference(connection: Connection, reference: str) -> int | None:
    """The sequence number of the record that opened the case, None for an unknown reference."""
    found: int | None = connection.scalar(
        select(AUDIT_REFERENCE.c.sequence).where(AUDIT_REFERENCE.c.reference == reference)
    )
    return found
