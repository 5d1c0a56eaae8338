"""Accepted launches that wait for their first GET, and the token ids that are used up (D3).

A token id becomes used by one INSERT whose primary key the database guards: nothing is looked up first
and written afterwards. Pending rows stay, without their claims, for as long as their token could come
again, because the first receipt of a token decides what is older (D4).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from context.instant import from_microseconds, to_microseconds

T = TypeVar("T")
Job = Callable[[Connection], T]

METADATA = MetaData()

PENDING_LAUNCH = Table(
    "pending_launch",
    METADATA,
    Column("context_id", String(22), primary_key=True),
    Column("hospital", String(64), nullable=False),
    Column("reference", String(9), nullable=False),
    Column("token_key", LargeBinary(32), nullable=False),
    Column("practice_key", LargeBinary(32), nullable=False),
    Column("browser_hash", LargeBinary(32), nullable=False),
    Column("context_hash", LargeBinary(32), nullable=False),
    Column("claims", LargeBinary),
    Column("received_at", BigInteger, nullable=False),
    Column("posted_at", BigInteger, nullable=False),
    Column("pending_until", BigInteger, nullable=False),
    Column("retry_until", BigInteger, nullable=False),
    Column("forget_at", BigInteger, nullable=False),
    Index("ix_pending_launch_token", "token_key"),
    Index("ix_pending_launch_practice", "practice_key", "posted_at"),
    Index("ix_pending_launch_forget", "forget_at"),
)

USED_TOKEN = Table(
    "used_token",
    METADATA,
    Column("token_key", LargeBinary(32), primary_key=True),
    Column("context_id", String(22), nullable=False),
    Column("browser_hash", LargeBinary(32), nullable=False),
    Column("forget_at", BigInteger, nullable=False),
    Index("ix_used_token_forget", "forget_at"),
)

RELAXATION_USE = Table(
    "relaxation_use",
    METADATA,
    Column("hospital", String(63), primary_key=True),
    Column("issuer", String(255), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("launches", Integer, nullable=False),
    Column("last_used", BigInteger, nullable=False),
)

_INSTANTS = ("received_at", "posted_at", "pending_until", "retry_until", "forget_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRow:
    """One accepted POST.

    :param token_key: 32 bytes naming hospital, issuer and token id together.
    :param practice_key: 32 bytes naming hospital, issuer and practice together.
    :param browser_hash, context_hash: keyed hashes of the two cookies.
    :param claims: the launch as ciphertext, None once it was consumed.
    :param received_at: when this token was first received; ``posted_at``: when this POST was.
    :param forget_at: from when the token cannot be accepted any more, so the row may go.
    """

    context_id: str
    hospital: str
    reference: str
    token_key: bytes
    practice_key: bytes
    browser_hash: bytes
    context_hash: bytes
    claims: bytes | None
    received_at: datetime
    posted_at: datetime
    pending_until: datetime
    retry_until: datetime
    forget_at: datetime


@dataclass(frozen=True, slots=True)
class UsedToken:
    """Which context consumed the token, and in which browser."""

    context_id: str
    browser_hash: bytes


@dataclass(frozen=True, slots=True)
class RelaxationUse:
    """How often accepted launches of one vendor needed one relaxation at one hospital.

    :param launches: since the first of them, also under earlier registrations of the same relaxation.
    :param last_used: aware UTC, when the last of them was received.
    """

    hospital: str
    name: str
    launches: int
    last_used: datetime


# Every launch runs these; building them anew each time cost more than running them.
_PENDING_COLUMNS = tuple(column.name for column in PENDING_LAUNCH.columns)
_ADD_PENDING = insert(PENDING_LAUNCH)
_FIND_USED = select(USED_TOKEN.c.context_id, USED_TOKEN.c.browser_hash).where(
    USED_TOKEN.c.token_key == bindparam("token_key")
)
_FIRST_RECEIPT = select(func.min(PENDING_LAUNCH.c.received_at)).where(
    PENDING_LAUNCH.c.token_key == bindparam("token_key")
)
_COUNT_LAUNCHES = select(func.count()).select_from(
    select(PENDING_LAUNCH.c.context_id)
    .where(
        PENDING_LAUNCH.c.practice_key == bindparam("practice_key"),
        PENDING_LAUNCH.c.posted_at > bindparam("since"),
    )
    .limit(bindparam("at_most"))
    .subquery()
)


def find_pending(connection: Connection, hospital: str, context_id: str) -> PendingRow | None:
    """The pending launch under this id at this hospital."""
    question = select(PENDING_LAUNCH).where(
        PENDING_LAUNCH.c.context_id == context_id, PENDING_LAUNCH.c.hospital == hospital
    )
    row = connection.execute(question).mappings().one_or_none()
    return _pending(row) if row is not None else None


def find_waiting_launches(
    connection: Connection, practice_keys: Collection[bytes], now: datetime
) -> tuple[PendingRow, ...]:
    """A practice's accepted launches that a browser could still open.

    :param practice_keys: the practice's key, under each lookup key it may have been made with.
    """
    question = select(PENDING_LAUNCH).where(
        PENDING_LAUNCH.c.practice_key.in_(practice_keys),
        PENDING_LAUNCH.c.claims.is_not(None),
        PENDING_LAUNCH.c.pending_until > to_microseconds(now),
    )
    return tuple(_pending(row) for row in connection.execute(question).mappings())


def find_used(connection: Connection, token_key: bytes) -> UsedToken | None:
    """Who consumed the token."""
    row = connection.execute(_FIND_USED, {"token_key": token_key}).one_or_none()
    return UsedToken(row.context_id, row.browser_hash) if row is not None else None


def first_receipt(connection: Connection, token_key: bytes) -> datetime | None:
    """When the token was received for the first time, None when it never was."""
    first = connection.execute(_FIRST_RECEIPT, {"token_key": token_key}).scalar_one()
    return from_microseconds(first) if first is not None else None


def count_launches(connection: Connection, practice_key: bytes, since: datetime, at_most: int) -> int:
    """How many POSTs of the practice were accepted after ``since``; counts no further than ``at_most``."""
    asked = {"practice_key": practice_key, "since": to_microseconds(since), "at_most": at_most}
    return int(connection.execute(_COUNT_LAUNCHES, asked).scalar_one())


def add_pending(row: PendingRow) -> Job[None]:
    """Write one accepted POST."""

    def job(connection: Connection) -> None:
        values = {name: getattr(row, name) for name in _PENDING_COLUMNS}
        values |= {name: to_microseconds(values[name]) for name in _INSTANTS}
        connection.execute(_ADD_PENDING, values)

    return job


def use_token(row: PendingRow) -> Job[UsedToken | None]:
    """Consume the token of ``row`` for its context.

    :returns: None when it was free; else who consumed it before, and nothing has changed.
    """

    def job(connection: Connection) -> UsedToken | None:
        values = {
            "token_key": row.token_key,
            "context_id": row.context_id,
            "browser_hash": row.browser_hash,
            "forget_at": to_microseconds(row.forget_at),
        }
        make: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        taken = make(USED_TOKEN).values(values).on_conflict_do_nothing().returning(USED_TOKEN.c.context_id)
        written = connection.execute(taken).scalar_one_or_none() is not None
        return None if written else find_used(connection, row.token_key)

    return job


def count_relaxations(hospital: str, issuer: str, names: Iterable[str], now: datetime) -> Job[None]:
    """Count one accepted launch for each relaxation that it needed. :param now: aware."""

    def job(connection: Connection) -> None:
        make: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        for name in names:
            counted = {"launches": RELAXATION_USE.c.launches + 1, "last_used": to_microseconds(now)}
            key = {"hospital": hospital, "issuer": issuer, "name": name}
            first = make(RELAXATION_USE).values(key | counted | {"launches": 1})
            connection.execute(
                first.on_conflict_do_update(index_elements=RELAXATION_USE.primary_key.columns, set_=counted)
            )

    return job


def find_relaxation_uses(connection: Connection, issuer: str) -> tuple[RelaxationUse, ...]:
    """What accepted launches of this vendor needed, by hospital and name."""
    question = (
        select(RELAXATION_USE)
        .where(RELAXATION_USE.c.issuer == issuer)
        .order_by(RELAXATION_USE.c.hospital, RELAXATION_USE.c.name)
    )
    return tuple(
        RelaxationUse(row.hospital, row.name, row.launches, from_microseconds(row.last_used))
        for row in connection.execute(question)
    )


def drop_claims(context_id: str) -> Job[None]:
    """Erase the claims of a launch that was consumed; they live on in its context."""

    def job(connection: Connection) -> None:
        same = PENDING_LAUNCH.c.context_id == context_id
        connection.execute(update(PENDING_LAUNCH).where(same).values(claims=None))

    return job


def purge_launches(now: datetime) -> Job[int]:
    """Delete what no token can come back for. :returns: how many rows."""

    def job(connection: Connection) -> int:
        limit = to_microseconds(now)
        pending = connection.execute(delete(PENDING_LAUNCH).where(PENDING_LAUNCH.c.forget_at <= limit))
        used = connection.execute(delete(USED_TOKEN).where(USED_TOKEN.c.forget_at <= limit))
        return pending.rowcount + used.rowcount

    return job


def _pending(row: Mapping[Any, Any]) -> PendingRow:
    return PendingRow(**{**row, **{name: from_microseconds(row[name]) for name in _INSTANTS}})
