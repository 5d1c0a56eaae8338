"""The first tables: audit trail, trust registry, launches and contexts.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Nothing but an addition at the end is ever accepted (architecture.md D8). The INSERT trigger keeps the
# sequence without gaps, and stops SQLite's REPLACE also on a connection without recursive_triggers.
_SQLITE_TRIGGERS = (
    """CREATE TRIGGER audit_record_refuse_update BEFORE UPDATE ON audit_record
    BEGIN SELECT RAISE(ABORT, 'audit_record is never changed'); END""",
    """CREATE TRIGGER audit_record_refuse_delete BEFORE DELETE ON audit_record
    BEGIN SELECT RAISE(ABORT, 'audit_record is never changed'); END""",
    """CREATE TRIGGER audit_record_refuse_gap BEFORE INSERT ON audit_record
    WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence) + 1, 0) FROM audit_record)
    BEGIN SELECT RAISE(ABORT, 'audit_record is added to at its end'); END""",
)

_POSTGRES_TRIGGERS = (
    """CREATE FUNCTION audit_record_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit_record is never changed'; END $$""",
    """CREATE TRIGGER audit_record_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
    FOR EACH STATEMENT EXECUTE FUNCTION audit_record_refuse_change()""",
    """CREATE FUNCTION audit_record_refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.sequence IS DISTINCT FROM (SELECT coalesce(max(sequence) + 1, 0) FROM audit_record) THEN
            RAISE EXCEPTION 'audit_record is added to at its end';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER audit_record_refuse_gap BEFORE INSERT ON audit_record
    FOR EACH ROW EXECUTE FUNCTION audit_record_refuse_gap()""",
)


def upgrade() -> None:
    _create_audit()
    _create_vendors()
    _create_grants()
    _create_key_sets()
    _create_launch()
    _create_context()
    triggers = _SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else _POSTGRES_TRIGGERS
    for statement in triggers:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("before the first tables there is only an empty database: the audit trail is kept")


