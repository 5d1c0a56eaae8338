"""What a HIS's back end sends: see launch/backend/store.py.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "launch_ticket",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hospital", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("practice_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("context_id", sa.String(length=22), nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_launch_ticket_forget", "launch_ticket", ["forget_at"])
    op.create_index("ix_launch_ticket_practice", "launch_ticket", ["practice_key", "issued_at"])
    op.create_table(
        "used_message",
        sa.Column("message_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_key"),
    )
    op.create_index("ix_used_message_forget", "used_message", ["forget_at"])
    op.create_index("ix_context_user", "context", ["user_key", "phase"])


def downgrade() -> None:
    op.drop_index("ix_context_user", "context")
    op.drop_table("used_message")
    op.drop_table("launch_ticket")
