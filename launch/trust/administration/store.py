"""Changing and listing trust. Writes are jobs for the writer; reads take a connection."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, Update, and_, insert, select, true, update

from launch.trust.administration.changes import (
    RegistrationChange,
    TrustConflictError,
    TrustTarget,
    TrustUnknownError,
    broken_keys,
    plan_change,
)
from launch.trust.model import (
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
    key_of,
    microseconds,
    practice_link,
    practice_of,
    trust_grant,
    vendor,
    vendor_key,
    vendor_of,
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
        held = {entry.grant.hospital: entry for entry in stored.grants} if stored else {}
        for entry in asked.grants:
            _write_grant(connection, entry, held.get(entry.grant.hospital))
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
        yield insert(vendor).values(
            issuer=asked.issuer, name=asked.name, adapter=asked.adapter, status=asked.status
        )
    else:
        same = vendor.c.issuer == asked.issuer
        yield update(vendor).where(same).values(name=asked.name, adapter=asked.adapter)
    if change.revoked_kids:
        left_out = and_(vendor_key.c.issuer == asked.issuer, vendor_key.c.kid.in_(change.revoked_kids))
        yield update(vendor_key).where(left_out).values(status=KeyStatus.REVOKED)
    for key in change.added_keys:
        yield insert(vendor_key).values(
            issuer=asked.issuer,
            kid=key.kid,
            kind=key.kind,
            algorithm=key.algorithm,
            pem=key.pem,
            status=key.status,
            not_before=microseconds(key.not_before),
            not_after=microseconds(key.not_after),
        )


def _write_grant(connection: Connection, asked: RegisteredGrant, held: RegisteredGrant | None) -> None:
    grant = asked.grant
    values: dict[str, Any] = {
        "environment": grant.environment,
        "launch_origins": sorted(grant.launch_origins),
        "roles": dict(grant.roles),
        "max_lifetime_seconds": grant.max_lifetime_seconds,
    }
    key = {"hospital": grant.hospital, "issuer": grant.issuer}
    if held is None:
        connection.execute(insert(trust_grant).values(**key, **values, status=grant.status))
    else:
        where = _locate(TrustTarget(grant.issuer, grant.hospital))[1]
        connection.execute(update(trust_grant).where(where).values(**values))
    known = {practice.ura_number: practice for practice in held.practices} if held else {}
    rows = [
        {**key, "ura_number": practice.ura_number, "name": practice.name, "status": practice.status}
        for practice in asked.practices
        if practice.ura_number not in known
    ]
    if rows:
        connection.execute(insert(practice_link), rows)
    for ura_number, changed in _practice_changes(asked, known):
        where = _locate(TrustTarget(grant.issuer, grant.hospital, ura_number))[1]
        connection.execute(update(practice_link).where(where).values(**changed))


def _practice_changes(
    asked: RegisteredGrant, known: Mapping[str, PracticeLink]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """New names, and suspension of what the file leaves out."""
    named = {practice.ura_number: practice for practice in asked.practices}
    for ura_number, link in known.items():
        if ura_number not in named:
            yield ura_number, {"status": TrustStatus.SUSPENDED}
        elif named[ura_number].name != link.name:
            yield ura_number, {"name": named[ura_number].name}
