"""login tally

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import lms.core.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_tally",
        sa.Column("bucket", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", lms.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_login_tally")),
    )


def downgrade() -> None:
    op.drop_table("login_tally")
