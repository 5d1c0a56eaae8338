"""Key sets as they were last fetched, shared by all workers, and every kid that a vendor ever published.

Writes are jobs for the writer; reads take a connection.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    RowMapping,
    String,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from launch.trust.key_rules import broken_rules
from launch.trust.model import KeyKind, KeyStatus, TrustStatus, VendorKey
from launch.trust.published.freshness import BETWEEN_FETCHES
from launch.trust.published.key_set import PublishedKey
from launch.trust.published.model import KeySetChange, StoredKeySet
from launch.trust.store import microseconds, vendor, vendor_key

MAX_KNOWN_KIDS = 500
"""How many kids one vendor may use within ``KID_MEMORY``."""

KID_MEMORY = timedelta(days=400)
"""How long after its last sight a kid still names one key only (A118)."""

MAX_ERROR_CHARACTERS = 500

metadata = MetaData()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

key_set = Table(
    "key_set",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("url", String(255), nullable=False),
    Column("document", Text),
    Column("fetched_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("failed_at", BigInteger),
    Column("last_error", String(MAX_ERROR_CHARACTERS)),
    Column("refetch_after", BigInteger, nullable=False),
)

published_kid = Table(
    "published_kid",
    metadata,
    Column("issuer", String(255), nullable=False),
    Column("kid", String(128), nullable=False),
    Column("spki_sha256", String(64), nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("issuer", "kid"),
)

_KEY_SET = select(key_set).where(key_set.c.issuer == bindparam("issuer"))


def find_key_set(connection: Connection, issuer: str, url: str) -> StoredKeySet | None:
    """What is stored for this vendor's present ``jwks_url``; a set from another address does not count."""
    row = connection.execute(_KEY_SET, {"issuer": issuer}).mappings().one_or_none()
    return None if row is None or row["url"] != url else _stored(row)


def list_key_sets(connection: Connection) -> Mapping[str, StoredKeySet]:
    """By issuer, of every vendor whose set was asked for at its present ``jwks_url``."""
    asked = select(key_set).join_from(
        key_set, vendor, and_(vendor.c.issuer == key_set.c.issuer, vendor.c.jwks_url == key_set.c.url)
    )
    return {row["issuer"]: _stored(row) for row in connection.execute(asked).mappings()}


def _stored(row: RowMapping) -> StoredKeySet:
    return StoredKeySet(
        url=row["url"],
        keys=_read_document(row["document"]) if row["document"] else (),
        fetched_at=_moment(row["fetched_at"]),
        expires_at=_moment(row["expires_at"]),
        failed_at=_moment(row["failed_at"]),
        last_error=row["last_error"],
        refetch_after=_EPOCH + timedelta(microseconds=row["refetch_after"]),
    )


def find_due(connection: Connection, now: datetime) -> tuple[tuple[str, str], ...]:
    """Issuer and URL of the active vendors whose set is missing or no longer fresh, and may be fetched."""
    moment = microseconds(now)
    absent = or_(key_set.c.issuer.is_(None), key_set.c.url != vendor.c.jwks_url)
    stale = or_(key_set.c.expires_at.is_(None), key_set.c.expires_at <= moment)
    asked = (
        select(vendor.c.issuer, vendor.c.jwks_url)
        .join_from(vendor, key_set, key_set.c.issuer == vendor.c.issuer, isouter=True)
        .where(vendor.c.jwks_url.is_not(None), vendor.c.status == TrustStatus.ACTIVE)
        .where(or_(absent, stale & (key_set.c.refetch_after <= moment)))
        .order_by(vendor.c.issuer)
    )
    return tuple((row.issuer, row.jwks_url) for row in connection.execute(asked))


def claim_fetch(issuer: str, url: str, now: datetime) -> Callable[[Connection], bool]:
    """A job: True for the one who may fetch now; nobody else may for ``BETWEEN_FETCHES``."""

    def job(connection: Connection) -> bool:
        after = microseconds(now + BETWEEN_FETCHES)
        row = connection.execute(_KEY_SET, {"issuer": issuer}).mappings().one_or_none()
        if row is not None and row["url"] == url:
            if row["refetch_after"] > microseconds(now):
                return False
            connection.execute(_of(issuer).values(refetch_after=after))
            return True
        connection.execute(delete(key_set).where(key_set.c.issuer == issuer))
        connection.execute(insert(key_set).values(issuer=issuer, url=url, refetch_after=after))
        return True

    return job


