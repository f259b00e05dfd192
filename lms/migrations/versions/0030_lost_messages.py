"""outbox: a lost message is settled by staff; the lost ones are found without reading all

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

from lms.core.db import UTCDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_LOST = sa.text("(failed_at IS NOT NULL OR bounced_at IS NOT NULL) AND settled_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.add_column(sa.Column("settled_at", UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("settled_by", sa.String(length=170), nullable=True))
    op.create_index(
        "ix_outbox_message_lost", "outbox_message", ["failed_at", "bounced_at"],
        sqlite_where=_LOST, postgresql_where=_LOST,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_outbox_message_lost", "outbox_message")
    with op.batch_alter_table("outbox_message") as batch_op:
        batch_op.drop_column("settled_by")
        batch_op.drop_column("settled_at")
