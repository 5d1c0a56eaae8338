"""Contexts in the database, and which one of a key is live (architecture.md D4, D8).

Every change of phase is one conditional UPDATE whose row count tells whether it happened. What
identifies a person stands here as ciphertext or as a keyed hash only, and is erased when the context
ends; what is left then is its phase, so that it can still say what became of it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from context.codes import RefusalCode
from context.consent import Scope
from context.instant import from_microseconds, to_microseconds
from context.ports import ContextPhase
from context.rows import ContextRow

T = TypeVar("T")
Job = Callable[[Connection], T]

METADATA = MetaData()

CONTEXT = Table(
    "context",
    METADATA,
    Column("context_id", String(22), primary_key=True),
    Column("hospital", String(64), nullable=False),
    Column("reference", String(9), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("browser_hash", LargeBinary(32), nullable=False),
    Column("context_hash", LargeBinary(32), nullable=False),
    Column("live_key", LargeBinary(32), nullable=False),
    Column("user_key", LargeBinary(32), nullable=False),
    Column("patient_key", LargeBinary(32), nullable=False),
    Column("claims", LargeBinary),
    Column("patient", LargeBinary),
    Column("received_at", BigInteger, nullable=False),
    Column("retry_until", BigInteger, nullable=False),
    Column("opened_at", BigInteger),
    Column("last_active_at", BigInteger),
    Column("consent_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("refusal", String(4)),
    Column("scope", String(32)),
    Column("categories", String(255), nullable=False),
    Index("ix_context_live", "live_key", "phase"),
    Index("ix_context_browser", "browser_hash", "phase"),
    Index("ix_context_phase", "phase", "last_active_at"),
    Index("ix_context_ended", "ended_at"),
    Index("ix_context_user", "user_key", "phase"),
)

LIVE_CONTEXT = Table(
    "live_context",
    METADATA,
    Column("key", LargeBinary(32), primary_key=True),
    Column("subject", LargeBinary(32), nullable=False),
    Column("context_id", String(22), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index("ix_live_context_received", "received_at"),
)

_INSTANTS = ("received_at", "retry_until", "opened_at", "last_active_at", "consent_at", "ended_at")
_DOUBTED = 0  # ``consent_at`` of a context that is doubted before it opens; without a doubt it has none.
_ALIVE = (ContextPhase.ENTERING.value, ContextPhase.OPEN.value)


def find_context(connection: Connection, hospital: str, context_id: str) -> ContextRow | None:
    """The context under this id at this hospital."""
    question = select(CONTEXT).where(CONTEXT.c.context_id == context_id, CONTEXT.c.hospital == hospital)
    row = connection.execute(question).mappings().one_or_none()
    return _row(row) if row is not None else None


def find_reference(connection: Connection, context_id: str) -> str | None:
    """The reference of a context, whatever its phase."""
    question = select(CONTEXT.c.reference).where(CONTEXT.c.context_id == context_id)
    return connection.execute(question).scalar_one_or_none()


def find_rivals(connection: Connection, row: ContextRow, *, other_patients: bool) -> tuple[ContextRow, ...]:
    """Living contexts that ``row`` ends (D4): of the same key for another patient (when asked for), and
    of the same browser at this hospital by another user. ``claim_live`` said first that none is later.
    """
    same_browser = and_(
        CONTEXT.c.browser_hash == row.browser_hash,
        CONTEXT.c.hospital == row.hospital,
        CONTEXT.c.user_key != row.user_key,
    )
    same_key = and_(CONTEXT.c.live_key == row.live_key, CONTEXT.c.patient_key != row.patient_key)
    question = select(CONTEXT).where(
        CONTEXT.c.phase.in_(_ALIVE),
        or_(same_browser, same_key) if other_patients else same_browser,
    )
    return tuple(_row(found) for found in connection.execute(question).mappings())


def find_living(
    connection: Connection, hospital: str, user_keys: Collection[bytes]
) -> tuple[ContextRow, ...]:
    """Every context of a user at a hospital that has not ended.

    :param user_keys: the user's key, under each lookup key it may have been made with.
    """
    question = select(CONTEXT).where(
        CONTEXT.c.user_key.in_(user_keys), CONTEXT.c.hospital == hospital, CONTEXT.c.phase.in_(_ALIVE)
    )
    return tuple(_row(found) for found in connection.execute(question).mappings())


def find_living_of_patient(
    connection: Connection, hospital: str, patient_keys: Collection[bytes]
) -> tuple[ContextRow, ...]:
    """Every context about a patient at a hospital that has not ended.

    :param patient_keys: the BSN's key, under each lookup key it may have been made with.
    """
    question = select(CONTEXT).where(
        CONTEXT.c.phase.in_(_ALIVE), CONTEXT.c.hospital == hospital, CONTEXT.c.patient_key.in_(patient_keys)
    )
    return tuple(_row(found) for found in connection.execute(question).mappings())


def find_overdue(
    connection: Connection, opened_before: datetime, active_before: datetime, retried_before: datetime
) -> tuple[ContextRow, ...]:
    """Living contexts whose time is up though nobody came to see it; at most 500."""
    is_open = CONTEXT.c.phase == ContextPhase.OPEN.value
    idle = and_(is_open, CONTEXT.c.last_active_at <= to_microseconds(active_before))
    old = and_(is_open, CONTEXT.c.opened_at <= to_microseconds(opened_before))
    undecided = and_(
        CONTEXT.c.phase == ContextPhase.ENTERING.value,
        CONTEXT.c.retry_until <= to_microseconds(retried_before),
    )
    question = select(CONTEXT).where(or_(idle, old, undecided)).limit(500)
    return tuple(_row(found) for found in connection.execute(question).mappings())


def add_context(row: ContextRow) -> Job[None]:
    """Write a context that has just consumed its token."""

    def job(connection: Connection) -> None:
        connection.execute(insert(CONTEXT).values(_values(row)))

    return job


def claim_live(key: bytes, subject: bytes, context_id: str, received_at: datetime) -> Job[bool]:
    """Make the launch the latest of its key, unless a later one about another subject was first.

    The latest launch stays named when its context ends: a launch received before it never opens.

    :param key: a user's key with the patient as subject, or a browser's with the user as subject.
    :returns: False when it comes too late and must not open.
    """

    def job(connection: Connection) -> bool:
        received = to_microseconds(received_at)
        values = {"key": key, "subject": subject, "context_id": context_id, "received_at": received}
        make: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(make(LIVE_CONTEXT).values(values).on_conflict_do_nothing())
        same = LIVE_CONTEXT.c.key == key
        live = connection.execute(select(LIVE_CONTEXT).where(same).with_for_update()).one()
        if live.received_at > received:
            return bool(live.subject == subject)
        connection.execute(update(LIVE_CONTEXT).where(same).values(values))
        return True

    return job


def open_row(
    context_id: str, scope: Scope, categories: frozenset[str], patient: bytes, now: datetime
) -> Job[bool]:
    """``entering`` becomes ``open``; False when it was not ``entering``."""
    instant = to_microseconds(now)
    values = {
        "phase": ContextPhase.OPEN.value,
        "scope": scope.value,
        "categories": _joined(categories),
        "patient": patient,
        "opened_at": instant,
        "last_active_at": instant,
        "consent_at": case((CONTEXT.c.consent_at.is_(None), instant), else_=None),
    }
    return _change(context_id, (ContextPhase.ENTERING.value,), values)


def touch_row(context_id: str, now: datetime) -> Job[bool]:
    """Active now; False when it is not ``open``."""
    return _change(context_id, (ContextPhase.OPEN.value,), {"last_active_at": to_microseconds(now)})


def confirm_row(
    context_id: str, categories: frozenset[str], before: datetime | None, now: datetime
) -> Job[bool]:
    """Consent was asked again and stands.

    :param before: when consent was last answered, as the asker knew it.
    :returns: False when the context is not ``open``, or its consent changed meanwhile.
    """
    values = {"consent_at": to_microseconds(now), "categories": _joined(categories)}
    same = CONTEXT.c.consent_at.is_not_distinct_from(to_microseconds(before) if before else None)
    return _change(context_id, (ContextPhase.OPEN.value,), values, same)


def doubt_row(context_id: str) -> Job[bool]:
    """Consent is to be asked again before anything more is shown; False when the context has ended."""
    is_open = CONTEXT.c.phase == ContextPhase.OPEN.value
    return _change(context_id, _ALIVE, {"consent_at": case((is_open, None), else_=_DOUBTED)})


def end_row(
    context_id: str, phase: ContextPhase, now: datetime, refusal: RefusalCode | None = None
) -> Job[bool]:
    """A living context gets its last phase and forgets whom it was about; False when it had ended."""
    values = {
        "phase": phase.value,
        "refusal": refusal.value if refusal is not None else None,
        "ended_at": to_microseconds(now),
        "claims": None,
        "patient": None,
    }
    return _change(context_id, _ALIVE, values)


def renew_secret(context_id: str, context_hash: bytes) -> Job[bool]:
    """A fresh context cookie takes the place of the old one, in whatever phase."""
    phases = [phase.value for phase in ContextPhase]
    return _change(context_id, phases, {"context_hash": context_hash})


def purge_contexts(ended_before: datetime) -> Job[int]:
    """Delete contexts that ended long ago, and latest launches as old. :returns: how many rows."""

    def job(connection: Connection) -> int:
        limit = to_microseconds(ended_before)
        ended = connection.execute(delete(CONTEXT).where(CONTEXT.c.ended_at <= limit))
        latest = connection.execute(delete(LIVE_CONTEXT).where(LIVE_CONTEXT.c.received_at <= limit))
        return ended.rowcount + latest.rowcount

    return job


def _change(
    context_id: str, phases: Collection[str], values: Mapping[str, object], *more: ColumnElement[bool]
) -> Job[bool]:
    def job(connection: Connection) -> bool:
        still: ColumnElement[bool] = CONTEXT.c.phase.in_(phases)
        statement = update(CONTEXT).where(CONTEXT.c.context_id == context_id, still, *more).values(values)
        return connection.execute(statement).rowcount == 1

    return job


def _values(row: ContextRow) -> dict[str, object]:
    instants = {
        name: to_microseconds(instant) if (instant := getattr(row, name)) is not None else None
        for name in _INSTANTS
    }
    # A new context has neither scope nor refusal: those come by ``open_row`` and ``end_row``.
    chosen = {"phase": row.phase.value, "scope": None, "refusal": None}
    return {**asdict(row), **instants, **chosen, "categories": _joined(row.categories)}


def _row(found: Mapping[Any, Any]) -> ContextRow:
    instants = {
        name: from_microseconds(found[name]) if found[name] is not None else None for name in _INSTANTS
    }
    chosen = {
        "phase": ContextPhase(found["phase"]),
        "refusal": RefusalCode(found["refusal"]) if found["refusal"] is not None else None,
        "scope": Scope(found["scope"]) if found["scope"] is not None else None,
    }
    return ContextRow(**{**found, **instants, **chosen, "categories": frozenset(found["categories"].split())})


def _joined(categories: frozenset[str]) -> str:
    return " ".join(sorted(categories))
