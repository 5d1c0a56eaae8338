"""Requests to a HIS that wait for their answer: see launch/requests/store.py.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_request",
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hospital", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("answer_hash", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("state_hash"),
    )
    op.create_index("ix_outgoing_request_expires", "outgoing_request", ["expires_at"])
    op.create_index("ix_outgoing_request_issuer", "outgoing_request", ["hospital", "issuer", "created_at"])


def downgrade() -> None:
    op.drop_table("outgoing_request")
