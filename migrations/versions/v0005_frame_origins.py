"""Sites that may show our pages in a frame: see launch/trust/store.py.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trust_grant", sa.Column("frame_origins", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("trust_grant", "frame_origins")
