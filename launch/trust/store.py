"""The trust registry's rows (architecture.md D9): vendors and keys are global, the rest per hospital.

Here are the tables and what a launch reads: three indexed selects, two in ``find_trust`` and one in
``find_practice``. ``launch.trust.administration`` changes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    RowMapping,
    String,
    Table,
    Text,
    and_,
    bindparam,
    select,
)

from context.hospital import Environment
from launch.trust.key_rules import broken_rules
from launch.trust.model import (
    MAX_RELAXED,
    Grant,
    KeyKind,
    KeyStatus,
    LaunchGrade,
    PracticeLink,
    Relaxation,
    RelaxationName,
    Trust,
    TrustStatus,
    Vendor,
    VendorKey,
)

metadata = MetaData()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _one_of(column: str, values: Iterable[str], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


vendor = Table(
    "vendor",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("adapter", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("jwks_url", String(255)),
    Column("sign_on_url", String(255)),
    Column("fhir_base_url", String(255)),
    Column("client_id", String(255)),
    Column("reports_launches", Boolean, nullable=False),
    _one_of("status", TrustStatus, "ck_vendor_status"),
)

vendor_key = Table(
    "vendor_key",
    metadata,
    Column("issuer", ForeignKey("vendor.issuer"), nullable=False),
    Column("kid", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("algorithm", String(16), nullable=False),
    Column("pem", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("not_after", BigInteger, nullable=False),
    PrimaryKeyConstraint("issuer", "kid"),
    _one_of("kind", KeyKind, "ck_vendor_key_kind"),
    _one_of("status", KeyStatus, "ck_vendor_key_status"),
    CheckConstraint("not_before < not_after", name="ck_vendor_key_validity"),
)

trust_grant = Table(
    "trust_grant",
    metadata,
    Column("hospital", String(63), nullable=False),
    Column("issuer", ForeignKey("vendor.issuer"), nullable=False),
    Column("environment", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("launch_origins", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("max_lifetime_seconds", Integer, nullable=False),
    Column("minimum_grade", String(16), nullable=False),
    Column("require_encryption", Boolean, nullable=False),
    Column("relaxations", JSON, nullable=False),
    Column("generic_users", JSON, nullable=False),
    Column("organisations", JSON, nullable=False),
    Column("frame_origins", JSON, nullable=False, server_default="[]"),
    PrimaryKeyConstraint("hospital", "issuer"),
    Index("ix_trust_grant_issuer", "issuer"),
    _one_of("environment", Environment, "ck_trust_grant_environment"),
    _one_of("status", TrustStatus, "ck_trust_grant_status"),
    CheckConstraint("max_lifetime_seconds BETWEEN 1 AND 120", name="ck_trust_grant_lifetime"),
    _one_of("minimum_grade", LaunchGrade, "ck_trust_grant_minimum_grade"),
)

practice_link = Table(
    "practice_link",
    metadata,
    Column("hospital", String(63), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("ura_number", String(8), nullable=False),
    Column("name", String(120)),
    Column("status", String(16), nullable=False),
    Column("deployment_id", String(64)),
    PrimaryKeyConstraint("hospital", "issuer", "ura_number"),
    ForeignKeyConstraint(["hospital", "issuer"], ["trust_grant.hospital", "trust_grant.issuer"]),
    _one_of("status", TrustStatus, "ck_practice_link_status"),
    CheckConstraint("length(ura_number) = 8", name="ck_practice_link_ura"),
)

GRANT_COLUMNS = (
    trust_grant.c.hospital,
    trust_grant.c.environment,
    trust_grant.c.status.label("grant_status"),
    trust_grant.c.launch_origins,
    trust_grant.c.roles,
    trust_grant.c.max_lifetime_seconds,
    trust_grant.c.minimum_grade,
    trust_grant.c.require_encryption,
    trust_grant.c.relaxations,
    trust_grant.c.generic_users,
    trust_grant.c.organisations,
    trust_grant.c.frame_origins,
)


# Built once: building a statement costs more than SQLite takes to answer it.
_TRUST = (
    select(vendor, *GRANT_COLUMNS)
    .join_from(
        vendor,
        trust_grant,
        and_(trust_grant.c.issuer == vendor.c.issuer, trust_grant.c.hospital == bindparam("hospital")),
        isouter=True,
    )
    .where(vendor.c.issuer == bindparam("issuer"))
)
_KEYS = select(vendor_key).where(vendor_key.c.issuer == bindparam("issuer")).order_by(vendor_key.c.kid)
_PRACTICE = select(practice_link).where(
    practice_link.c.hospital == bindparam("hospital"),
    practice_link.c.issuer == bindparam("issuer"),
    practice_link.c.ura_number == bindparam("ura_number"),
)


def find_trust(connection: Connection, hospital: str, issuer: str) -> Trust | None:
    """The vendor with its keys and its grant at this hospital, by exact match.

    An active key that breaks today's rules comes out as revoked.
    """
    asked = {"hospital": hospital, "issuer": issuer}
    row = connection.execute(_TRUST, asked).mappings().one_or_none()
    if row is None:
        return None
    keys = tuple(_usable(key_of(key)) for key in connection.execute(_KEYS, {"issuer": issuer}).mappings())
    return Trust(vendor_of(row, keys), None if row["hospital"] is None else grant_of(row))


def find_practice(connection: Connection, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
    """The link of this practice with this vendor at this hospital, by exact match."""
    asked = {"hospital": hospital, "issuer": issuer, "ura_number": ura_number}
    row = connection.execute(_PRACTICE, asked).mappings().one_or_none()
    return None if row is None else practice_of(row)


def key_of(row: RowMapping) -> VendorKey:
    """A row of ``vendor_key``."""
    return VendorKey(
        kid=row["kid"],
        kind=KeyKind(row["kind"]),
        algorithm=row["algorithm"],
        pem=row["pem"],
        status=KeyStatus(row["status"]),
        not_before=_EPOCH + row["not_before"] * _MICROSECOND,
        not_after=_EPOCH + row["not_after"] * _MICROSECOND,
    )


def _usable(key: VendorKey) -> VendorKey:
    if key.status is KeyStatus.ACTIVE and broken_rules(key.kind, key.algorithm, key.pem):
        return replace(key, status=KeyStatus.REVOKED)
    return key


def vendor_of(row: RowMapping, keys: tuple[VendorKey, ...]) -> Vendor:
    """A row with the columns of ``vendor``."""
    return Vendor(
        issuer=row["issuer"],
        name=row["name"],
        adapter=row["adapter"],
        status=TrustStatus(row["status"]),
        keys=keys,
        jwks_url=row["jwks_url"],
        sign_on_url=row["sign_on_url"],
        fhir_base_url=row["fhir_base_url"],
        client_id=row["client_id"],
        reports_launches=row["reports_launches"],
    )


def vendor_values(asked: Vendor) -> dict[str, Any]:
    """What a registration decides of a vendor's row: all but its issuer and status."""
    return {
        "name": asked.name,
        "adapter": asked.adapter,
        "jwks_url": asked.jwks_url,
        "sign_on_url": asked.sign_on_url,
        "fhir_base_url": asked.fhir_base_url,
        "client_id": asked.client_id,
        "reports_launches": asked.reports_launches,
    }


