"""Requests that wait for their answer, by the hash of their state.

One UPDATE uses a request up, and the database guards that it does so once.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
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
    func,
    insert,
    or_,
    select,
    update,
)

from context.instant import from_microseconds, to_microseconds

T = TypeVar("T")
Job = Callable[[Connection], T]

METADATA = MetaData()

OUTGOING_REQUEST = Table(
    "outgoing_request",
    METADATA,
    Column("state_hash", LargeBinary(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("hospital", String(64), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("browser_hash", LargeBinary(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("answer_hash", LargeBinary(32)),
    Index("ix_outgoing_request_issuer", "hospital", "issuer", "created_at"),
    Index("ix_outgoing_request_expires", "expires_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request.

    :param state_hash: SHA-256 of the state.
    :param browser_hash: keyed hash of the browser cookie.
    :param sealed: nonce and details as ciphertext.
    :param answer_hash: SHA-256 of the answer that used it up, None while it waits.
    """

    state_hash: bytes
    kind: str
    hospital: str
    issuer: str
    browser_hash: bytes
    sealed: bytes
    created_at: datetime
    expires_at: datetime
    answer_hash: bytes | None = None


def find_request(connection: Connection, state_hash: bytes) -> RequestRow | None:
    """The request with this state, used up or not."""
    question = select(OUTGOING_REQUEST).where(OUTGOING_REQUEST.c.state_hash == state_hash)
    row = connection.execute(question).mappings().one_or_none()
    if row is None:
        return None
    instants = {name: from_microseconds(row[name]) for name in ("created_at", "expires_at")}
    return RequestRow(**{**row, **instants})


def add_request(row: RequestRow, since: datetime, at_most: int) -> Job[bool]:
    """Remember a request.

    :returns: False, and nothing is written, when its issuer began ``at_most`` or more at its hospital
        after ``since``.
    """

    def job(connection: Connection) -> bool:
        recent = (
            select(OUTGOING_REQUEST.c.state_hash)
            .where(
                OUTGOING_REQUEST.c.hospital == row.hospital,
                OUTGOING_REQUEST.c.issuer == row.issuer,
                OUTGOING_REQUEST.c.created_at > to_microseconds(since),
            )
            .limit(at_most)
            .subquery()
        )
        if connection.execute(select(func.count()).select_from(recent)).scalar_one() >= at_most:
            return False
        instants = {name: to_microseconds(getattr(row, name)) for name in ("created_at", "expires_at")}
        connection.execute(insert(OUTGOING_REQUEST).values({**asdict(row), **instants}))
        return True

    return job


def use_request(state_hash: bytes, answer_hash: bytes) -> Job[bool | None]:
    """Use a request up.

    :returns: True when this answer did so now, False when the same one had before, None when another
        answer had or the request is gone.
    """

    def job(connection: Connection) -> bool | None:
        same = OUTGOING_REQUEST.c.state_hash == state_hash
        free = or_(OUTGOING_REQUEST.c.answer_hash.is_(None), OUTGOING_REQUEST.c.answer_hash == answer_hash)
        before = connection.execute(select(OUTGOING_REQUEST.c.answer_hash).where(same)).scalar_one_or_none()
        changed = connection.execute(
            update(OUTGOING_REQUEST).where(same, free).values(answer_hash=answer_hash)
        )
        return before is None if changed.rowcount else None

    return job


def purge_requests(now: datetime) -> Job[int]:
    """Delete what no answer can come for. :returns: how many rows."""

    def job(connection: Connection) -> int:
        over = OUTGOING_REQUEST.c.expires_at <= to_microseconds(now)
        return connection.execute(delete(OUTGOING_REQUEST).where(over)).rowcount

    return job