def _create_audit() -> None:
    """Who saw what: see audit/store.py."""
    op.create_table(
        "audit_record",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_table(
        "audit_key",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("lookup_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("lookup_key_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["sequence"], ["audit_record.sequence"]),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index("ix_audit_key_lookup", "audit_key", ["lookup_hash", "sequence"])
    op.create_table(
        "audit_reference",
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sequence"], ["audit_record.sequence"]),
        sa.PrimaryKeyConstraint("reference"),
    )


def _create_vendors() -> None:
    """Whom we know, and by which keys: see launch/trust/store.py."""
    op.create_table(
        "vendor",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("adapter", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("jwks_url", sa.String(length=255), nullable=True),
        sa.Column("sign_on_url", sa.String(length=255), nullable=True),
        sa.Column("fhir_base_url", sa.String(length=255), nullable=True),
        sa.Column("client_id", sa.String(length=255), nullable=True),
        sa.Column("reports_launches", sa.Boolean(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended')", name="ck_vendor_status"),
        sa.PrimaryKeyConstraint("issuer"),
    )
    op.create_table(
        "vendor_key",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("kid", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("algorithm", sa.String(length=16), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('public_key', 'certificate')", name="ck_vendor_key_kind"),
        sa.CheckConstraint("status IN ('active', 'revoked')", name="ck_vendor_key_status"),
        sa.CheckConstraint("not_before < not_after", name="ck_vendor_key_validity"),
        sa.ForeignKeyConstraint(["issuer"], ["vendor.issuer"]),
        sa.PrimaryKeyConstraint("issuer", "kid"),
    )


def _create_grants() -> None:
    """Who may launch where, and for which practices: see launch/trust/store.py."""
    op.create_table(
        "trust_grant",
        sa.Column("hospital", sa.String(length=63), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("environment", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("launch_origins", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("max_lifetime_seconds", sa.Integer(), nullable=False),
        sa.Column("minimum_grade", sa.String(length=16), nullable=False),
        sa.Column("require_encryption", sa.Boolean(), nullable=False),
        sa.Column("relaxations", sa.JSON(), nullable=False),
        sa.Column("generic_users", sa.JSON(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.CheckConstraint("environment IN ('test', 'production')", name="ck_trust_grant_environment"),
        sa.CheckConstraint("status IN ('active', 'suspended')", name="ck_trust_grant_status"),
        sa.CheckConstraint("max_lifetime_seconds BETWEEN 1 AND 120", name="ck_trust_grant_lifetime"),
        sa.CheckConstraint(
            "minimum_grade IN ('one_hop', 'ticket', 'two_hop', 'smart')", name="ck_trust_grant_minimum_grade"
        ),
        sa.ForeignKeyConstraint(["issuer"], ["vendor.issuer"]),
        sa.PrimaryKeyConstraint("hospital", "issuer"),
    )
    op.create_index("ix_trust_grant_issuer", "trust_grant", ["issuer"])
    op.create_table(
        "practice_link",
        sa.Column("hospital", sa.String(length=63), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("ura_number", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("deployment_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint("status IN ('active', 'suspended')", name="ck_practice_link_status"),
        sa.CheckConstraint("length(ura_number) = 8", name="ck_practice_link_ura"),
        sa.ForeignKeyConstraint(["hospital", "issuer"], ["trust_grant.hospital", "trust_grant.issuer"]),
        sa.PrimaryKeyConstraint("hospital", "issuer", "ura_number"),
    )


def _create_key_sets() -> None:
    """Keys that vendors publish: see launch/trust/published/store.py."""
    op.create_table(
        "key_set",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("url", sa.String(length=255), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("refetch_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer"),
    )
    op.create_table(
        "published_kid",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("kid", sa.String(length=128), nullable=False),
        sa.Column("spki_sha256", sa.String(length=64), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "kid"),
    )


def _create_launch() -> None:
    """Which launches came in: see launch/store.py."""
    op.create_table(
        "pending_launch",
        sa.Column("context_id", sa.String(length=22), nullable=False),
        sa.Column("hospital", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("token_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("practice_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("context_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("pending_until", sa.BigInteger(), nullable=False),
        sa.Column("retry_until", sa.BigInteger(), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("context_id"),
    )
    op.create_index("ix_pending_launch_forget", "pending_launch", ["forget_at"])
    op.create_index("ix_pending_launch_practice", "pending_launch", ["practice_key", "posted_at"])
    op.create_index("ix_pending_launch_token", "pending_launch", ["token_key"])
    op.create_table(
        "used_token",
        sa.Column("token_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("context_id", sa.String(length=22), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_key"),
    )
    op.create_index("ix_used_token_forget", "used_token", ["forget_at"])
    op.create_table(
        "relaxation_use",
        sa.Column("hospital", sa.String(length=63), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("launches", sa.Integer(), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hospital", "issuer", "name"),
    )


def _create_context() -> None:
    """What is open: see context/store.py."""
    op.create_table(
        "context",
        sa.Column("context_id", sa.String(length=22), nullable=False),
        sa.Column("hospital", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("context_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("live_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("patient_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=True),
        sa.Column("patient", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("retry_until", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("last_active_at", sa.BigInteger(), nullable=True),
        sa.Column("consent_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("refusal", sa.String(length=4), nullable=True),
        sa.Column("scope", sa.String(length=32), nullable=True),
        sa.Column("categories", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("context_id"),
    )
    op.create_index("ix_context_browser", "context", ["browser_hash", "phase"])
    op.create_index("ix_context_ended", "context", ["ended_at"])
    op.create_index("ix_context_live", "context", ["live_key", "phase"])
    op.create_index("ix_context_phase", "context", ["phase", "last_active_at"])
    op.create_table(
        "live_context",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("context_id", sa.String(length=22), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_live_context_received", "live_context", ["received_at"])
