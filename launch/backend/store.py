"""Tickets that wait for their browser, and the ids of messages that are used up.

A ticket is found by the hash of its code, and its claims are ciphertext. A message id becomes used by one
INSERT whose primary key the database guards.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

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

LAUNCH_TICKET = Table(
    "launch_ticket",
    METADATA,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("hospital", String(64), nullable=False),
    Column("reference", String(9), nullable=False),
    Column("practice_key", LargeBinary(32), nullable=False),
    Column("claims", LargeBinary, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("forget_at", BigInteger, nullable=False),
    Column("browser_hash", LargeBinary(32)),
    Column("context_id", String(22)),
    Index("ix_launch_ticket_practice", "practice_key", "issued_at"),
    Index("ix_launch_ticket_forget", "forget_at"),
)

USED_MESSAGE = Table(
    "used_message",
    METADATA,
    Column("message_key", LargeBinary(32), primary_key=True),
    Column("forget_at", BigInteger, nullable=False),
    Index("ix_used_message_forget", "forget_at"),
)

_INSTANTS = ("issued_at", "expires_at", "forget_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """One ticket.

    :param code_hash: SHA-256 of the code.
    :param reference: of the record of its issue.
    :param practice_key: 32 bytes naming hospital, issuer and practice together.
    :param claims: the launch as ciphertext.
    :param browser_hash, context_id: who redeemed it and where that led; None while it waits.
    """

    code_hash: bytes
    hospital: str
    reference: str
    practice_key: bytes
    claims: bytes
    issued_at: datetime
    expires_at: datetime
    forget_at: datetime
    browser_hash: bytes | None = None
    context_id: str | None = None


def find_ticket(connection: Connection, code_hash: bytes) -> TicketRow | None:
    """The ticket with this code, redeemed or not."""
    question = select(LAUNCH_TICKET).where(LAUNCH_TICKET.c.code_hash == code_hash)
    row = connection.execute(question).mappings().one_or_none()
    return _row(row) if row is not None else None


def find_waiting(
    connection: Connection, practice_keys: Collection[bytes], now: datetime
) -> tuple[TicketRow, ...]:
    """Tickets of a practice that a browser could still redeem."""
    question = select(LAUNCH_TICKET).where(
        LAUNCH_TICKET.c.practice_key.in_(practice_keys),
        LAUNCH_TICKET.c.browser_hash.is_(None),
        LAUNCH_TICKET.c.expires_at > to_microseconds(now),
    )
    return tuple(_row(row) for row in connection.execute(question).mappings())


def count_tickets(connection: Connection, practice_key: bytes, since: datetime, at_most: int) -> int:
    """How many the practice got after ``since``; counts no further than ``at_most``."""
    recent = (
        select(LAUNCH_TICKET.c.code_hash)
        .where(
            LAUNCH_TICKET.c.practice_key == practice_key,
            LAUNCH_TICKET.c.issued_at > to_microseconds(since),
        )
        .limit(at_most)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(recent)).scalar_one()


def add_ticket(row: TicketRow) -> Job[None]:
    """Write a ticket that was issued now."""

    def job(connection: Connection) -> None:
        instants = {name: to_microseconds(getattr(row, name)) for name in _INSTANTS}
        connection.execute(insert(LAUNCH_TICKET).values({**asdict(row), **instants}))

    return job


def redeem_ticket(code_hash: bytes, browser_hash: bytes, context_id: str) -> Job[bool]:
    """Use a ticket up; False when it was used before."""
    return _change(code_hash, {"browser_hash": browser_hash, "context_id": context_id})


def expire_ticket(code_hash: bytes) -> Job[bool]:
    """End a waiting ticket before its time, also for a POST that came in before; False when it was used."""
    return _change(code_hash, {"expires_at": LAUNCH_TICKET.c.issued_at})


def use_message(message_key: bytes, forget_at: datetime) -> Job[bool]:
    """Use a message id up; False when it was used before."""

    def job(connection: Connection) -> bool:
        values = {"message_key": message_key, "forget_at": to_microseconds(forget_at)}
        make: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        taken = make(USED_MESSAGE).values(values).on_conflict_do_nothing().returning(USED_MESSAGE.c.forget_at)
        return connection.execute(taken).scalar_one_or_none() is not None

    return job


def purge_backend(now: datetime) -> Job[int]:
    """Delete tickets and message ids whose time is up. :returns: how many rows."""

    def job(connection: Connection) -> int:
        limit = to_microseconds(now)
        tickets = connection.execute(delete(LAUNCH_TICKET).where(LAUNCH_TICKET.c.forget_at <= limit))
        messages = connection.execute(delete(USED_MESSAGE).where(USED_MESSAGE.c.forget_at <= limit))
        return tickets.rowcount + messages.rowcount

    return job


def _change(code_hash: bytes, values: Mapping[str, object]) -> Job[bool]:
    def job(connection: Connection) -> bool:
        waiting = LAUNCH_TICKET.c.browser_hash.is_(None)
        statement = update(LAUNCH_TICKET).where(LAUNCH_TICKET.c.code_hash == code_hash, waiting)
        return connection.execute(statement.values(values)).rowcount == 1

    return job


def _row(found: Mapping[Any, Any]) -> TicketRow:
    return TicketRow(**{**found, **{name: from_microseconds(found[name]) for name in _INSTANTS}})
