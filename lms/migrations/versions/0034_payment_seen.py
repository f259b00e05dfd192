"""payment: accounting says what was done about one that gave no right

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("reviewed_at", UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("payment") as batch_op:
        batch_op.drop_column("reviewed_at")