def keep_key_set(
    issuer: str, url: str, keys: Iterable[PublishedKey], now: datetime, life: timedelta
) -> Callable[[Connection], KeySetChange]:
    """A job that stores a good set in the place of the last one; a removed key serves no longer.

    A kid names one key for ever (A118): when one names another key than it did before, here or in the
    registration, or when there are too many kids, nothing is kept and the failure is noted.
    """
    found = {each.key.kid: each for each in keys}

    def job(connection: Connection) -> KeySetChange:
        known = _known_kids(connection, issuer)
        if problem := _kid_problem(connection, issuer, found, known):
            return note_failure(issuer, url, problem, now)(connection)
        before = find_key_set(connection, issuer, url)
        old = {key.kid: key for key in before.keys} if before else {}
        new = {kid: _vendor_key(each) for kid, each in found.items()}
        connection.execute(
            _of(issuer, url).values(
                document=_document(new.values()),
                fetched_at=microseconds(now),
                expires_at=microseconds(now + life),
                last_error=None,
            )
        )
        _remember_kids(connection, issuer, found, known, now)
        return KeySetChange(
            added=tuple(key for kid, key in new.items() if kid not in old),
            removed=tuple(key for kid, key in old.items() if kid not in new),
        )

    return job


def note_failure(issuer: str, url: str, problem: str, now: datetime) -> Callable[[Connection], KeySetChange]:
    """A job that leaves the last good set as it is and keeps why there is no newer one."""
    text = problem[:MAX_ERROR_CHARACTERS]

    def job(connection: Connection) -> KeySetChange:
        before = find_key_set(connection, issuer, url)
        connection.execute(_of(issuer, url).values(failed_at=microseconds(now), last_error=text))
        return KeySetChange(refused=text, is_news=before is None or before.last_error != text)

    return job


def list_kids(connection: Connection, issuer: str) -> Mapping[str, tuple[datetime, datetime]]:
    """When each kid was first and last seen in the vendor's set."""
    rows = connection.execute(select(published_kid).where(published_kid.c.issuer == issuer)).mappings()
    return {
        row["kid"]: (
            _EPOCH + timedelta(microseconds=row["first_seen"]),
            _EPOCH + timedelta(microseconds=row["last_seen"]),
        )
        for row in rows
    }


def _known_kids(connection: Connection, issuer: str) -> dict[str, str]:
    asked = select(published_kid.c.kid, published_kid.c.spki_sha256).where(published_kid.c.issuer == issuer)
    return {row.kid: row.spki_sha256 for row in connection.execute(asked)}


def _kid_problem(
    connection: Connection, issuer: str, found: Mapping[str, PublishedKey], known: Mapping[str, str]
) -> str | None:
    own = select(vendor_key.c.kid, vendor_key.c.pem).where(vendor_key.c.issuer == issuer)
    registered = {row.kid: row.pem for row in connection.execute(own)}
    for kid, each in found.items():
        if known.get(kid, each.key.spki_sha256) != each.key.spki_sha256:
            return f"kid {kid} named another key before"
        if registered.get(kid, each.key.pem) != each.key.pem:
            return f"kid {kid} names another key in the registration"
    if len(known.keys() | found.keys()) > MAX_KNOWN_KIDS:
        return f"more than {MAX_KNOWN_KIDS} kids in {KID_MEMORY.days} days"
    return None


def _remember_kids(
    connection: Connection,
    issuer: str,
    found: Mapping[str, PublishedKey],
    known: Mapping[str, str],
    now: datetime,
) -> None:
    """Also forgets those that were not seen for long."""
    moment = microseconds(now)
    own = published_kid.c.issuer == issuer
    fresh = [
        {
            "issuer": issuer,
            "kid": kid,
            "spki_sha256": each.key.spki_sha256,
            "first_seen": moment,
            "last_seen": moment,
        }
        for kid, each in found.items()
        if kid not in known
    ]
    if found:
        connection.execute(
            update(published_kid).where(own, published_kid.c.kid.in_(list(found))).values(last_seen=moment)
        )
    if fresh:
        connection.execute(insert(published_kid), fresh)
    connection.execute(
        delete(published_kid).where(own, published_kid.c.last_seen < microseconds(now - KID_MEMORY))
    )


def _of(issuer: str, url: str | None = None) -> Update:
    statement = update(key_set).where(key_set.c.issuer == issuer)
    return statement if url is None else statement.where(key_set.c.url == url)


def _vendor_key(published: PublishedKey) -> VendorKey:
    return VendorKey(
        kid=published.key.kid,
        kind=KeyKind.PUBLIC_KEY,
        algorithm=published.key.algorithm,
        pem=published.key.pem,
        status=KeyStatus.ACTIVE,
        not_before=published.not_before,
        not_after=published.not_after,
    )


def _document(keys: Iterable[VendorKey]) -> str:
    return json.dumps(
        [
            [key.kid, key.algorithm, key.pem, microseconds(key.not_before), microseconds(key.not_after)]
            for key in keys
        ]
    )


@lru_cache(maxsize=128)
def _read_document(text: str) -> tuple[VendorKey, ...]:
    return tuple(
        VendorKey(
            kid,
            KeyKind.PUBLIC_KEY,
            algorithm,
            pem,
            KeyStatus.REVOKED if broken_rules(KeyKind.PUBLIC_KEY, algorithm, pem) else KeyStatus.ACTIVE,
            _EPOCH + timedelta(microseconds=begins),
            _EPOCH + timedelta(microseconds=ends),
        )
        for kid, algorithm, pem, begins, ends in json.loads(text)
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)
