"""Reports of launches, sealed, for 30 days."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)

from context.instant import from_microseconds, to_microseconds

KEEP = timedelta(days=30)

T = TypeVar("T")
Job = Callable[[Connection], T]

METADATA = MetaData()

INSPECTION = Table(
    "inspection",
    METADATA,
    Column("reference", String(9), primary_key=True),
    Column("hospital", String(64), nullable=False),
    Column("issuer", String(255)),
    Column("created_at", BigInteger, nullable=False),
    Column("keep_until", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_inspection_keep_until", "keep_until"),
)

_INSTANTS = ("created_at", "keep_until")


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One report. :param issuer: None when nobody registered was named. :param sealed: ciphertext."""

    reference: str
    hospital: str
    issuer: str | None
    created_at: datetime
    keep_until: datetime
    sealed: bytes


def add_inspection(row: InspectionRow) -> Job[None]:
    """Write one report."""

    def job(connection: Connection) -> None:
        instants = {name: to_microseconds(getattr(row, name)) for name in _INSTANTS}
        connection.execute(insert(INSPECTION).values({**asdict(row), **instants}))

    return job


def find_inspection(connection: Connection, reference: str) -> InspectionRow | None:
    """The report of the launch with this reference."""
    question = select(INSPECTION).where(INSPECTION.c.reference == reference)
    row = connection.execute(question).mappings().one_or_none()
    if row is None:
        return None
    return InspectionRow(**{**row, **{name: from_microseconds(row[name]) for name in _INSTANTS}})


def purge_inspections(now: datetime) -> Job[int]:
    """Delete reports past their time. :param now: aware. :returns: how many."""

    def job(connection: Connection) -> int:
        past = INSPECTION.c.keep_until <= to_microseconds(now)
        return connection.execute(delete(INSPECTION).where(past)).rowcount

    return job
