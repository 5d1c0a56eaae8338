"""Changing and listing trust. Writes are jobs for the writer; reads take a connection."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Insert, Table, Update, and_, insert, select, true, update

from launch.trust.administration.changes import (
    RegistrationChange,
    TrustConflictError,
    TrustTarget,
    TrustUnknownError,
    broken_keys,
    plan_change,
    settled_relaxations,
)
from launch.trust.model import (
    Grant,
    KeyStatus,
    PracticeLink,
    RegisteredGrant,
    Registration,
    TrustStatus,
    Vendor,
    VendorKey,
)
from launch.trust.store import (
    GRANT_COLUMNS,
    grant_of,
    grant_values,
    key_of,
    microseconds,
    practice_link,
    practice_of,
    trust_grant,
    vendor,
    vendor_key,
    vendor_of,
    vendor_values,
)


def list_trust(connection: Connection, issuer: str | None = None) -> tuple[Registration, ...]:
    """Everything registered, by issuer, with the status that is stored; or one vendor's only."""

    def only(table: Table) -> ColumnElement[bool]:
        return true() if issuer is None else table.c.issuer == issuer

    keys: dict[str, list[VendorKey]] = defaultdict(list)
    known = select(vendor_key).where(only(vendor_key)).order_by(vendor_key.c.kid)
    for row in connection.execute(known).mappings():
        keys[row["issuer"]].append(key_of(row))
    practices: dict[tuple[str, str], list[PracticeLink]] = defaultdict(list)
    linked = select(practice_link).where(only(practice_link)).order_by(practice_link.c.ura_number)
    for row in connection.execute(linked).mappings():
        practices[row["issuer"], row["hospital"]].append(practice_of(row))
    grants: dict[str, list[RegisteredGrant]] = defaultdict(list)
    granted = (
        select(trust_grant.c.issuer, *GRANT_COLUMNS).where(only(trust_grant)).order_by(trust_grant.c.hospital)
    )
    for row in connection.execute(granted).mappings():
        links = tuple(practices[row["issuer"], row["hospital"]])
        grants[row["issuer"]].append(RegisteredGrant(grant_of(row), links))
    vendors = connection.execute(select(vendor).where(only(vendor)).order_by(vendor.c.issuer)).mappings()
    return tuple(
        Registration(vendor_of(row, tuple(keys[row["issuer"]])), tuple(grants[row["issuer"]]))
        for row in vendors
    )


def find_registration(connection: Connection, issuer: str) -> Registration | None:
    """Everything registered about one vendor, with the status that is stored."""
    found = list_trust(connection, issuer)
    return found[0] if found else None


def add_registration(asked: Registration) -> Callable[[Connection], RegistrationChange]:
    """A job that makes the database hold what a checked registration asks for.

    Grants at hospitals it does not name stay as they are. The job raises TrustConflictError, and
    writes nothing, when it breaks a rule against what is stored (see ``plan_change``).
    """

    def job(connection: Connection) -> RegistrationChange:
        stored = find_registration(connection, asked.vendor.issuer)
        change = plan_change(asked, stored)
        for statement in _vendor_statements(asked.vendor, stored, change):
            connection.execute(statement)
        held = {entry.grant.hospital: entry.grant for entry in stored.grants} if stored else {}
        for entry in asked.grants:
            _write_grant(connection, entry.grant, held.get(entry.grant.hospital))
        for statement in _practice_statements(asked.vendor.issuer, change):
            connection.execute(statement)
        return change

    return job


def change_status(target: TrustTarget, status: TrustStatus) -> Callable[[Connection], bool]:
    """A job that suspends or activates; its result is False when that was the status already.

    The job raises TrustUnknownError when the target is not registered, and TrustConflictError when a
    key of a vendor to be activated breaks today's rules; then nothing is written.
    """

    def job(connection: Connection) -> bool:
        table, where = _locate(target)
        current = connection.execute(select(table.c.status).where(where)).scalar_one_or_none()
        if current is None:
            raise TrustUnknownError(f"{target}: not registered")
        if status is TrustStatus.ACTIVE:
            own = select(vendor_key).where(vendor_key.c.issuer == target.issuer)
            if problems := tuple(broken_keys(map(key_of, connection.execute(own).mappings()))):
                raise TrustConflictError(problems)
        if current == status:
            return False
        connection.execute(update(table).where(where).values(status=status))
        return True

    return job