def grant_of(row: RowMapping) -> Grant:
    """A row with ``GRANT_COLUMNS`` and an issuer."""
    return Grant(
        hospital=row["hospital"],
        issuer=row["issuer"],
        environment=Environment(row["environment"]),
        status=TrustStatus(row["grant_status"]),
        launch_origins=frozenset(row["launch_origins"]),
        roles=row["roles"],
        max_lifetime_seconds=row["max_lifetime_seconds"],
        minimum_grade=LaunchGrade(row["minimum_grade"]),
        require_encryption=row["require_encryption"],
        relaxations=tuple(_relaxation_of(stored) for stored in row["relaxations"]),
        generic_users=frozenset(row["generic_users"]),
        organisations=row["organisations"],
        frame_origins=frozenset(row["frame_origins"]),
    )


def grant_values(asked: Grant) -> dict[str, Any]:
    """What a registration decides of a grant's row: all but its key and status."""
    return {
        "environment": asked.environment,
        "launch_origins": sorted(asked.launch_origins),
        "roles": dict(asked.roles),
        "max_lifetime_seconds": asked.max_lifetime_seconds,
        "minimum_grade": asked.minimum_grade,
        "require_encryption": asked.require_encryption,
        "relaxations": [
            {
                "name": relaxation.name.value,
                "since": microseconds(relaxation.since),
                "until": microseconds(relaxation.until),
                "reason": relaxation.reason,
            }
            for relaxation in asked.relaxations
        ],
        "generic_users": sorted(asked.generic_users),
        "organisations": dict(asked.organisations),
        "frame_origins": sorted(asked.frame_origins),
    }


def _relaxation_of(stored: Mapping[str, Any]) -> Relaxation:
    """What the database says may not stretch the rule: a longer span is cut off (D9)."""
    since = _EPOCH + stored["since"] * _MICROSECOND
    until = _EPOCH + stored["until"] * _MICROSECOND
    return Relaxation(
        RelaxationName(stored["name"]), since, min(until, since + MAX_RELAXED), stored["reason"]
    )


def practice_of(row: RowMapping) -> PracticeLink:
    """A row of ``practice_link``."""
    return PracticeLink(row["ura_number"], TrustStatus(row["status"]), row["name"], row["deployment_id"])


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC; exact on both databases. :param moment: aware."""
    return (moment - _EPOCH) // _MICROSECOND
