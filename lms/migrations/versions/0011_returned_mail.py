"""outbox: the id a mail leaves with, the thread it answers, and that it came back

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.add_column(sa.Column("message_id", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("replies_to", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("bounced_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("bounce_reason", sa.Text(), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_outbox_message_message_id"), ["message_id"])


def downgrade() -> None:
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_constraint(op.f("uq_outbox_message_message_id"), type_="unique")
        for name in ("bounce_reason", "bounced_at", "replies_to", "message_id"):
            batch_op.drop_column(name)