def revoke_key(issuer: str, key: VendorKey) -> Callable[[Connection], bool]:
    """A job that revokes one key for good; its result is False when it was revoked already.

    :param key: a registered one, or one that the vendor publishes, which is registered as revoked.
    """

    def job(connection: Connection) -> bool:
        where = and_(vendor_key.c.issuer == issuer, vendor_key.c.kid == key.kid)
        current = connection.execute(select(vendor_key.c.status).where(where)).scalar_one_or_none()
        if current is None:
            connection.execute(insert(vendor_key).values(_key_values(issuer, key, KeyStatus.REVOKED)))
        elif current == KeyStatus.REVOKED:
            return False
        else:
            connection.execute(update(vendor_key).where(where).values(status=KeyStatus.REVOKED))
        return True

    return job


def _locate(target: TrustTarget) -> tuple[Table, ColumnElement[bool]]:
    if target.hospital is None:
        return vendor, vendor.c.issuer == target.issuer
    table = trust_grant if target.ura_number is None else practice_link
    where = and_(table.c.issuer == target.issuer, table.c.hospital == target.hospital)
    if target.ura_number is not None:
        where = and_(where, practice_link.c.ura_number == target.ura_number)
    return table, where


def _vendor_statements(
    asked: Vendor, stored: Registration | None, change: RegistrationChange
) -> Iterator[Insert | Update]:
    if stored is None:
        yield insert(vendor).values(issuer=asked.issuer, status=asked.status, **vendor_values(asked))
    else:
        same = vendor.c.issuer == asked.issuer
        yield update(vendor).where(same).values(vendor_values(asked))
    if change.revoked_kids:
        left_out = and_(vendor_key.c.issuer == asked.issuer, vendor_key.c.kid.in_(change.revoked_kids))
        yield update(vendor_key).where(left_out).values(status=KeyStatus.REVOKED)
    for key in change.added_keys:
        yield insert(vendor_key).values(_key_values(asked.issuer, key, key.status))


def _key_values(issuer: str, key: VendorKey, status: KeyStatus) -> dict[str, object]:
    return {
        "issuer": issuer,
        "kid": key.kid,
        "kind": key.kind,
        "algorithm": key.algorithm,
        "pem": key.pem,
        "status": status,
        "not_before": microseconds(key.not_before),
        "not_after": microseconds(key.not_after),
    }


def _write_grant(connection: Connection, asked: Grant, held: Grant | None) -> None:
    values = grant_values(replace(asked, relaxations=settled_relaxations(asked, held)))
    if held is None:
        key = {"hospital": asked.hospital, "issuer": asked.issuer}
        connection.execute(insert(trust_grant).values(**key, **values, status=asked.status))
    else:
        where = _locate(TrustTarget(asked.issuer, asked.hospital))[1]
        connection.execute(update(trust_grant).where(where).values(values))


def _practice_statements(issuer: str, change: RegistrationChange) -> Iterator[Insert | Update]:
    rows = [
        {
            "hospital": hospital,
            "issuer": issuer,
            "ura_number": link.ura_number,
            "status": link.status,
            "name": link.name,
            "deployment_id": link.deployment_id,
        }
        for hospital, link in change.linked_practices
    ]
    if rows:
        yield insert(practice_link).values(rows)
    for hospital, link in change.changed_practices:
        where = _locate(TrustTarget(issuer, hospital, link.ura_number))[1]
        yield update(practice_link).where(where).values(name=link.name, deployment_id=link.deployment_id)
    for hospital, ura_number in change.suspended_practices:
        where = _locate(TrustTarget(issuer, hospital, ura_number))[1]
        yield update(practice_link).where(where).values(status=TrustStatus.SUSPENDED)
